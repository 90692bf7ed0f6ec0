package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
)

// blocksQuestion asks for blocks, to mend damaged ones.
type blocksQuestion struct {
	From  uint64 `json:"from"`
	Count int    `json:"count"`
}

type blocksAnswer struct {
	Raw []byte `json:"raw"` // blocks as in the journal, back to back
}

const (
	// mendsMax bounds what one start mends: a device with more damage is replaced,
	// and the journal copied anew.
	mendsMax = 1000
	// mendWithin bounds the asking for one block at a start.
	mendWithin = 20 * time.Second
	// mendBytes bounds the blocks of one answer.
	mendBytes = 16 << 20
)

// blocks answers a question for blocks. What is damaged here is not handed out: the
// store verifies what it reads, and the asker proves it again.
func (c *Core) blocks(_ context.Context, q blocksQuestion) (a blocksAnswer, err error) {
	if q.From == 0 || q.Count < 1 || q.Count > disk.MendMax {
		return a, fmt.Errorf("%d blocks from %d on: %w", q.Count, q.From, errNotThere)
	}
	err = c.engine.Read(q.From, func(b *journal.Block) error {
		if err := b.Check(); err != nil {
			return err
		}
		a.Raw = b.AppendTo(a.Raw)
		if b.Height+1 >= q.From+uint64(q.Count) || len(a.Raw) > mendBytes {
			return errReached
		}
		return nil
	})
	if errors.Is(err, errReached) {
		err = nil
	}
	if err == nil && len(a.Raw) == 0 {
		err = fmt.Errorf("block %d: %w", q.From, errNotThere)
	}
	return a, err
}

// fetchBlocks asks the other centre for blocks.
func (c *peerCaller) fetchBlocks(ctx context.Context, from uint64, count int) ([]journal.Block, error) {
	var a blocksAnswer
	if err := c.ask(ctx, "blocks", blocksQuestion{from, count}, &a); err != nil {
		return nil, err
	}
	var all []journal.Block
	for rest := a.Raw; len(rest) > 0; {
		b, size, err := journal.Decode(rest)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
		rest = rest[size:]
	}
	if len(all) == 0 || len(all) > count {
		return nil, fmt.Errorf("%d blocks came for %d: %w", len(all), count, errPeerAnswer)
	}
	return all, nil
}

// mendFrom puts blocks of the other centre into the place of damaged ones from a
// height on, as many as it takes until those behind them are whole.
func mendFrom(ctx context.Context, caller *peerCaller, height uint64, mend func([]journal.Block) (disk.Mended, error)) (disk.Mended, error) {
	for count := 1; ; count *= 2 {
		blocks, err := caller.fetchBlocks(ctx, height, count)
		if err != nil {
			return disk.Mended{}, fmt.Errorf("ask the other centre for block %d: %w", height, err)
		}
		m, err := mend(blocks)
		if !errors.Is(err, disk.ErrNotProven) || count >= disk.MendMax || len(blocks) < count {
			return m, err
		}
	}
}

// openMended opens the core. A journal that is damaged in the middle is mended with
// blocks of the other centre, each proved by its neighbours here; without the other
// centre the damage is the error, and nothing is written.
func (n *Node) openMended(ctx context.Context, core CoreConfig) (*Core, error) {
	for mends := 0; ; mends++ {
		opened, err := OpenCore(core)
		var damage *journal.CorruptError
		if err == nil || n.config.Peer.Name == "" || core.Postgres != nil || !errors.As(err, &damage) || mends == mendsMax {
			return opened, err
		}
		n.log.Error("the journal is damaged: the other centre is asked for what stood there", slog.Any("error", err))
		if failed := n.mendClosed(ctx, core, damage.Height); failed != nil {
			return nil, errors.Join(err, fmt.Errorf("mend it from the other centre: %w", failed))
		}
	}
}

func (n *Node) mendClosed(ctx context.Context, core CoreConfig, height uint64) error {
	own, pins, _, err := n.config.Peer.load(n.config.Centre.Name)
	if err != nil {
		return err
	}
	caller := newPeerCaller(dialer(n.config.Peer.Address), own, pins)
	defer caller.close()
	within, done := context.WithTimeout(ctx, mendWithin)
	defer done()
	fsys := core.FS
	if fsys == nil {
		fsys = durable.OS{}
	}
	o := disk.Options{Dir: filepath.ToSlash(core.Dir) + "/journal", FS: fsys, Cell: core.Cell}
	m, err := mendFrom(within, caller, height, func(b []journal.Block) (disk.Mended, error) { return disk.Mend(o, b) })
	if err == nil {
		n.log.Warn("damaged blocks were mended from the other centre, the damaged bytes are kept", slog.Uint64("from", m.From), slog.Uint64("to", m.To), slog.String("kept", m.Kept))
	}
	return err
}
