package replica

import (
	"fmt"

	"sancun/internal/planted"
	"sancun/journal"
)

// Parting is where two chains went apart: the last block both have, and how far
// each goes on. It is ErrDiverged. What stands behind Common in the follower's
// chain is its orphan tail: it is kept, listed and worked off by people.
type Parting struct {
	Common journal.Position // the last block both centres have; height 0 when none
	Ours   journal.Position // the follower's head
	Theirs uint64           // height of the source's head
}

// Error says where.
func (p *Parting) Error() string {
	return fmt.Sprintf("%v: the last common block is %d of epoch %d, this centre has %d more, the other %d",
		ErrDiverged, p.Common.Height, p.Common.Epoch, p.Ours.Height-p.Common.Height, p.Theirs-p.Common.Height)
}

// Is makes every Parting an ErrDiverged.
func (p *Parting) Is(target error) bool { return target == ErrDiverged }

// trace searches the last common block. Chains that agree at a height agree at
// all below it, because a block names the one before; so every question cuts the
// doubtful stretch into TraceHeights parts.
type trace struct {
	engine journal.Engine
	cell   uint32
	common journal.Position // agreed
	high   uint64           // nothing above it can agree
	theirs uint64
	asked  []uint64
}

// question asks for heights between what is agreed and what may be.
func (t *trace) question() *Ask {
	t.asked = t.asked[:0]
	span := t.high - t.common.Height
	parts := min(span, TraceHeights)
	for i := uint64(1); i <= parts; i++ {
		t.asked = append(t.asked, t.common.Height+span*i/parts)
	}
	return &Ask{Heights: append([]uint64(nil), t.asked...)}
}

// marks compares the answer and asks on, or ends with a *Parting.
func (t *trace) marks(m *Marks) (Message, error) {
	if len(m.Positions) != len(t.asked) {
		return nil, fmt.Errorf("%w: %d positions for %d heights", ErrProtocol, len(m.Positions), len(t.asked))
	}
	for i, height := range t.asked {
		ours, there, err := At(t.engine, t.cell, height)
		if err != nil {
			return nil, err
		}
		if !there || m.Positions[i].Hash != ours.Hash && !planted.In(planted.TraceBlind) {
			t.high = height - 1
			break
		}
		t.common = ours
	}
	if t.high > t.common.Height {
		return t.question(), nil
	}
	head, err := t.engine.Head()
	if err != nil {
		return nil, err
	}
	if t.common.Height == 0 {
		t.common.Cell = t.cell
	}
	return nil, &Parting{Common: t.common, Ours: head, Theirs: t.theirs}
}
