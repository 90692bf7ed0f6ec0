package sequencer

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/journal"
	"sancun/record"
	"sancun/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counter is a machine that numbers what it decides. It enforces the contract:
// Begin before Decide, heights without gaps, time that never falls.
type counter struct {
	t      *testing.T
	height uint64
	now    int64
	body   []byte
	count  uint64
	root   state.Hash
	keys   map[state.Key]state.Answer
}

func (c *counter) Begin(buffer []byte, height uint64, now int64) {
	if now < c.now {
		c.t.Errorf("time fell from %d to %d", c.now, now)
	}
	c.body, c.height, c.now = buffer[:0], height, now
}

func (c *counter) Decide(r record.Request) state.Answer {
	if a, ok := c.keys[r.Key]; ok {
		return a
	}
	c.count++
	rec := make([]byte, record.HeadBytes)
	binary.LittleEndian.PutUint32(rec, record.HeadBytes)
	binary.LittleEndian.PutUint64(rec[32:], c.count)
	c.body = append(c.body, rec...)
	a := state.Answer{Key: r.Key, Ref: c.count, Height: c.height}
	if r.Key != (state.Key{}) {
		c.keys[r.Key] = a
	}
	return a
}

func (c *counter) Body() []byte { return c.body }

// NextRoot returns how many records there were when it was called last.
func (c *counter) NextRoot() state.Hash {
	due := c.root
	c.root = state.Hash{byte(c.count), byte(c.count >> 8)}
	return due
}

// store is an engine that keeps blocks and enforces their order. With gate set,
// an append waits for it; with fail set it fails after that height.
type store struct {
	mu     sync.Mutex
	blocks []journal.Block
	gate   chan struct{}
	fail   uint64
}

var errDisk = errors.New("disk on fire")

func (s *store) Append(b *journal.Block) error {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != 0 && b.Height >= s.fail {
		return errDisk
	}
	var prev journal.Position
	prev.Cell = b.Cell
	if n := len(s.blocks); n > 0 {
		prev = s.blocks[n-1].Position()
	}
	if err := b.Follows(prev); err != nil {
		return err
	}
	s.blocks = append(s.blocks, *b.Clone())
	return nil
}

func (s *store) Read(uint64, func(*journal.Block) error) error { return nil }
func (s *store) Head() (journal.Position, error)               { return journal.Position{}, nil }
func (s *store) Fence(uint32) error                            { return nil }
func (s *store) Fenced() (uint32, error)                       { return 0, nil }
func (s *store) Close() error                                  { return nil }

func start(t *testing.T, engine *store) (*Sequencer, *counter) {
	m := &counter{t: t, keys: map[state.Key]state.Answer{}}
	now := time.Unix(1692928800, 0)
	return Start(engine, m, journal.Position{Cell: 1}, Options{
		Cell: 1, Epoch: 1, Kind: journal.SHA256, RootEvery: 4,
		Now: func() time.Time { now = now.Add(-time.Second); return now },
	}), m
}

// Every answer is in a block that the store has, in the order of deciding.
func TestAnswersAreDurable(t *testing.T) {
	engine := &store{}
	s, _ := start(t, engine)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 200 {
				a, err := s.Submit(context.Background(), record.Request{}, record.Request{})
				if err != nil || a[1].Ref != a[0].Ref+1 {
					t.Errorf("answers %v, %v", a, err)
					return
				}
				engine.mu.Lock()
				if n := uint64(len(engine.blocks)); n < a[1].Height {
					t.Errorf("answered for height %d with %d blocks durable", a[1].Height, n)
				}
				engine.mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	var records uint64
	var root journal.Hash
	for i := range engine.blocks {
		b := &engine.blocks[i]
		records += uint64(b.Count)
		if b.HasStateRoot != (b.Height%4 == 0) || b.EarlierRoot != b.HasStateRoot {
			t.Errorf("block %d: state root present %v, an earlier one %v", b.Height, b.HasStateRoot, b.EarlierRoot)
		}
		if b.HasStateRoot {
			if b.StateRoot != root {
				t.Errorf("block %d: root %x, want that of four blocks before, %x", b.Height, b.StateRoot, root)
			}
			root = journal.Hash{byte(records), byte(records >> 8)}
		}
	}
	if records != 16*200*2 {
		t.Errorf("%d records durable, want %d", records, 16*200*2)
	}
	if _, err := s.Submit(context.Background(), record.Request{}); !errors.Is(err, ErrStopped) {
		t.Errorf("after the stop: %v", err)
	}
}

// A batch larger than a block is spread over blocks and answered once.
func TestLargeBatch(t *testing.T) {
	engine := &store{}
	s, _ := start(t, engine)
	answers, err := s.Submit(context.Background(), make([]record.Request, 3*BlockRecords+5)...)
	if err != nil || len(answers) != 3*BlockRecords+5 {
		t.Fatalf("%d answers, %v", len(answers), err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(engine.blocks); n != 4 {
		t.Errorf("%d blocks, want 4", n)
	}
}

// A failing store stops everything; no waiting request hears success.
func TestFailureIsUnknown(t *testing.T) {
	engine := &store{fail: 3}
	s, _ := start(t, engine)
	var unknown int
	for range 10 {
		if _, err := s.Submit(context.Background(), record.Request{}); err != nil {
			if !errors.Is(err, ErrUnknown) || !errors.Is(err, errDisk) {
				t.Fatalf("got %v", err)
			}
			unknown++
		}
	}
	<-s.Failed()
	if unknown != 8 {
		t.Errorf("%d of 10 requests failed, want 8", unknown)
	}
	if err := s.Stop(); !errors.Is(err, errDisk) {
		t.Errorf("stopped with %v", err)
	}
}

// Past its bound the queue refuses at once and keeps what it took.
func TestOverloadIsRefusedEarly(t *testing.T) {
	engine := &store{gate: make(chan struct{})}
	s, _ := start(t, engine)
	var taken []*Batch
	for {
		b := &Batch{Requests: make([]record.Request, 1000)}
		if err := s.Enqueue(b); err != nil {
			if !errors.Is(err, ErrBusy) {
				t.Fatal(err)
			}
			break
		}
		taken = append(taken, b)
	}
	if len(taken) != QueueRequests/1000 {
		t.Errorf("took %d batches of 1000, want %d", len(taken), QueueRequests/1000)
	}
	close(engine.gate)
	for _, b := range taken {
		<-b.Done()
		if b.Err != nil || len(b.Answers) != 1000 {
			t.Errorf("%d answers, %v", len(b.Answers), b.Err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// A read and a repeated key wait for what they saw to be durable.
func TestReadsWaitForDurability(t *testing.T) {
	engine := &store{gate: make(chan struct{})}
	s, m := start(t, engine)
	key := record.KeyFor(1, "k")
	first := &Batch{Requests: []record.Request{{Key: key}}}
	again := &Batch{Requests: []record.Request{{Key: key}}}
	var seen uint64
	look := &Batch{Read: func() { seen = m.count }}
	for _, b := range []*Batch{first, again, look} {
		if err := s.Enqueue(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range []*Batch{first, again, look} {
		select {
		case <-b.Done():
			t.Fatal("answered before the block was durable")
		default:
		}
	}
	close(engine.gate)
	<-look.Done()
	<-again.Done()
	if seen != 1 || again.Answers[0] != first.Answers[0] {
		t.Errorf("read saw %d, repeated answer %+v, first %+v", seen, again.Answers[0], first.Answers[0])
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// Between sees the machine exactly as after a block: the records durable up to
// the height it is given are those the machine has decided.
func TestBetweenIsAtABlocksEdge(t *testing.T) {
	engine := &store{}
	s, m := start(t, engine)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if _, err := s.Submit(context.Background(), make([]record.Request, 3)...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 50 {
		var height, count uint64
		if err := s.Between(context.Background(), func(h uint64) { height, count = h, m.count }); err != nil {
			t.Fatal(err)
		}
		var durable uint64
		engine.mu.Lock()
		for i := range height {
			durable += uint64(engine.blocks[i].Count)
		}
		engine.mu.Unlock()
		if durable != count {
			t.Errorf("after block %d: %d records durable, %d decided", height, durable, count)
		}
	}
	wg.Wait()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}
