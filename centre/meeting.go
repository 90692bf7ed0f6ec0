package centre

import (
	"sancun/dr"
	"sancun/journal"
	"sancun/replica"
)

// Meeting is what a starting centre learns of the other one before it writes: it
// serves its journal and asks whether the other serves too. It is told what was
// heard and says what the centre becomes.
//
// Invariant: the centre only becomes primary after the other one, in a
// conversation that goes on, has acknowledged the end of this journal. A centre
// that merely asks has promised nothing: should both have started like that, both
// copy, and people decide.
type Meeting struct {
	met, serves, deposed bool
}

// Told takes an acknowledgement: the other centre has stored up to a height, and
// the journal here ends at head.
func (m *Meeting) Told(source *replica.Source, head journal.Position) {
	if source.Acknowledged() && source.Stored() == head {
		m.met = true
	}
}

// Deposed takes that the other centre has fenced this epoch.
func (m *Meeting) Deposed() { m.deposed = true }

// Answered takes the other centre's answer to the question whether it serves.
func (m *Meeting) Answered(serves bool) { m.serves = m.serves || serves }

// Verdict is what the centre becomes and why; Recovering while it does not know.
func (m *Meeting) Verdict() (dr.Role, string) {
	switch {
	case m.deposed:
		return dr.Standby, "the other centre has begun a newer epoch"
	case m.met:
		return dr.Primary, "met the other centre"
	case m.serves:
		return dr.Standby, "the other centre serves"
	}
	return dr.Recovering, ""
}

// Knock reads the answer that a writing centre got when it asked the other one,
// which does not follow it, who it is: ErrDeposed when the other one writes under
// a newer epoch. An older one learns of ours by the question.
func Knock(answer replica.Message, epoch uint32) error {
	if w, ok := answer.(*replica.Welcome); ok && w.Epoch > epoch {
		return replica.ErrDeposed
	}
	return nil
}

// Serves reads the answer to the question whether the other centre serves its own
// blocks. A chain that has parted from ours is served too.
func Serves(answer replica.Message) bool {
	switch m := answer.(type) {
	case *replica.Welcome:
		return true
	case *replica.Refusal:
		return m.Reason == replica.ReasonParted
	}
	return false
}
