package runner

import (
	"slices"
	"testing"
	"time"

	"sancun/plan"
)

// The plans that come with the program make sense, each with those it contains.
func TestShippedPlans(t *testing.T) {
	var all []*plan.Plan
	for _, name := range Shipped() {
		text, err := ShippedText(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := plan.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, p)
	}
	if len(all) < 4 {
		t.Fatalf("only %d plans come with the program", len(all))
	}
	for _, p := range all {
		whole, err := p.Join(all)
		if err == nil {
			err = whole.Check(Registry())
		}
		if err != nil {
			t.Errorf("%s: %v", p.Name, err)
			continue
		}
		planned, took := whole.Forecast(nil)
		if took < time.Second || len(planned) != len(whole.Leaves()) {
			t.Errorf("%s is forecast to take %v", p.Name, took)
		}
	}
	if _, err := ShippedText("nothing"); err == nil {
		t.Error("a plan that does not exist was found")
	}
}

// Every act that changes something can be asked back and drafts its order; every
// act says what it would do, and everything has a sentence of help.
func TestRegistryIsWhole(t *testing.T) {
	for _, a := range acts {
		if a.Do == nil || a.Says == nil || a.Help == "" {
			t.Errorf("%s lacks something", a.Name)
		}
		if a.Changes && (a.Order == "" || a.Draft == nil || !a.Asks && !a.Again) || a.Asks != (a.Ask != nil) {
			t.Errorf("%s changes something without an order, or cannot be asked back", a.Name)
		}
		if a.Says(&Call{}) == "" {
			t.Errorf("%s does not say what it would do", a.Name)
		}
	}
	for _, c := range checks {
		if c.Look == nil || c.Help == "" || c.Changes {
			t.Errorf("the check %s lacks something", c.Name)
		}
	}
	if _, err := act("nothing"); err == nil {
		t.Error("an act that does not exist was found")
	}
	if _, err := check("nothing"); err == nil {
		t.Error("a check that does not exist was found")
	}
	if !slices.ContainsFunc(Registry().Acts, func(s plan.Signature) bool { return s.Name == "promote" }) {
		t.Error("nothing promotes")
	}
}
