// Package runner carries plans out against two centres: it asks their control
// doors, brings the orders that two people signed, hears the people, keeps the
// control journal, and watches whether the centres could be switched.
//
// What is to be done next is package plan's to say. The runner writes before it
// acts: when it is killed, the next one finds in the control journal what was being
// done and asks the centres what became of it.
//
// It must never act without an order that a plan's gate had two people sign, never
// repeat an act whose outcome it has not asked for, and never hold a private key.
package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/plan"
)

// Centre is a centre as it is reached from here: its control door.
type Centre interface {
	State(ctx context.Context, withRoot bool) (node.CentreState, error)
	Order(ctx context.Context, o dr.Order) (node.OrderResult, error)
	Outlook(ctx context.Context) (node.Outlook, error)
}

// Probe is something outside that a plan asks for by its name: the verification of
// the business, a notice. It finds what later steps and the report use.
type Probe func(ctx context.Context, values []plan.Pair) (finds []plan.Pair, err error)

// World is everything the acts and checks of plans reach.
type World struct {
	Cell    uint32
	Names   []string // of the centres
	Centres []Centre // in the order of Names
	Probes  func(name string) (Probe, bool)
	// Known lists the probes there are, for messages.
	Known []string
	Now   func() time.Time
	// Pause waits, or returns the context's error.
	Pause func(ctx context.Context, d time.Duration) error
}

// Centre finds a centre by its name.
func (w *World) Centre(name string) (Centre, error) {
	i := slices.Index(w.Names, name)
	if i < 0 {
		return nil, fmt.Errorf("there is no centre %q; there are %v", name, w.Names)
	}
	return w.Centres[i], nil
}

// ErrNotDone marks an act that is known to have done nothing. Every other error of
// an act that changes something leaves its outcome unknown.
var ErrNotDone = errors.New("nothing was done")

// Call is one use of an act or check.
type Call struct {
	Values []plan.Pair
	Order  dr.Order      // signed by two, for acts that need one
	Marks  []plan.Marked // of the run until now
}

// Value is a value of the call, empty when it was left out.
func (c *Call) Value(name string) string {
	v, _ := plan.Find(c.Values, name)
	return v
}

// Act is an act of the registry with what it does.
type Act struct {
	plan.Signature
	Do func(ctx context.Context, w *World, c *Call) ([]plan.Pair, error)
	// Ask finds out what became of it: OK, Failed when it was not done, or Unknown.
	Ask func(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string)
	// Draft makes the order that two people are to sign.
	Draft func(ctx context.Context, w *World, c *Call) (dr.Order, error)
	// Says tells what it would do.
	Says func(c *Call) string
}

// Check is a check of the registry with what it looks at.
type Check struct {
	plan.Signature
	Look func(ctx context.Context, w *World, c *Call) (ok bool, detail string)
}

// Registry is what plans may name here.
func Registry() *plan.Registry {
	r := &plan.Registry{}
	for i := range acts {
		r.Acts = append(r.Acts, acts[i].Signature)
	}
	for i := range checks {
		r.Checks = append(r.Checks, checks[i].Signature)
	}
	return r
}

func act(name string) (*Act, error) {
	i := slices.IndexFunc(acts, func(a Act) bool { return a.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("this program has no act %q", name)
	}
	return &acts[i], nil
}

func check(name string) (*Check, error) {
	i := slices.IndexFunc(checks, func(c Check) bool { return c.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("this program has no check %q", name)
	}
	return &checks[i], nil
}
