// Package plan is how people have the two centres switched, and how it is proved
// that they did: plans as data that two people approved, runs of them as a fold
// over a control journal, the people's signatures at every gate, and the clock
// from the fault to the business that is back.
//
// It is pure. It decides what is to be done next and folds what was done; whoever
// drives it (package runner) carries the acts out, asks the centres and the clock,
// and writes the journal. A driver that is killed anywhere goes on with the fold
// of what is durable: an act whose outcome it did not write down is unknown, and
// is asked back before it is done again.
//
//	read the plan            Parse, Check           unknown keys and wrong types are refused with their line
//	two people approve it    Approval               of this text and no other
//	begin a run              EventBegun             the journal holds plan, approval, people, values
//	what is next             Run.Next               checks, gates, acts, questions, the way back
//	what was done            Run.Apply              refuses what cannot have happened
//	how long did it take     Run.Times              t0 to t9, planned against actual
//
// It must never let one person, or a machine alone, pass a gate, and never guess
// what became of an act.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"sancun/dr"
)

// Hash is the SHA-256 of a plan's text: what two people approved.
type Hash [sha256.Size]byte

// HashOf is the hash of a text.
func HashOf(text []byte) Hash { return sha256.Sum256(text) }

// String is the hash as 64 hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes the hash as hexadecimal digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != 2*len(h) {
		return errHash
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// Purpose is what a plan is for.
type Purpose string

// The purposes.
const (
	Switchover Purpose = "switchover"  // both centres run, the other one takes over
	Failover   Purpose = "failover"    // the centre that wrote is lost
	SwitchBack Purpose = "switch-back" // the lost centre came back and takes over again
	Drill      Purpose = "drill"       // the standby works on a copy
	Clearing   Purpose = "clearing"    // parallel clearing
	Acceptance Purpose = "acceptance"
)

var purposes = []string{string(Switchover), string(Failover), string(SwitchBack), string(Drill), string(Clearing), string(Acceptance)}

// Plan is a plan as it was read. It is not changed afterwards.
type Plan struct {
	Name    string
	Version int
	Purpose Purpose
	Title   string
	// Review is the last day on which the plan may begin without having been looked
	// at again (row B137).
	Review     time.Time
	Parameters []Parameter
	Safe       []SafeState
	Start      string // the safe state before the first step
	Steps      []*Step
	Hash       Hash
	Text       []byte
}

// Parameter is a value that is given when a run begins.
type Parameter struct {
	Name    string
	Type    Type
	Default string // empty: it must be given
	Help    string
	Line    int
}

// SafeState is a state in which the centres may rest when a run does not go on.
type SafeState struct {
	Name string
	Text string
}

// Policy is what happens when a step fails.
type Policy string

// The policies.
const (
	RollBack Policy = "roll-back" // undo what was done, back to the last step that is kept
	Hold     Policy = "hold"      // two people say how to go on
	GoOn     Policy = "go-on"     // it is noted
)

// Step is a step of a plan: a leaf that checks, asks people and acts, or a group.
//
// A leaf goes through, in this order and each only when it has it: the checks
// before (pre), the gate of people (owner, with a second person where the plan
// wants one), the act (do), the checks after (post).
type Step struct {
	Name  string
	Title string
	Line  int

	// Of a group, one of them:
	Steps    []*Step // one after another
	Parallel []*Step // all at once
	Plan     string  // another plan, as name@version, put here by Join

	// Of a leaf:
	Owner  dr.Duty // who answers for it
	Second dr.Duty // who must confirm as well; empty without
	Manual string  // what people confirm to have done; empty when the machine acts
	Signs  []string
	Pre    []Call
	Do     *Call
	Post   []Call
	Undo   *Call
	// Within bounds each stage of the step, Expect is how long it should take.
	Within time.Duration
	Expect time.Duration
	Tries  int // how often a refused act is done, at least once
	Fails  Policy
	Keep   bool   // behind it no way leads back
	Rests  string // the safe state once it is done
	Marks  []Mark
}

// Leaf says whether the step has no steps of its own.
func (s *Step) Leaf() bool { return len(s.Steps)+len(s.Parallel) == 0 && s.Plan == "" }

// Gated says whether people must confirm before the step goes on.
func (s *Step) Gated() bool { return s.Manual != "" || s.Second != "" }

// Undone is the name under which the order of a step's way back is signed.
func (s *Step) Undone() string { return s.Name + "/undo" }

// Call names an act or a check of the registry with its values.
type Call struct {
	Name string
	With []Value // in the order of the text
	Line int
}

// Value is a value of a call: a literal, or a reference to a parameter ("$from")
// or to what an earlier step found ("$hand-over.height").
type Value struct {
	Name string
	Text string
	Line int
}

// Leaves lists the leaves in the order of the text.
func (p *Plan) Leaves() []*Step { return leaves(nil, p.Steps) }

func leaves(all []*Step, steps []*Step) []*Step {
	for _, s := range steps {
		if s.Leaf() {
			all = append(all, s)
			continue
		}
		all = leaves(leaves(all, s.Steps), s.Parallel)
	}
	return all
}

// Step finds a leaf by its name.
func (p *Plan) Step(name string) *Step {
	for _, s := range p.Leaves() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// SafeText is what a safe state means.
func (p *Plan) SafeText(name string) string {
	for _, s := range p.Safe {
		if s.Name == name {
			return s.Text
		}
	}
	return ""
}
