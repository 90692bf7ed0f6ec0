package pair

import (
	"errors"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/replica"
	"sancun/sequencer"
)

// site is one centre: a disk, a clock, and a process when it runs.
type site struct {
	w     *world
	i     int
	name  string
	role  dr.Role // it is started in when it is new
	disk  *faultfs.FS
	clock clock

	up     bool
	life   int   // counts processes: what an earlier one began does not happen any more
	reign  int   // counts roles of all processes
	asleep int64 // stopped by the machine until then
	slow   int64 // what a write takes at most

	rebuilds uint64 // height it must reach again after its disk was replaced
	spoilt   bool   // its disk was damaged: people replace it
	tainted  uint64 // height at which its memory lied, 0 when it did not

	*process
}

// process is what a crash ends.
type process struct {
	engine  *watched
	state   centre.State
	station *centre.Station
	shield  *centre.Shield
	hand    *sequencer.Stepwise // of the present or the last reign
	writing bool
	epoch   uint32
	head0   journal.Position // where the reign began

	meeting *centre.Meeting
	parting *replica.Parting
	hushed  bool
	called  *line
	served  []*line
	waits   []*waiting
	due     bool // a write is
	wishing bool
	ceding  *ceding
	box     outbox
}

// clock is the wall clock of a site: true time, moved and bent.
type clock struct {
	moved int64
	bent  int64 // parts per thousand
}

func (s *site) wall() time.Time {
	return time.Unix(morning, 0).Add(time.Duration(s.w.now + s.clock.moved + s.w.now/1000*s.clock.bent))
}

// then has the process do something after a while, unless it has ended.
func (s *site) then(wait int64, do func()) {
	life := s.life
	var run func()
	run = func() {
		switch {
		case s.life != life || !s.up:
		case s.asleep > s.w.now:
			s.w.after(s.asleep-s.w.now, run)
		default:
			do()
			s.settle()
		}
	}
	s.w.after(wait, run)
}

// inReign is then, unless the role has changed meanwhile.
func (s *site) inReign(wait int64, do func()) {
	reign := s.reign
	s.then(wait, func() {
		if s.reign == reign {
			do()
		}
	})
}

// each has the process do something again and again in its present role.
func (s *site) each(pause int64, do func()) {
	reign := s.reign
	s.inReign(pause, func() {
		do()
		if s.up && s.reign == reign {
			s.each(pause, do)
		}
	})
}

// settle ends a process whose machine or store has failed.
func (s *site) settle() {
	switch {
	case !s.up:
	case s.disk.Halted():
		s.crash("the power went in the middle of an operation")
	case s.engine != nil && s.engine.failed() != nil:
		s.exit("its store failed: %v", s.engine.failed())
	case s.hand != nil && s.writing && s.hand.Err() != nil:
		s.exit("its writer failed: %v", s.hand.Err())
	}
}

// crash cuts the power.
func (s *site) crash(why string) {
	s.w.say("%s CRASH: %s", s.name, why)
	s.gone()
	s.disk.Crash(s.w.rng.Uint64())
	s.w.after(s.w.between(100*ms, 2500*ms), s.start)
}

// exit ends the process by itself; whoever watches it starts it again.
func (s *site) exit(format string, args ...any) {
	s.w.say("%s exits: "+format, append([]any{s.name}, args...)...)
	s.gone()
	s.disk.Kill()
	s.w.after(s.w.between(100*ms, 1200*ms), s.start)
}

// gone forgets the process.
func (s *site) gone() {
	s.w.Restarts++
	s.up, s.life, s.tainted = false, s.life+1, 0
	s.reign++
	s.process = &process{}
}

// start begins a process, as node.Open does.
func (s *site) start() {
	if s.up {
		return
	}
	s.process = &process{}
	s.up = true
	if err := s.open(); err != nil {
		s.failedStart(err)
		return
	}
	s.w.say("%s starts as %v behind %d of epoch %d", s.name, s.station.Role(), s.state.Applied.Height, s.epoch)
	s.spoilt = false // everything was read
	s.takeRole()
	s.settle()
}

func (s *site) open() error {
	if err := centre.FinishRebase(s.disk, folder); err != nil {
		return err
	}
	engine, _, err := disk.Open(disk.Options{Dir: folder + "/journal", FS: s.disk, Cell: cell, SegmentBytes: segmentBytes})
	if err != nil {
		return err
	}
	s.engine = &watched{Engine: engine, site: s}
	if err := s.w.oracle.opened(s); err != nil {
		return err
	}
	m, restored, err := centre.Restore(s.engine, s.snapshots())
	if err != nil {
		return err
	}
	s.state = centre.State{Machine: m, Applied: replica.Applied{Height: restored.Head.Height}}
	fenced, err := s.engine.Fenced()
	if err != nil {
		return err
	}
	s.epoch = centre.FirstEpoch(restored.Head, fenced, false)
	if s.station, err = centre.OpenStation(s.disk, folder, s.role); err != nil {
		return err
	}
	s.station.Begin(restored.Head, fenced, s.side())
	s.shield = centre.NewShield()
	return nil
}

// failedStart tries again, or has people replace a damaged disk.
func (s *site) failedStart(err error) {
	s.w.say("%s does not start: %v", s.name, err)
	damaged := s.spoilt && !s.disk.Halted() && !errors.Is(err, faultfs.EIO)
	s.gone()
	switch {
	case s.w.failure != nil:
	case damaged:
		s.w.Damages++
		s.replace()
	case errors.Is(err, journal.ErrCorrupt), errors.Is(err, centre.ErrDiverged):
		s.w.broken("%s: a journal that no fault touched does not open: %v", s.name, err)
	default:
		if s.disk.Halted() {
			s.disk.Crash(s.w.rng.Uint64())
		} else {
			s.disk.Kill()
		}
		s.w.after(s.w.between(100*ms, 1000*ms), s.start)
	}
}

// replace gives a centre an empty disk: it copies everything from the other one.
func (s *site) replace() {
	s.w.say("%s gets a new disk", s.name)
	s.disk, s.spoilt = faultfs.New(), false
	s.role = dr.Standby
	s.rebuilds = s.w.oracle.wiped(s)
	s.w.after(s.w.between(100*ms, 1000*ms), s.start)
}

func (s *site) snapshots() centre.Snapshots {
	return centre.Snapshots{FS: s.disk, Dir: folder + "/snapshots", Cell: cell, New: newMachine}
}

func (s *site) other() *site { return s.w.sites[1-s.i] }

// at is what the oracle and people may ask of a running process.
func (s *site) at() journal.Position {
	if !s.up || s.engine == nil {
		return journal.Position{}
	}
	head, err := s.engine.Head()
	if err != nil {
		return journal.Position{}
	}
	return head
}

// is tells whether the centre runs in a role.
func (s *site) is(role dr.Role) bool { return s.up && s.station != nil && s.station.Role() == role }

// become changes the role and begins the reign of the new one.
func (s *site) become(role dr.Role, epoch uint32, why string) bool {
	if err := s.station.Become(role, epoch, why, s.wall()); err != nil {
		s.exit("its role cannot be written: %v", err)
		return false
	}
	s.w.say("%s becomes %v: %s", s.name, role, why)
	return true
}

// turn changes the role of a centre that goes on.
func (s *site) turn(role dr.Role, why string) {
	if s.become(role, centre.Newest(s.writing, s.epoch, s.at(), s.station.Highest()), why) {
		s.takeRole()
	}
}

// takeRole begins what a centre does in its role, as node's reign does.
func (s *site) takeRole() {
	s.reign++
	s.hangUp()
	switch s.station.Role() {
	case dr.Primary:
		s.beginReign()
	case dr.Standby:
		s.hushed = false
		s.follow()
	case dr.Recovering:
		s.meeting = &centre.Meeting{}
		s.each(200*ms, func() { s.call(askLine) })
	}
}

// hangUp ends all conversations.
func (s *site) hangUp() {
	if s.called != nil {
		s.called.end(s)
	}
	for _, l := range s.served {
		l.end(s)
	}
	s.called, s.served, s.meeting = nil, nil, nil
}

// watched tells the oracle what became durable.
type watched struct {
	*disk.Engine
	site *site
}

// failed is why the store refuses everything, or nil.
func (e *watched) failed() error {
	_, err := e.Head()
	return err
}

// CopyAll stores what the other centre wrote, and tells.
func (e *watched) CopyAll(blocks []journal.Block, reign uint32) error {
	err := e.Engine.CopyAll(blocks, reign)
	if err == nil {
		for i := range blocks {
			e.site.w.oracle.durable(e.site, &blocks[i])
		}
	}
	return err
}

// Append appends and tells.
func (e *watched) Append(b *journal.Block) error {
	err := e.Engine.Append(b)
	if err == nil {
		e.site.w.oracle.durable(e.site, b)
	}
	return err
}
