package node

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/state"
)

// scrub reads everything again in the background, a little at a time, because disks
// and memory forget silently: blocks of the journal, rows in memory against the hash
// tree above them, files against the manifest. What is found is mended from the other
// centre where that can be proved, and told where not.
type scrub struct {
	n *Node

	block uint64 // next to read
	table int    // place in the list of tables
	page  int
	file  int

	mu     sync.Mutex
	status ScrubStatus
}

// ScrubStatus is how far the reading is and what it found since the start.
type ScrubStatus struct {
	Blocks  uint64    `json:"blocks"` // read
	Pages   uint64    `json:"pages"`
	Files   uint64    `json:"files"`
	Rounds  uint64    `json:"rounds"`  // of the whole journal
	Whole   time.Time `json:"whole"`   // when the last round without damage ended
	Mended  uint64    `json:"mended"`  // blocks and files
	Damaged []string  `json:"damaged"` // what is not mended
}

const (
	// scrubBeat and the steps bound the reading to some MB a second.
	scrubBeat   = time.Second
	scrubBlocks = 2_000
	scrubBytes  = 4 << 20
	// scrubPages are hashed between two blocks: a fraction of a millisecond.
	scrubPages = 256
	// damagedKept bounds what is listed.
	damagedKept = 100
)

// Scrubbed is how far the reading again is.
func (n *Node) Scrubbed() ScrubStatus {
	n.scrub.mu.Lock()
	defer n.scrub.mu.Unlock()
	s := n.scrub.status
	s.Damaged = slices.Clone(s.Damaged)
	return s
}

// run reads until ctx ends.
func (s *scrub) run(ctx context.Context) error {
	for {
		if err := s.step(ctx); err != nil && ctx.Err() == nil {
			return err
		}
		if pause(ctx, scrubBeat) != nil {
			return nil
		}
	}
}

// step reads a little of everything.
func (s *scrub) step(ctx context.Context) error {
	if err := s.blocks(ctx); err != nil {
		return err
	}
	if err := s.rows(ctx); err != nil {
		return err
	}
	if s.n.peer != nil {
		s.files(ctx)
	}
	return nil
}

func (s *scrub) found(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.status.Damaged, what) && len(s.status.Damaged) < damagedKept {
		s.status.Damaged = append(s.status.Damaged, what)
		s.n.log.Error("the reading again found damage", slog.String("what", what), slog.Any("error", err))
	}
}

// blocks reads some blocks of the journal and verifies them whole.
func (s *scrub) blocks(ctx context.Context) error {
	read, bytes, from := 0, 0, max(1, s.block)
	err := s.n.Core.engine.Read(from, func(b *journal.Block) error {
		if err := b.Check(); err != nil {
			return err
		}
		s.block = b.Height + 1
		read++
		if bytes += b.Size(); read >= scrubBlocks || bytes >= scrubBytes || ctx.Err() != nil {
			return errReached
		}
		return nil
	})
	s.mu.Lock()
	s.status.Blocks += uint64(read)
	if err == nil { // the end
		s.status.Rounds++
		s.status.Whole, s.block = s.n.clock.Now(), 1
	}
	s.mu.Unlock()
	var damage *journal.CorruptError
	switch {
	case err == nil, errors.Is(err, errReached), ctx.Err() != nil, errors.Is(err, journal.ErrClosed):
		return nil
	case errors.As(err, &damage):
		s.mendBlock(ctx, damage)
		return nil
	}
	s.n.log.Debug("the journal could not be read again, it is tried later", slog.Any("error", err)) // its store has its own voice
	return nil
}

// mendBlock asks the other centre for a damaged block.
func (s *scrub) mendBlock(ctx context.Context, damage *journal.CorruptError) {
	engine, can := s.n.Core.engine.(interface {
		Mend([]journal.Block) (disk.Mended, error)
	})
	if !can || s.n.peer == nil {
		s.found(damage.Error(), damage)
		return
	}
	m, err := mendFrom(ctx, s.n.peer.caller, damage.Height, engine.Mend)
	if err != nil {
		s.found(damage.Error(), err)
		return
	}
	s.mu.Lock()
	s.status.Mended += m.To - m.From + 1
	s.mu.Unlock()
	s.n.log.Warn("damaged blocks were mended from the other centre, the damaged bytes are kept", slog.Uint64("from", m.From), slog.Uint64("to", m.To), slog.String("kept", m.Kept))
}

// rows compares some pages of rows in memory with their hashes.
func (s *scrub) rows(ctx context.Context) error {
	var bad []string
	err := s.n.Core.between(ctx, func(uint64) {
		bad = s.n.Core.state.Machine.ScrubPages(&s.table, &s.page, scrubPages)
	})
	s.mu.Lock()
	s.status.Pages += scrubPages
	s.mu.Unlock()
	for _, what := range bad {
		s.found(what, errMemory)
	}
	if errors.Is(err, ErrNotWriting) {
		return nil
	}
	return err
}

// errMemory says that rows changed though nobody wrote them.
var errMemory = errors.New("rows in memory are not what was hashed: restart this centre, its state is rebuilt from the journal")

// files hashes one file of the manifest again. One that is damaged is fetched anew.
func (s *scrub) files(ctx context.Context) {
	var f custody.KeptFile
	if err := s.n.Core.Look(ctx, func(m *custody.Machine) {
		all := m.KeptFilesFrom(uint32(s.file))
		if len(all) == 0 {
			s.file = 0
			return
		}
		f = all[0]
		s.file++
	}); err != nil || f.Versions == 0 {
		return
	}
	here, err := s.n.peer.goods.here(&f)
	s.mu.Lock()
	s.status.Files++
	s.mu.Unlock()
	if err == nil && here {
		return
	}
	s.n.log.Error("a file is damaged or missing: it is fetched from the other centre", slog.String("file", f.Path()), slog.Any("error", err))
	s.n.peer.goods.note(&f, false)
}

var _ state.Compared = state.Rooted{}
