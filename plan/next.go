package plan

import (
	"slices"
	"time"
)

// What a driver is to do.
type What uint8

// The things to do.
const (
	Check   What = 1  // look at the checks of a phase; the outcome is EventChecked
	Ask     What = 2  // draft the orders of a gate and open it: EventOpened
	Act     What = 3  // write EventStarted, act, write EventFinished
	AskBack What = 4  // find out what became of an act: EventAsked
	Expire  What = 5  // write EventExpired
	HoldRun What = 6  // write EventHeld
	Turn    What = 7  // write EventTurned
	End     What = 8  // write EventEnded
	Wait    What = 9  // people are asked, until the time given
	whatMax      = 10 // one beyond the last
)

// Task is one thing to do. Tasks given together may be done at once.
type Task struct {
	What    What
	Step    *Step // nil for the whole run
	Phase   Phase
	Calls   []Call
	Until   time.Time // of Wait; zero when only people end it
	Detail  string    // of HoldRun and End
	Outcome Outcome   // of End
	Safe    string    // of End
}

// Next lists what is to be done now. Acts that are being done are not listed: the
// driver that began them knows. An empty list means that only those are going on.
func (r *Run) Next(now time.Time) []Task {
	if r.Outcome != "" {
		return nil
	}
	if outcome, safe, over := r.verdict(); over {
		return []Task{{What: End, Outcome: outcome, Safe: safe, Detail: r.Why}}
	}
	if r.Held() != nil {
		return []Task{{What: Wait}}
	}
	if s := r.stuck(); s != nil {
		return []Task{{What: HoldRun, Step: s.Step, Detail: r.holdText(s)}}
	}
	var tasks []Task
	for i := range r.Steps {
		s := &r.Steps[i]
		switch s.Status {
		case InDoubt:
			tasks = append(tasks, Task{What: AskBack, Step: s.Step, Phase: Do, Calls: []Call{*s.Step.Do}})
		case UndoInDoubt:
			tasks = append(tasks, Task{What: AskBack, Step: s.Step, Phase: Undo, Calls: []Call{*s.Step.Undo}})
		}
	}
	switch {
	case r.Turned:
		if s := r.nextUndo(); s != nil && !r.flying() {
			tasks = append(tasks, Task{What: Act, Step: s.Step, Phase: Undo, Calls: []Call{*s.Step.Undo}})
		}
	case r.failed >= 0:
		if !r.flying() {
			tasks = append(tasks, Task{What: Turn, Detail: r.Why})
		}
	default:
		more, _ := r.walk(r.Plan.Steps, now)
		tasks = append(tasks, more...)
	}
	return tasks
}

func (r *Run) holdText(s *StepState) string {
	if s.Status == InDoubt || s.Status == UndoInDoubt {
		return "nobody knows what became of " + s.Step.Name + ": " + s.Detail
	}
	return s.Step.Name + " failed: " + s.Detail
}

// walk lists what the steps of a sequence want, and whether all are over.
func (r *Run) walk(steps []*Step, now time.Time) (tasks []Task, over bool) {
	for _, s := range steps {
		var more []Task
		over := true
		switch {
		case s.Leaf():
			more, over = r.leaf(r.state(s.Name), now)
		case len(s.Steps) > 0:
			more, over = r.walk(s.Steps, now)
		default:
			for _, beside := range s.Parallel {
				some, done := r.walk([]*Step{beside}, now)
				more, over = append(more, some...), over && done
			}
		}
		if tasks = append(tasks, more...); !over {
			return tasks, false
		}
	}
	return tasks, true
}

func (r *Run) leaf(s *StepState, now time.Time) ([]Task, bool) {
	step := s.Step
	switch {
	case s.Status == Done || s.Status == Skipped || s.Status == StepFailed && step.Fails == GoOn:
		return nil, true
	case s.Status == Asking:
		if until := s.Phase.Add(step.Within); now.Before(until) {
			return []Task{{What: Wait, Step: step, Until: until}}, false
		}
		return []Task{{What: Expire, Step: step}}, false
	case s.Status == Verifying:
		return []Task{{What: Check, Step: step, Phase: Post, Calls: step.Post}}, false
	case s.Status == Waiting && len(step.Pre) > 0 && !s.pre:
		return []Task{{What: Check, Step: step, Phase: Pre, Calls: step.Pre}}, false
	case s.Status == Waiting && step.Gated() && !s.gate:
		return []Task{{What: Ask, Step: step}}, false
	case s.Status == Waiting && step.Do == nil:
		return []Task{{What: Check, Step: step, Phase: Post, Calls: step.Post}}, false
	case s.Status == Waiting || s.Status == Cleared:
		return []Task{{What: Act, Step: step, Phase: Do, Calls: []Call{*step.Do}}}, false
	}
	return nil, false
}

// nextUndo is the step whose way back is next: the last that began and is not
// undone. One that is kept ends the way back.
func (r *Run) nextUndo() *StepState {
	for _, i := range slices.Backward(r.touched) {
		s := &r.Steps[i]
		if s.Touched && s.Step.Keep {
			return nil
		}
		if s.Touched && s.Step.Undo != nil {
			return s
		}
	}
	return nil
}

// verdict says whether the run is over, how, and in which safe state.
func (r *Run) verdict() (outcome Outcome, safe string, over bool) {
	switch {
	case r.abandon:
		return Abandoned, "", true
	case r.flying() || r.Held() != nil || r.stuck() != nil:
		return "", "", false
	case r.Turned:
		if r.nextUndo() != nil {
			return "", "", false
		}
		for _, i := range slices.Backward(r.touched) {
			if s := &r.Steps[i]; s.Touched && s.Step.Keep {
				return RolledBack, s.Step.Rests, true
			}
		}
		return RolledBack, r.Plan.Start, true
	case r.failed >= 0:
		return "", "", false
	}
	for i := range r.Steps {
		if _, over := r.leaf(&r.Steps[i], time.Time{}); !over {
			return "", "", false
		}
	}
	return OK, r.Safe, true
}
