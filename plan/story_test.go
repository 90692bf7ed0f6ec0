package plan

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"sancun/dr"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// persons are four people with their keys.
func persons() ([]dr.Operator, map[string]ed25519.PrivateKey) {
	keys := map[string]ed25519.PrivateKey{}
	var all []dr.Operator
	for i, p := range []dr.Operator{
		{Name: "wang", Staff: 11, Duties: []dr.Duty{dr.DutyOperate, dr.DutyRehearse}},
		{Name: "li", Staff: 12, Duties: []dr.Duty{dr.DutyCommand}},
		{Name: "zhao", Staff: 13, Duties: []dr.Duty{dr.DutyVerify, dr.DutyOperate, dr.DutyCommand}},
		{Name: "past", Staff: 14, Duties: []dr.Duty{dr.DutyOperate, dr.DutyCommand, dr.DutyVerify}, Until: monday.Add(-2 * time.Hour)},
	} {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i + 1)
		keys[p.Name] = ed25519.NewKeyFromSeed(seed)
		p.Key = keys[p.Name].Public().(ed25519.PublicKey)
		if p.From = monday.AddDate(-1, 0, 0); p.Until.IsZero() {
			p.Until = monday.AddDate(1, 0, 0)
		}
		all = append(all, p)
	}
	return all, keys
}

// toys are the acts and checks of the stories.
var toys = &Registry{
	Acts: []Signature{
		{Name: "order", Takes: []Taken{{Name: "centre", Type: Centre}}, Finds: []Found{{Name: "height", Type: Height}}, Changes: true, Asks: true, Order: dr.ActPromote},
		{Name: "turn", Takes: []Taken{{Name: "to", Type: Text, Optional: true}}, Finds: []Found{{Name: "height", Type: Height}}, Changes: true, Again: true},
		{Name: "wait", Takes: []Taken{{Name: "height", Type: Height}}},
		{Name: "wild", Changes: true},
	},
	Checks: []Signature{{Name: "role", Takes: []Taken{{Name: "centre", Type: Centre}, {Name: "is", Type: RoleName}}}, {Name: "fine"}},
}

// teller tells a story: it drives the fold by hand.
type teller struct {
	t       *testing.T
	fs      *faultfs.FS
	engine  journal.Engine
	control *Control
	people  []dr.Operator
	keys    map[string]ed25519.PrivateKey
	plan    *Plan
	others  []*Plan
	run     *Run
	now     time.Time
}

func newTeller(t *testing.T) *teller {
	people, keys := persons()
	s := &teller{t: t, fs: faultfs.New(), people: people, keys: keys, now: monday}
	s.open()
	return s
}

func (s *teller) open() {
	var err error
	if s.engine, _, err = disk.Open(disk.Options{Dir: "control", FS: s.fs, Cell: 1, SegmentBytes: disk.SegmentBytesMin}); err != nil {
		s.t.Fatal(err)
	}
	if s.control, err = Take(s.engine, 1); err != nil {
		s.t.Fatal(err)
	}
}

func (s *teller) approve(p *Plan) Approved {
	a := p.Draft("wang", "li", monday.Add(-time.Hour), 90*24*time.Hour)
	for _, name := range []string{"wang", "li"} {
		if err := a.Sign(name, s.keys[name]); err != nil {
			s.t.Fatal(err)
		}
	}
	return Approved{string(p.Text), a}
}

func (s *teller) begin(name string, values []Pair) error {
	b := &Begin{
		Plans: []Approved{s.approve(s.plan)}, Values: values, Known: s.people, Reason: "a story",
		People: []Pair{{"operate", "wang"}, {"command", "li"}, {"verify", "zhao"}, {"rehearse", "wang"}},
	}
	for _, o := range s.others {
		b.Plans = append(b.Plans, s.approve(o))
	}
	if err := s.event(&Event{Kind: EventBegun, Run: name, Begin: b}); err != nil {
		return err
	}
	s.run = s.control.Find(name)
	return nil
}

func (s *teller) event(e *Event) error {
	s.now = s.now.Add(time.Second)
	e.At = s.now
	if e.Run == "" && s.run != nil && e.Kind != EventObserved {
		e.Run = s.run.Name
	}
	return s.control.Append(e)
}

// say is what a person says at the open gate.
func (s *teller) say(name string, answer Answer) error {
	open := s.run.Open()
	if len(open) == 0 {
		return errors.New("no gate is open")
	}
	c, err := open[len(open)-1].Sign(s.run.Name, s.run.Plan.Hash, name, answer, "", s.now, s.keys[name])
	if err != nil {
		return err
	}
	return s.event(&Event{Kind: EventConfirmed, Said: &c})
}

// openGate opens the gate of a step with the orders it signs.
func (s *teller) openGate(step string) error {
	e := &Event{Kind: EventOpened, Step: step}
	st := s.run.State(step)
	maker, _ := Find(s.run.People, string(st.Step.Owner))
	checker, _ := Find(s.run.People, string(st.Step.Second))
	for _, name := range st.Step.Signs {
		e.Drafts = append(e.Drafts, Draft{name, dr.Order{
			Cell: 1, Centre: "south", Act: dr.ActPromote, Epoch: 2, Run: s.run.Name, Reason: "a story", Issued: s.now, Expires: s.now.Add(time.Hour), Maker: maker, Checker: checker,
		}})
	}
	return s.event(e)
}

// picture draws the run: what is next, and each step.
func (s *teller) picture() string {
	var out strings.Builder
	r := s.run
	if r.Outcome != "" {
		fmt.Fprintf(&out, "%s, rests in %q\n", r.Outcome, r.Safe)
	}
	words := map[What]string{Check: "check", Ask: "open", Act: "act", AskBack: "ask back", Expire: "expire", HoldRun: "hold", Turn: "turn back", End: "end", Wait: "wait"}
	for _, t := range r.Next(s.now) {
		name := ""
		if t.Step != nil {
			name = " " + t.Step.Name
		}
		fmt.Fprintln(&out, strings.TrimRight(fmt.Sprintf("next: %s%s %s%s %s", words[t.What], name, t.Phase, t.Outcome, t.Safe), " "))
	}
	for i := range r.Steps {
		st := &r.Steps[i]
		fmt.Fprintln(&out, strings.TrimRight(fmt.Sprintf("%-12s %s %s", st.Step.Name, st.Status, st.Detail), " "))
	}
	return out.String()
}

func (s *teller) tell(d *datadriven.TestData) string {
	arg := func(name string) string {
		var v string
		d.MaybeScanArgs(s.t, name, &v)
		return v
	}
	var err error
	step := arg("step")
	switch d.Cmd {
	case "plan", "contains":
		p, err := Parse([]byte(d.Input))
		if err != nil {
			return err.Error()
		}
		if d.Cmd == "contains" {
			s.others = append(s.others, p)
			return "ok"
		}
		s.plan = p
		whole, err := p.Join(s.others)
		if err == nil {
			err = whole.Check(toys)
		}
		if err != nil {
			return err.Error()
		}
		return "ok"
	case "begin":
		var values []Pair
		for _, a := range d.CmdArgs {
			if a.Key != "run" {
				values = append(values, Pair{a.Key, a.Vals[0]})
			}
		}
		err = s.begin(arg("run"), values)
	case "checked":
		err = s.event(&Event{Kind: EventChecked, Step: step, Phase: Phase(arg("phase")), Outcome: Outcome(arg("outcome")), Detail: arg("detail")})
	case "open":
		err = s.openGate(step)
	case "say":
		err = s.say(arg("by"), Answer(arg("answer")))
	case "start":
		err = s.event(&Event{Kind: EventStarted, Step: step, Phase: Phase(arg("phase"))})
	case "finish", "asked":
		e := &Event{Kind: EventFinished, Step: step, Phase: Phase(arg("phase")), Outcome: Outcome(arg("outcome")), Detail: arg("detail")}
		if d.Cmd == "asked" {
			e.Kind = EventAsked
		}
		if h := arg("height"); h != "" {
			e.Finds = []Pair{{"height", h}}
		}
		err = s.event(e)
	case "kill": // the driver dies, and another goes on
		if err := s.engine.Close(); err != nil {
			s.t.Fatal(err)
		}
		name := s.run.Name
		s.open()
		s.run = s.control.Find(name)
		err = s.event(&Event{Kind: EventResumed})
	case "expire":
		s.now = s.now.Add(24 * time.Hour)
		err = s.event(&Event{Kind: EventExpired, Step: step})
	case "hold":
		err = s.event(&Event{Kind: EventHeld, Step: step, Detail: arg("detail")})
	case "turn":
		err = s.event(&Event{Kind: EventTurned})
	case "end":
		err = s.event(&Event{Kind: EventEnded, Outcome: Outcome(arg("outcome")), Safe: arg("safe")})
	default:
		return "there is no such line"
	}
	if err != nil {
		return err.Error()
	}
	return s.picture()
}

// The stories are runs of plans, good and bad, told an event at a time.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata/stories", func(t *testing.T, path string) {
		s := newTeller(t)
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string { return s.tell(d) })
		if err := s.engine.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
