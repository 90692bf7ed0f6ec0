package runner

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/node"
	"sancun/plan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// errKilled is what everything returns once the runner's process is dead.
var errKilled = errors.New("killed")

// strike kills the runner's process at its k-th chance: before and after every
// write, before and after every effect at a centre.
type strike struct {
	mu     sync.Mutex
	at     int // 0 never
	points int
	dead   bool
	kill   func()
}

// point is a chance. It returns errKilled when the process is dead, or dies here.
func (s *strike) point() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dead {
		if s.points++; s.points == s.at {
			s.dead = true
			s.kill()
		}
	}
	if s.dead {
		return errKilled
	}
	return nil
}

// struckEngine is a control journal of a process that may be killed.
type struckEngine struct {
	journal.Engine
	*strike
}

func (e struckEngine) Append(b *journal.Block) error {
	if err := e.point(); err != nil {
		return err
	}
	if err := e.Engine.Append(b); err != nil {
		return err
	}
	return e.point()
}

// town is two toy centres, their people, and a control journal.
type town struct {
	t       *testing.T
	fs      *faultfs.FS
	people  []dr.Operator
	keys    map[string]ed25519.PrivateKey
	centres [2]*toy
	clock   sync.Mutex
	now     time.Time
	strike  *strike
	lives   int
}

// toy is a centre that keeps the rules of a real one: it checks orders by itself
// and takes each epoch once.
type toy struct {
	town    *town
	mu      sync.Mutex
	name    string
	role    dr.Role
	newest  uint32
	fence   uint32
	height  uint64
	mode    string
	lost    bool // nobody reaches it
	refuse  dr.Act
	effects []string
	path    string
}

func newTown(t *testing.T) *town {
	w := &town{t: t, fs: faultfs.New(), keys: map[string]ed25519.PrivateKey{}, now: monday, strike: &strike{kill: func() {}}}
	for i, p := range []dr.Operator{
		{Name: "wang", Staff: 11, Duties: []dr.Duty{dr.DutyOperate, dr.DutyRehearse}}, {Name: "li", Staff: 12, Duties: []dr.Duty{dr.DutyCommand}}, {Name: "zhao", Staff: 13, Duties: []dr.Duty{dr.DutyVerify}},
	} {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i + 1)
		w.keys[p.Name] = ed25519.NewKeyFromSeed(seed)
		p.Key, p.From, p.Until = w.keys[p.Name].Public().(ed25519.PublicKey), monday.AddDate(-1, 0, 0), monday.AddDate(1, 0, 0)
		w.people = append(w.people, p)
	}
	w.centres = [2]*toy{
		{town: w, name: "north", role: dr.Primary, newest: 1, height: 7, mode: "fast"}, {town: w, name: "south", role: dr.Standby, newest: 1, height: 7, mode: "fast"},
	}
	return w
}

func (w *town) time() time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	return w.now
}

// pause passes short times at once; a long one, in which people would act, only ends
// with the context.
func (w *town) pause(ctx context.Context, d time.Duration) error {
	if d > 5*time.Second {
		<-ctx.Done()
		return ctx.Err()
	}
	w.clock.Lock()
	w.now = w.now.Add(d)
	w.clock.Unlock()
	return ctx.Err()
}

var errLost = errors.New("connection refused")

func (c *toy) State(context.Context, bool) (node.CentreState, error) {
	if err := c.town.strike.point(); err != nil {
		return node.CentreState{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		return node.CentreState{}, errLost
	}
	s := node.CentreState{
		Centre: c.name, Role: c.role.String(), Newest: c.newest, Fence: c.fence, Time: c.town.time(), Stored: c.height, Applied: c.height, RootAt: c.height, Mode: c.mode,
		Root: fmt.Sprintf("%064x", c.height), BlockAge: 40,
	}
	s.Line.Connected, s.Line.BeatAt = c.role == dr.Standby, c.town.time().Add(-time.Second)
	return s, nil
}

func (c *toy) Outlook(context.Context) (node.Outlook, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		return node.Outlook{}, errLost
	}
	writes := c.role == dr.Primary
	return node.Outlook{Centre: c.name, Writes: writes, Lines: []node.OutlookLine{
		{Name: "bank-1", Kind: node.LineBank, Up: writes, Path: c.path}, {Name: "SZ", Kind: node.LineExchange, Up: writes, Reports: "1:5"},
	}, Parted: node.Parted{Blocks: 2, Orphans: 3, Listed: 3, CashFen: 700}}, nil
}

func (c *toy) Order(_ context.Context, o dr.Order) (node.OrderResult, error) {
	if err := c.town.strike.point(); err != nil { // it never left
		return node.OrderResult{}, err
	}
	result, err := c.obey(o)
	if err := c.town.strike.point(); err != nil { // the answer was lost
		return node.OrderResult{}, err
	}
	return result, err
}

func (c *toy) obey(o dr.Order) (node.OrderResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost {
		return node.OrderResult{}, errLost
	}
	if _, _, err := o.Check(dr.Place{Cell: 1, Centre: c.name, Epoch: c.newest, Now: c.town.time()}, c.town.people); err != nil {
		return node.OrderResult{}, err
	}
	if c.refuse == o.Act {
		return node.OrderResult{}, fmt.Errorf("%w: it will not", node.ErrControl)
	}
	want := map[dr.Act]dr.Role{dr.ActHandOver: dr.Primary, dr.ActPromote: dr.Standby, dr.ActRebase: dr.Fenced, dr.ActProtection: dr.Primary, dr.ActPath: c.role, dr.ActDrillBegin: dr.Standby, dr.ActDrillEnd: dr.Drill}[o.Act]
	if c.role != want {
		return node.OrderResult{}, fmt.Errorf("%w: it is %v", node.ErrControl, c.role)
	}
	switch o.Act {
	case dr.ActHandOver:
		c.role, c.fence = dr.Standby, o.Epoch
	case dr.ActPromote:
		c.role, c.fence, c.newest, c.height = dr.Primary, o.Epoch, o.Epoch, c.height+1
	case dr.ActRebase:
		c.role = dr.Standby
	case dr.ActProtection:
		c.mode = o.Detail
	case dr.ActDrillBegin:
		c.role = dr.Drill
	case dr.ActDrillEnd:
		c.role = dr.Standby
	case dr.ActPath:
		c.path = o.Detail[len("bank-1 "):]
	}
	c.effects = append(c.effects, string(o.Act))
	return node.OrderResult{Centre: c.name, Role: c.role.String(), Epoch: c.newest, Height: c.height, Root: fmt.Sprintf("%064x", c.height)}, nil
}

// world is what the runner reaches.
func (w *town) world() *World {
	return &World{
		Cell: 1, Names: []string{"north", "south"}, Centres: []Centre{w.centres[0], w.centres[1]}, Now: w.time, Pause: w.pause,
		Probes: func(string) (Probe, bool) {
			return func(context.Context, []plan.Pair) ([]plan.Pair, error) {
				return []plan.Pair{{Name: "verified", Value: "3"}}, w.strike.point()
			}, true
		},
	}
}

func (w *town) approved(name string) plan.Approved { return w.approvedFor(name, 24*time.Hour) }

func (w *town) approvedFor(name string, valid time.Duration) plan.Approved {
	text, err := ShippedText(name)
	if err != nil {
		w.t.Fatal(err)
	}
	p, err := plan.Parse(text)
	if err != nil {
		w.t.Fatal(err)
	}
	a := p.Draft("wang", "li", monday.Add(-time.Hour), valid)
	for _, who := range []string{"wang", "li"} {
		if err := a.Sign(who, w.keys[who]); err != nil {
			w.t.Fatal(err)
		}
	}
	return plan.Approved{Text: string(text), Approval: a}
}

// life is one life of the runner's process: it begins the run, or goes on with it.
func (w *town) life(name string, b plan.Begin, answer plan.Answer) (*plan.Run, error) {
	w.lives++
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	w.strike.mu.Lock()
	w.strike.dead, w.strike.kill = false, cancel
	w.strike.mu.Unlock()
	engine, _, err := disk.Open(disk.Options{Dir: "control", FS: w.fs, Cell: 1, SegmentBytes: disk.SegmentBytesMax / 64})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := engine.Close(); err != nil {
			w.t.Fatal(err)
		}
	}()
	control, err := plan.Take(struckEngine{engine, w.strike}, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	said := make(chan plan.Confirmation, 100)
	sent := map[string]bool{}
	d := &Driver{Control: control, World: w.world(), People: func() ([]dr.Operator, error) { return w.people, nil }, Said: said, Refused: func(c *plan.Confirmation, err error) {
		w.t.Errorf("a confirmation of %s was refused: %v", c.Name, err)
	}}
	d.Heard = func(*plan.Event) { w.speak(control.Find(name), said, sent, answer) }
	if r := control.Find(name); r != nil {
		if r.Outcome != "" {
			return r, nil
		}
		return d.Resume(ctx, name)
	}
	return d.Begin(ctx, name, b)
}

// speak has everybody who is asked say yes, or the answer at a hold.
func (w *town) speak(r *plan.Run, said chan<- plan.Confirmation, sent map[string]bool, answer plan.Answer) {
	for _, g := range r.Open() {
		for _, duty := range g.Need {
			name, _ := plan.Find(r.People, string(duty))
			key := fmt.Sprint(g.Number, name)
			spoke := sent[key]
			for _, c := range g.Said {
				spoke = spoke || c.Name == name
			}
			if spoke {
				continue
			}
			say := plan.Yes
			if g.Hold() {
				say = answer
			}
			c, err := g.Sign(r.Name, r.Plan.Hash, name, say, "", w.time(), w.keys[name])
			if err != nil {
				w.t.Error(err)
			}
			sent[key] = true
			said <- c
		}
	}
}

func (w *town) begin(name string, more ...string) plan.Begin {
	b := plan.Begin{
		Plans: []plan.Approved{w.approved(name)}, People: []plan.Pair{{Name: "operate", Value: "wang"}, {Name: "command", Value: "li"}, {Name: "verify", Value: "zhao"}, {Name: "rehearse", Value: "wang"}},
		Known: w.people, Reason: "a test", Values: []plan.Pair{{Name: "from", Value: "north"}, {Name: "to", Value: "south"}},
	}
	if name == "failover" {
		b.Values = append(b.Values, plan.Pair{Name: "silent", Value: "100ms"})
	}
	for _, m := range more {
		b.Plans = append(b.Plans, w.approved(m))
	}
	return b
}
