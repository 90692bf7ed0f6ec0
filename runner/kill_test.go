package runner

import (
	"errors"
	"slices"
	"testing"

	"sancun/dr"
	"sancun/plan"
)

// story is a plan with what happens to the centres meanwhile.
type story struct {
	name  string
	plan  []string
	set   func(*town)
	want  plan.Outcome
	safe  string
	north dr.Role
	south dr.Role
	acts  []string // effects at both, in any order
}

var stories = []story{
	{name: "switchover", plan: []string{"switchover"}, want: plan.OK, safe: "other-side", north: dr.Standby, south: dr.Primary, acts: []string{"hand-over", "promote"}},
	{name: "switchover that the other centre refuses", plan: []string{"switchover"}, set: func(w *town) { w.centres[1].refuse = dr.ActPromote },
		want: plan.RolledBack, safe: "as-before", north: dr.Primary, south: dr.Standby, acts: []string{"hand-over", "promote"}},
	{name: "switchover that the first centre refuses", plan: []string{"switchover"}, set: func(w *town) { w.centres[0].refuse = dr.ActHandOver },
		want: plan.RolledBack, safe: "as-before", north: dr.Primary, south: dr.Standby},
	{name: "failover of a lost centre", plan: []string{"failover"}, set: func(w *town) { w.centres[0].lost = true }, want: plan.OK, safe: "other-side", north: dr.Primary, south: dr.Primary, acts: []string{"promote"}},
	{name: "switch-back of a parted centre", plan: []string{"switch-back", "switchover"}, set: func(w *town) {
		w.centres[1].role, w.centres[1].newest = dr.Fenced, 1
	}, want: plan.OK, safe: "other-side", north: dr.Standby, south: dr.Primary, acts: []string{"rebase", "hand-over", "promote"}},
}

// check compares the centres with the safe state in which the run says they rest.
func (s *story) check(t *testing.T, w *town, r *plan.Run, k int) {
	t.Helper()
	var acts []string
	for _, c := range w.centres {
		acts = append(acts, c.effects...)
	}
	slices.Sort(acts)
	want := slices.Sorted(slices.Values(s.acts))
	switch {
	case r.Outcome != s.want || r.Safe != s.safe:
		t.Errorf("killed at %d: ended %s in %q, want %s in %q: %s", k, r.Outcome, r.Safe, s.want, s.safe, r.Why)
	case w.centres[0].role != s.north || w.centres[1].role != s.south:
		t.Errorf("killed at %d: %s says %q, the centres are %v and %v", k, r.Name, r.Safe, w.centres[0].role, w.centres[1].role)
	case !slices.Equal(acts, want):
		t.Errorf("killed at %d: the centres did %v, want %v", k, acts, want)
	}
}

// The runner is killed at every boundary and inside every step, for every k of K:
// before and after each write of the control journal, before an order leaves and
// after it was carried out. The next life goes on: the run ends as it would have,
// every act was done once, and the centres rest where the run says (D15).
func TestKilledAtEveryPoint(t *testing.T) {
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			points := 1
			for k := 0; k <= points; k++ {
				w := newTown(t)
				if s.set != nil {
					s.set(w)
				}
				w.strike.at = k
				b := w.begin(s.plan[0], s.plan[1:]...)
				r, err := w.life("run-1", b, plan.Retry)
				for err != nil && errors.Is(err, errKilled) || err != nil && w.lives < 3 {
					r, err = w.life("run-1", b, plan.Retry)
				}
				if err != nil {
					t.Fatalf("killed at %d: %v", k, err)
				}
				if s.check(t, w, r, k); k == 0 {
					points = w.strike.points
				}
			}
			t.Logf("%d points", points)
		})
	}
}

// Killed again and again, in each life a little later, the run still ends well.
func TestKilledInEveryLife(t *testing.T) {
	for _, every := range []int{9, 14, 23} {
		w := newTown(t)
		b := w.begin("switchover")
		var r *plan.Run
		err := errKilled
		for lives := 0; err != nil; lives++ {
			if lives > 60 {
				t.Fatalf("every %d points: the run does not end: %v", every, err)
			}
			w.strike.mu.Lock()
			w.strike.at = w.strike.points + every
			w.strike.mu.Unlock()
			r, err = w.life("run-1", b, plan.Retry)
		}
		stories[0].check(t, w, r, every)
	}
}
