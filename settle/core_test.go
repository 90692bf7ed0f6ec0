package settle_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"sancun/custody"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
)

// centre is a journal, a machine and a sequencer: what a node is to the day end.
type centre struct {
	engine  *disk.Engine
	machine *custody.Machine
	line    *sequencer.Sequencer

	mu   sync.Mutex
	head journal.Position
	news chan struct{}
}

const answersKept = 100_000

func newMachine() *custody.Machine {
	return custody.New(custody.Options{Sum: sha256.Sum256, Answers: answersKept})
}

func openCentre(t testing.TB, now func() time.Time) *centre {
	t.Helper()
	engine, _, err := disk.Open(disk.Options{Dir: t.TempDir(), Cell: 1, SegmentBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	c := &centre{engine: engine, machine: newMachine(), news: make(chan struct{})}
	c.line = sequencer.Start(engine, c.machine, journal.Position{}, sequencer.Options{
		Cell: 1, Epoch: 1, Kind: journal.SHA256, Now: now, Released: func(b *journal.Header) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.head = b.Position()
		},
	})
	t.Cleanup(func() {
		if err := errors.Join(c.line.Stop(), engine.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

func (c *centre) Submit(ctx context.Context, r ...record.Request) ([]state.Answer, error) {
	return c.line.Submit(ctx, r...)
}

func (c *centre) Look(ctx context.Context, look func(*custody.Machine)) error {
	return c.line.Read(ctx, func() { look(c.machine) })
}

func (c *centre) Head() (journal.Position, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.head, c.news
}

func (c *centre) Blocks(from uint64, fn func(*journal.Block) error) error {
	return c.engine.Read(from, fn)
}

var errFar = errors.New("far enough")

// MachineAt replays the journal, holding every state root on the way against it.
func (c *centre) MachineAt(height uint64) (*custody.Machine, error) {
	m := newMachine()
	err := c.engine.Read(1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err == nil {
				err = m.Apply(v, b.Height)
			}
			if err != nil {
				return err
			}
		}
		if b.HasStateRoot && journal.Hash(m.NextRoot()) != b.StateRoot {
			return errors.New("the replay has another state root")
		}
		if b.Height == height {
			return errFar
		}
		return nil
	})
	if errors.Is(err, errFar) {
		err = nil
	}
	return m, err
}
