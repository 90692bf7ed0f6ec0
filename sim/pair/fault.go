package pair

import (
	"time"

	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/ledger"
	"sancun/record"
)

// begin makes the world of a run: which faults there are, and how often, is drawn
// too, so that many runs are quiet but for one kind.
func (w *world) begin() {
	w.oracle = newOracle(w)
	w.bank = bank{speaker: map[uint32]int{}, effects: map[uint64]effect{}}
	fs, err := genesis()
	if err != nil {
		w.broken("the cell cannot be made: %v", err)
		return
	}
	w.net = network{delay: w.between(1*ms, 40*ms), shake: w.between(0, 10*ms)}
	if w.chance(3) {
		w.net.rough = 50 + w.rng.IntN(300)
	}
	for i, name := range []string{"north", "south"} {
		role := dr.Primary
		if i == 1 {
			role = dr.Standby
		}
		w.sites[i] = &site{w: w, i: i, name: name, role: role, disk: fs.Fork(), process: &process{}}
		w.sites[i].disk.Kill()
		w.sites[i].clock = clock{moved: w.between(-50*ms, 50*ms)}
	}
	for i := range w.sites {
		w.sites[i].start()
	}
	for n := range clientsOfRun {
		c := &client{w: w, n: n}
		w.clients = append(w.clients, c)
		w.after(w.between(0, 300*ms), c.live)
	}
	w.people.begin(w)
	w.troubles()
}

// troubles begins the kinds of faults of this run.
func (w *world) troubles() {
	kinds := []func(){w.crashes, w.cuts, w.badDisks, w.clocks, w.pauses, w.stops, w.turnedBits, w.badMemory}
	for _, kind := range kinds {
		if w.chance(2) {
			w.every(second, w.between(3*second, 15*second), func() {
				if !w.calm {
					kind()
				}
			})
		}
	}
	for _, s := range w.sites {
		w.every(2*second, 8*second, func() { s.then(0, s.snapshot) })
	}
}

func (w *world) anySite() *site { return w.sites[w.rng.IntN(2)] }

// crashes cuts the power, now or in the middle of an operation of the disk.
func (w *world) crashes() {
	s := w.anySite()
	if !s.up {
		return
	}
	if w.chance(2) {
		s.crash("the power went")
		return
	}
	w.say("%s: the power will go at an operation", s.name)
	s.disk.Inject(faultfs.Fault{Op: faultfs.OpAny, Nth: 1 + w.rng.IntN(12), Halt: true})
}

// cuts cuts lines for a while, in one direction or more, once or again and again.
func (w *world) cuts() {
	from, to := w.rng.IntN(2), w.rng.IntN(2)
	both := w.chance(2)
	cut := func(yes bool) {
		w.say("network: cut %d to %d (both %v): %v", from, to, both, yes)
		w.net.cut[from][to] = yes
		if both && from != to {
			w.net.cut[to][from] = yes
		}
	}
	times, pause := 1, w.between(200*ms, 8*second)
	if w.chance(4) { // flapping
		times, pause = 3+w.rng.IntN(6), w.between(50*ms, 600*ms)
	}
	var flap func()
	flap = func() {
		if times--; times < 0 || w.calm {
			return
		}
		cut(true)
		w.after(pause, func() {
			if !w.calm {
				cut(false)
			}
			w.after(pause, flap)
		})
	}
	flap()
}

// badDisks has an operation fail, a sync above all, or makes a disk slow.
func (w *world) badDisks() {
	s := w.anySite()
	switch w.rng.IntN(4) {
	case 0:
		s.slow = w.between(1*ms, 300*ms)
		w.say("%s: the disk is slow", s.name)
		w.after(w.between(second, 5*second), func() { s.slow = 0 })
	case 1:
		w.say("%s: a write will fail", s.name)
		s.disk.Inject(faultfs.Fault{Op: faultfs.OpWrite, Nth: 1 + w.rng.IntN(5), Err: faultfs.EIO, Keep: 512 * w.rng.IntN(9)})
	case 2:
		w.say("%s: a sync will fail", s.name)
		s.disk.Inject(faultfs.Fault{Op: faultfs.OpSync, Nth: 1 + w.rng.IntN(5), Err: faultfs.EIO, Persist: w.chance(3)})
	case 3:
		w.say("%s: a sync of names will fail", s.name)
		s.disk.Inject(faultfs.Fault{Op: faultfs.OpSyncDir, Nth: 1, Err: faultfs.EIO})
	}
}

// clocks moves a wall clock, or bends it.
func (w *world) clocks() {
	s := w.anySite()
	switch w.rng.IntN(4) {
	case 0:
		s.clock.moved += w.between(-int64(time.Hour), int64(time.Hour))
	case 1:
		s.clock.moved += w.between(-500*ms, 500*ms)
	case 2:
		s.clock.bent = w.between(-900, 9000)
	case 3:
		s.clock.moved += []int64{-1, 1}[w.rng.IntN(2)] * int64(10*365*24*time.Hour)
	}
	w.say("%s: the clock is moved by %v and bent by %d", s.name, time.Duration(s.clock.moved), s.clock.bent)
}

// pauses stops a process for a while, and lets it go on.
func (w *world) pauses() {
	s := w.anySite()
	if s.up {
		s.asleep = w.now + w.between(100*ms, 6*second)
		w.say("%s: paused until %.3f", s.name, float64(s.asleep)/float64(second))
	}
}

// stops ends a process cleanly.
func (w *world) stops() {
	s := w.anySite()
	s.then(0, s.stop)
}

// turnedBits damages a disk at rest. The other centre has everything that stands
// there and goes on, so that people may replace the disk: both at once is beyond
// what two centres can bear.
func (w *world) turnedBits() {
	s := w.anySite()
	o := s.other()
	if !s.up || !o.up || o.spoilt || o.rebuilds > 0 || s.rebuilds > 0 || s.is(dr.Primary) || !o.is(dr.Primary) || !w.oracle.holds(o, s) {
		return
	}
	names := s.disk.Names()
	name := names[w.rng.IntN(len(names))]
	data, err := s.disk.Bytes(name)
	if err != nil || len(data) == 0 {
		return
	}
	w.say("%s: a bit of %s turns", s.name, name)
	s.spoilt = true
	if err := s.disk.FlipBit(name, w.rng.Int64N(int64(len(data))*8)); err != nil {
		w.say("%v", err)
	}
	s.crash("the power went when a disk was damaged")
}

// badMemory puts a row into the state of a copying centre that nobody wrote.
func (w *world) badMemory() {
	s := w.anySite()
	if !s.is(dr.Standby) || s.tainted > 0 || s.state.Applied.Disagree || s.hand != nil || s.state.Applied.Height == 0 || s.rebuilds > 0 {
		return
	}
	m := s.state.Machine
	m.Begin(nil, 1, 1)
	m.Decide(record.Request{Cmd: &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 1, Owner: 99}})
	s.tainted, w.lied[s.i] = s.state.Applied.Height, true
	w.say("%s: memory lies behind %d", s.name, s.tainted)
}

// heal ends all faults. Clocks are right again, lines are whole, processes go on.
func (w *world) heal() {
	w.calm = true
	w.say("no more faults")
	w.net.cut, w.net.rough = [2][2]bool{}, 0
	for _, s := range w.sites {
		s.disk.Clear()
		s.slow, s.asleep, s.clock = 0, 0, clock{}
		for _, l := range s.served {
			l.broken = [2]bool{l.holes || l.broken[0], l.holes || l.broken[1]}
		}
		if s.tainted > 0 {
			s.exit("people start it again")
		}
	}
}
