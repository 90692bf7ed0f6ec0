package centre

import (
	"errors"
	"fmt"
	"io/fs"

	"sancun/custody"
	"sancun/internal/planted"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
)

// ErrDiverged says that replaying the journal leads to another state than its
// writer had: the program's rules of applying changed, or memory lied. The
// centre must not serve (law L8).
var ErrDiverged = errors.New("replay leads to another state root than the journal says")

// ErrBehind says that a centre was to take over before it had applied all it has.
var ErrBehind = errors.New("the state of this centre is behind its own journal")

// errReached ends a reading at its last height.
var errReached = errors.New("reached")

// State is the machine of a centre and how much of the journal it holds.
type State struct {
	Machine *custody.Machine
	Applied replica.Applied
}

// Apply folds the next block into the state. A root that differs is ErrDiverged,
// after which the state takes nothing more.
func (s *State) Apply(b *journal.Block) error {
	if s.Applied.Disagree {
		return ErrDiverged
	}
	err := ApplyBlock(s.Machine, b)
	if b.HasStateRoot {
		s.Applied.RootAt, s.Applied.Root = b.Height, b.StateRoot
	}
	if errors.Is(err, ErrDiverged) {
		s.Applied.Disagree = true
		s.Applied.Root = journal.Hash(s.Machine.Root())
	}
	if err == nil {
		s.Applied.Height = b.Height
	}
	return err
}

// CatchUp applies what a journal holds beyond the state and returns how many
// blocks that was.
func (s *State) CatchUp(from replica.Chain) (blocks int, err error) {
	if s.Applied.Disagree {
		return 0, ErrDiverged
	}
	err = from.Read(s.Applied.Height+1, func(b *journal.Block) error {
		blocks++
		return s.Apply(b)
	})
	return blocks, err
}

// ApplyBlock applies one block to a machine and compares its state root.
func ApplyBlock(m *custody.Machine, b *journal.Block) error {
	for i, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err == nil {
			err = m.Apply(v, b.Height)
		}
		if err != nil {
			return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
		}
	}
	if b.HasStateRoot {
		root := m.NextRoot()
		if !b.EarlierRoot {
			root = m.Root()
		}
		if journal.Hash(root) != b.StateRoot && !planted.In(planted.RootsUncompared) {
			return fmt.Errorf("block %d: root %x, the journal says %v: %w", b.Height, root, b.StateRoot, ErrDiverged)
		}
	}
	return nil
}

// Replay applies the blocks from one height to another to a machine, compares
// every state root on the way and returns how many records that were.
func Replay(source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}, m *custody.Machine, from, to uint64) (records uint64, err error) {
	if from > to {
		return 0, nil
	}
	err = source.Read(from, func(b *journal.Block) error {
		if err := ApplyBlock(m, b); err != nil {
			return err
		}
		records += uint64(b.Count)
		if b.Height >= to {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	return records, err
}

// Restored says where a state came from.
type Restored struct {
	Head     journal.Position // of the journal, which the state has reached
	Snapshot uint64           // height of the snapshot used, 0 when none
	Skipped  string           // why newer snapshots were not used
	Records  uint64           // replayed behind it
}

// Restore brings a machine to the head of a journal: the newest snapshot that
// holds, then the tail through the same Apply that a copying centre uses. A
// snapshot that does not hold, or leads to another root than the journal's, is
// passed over, because the journal alone is enough.
func Restore(engine journal.Engine, snapshots Snapshots) (*custody.Machine, Restored, error) {
	var r Restored
	head, err := engine.Head()
	if err != nil {
		return nil, r, err
	}
	r.Head = head
	for below := head.Height; ; below = r.Snapshot - 1 {
		m, from, err := snapshots.newest(engine, below, &r.Skipped)
		if err != nil {
			return nil, r, err
		}
		r.Snapshot = from
		r.Records, err = Replay(engine, m, from+1, head.Height)
		if from == 0 || !errors.Is(err, ErrDiverged) {
			return m, r, err
		}
		r.Skipped += fmt.Sprintf("snapshot %d: %v; ", from, err)
	}
}

// At builds the state as it was after a height, from the journal and the
// snapshots, without touching any running machine.
func At(engine journal.Engine, snapshots Snapshots, height uint64) (*custody.Machine, error) {
	for below := height; ; {
		m, from, err := snapshots.newest(engine, below, new(string))
		if err != nil {
			return nil, err
		}
		if _, err = Replay(engine, m, from+1, height); from == 0 || !errors.Is(err, ErrDiverged) {
			return m, err
		}
		below = from - 1 // a snapshot that a lying memory wrote
	}
}

// newest loads the newest snapshot up to a height that holds, or an empty machine.
func (s Snapshots) newest(engine journal.Engine, height uint64, skipped *string) (*custody.Machine, uint64, error) {
	heights, err := s.Heights()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	for _, h := range heights {
		if h > height {
			*skipped += fmt.Sprintf("snapshot %d: above height %d; ", h, height)
			continue
		}
		m, err := s.Load(engine, h)
		if err == nil {
			return m, h, nil
		}
		*skipped += fmt.Sprintf("snapshot %d: %v; ", h, err)
	}
	return s.New(), 0, nil
}
