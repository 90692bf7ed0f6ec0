package centre

import (
	"fmt"

	"sancun/internal/planted"
	"sancun/journal"
	"sancun/record"
)

// FirstEpoch is under which epoch a centre opens its journal. The fence says what
// others may write, or what this centre was about to begin, and not what it reigns
// under; a store that other nodes share knows the newest reign by its fence alone.
func FirstEpoch(head journal.Position, fenced uint32, shared bool) uint32 {
	if shared {
		return max(1, head.Epoch, fenced)
	}
	if planted.In(planted.ReignReused) {
		return max(1, head.Epoch, fenced)
	}
	return max(1, head.Epoch)
}

// Newest is the newest epoch a centre knows: its own while it writes, else that of
// its journal's end, or of a reign that was given up since (Station.Highest).
func Newest(writing bool, epoch uint32, head journal.Position, highest uint32) uint32 {
	if writing {
		return epoch
	}
	return max(1, head.Epoch, highest)
}

// MayWrite tells whether a state has everything its journal has, without which
// the centre must not write. The error is ErrBehind.
func MayWrite(applied uint64, head journal.Position) error {
	if applied != head.Height {
		return fmt.Errorf("%w: %d of %d", ErrBehind, applied, head.Height)
	}
	return nil
}

// MayCede tells whether a centre may hand its reign over to an epoch. The error is
// journal.ErrEpoch.
func MayCede(next, epoch uint32) error {
	if next <= epoch {
		return fmt.Errorf("hand over to epoch %d under epoch %d: %w", next, epoch, journal.ErrEpoch)
	}
	return nil
}

// Cede ends the reign of a centre whose writer has stopped, in its store: every
// block below the next epoch is refused from now on, also after a crash. It
// returns where the journal ends.
func Cede(engine journal.Engine, next uint32) (journal.Position, error) {
	head, err := engine.Head()
	if err != nil {
		return head, err
	}
	return head, engine.Fence(next)
}

// TakeOver prepares a centre to write under an epoch above every earlier one. The
// state is compared before anything else: a centre that disagrees must not depose
// the one that serves. The fence comes next and is durable: from then on no block of an older epoch can
// enter this journal, and the old centre learns of it from every acknowledgement.
// Then catchUp brings the state to the end of the journal. What the record of the
// promotion takes over is written into it; the caller has stopped following, and
// decides the record first of all.
func TakeOver(engine journal.Engine, p *record.Promote, catchUp func() error) error {
	if err := catchUp(); err != nil {
		return err
	}
	if err := engine.Fence(p.Epoch); err != nil {
		return fmt.Errorf("fence off the epochs below %d: %w", p.Epoch, err)
	}
	if err := catchUp(); err != nil {
		return err
	}
	head, err := engine.Head()
	if err != nil {
		return err
	}
	if p.Epoch <= head.Epoch {
		return fmt.Errorf("promote to epoch %d behind a block of epoch %d: %w", p.Epoch, head.Epoch, journal.ErrEpoch)
	}
	p.From = head.Height
	return nil
}
