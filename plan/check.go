package plan

import (
	"fmt"
	"slices"
	"strings"
)

// Join puts the plans that a plan names with name@version in their places. Their
// steps get the name of the place before their own, and their parameters are
// those of the plan around them. The error is a *TextError.
func (p *Plan) Join(others []*Plan) (*Plan, error) {
	var problems []Problem
	out := *p
	out.Steps = join(p.Steps, others, "", 0, &problems)
	if len(problems) > 0 {
		return nil, &TextError{problems}
	}
	return &out, nil
}

func join(steps []*Step, others []*Plan, before string, depth int, problems *[]Problem) []*Step {
	var all []*Step
	for _, s := range steps {
		c := *s
		c.Name = before + s.Name
		c.Signs = slices.Clone(s.Signs)
		for i := range c.Signs {
			c.Signs[i] = before + c.Signs[i]
		}
		c.Pre, c.Post, c.Do, c.Undo = rename(s.Pre, before), rename(s.Post, before), renameOne(s.Do, before), renameOne(s.Undo, before)
		c.Steps, c.Parallel = join(s.Steps, others, before, depth+1, problems), join(s.Parallel, others, before, depth+1, problems)
		if s.Plan != "" {
			i := slices.IndexFunc(others, func(o *Plan) bool { return fmt.Sprintf("%s@%d", o.Name, o.Version) == s.Plan })
			switch {
			case i < 0:
				*problems = append(*problems, Problem{s.Line, fmt.Sprintf("there is no plan %s; write one as name@version", s.Plan)})
			case depth >= depthMax:
				*problems = append(*problems, Problem{s.Line, "plans lie too deep in each other, or one contains itself"})
			default:
				c.Plan, c.Steps = "", join(others[i].Steps, others, c.Name+".", depth+1, problems)
			}
		}
		all = append(all, &c)
	}
	return all
}

// rename puts the place before references to steps: "$hand-over.height" of the
// plan inside becomes "$place.hand-over.height".
func rename(calls []Call, before string) []Call {
	out := slices.Clone(calls)
	for i := range out {
		out[i] = *renameOne(&out[i], before)
	}
	return out
}

func renameOne(c *Call, before string) *Call {
	if c == nil || before == "" {
		return c
	}
	out := *c
	out.With = slices.Clone(c.With)
	for i := range out.With {
		if name, output, ok := reference(out.With[i].Text); ok && output != "" {
			out.With[i].Text = "$" + before + name + "." + output
		}
	}
	return &out
}

// Check tells whether a plan makes sense: names that are known, values of the
// right types, references to what is done for certain before, ways back, gates.
// The error is a *TextError.
func (p *Plan) Check(r *Registry) error {
	k := &checker{plan: p, registry: r}
	k.whole()
	k.walk(p.Steps, nil)
	k.signatures()
	if len(k.problems) > 0 {
		return &TextError{k.problems}
	}
	return nil
}

type checker struct {
	plan     *Plan
	registry *Registry
	problems []Problem
}

func (k *checker) need(ok bool, line int, format string, args ...any) {
	if !ok {
		k.problems = append(k.problems, Problem{line, fmt.Sprintf(format, args...)})
	}
}

func (k *checker) isSafe(name string) bool {
	return slices.ContainsFunc(k.plan.Safe, func(s SafeState) bool { return s.Name == name })
}

func (k *checker) whole() {
	p := k.plan
	all := p.Leaves()
	k.need(len(all) <= LeavesMax, 0, "there are %d steps; write at most %d", len(all), LeavesMax)
	var seen []string
	for _, s := range all {
		k.need(!slices.Contains(seen, s.Name), s.Line, "the step %q stands twice", s.Name)
		seen = append(seen, s.Name)
	}
	seen = nil
	for _, v := range p.Parameters {
		k.need(v.Name != "" && v.Type != "", v.Line, "a parameter needs a name and a type")
		k.need(!slices.Contains(seen, v.Name), v.Line, "the parameter %q stands twice", v.Name)
		if v.Default != "" && v.Type != "" {
			err := v.Type.Takes(v.Default)
			k.need(err == nil, v.Line, "the default: %v", err)
		}
		seen = append(seen, v.Name)
	}
	seen = nil
	for _, s := range p.Safe {
		k.need(s.Name != "" && s.Text != "" && !slices.Contains(seen, s.Name), 0, "the safe state %q needs a name of its own and a text", s.Name)
		seen = append(seen, s.Name)
	}
	k.need(k.isSafe(p.Start), 0, "start names %q, which is no safe state of the plan", p.Start)
	k.need(slices.ContainsFunc(all, func(s *Step) bool { return s.Rests != "" }), 0, "no step rests in a safe state: the end of the plan has no name")
}

// walk checks steps in their order; before lists the leaves that are done for
// certain, and it returns those done behind them.
func (k *checker) walk(steps []*Step, before []*Step) []*Step {
	for _, s := range steps {
		if s.Leaf() {
			k.leaf(s, before)
			before = append(slices.Clone(before), s)
			continue
		}
		k.group(s)
		if len(s.Steps) > 0 {
			before = k.walk(s.Steps, before)
		}
		together := slices.Clone(before)
		for _, beside := range s.Parallel {
			together = append(together, k.walk([]*Step{beside}, before)[len(before):]...)
		}
		before = together
	}
	return before
}

func (k *checker) group(s *Step) {
	kinds := 0
	for _, is := range []bool{len(s.Steps) > 0, len(s.Parallel) > 0, s.Plan != ""} {
		if is {
			kinds++
		}
	}
	k.need(kinds == 1, s.Line, "%s has steps, parallel or plan: write one of them", s.Name)
	k.need(s.Plan == "", s.Line, "the plan %s is not there", s.Plan)
	k.need(s.Do == nil && s.Undo == nil && len(s.Pre)+len(s.Post)+len(s.Marks)+len(s.Signs) == 0 && s.Manual == "" && s.Owner == "" && s.Second == "" && !s.Keep && s.Rests == "" && s.Within == 0,
		s.Line, "%s is a group: what it does stands in its steps", s.Name)
}

func (k *checker) leaf(s *Step, before []*Step) {
	at := s.Line
	k.need(s.Name != "", at, "a step needs a name")
	k.need(s.Owner != "", at, "%s has no owner; write the duty of who answers for it", s.Name)
	k.need(s.Within > 0, at, "%s has no time; write within", s.Name)
	k.need(s.Do != nil || len(s.Pre)+len(s.Post) > 0 || s.Gated(), at, "%s does nothing", s.Name)
	k.need(s.Second != s.Owner || s.Owner == "", at, "%s: owner and second are the same duty; a second person needs another one", s.Name)
	k.need(s.Rests == "" || k.isSafe(s.Rests), at, "%s rests in %q, which is no safe state of the plan", s.Name, s.Rests)
	k.need(!s.Keep || s.Rests != "", at, "%s is kept, so it must say in which safe state it rests", s.Name)
	k.need(s.Fails != GoOn || !s.Keep, at, "%s is kept: it may not fail and go on", s.Name)
	k.need(len(s.Signs) == 0 || s.Second != "", at, "%s signs orders, so it needs a second person", s.Name)
	for i := range s.Pre {
		k.call(k.registry.Checks, "check", &s.Pre[i], before, nil)
	}
	var found *Step
	if s.Do != nil {
		k.call(k.registry.Acts, "act", s.Do, before, nil)
		found = s
		if sig := k.registry.Act(s.Do.Name); sig != nil {
			k.need(!sig.Changes || s.Undo != nil || s.Keep, s.Do.Line, "%s changes something: write undo, or keep when no way leads back", s.Name)
			k.need(!sig.Changes || sig.Asks || sig.Again, s.Do.Line, "%s cannot be asked back nor repeated", sig.Name)
		}
	}
	for i := range s.Post {
		k.call(k.registry.Checks, "check", &s.Post[i], before, found)
	}
	if s.Undo != nil {
		k.need(s.Do != nil && !s.Keep, s.Undo.Line, "%s has nothing to undo", s.Name)
		k.call(k.registry.Acts, "act", s.Undo, before, found)
	}
}

// call checks an act or check with its values.
func (k *checker) call(all []Signature, what string, c *Call, before []*Step, self *Step) {
	sig := find(all, c.Name)
	if sig == nil {
		k.need(false, c.Line, "there is no %s %q; there are %s", what, c.Name, names(all))
		return
	}
	var seen []string
	for _, v := range c.With {
		i := slices.IndexFunc(sig.Takes, func(t Taken) bool { return t.Name == v.Name })
		k.need(i >= 0, v.Line, "%s takes no %q; it takes %s", c.Name, v.Name, takes(sig))
		k.need(!slices.Contains(seen, v.Name), v.Line, "%q stands twice", v.Name)
		if seen = append(seen, v.Name); i >= 0 {
			k.value(v, sig.Takes[i].Type, before, self)
		}
	}
	for _, t := range sig.Takes {
		k.need(t.Optional || slices.Contains(seen, t.Name), c.Line, "%s needs %s, %s", c.Name, t.Name, errorOf[t.Type])
	}
}

func takes(s *Signature) string {
	var all []string
	for _, t := range s.Takes {
		all = append(all, t.Name)
	}
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func (k *checker) value(v Value, wanted Type, before []*Step, self *Step) {
	name, output, ok := reference(v.Text)
	if !ok {
		err := wanted.Takes(v.Text)
		k.need(err == nil, v.Line, "%s: %v", v.Name, err)
		return
	}
	if output == "" {
		i := slices.IndexFunc(k.plan.Parameters, func(p Parameter) bool { return p.Name == name })
		k.need(i >= 0, v.Line, "the plan has no parameter %q", name)
		k.need(i < 0 || k.plan.Parameters[i].Type.fits(wanted), v.Line, "%s is no %s", v.Text, wanted)
		return
	}
	all := before
	if self != nil {
		all = append(slices.Clone(before), self)
	}
	for _, s := range all {
		if s.Name == name && s.Do != nil {
			if sig := k.registry.Act(s.Do.Name); sig != nil {
				i := slices.IndexFunc(sig.Finds, func(f Found) bool { return f.Name == output })
				k.need(i >= 0, v.Line, "%s finds no %q", s.Name, output)
				k.need(i < 0 || sig.Finds[i].Type.fits(wanted), v.Line, "%s is no %s", v.Text, wanted)
			}
			return
		}
	}
	k.need(false, v.Line, "no step that is done for certain before finds %s", v.Text)
}

// signatures checks that every act that needs an order of two people has it
// signed in a gate before it.
func (k *checker) signatures() {
	var signed []string
	for _, s := range k.plan.Leaves() {
		for _, name := range s.Signs {
			k.signed(s, name)
			k.need(!slices.Contains(signed, name), s.Line, "%s is signed twice", name)
			signed = append(signed, name)
		}
		for _, c := range []struct {
			call *Call
			name string
		}{{s.Do, s.Name}, {s.Undo, s.Undone()}} {
			if c.call == nil {
				continue
			}
			if sig := k.registry.Act(c.call.Name); sig != nil && sig.Order != "" {
				k.need(slices.Contains(signed, c.name), c.call.Line, "%s needs an order of two people: name %q under signs of a gate before it", sig.Name, c.name)
			}
		}
	}
}

func (k *checker) signed(s *Step, name string) {
	step, undo := strings.CutSuffix(name, "/undo")
	of := k.plan.Step(step)
	if of == nil || !undo && of.Do == nil || undo && of.Undo == nil {
		k.need(false, s.Line, "%s signs %q, which acts nowhere", s.Name, name)
		return
	}
	call := of.Do
	if undo {
		call = of.Undo
	}
	if sig := k.registry.Act(call.Name); sig != nil {
		k.need(sig.Order != "", s.Line, "%s signs %q, which needs no order", s.Name, name)
		maker, checker, ok := sig.Order.Duties()
		k.need(!ok || s.Owner == maker && s.Second == checker, s.Line, "%s signs %q: that takes owner %s and second %s", s.Name, name, maker, checker)
	}
}

// Contains says whether a plan names another one, as name@version, in a step.
func (p *Plan) Contains(name string) bool { return contains(p.Steps, name) }

func contains(steps []*Step, name string) bool {
	return slices.ContainsFunc(steps, func(s *Step) bool {
		return s.Plan == name || contains(s.Steps, name) || contains(s.Parallel, name)
	})
}
