package replica_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/replica"
)

const cell = 7

// centre is a journal on a file system in memory.
type centre struct {
	engine *disk.Engine
	name   string
}

func newCentre(t testing.TB, name string) *centre {
	t.Helper()
	engine, _, err := disk.Open(disk.Options{Dir: "/" + name, FS: faultfs.New(), Cell: cell, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return &centre{engine: engine, name: name}
}

// write appends blocks of an epoch whose records hold a salt, so that two
// centres can write different ones.
func (c *centre) write(t testing.TB, n int, epoch uint32, salt byte) {
	t.Helper()
	var sealer journal.Sealer
	for range n {
		head, err := c.engine.Head()
		if err != nil {
			t.Fatal(err)
		}
		body := []byte{9, 0, 0, 0, salt, byte(head.Height), byte(head.Height >> 8), 1, 2}
		b, err := sealer.Seal(journal.Header{
			Kind: journal.SHA256, Cell: cell, Epoch: epoch, Height: head.Height + 1, Time: head.Time + 1, Previous: head.Hash,
		}, body)
		if err == nil {
			err = c.engine.Append(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (c *centre) head(t testing.TB) journal.Position {
	t.Helper()
	head, err := c.engine.Head()
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func (c *centre) source(epoch uint32) *replica.Source {
	return replica.NewSource(replica.SourceOptions{
		Chain: c.engine, Cell: cell, Centre: c.name, Epoch: epoch, Now: func() int64 { return 5 }, Window: 4096, Batch: 600,
	})
}

func (c *centre) follower(t testing.TB) *replica.Follower {
	t.Helper()
	f, err := replica.NewFollower(replica.FollowerOptions{
		Engine: c.engine, Cell: cell, Centre: c.name, Now: func() int64 { return 6 }, Applied: func() replica.Applied { return replica.Applied{} },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// carry takes a message over the wire as bytes.
func carry(t testing.TB, m replica.Message) replica.Message {
	t.Helper()
	raw := replica.Append(nil, m)
	got, err := replica.Parse(raw[4:])
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// converse runs a conversation until both ends have nothing to say, or one fails.
func converse(t testing.TB, s *replica.Source, f *replica.Follower) error {
	t.Helper()
	hello, err := f.Hello()
	if err != nil {
		return err
	}
	if err := s.Receive(carry(t, hello)); err != nil {
		return err
	}
	for range 100_000 {
		m, err := s.Next()
		if err != nil || m == nil {
			return err
		}
		answer, err := f.Receive(carry(t, m))
		if err != nil {
			return err
		}
		if answer != nil {
			if err := s.Receive(carry(t, answer)); err != nil {
				return err
			}
		}
	}
	return errors.New("the conversation does not end")
}

func TestFollowerCatchesUp(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 50, 1, 'a')
	s, f := a.source(1), b.follower(t)
	if err := converse(t, s, f); err != nil {
		t.Fatal(err)
	}
	if got, want := b.head(t), a.head(t); got != want {
		t.Fatalf("follower at %v, source at %v", got, want)
	}
	if s.Stored() != a.head(t) {
		t.Fatalf("the source thinks the follower has %d, want %d", s.Stored().Height, a.head(t).Height)
	}
	a.write(t, 5, 1, 'a')
	if err := converse(t, a.source(1), b.follower(t)); err != nil { // resumes
		t.Fatal(err)
	}
	if got, want := b.head(t), a.head(t); got != want {
		t.Fatalf("resumed follower at %v, source at %v", got, want)
	}
}

func TestPartedChainsAreTracedAndNothingIsOverwritten(t *testing.T) {
	for _, tt := range []struct{ common, ours, theirs int }{
		{0, 3, 2}, {1, 1, 1}, {10, 5, 0}, {100, 1, 70}, {333, 40, 2}, {64, 64, 64},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			a, b := newCentre(t, "a"), newCentre(t, "b")
			a.write(t, tt.common, 1, 'c')
			b.write(t, tt.common, 1, 'c')
			a.write(t, tt.theirs, 2, 'a')
			b.write(t, tt.ours, 1, 'b')
			before := b.head(t)
			err := converse(t, a.source(2), b.follower(t))
			var parting *replica.Parting
			if !errors.As(err, &parting) || !errors.Is(err, replica.ErrDiverged) {
				t.Fatalf("got %v, want a parting", err)
			}
			if got := parting.Common.Height; got != uint64(tt.common) {
				t.Fatalf("common block %d, want %d", got, tt.common)
			}
			if parting.Ours != before || b.head(t) != before {
				t.Fatalf("the follower's chain changed from %v to %v", before, b.head(t))
			}
		})
	}
}

func TestFencedFollowerDeposesItsSource(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 3, 1, 'a')
	s, f := a.source(1), b.follower(t)
	if err := converse(t, s, f); err != nil {
		t.Fatal(err)
	}
	if err := b.engine.Fence(2); err != nil {
		t.Fatal(err)
	}
	ack, err := f.Ack()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Receive(carry(t, ack)); !errors.Is(err, replica.ErrDeposed) {
		t.Fatalf("got %v, want deposed", err)
	}
	a.write(t, 1, 1, 'a')
	if err := converse(t, a.source(1), b.follower(t)); !errors.Is(err, replica.ErrDeposed) {
		t.Fatalf("a new conversation: got %v, want deposed", err)
	}
	if b.head(t).Height != 3 {
		t.Fatalf("a fenced follower took block %d", b.head(t).Height)
	}
}

func TestStrangersAndOtherCellsAreRefused(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 3, 1, 'a')
	for _, tt := range []struct {
		name  string
		spoil func(*replica.Hello)
		known func(string) bool
	}{
		{"cell", func(h *replica.Hello) { h.Cell = 8 }, nil},
		{"version", func(h *replica.Hello) { h.VersionMin, h.VersionMax = 9, 12 }, nil},
		{"stranger", func(*replica.Hello) {}, func(string) bool { return false }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := replica.NewSource(replica.SourceOptions{Chain: a.engine, Cell: cell, Epoch: 1, Known: tt.known, Now: func() int64 { return 0 }})
			f := b.follower(t)
			h, err := f.Hello()
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(h)
			if err := s.Receive(carry(t, h)); !errors.Is(err, replica.ErrProtocol) {
				t.Fatalf("got %v, want refused", err)
			}
			m, err := s.Next()
			if r, ok := m.(*replica.Refusal); err != nil || !ok || r.Text == "" {
				t.Fatalf("answered %v, %v, want a refusal with words", m, err)
			}
			if _, err := f.Receive(carry(t, m)); !errors.Is(err, replica.ErrProtocol) {
				t.Fatalf("the follower made %v of it", err)
			}
		})
	}
}

// A damaged or reordered block on the wire is refused, and what was stored stays
// a prefix of the source's chain.
func TestSpoiltBlocksAreRefused(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := newCentre(t, "a"), newCentre(t, "b")
		a.write(t, 20, 1, 'a')
		s, f := a.source(1), b.follower(t)
		h, err := f.Hello()
		if err != nil {
			rt.Fatal(err)
		}
		if err := s.Receive(h); err != nil {
			rt.Fatal(err)
		}
		w, err := s.Next()
		if err != nil {
			rt.Fatal(err)
		}
		if _, err := f.Receive(w); err != nil {
			rt.Fatal(err)
		}
		m, err := s.Next()
		if err != nil {
			rt.Fatal(err)
		}
		blocks, ok := m.(*replica.Blocks)
		if !ok {
			rt.Fatalf("got %T", m)
		}
		at := rapid.IntRange(0, len(blocks.Raw)-1).Draw(rt, "byte")
		blocks.Raw[at] ^= byte(rapid.IntRange(1, 255).Draw(rt, "flip"))
		if _, err := f.Receive(blocks); !errors.Is(err, replica.ErrProtocol) {
			rt.Fatalf("a flipped byte %d: %v", at, err)
		}
		head := b.head(t)
		at2, _, err := replica.At(a.engine, cell, head.Height)
		if err != nil || at2 != head {
			rt.Fatalf("stored %v, the source has %v there", head, at2)
		}
	})
}

func TestFetchGivesOneBlock(t *testing.T) {
	a, b := newCentre(t, "a"), newCentre(t, "b")
	a.write(t, 9, 1, 'a')
	s, f := a.source(1), b.follower(t)
	if err := converse(t, s, f); err != nil {
		t.Fatal(err)
	}
	for _, height := range []uint64{1, 5, 9, 10} {
		if err := s.Receive(&replica.Fetch{Height: height}); err != nil {
			t.Fatal(err)
		}
		m, err := s.Next()
		if err != nil {
			t.Fatal(err)
		}
		got, ok := m.(*replica.Fetched)
		if !ok || got.Height != height || (len(got.Raw) > 0) != (height <= 9) {
			t.Fatalf("fetch %d gave %v", height, m)
		}
		if height > 9 {
			continue
		}
		block, _, err := journal.Decode(got.Raw)
		if err != nil || block.Height != height {
			t.Fatalf("fetch %d gave block %d, %v", height, block.Height, err)
		}
	}
}

// Bytes either are no message or are the only way to write theirs.
func FuzzParse(f *testing.F) {
	for _, m := range []replica.Message{
		&replica.Hello{VersionMin: 1, VersionMax: 1, Cell: 7, Centre: "b"}, &replica.Welcome{Version: 1}, &replica.Refusal{Reason: replica.ReasonParted, Text: "x"},
		&replica.Blocks{Raw: []byte{1, 2}}, &replica.Ack{}, &replica.Beat{}, &replica.Ask{Heights: []uint64{1, 2}},
		&replica.Marks{Positions: []journal.Position{{Height: 1}}}, &replica.Fetch{Height: 3}, &replica.Fetched{Raw: []byte{3}},
	} {
		f.Add(replica.Append(nil, m)[4:])
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := replica.Parse(raw)
		if err != nil {
			if !errors.Is(err, replica.ErrProtocol) {
				t.Fatalf("error %v is not ErrProtocol", err)
			}
			return
		}
		again := replica.Append(nil, m)
		if string(again[4:]) != string(raw) {
			t.Fatalf("%x reads as %+v, which is written %x", raw, m, again[4:])
		}
	})
}
