package plan

import (
	"slices"
	"strings"

	"sancun/dr"
)

// Signature is what a plan may know of an act or a check: its values and what it
// finds. What it does is the driver's.
type Signature struct {
	Name    string
	Help    string // one sentence
	Takes   []Taken
	Finds   []Found
	Changes bool   // it changes something outside of the runner
	Order   dr.Act // the order of two people it needs; empty without
	// Asks says that the driver can ask what became of it, Again that doing it twice
	// does no more than doing it once. An act that changes something has one of them.
	Asks, Again bool
}

// Taken is a value of an act or check.
type Taken struct {
	Name     string
	Type     Type
	Optional bool
}

// Found is something an act finds out, for later steps and for the report.
type Found struct {
	Name string
	Type Type
}

// Registry lists the acts and checks that plans may name.
type Registry struct {
	Acts   []Signature
	Checks []Signature
}

func find(all []Signature, name string) *Signature {
	i := slices.IndexFunc(all, func(s Signature) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func names(all []Signature) string {
	var out []string
	for i := range all {
		out = append(out, all[i].Name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Act finds the signature of an act; nil when there is none.
func (r *Registry) Act(name string) *Signature { return find(r.Acts, name) }
