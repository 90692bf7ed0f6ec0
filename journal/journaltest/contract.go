package journaltest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"sancun/journal"
)

func mustOpen(t tester, h Harness) journal.Engine {
	t.Helper()
	e, err := h.Open()
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return e
}

func mustClose(t tester, e journal.Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func mustAppend(t tester, a *auditor, e journal.Engine, size int) {
	t.Helper()
	if err := a.append(e, size); err != nil {
		t.Fatalf("append a block of %d bytes: %v", size, err)
	}
}

func testEmpty(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 1)
	for range 2 {
		e := mustOpen(t, h)
		a.compare(t, e)
		mustClose(t, e)
	}
}

func testAppendRead(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 2)
	e := mustOpen(t, h)
	for i := range 40 {
		mustAppend(t, a, e, i*97)
		a.compare(t, e)
	}
	for range 2 {
		for from := range uint64(43) {
			if err := a.differenceFrom(e, from); err != nil {
				t.Fatal(err)
			}
		}
		mustClose(t, e)
		e = mustOpen(t, h)
		a.compare(t, e)
		mustAppend(t, a, e, 300)
	}
	mustClose(t, e)
}

func testSizes(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 3)
	e := mustOpen(t, h)
	for _, size := range []int{0, journal.BodyBytesMax, 0, 1, 3_000, 4_000, 9_000, 100_000, journal.BodyBytesMax, 5} {
		mustAppend(t, a, e, size)
	}
	a.compare(t, e)
	mustClose(t, e)
	e = mustOpen(t, h)
	a.compare(t, e)
	mustClose(t, e)
}

func testRefusals(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 4)
	e := mustOpen(t, h)
	if err := a.raise(e, 5); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, a, e, 100)
	mustAppend(t, a, e, 100)
	tests := map[string]struct {
		change func(h *journal.Header)
		want   error
	}{
		"height again":         {func(h *journal.Header) { h.Height-- }, journal.ErrHeight},
		"first height again":   {func(h *journal.Header) { h.Height, h.Previous = 1, journal.Hash{} }, journal.ErrHeight},
		"gap":                  {func(h *journal.Header) { h.Height++ }, journal.ErrHeight},
		"lower epoch":          {func(h *journal.Header) { h.Epoch = 4 }, journal.ErrEpoch},
		"other history":        {func(h *journal.Header) { h.Previous[7] ^= 1 }, journal.ErrChain},
		"other cell":           {func(h *journal.Header) { h.Cell++ }, journal.ErrChain},
		"earlier":              {func(h *journal.Header) { h.Time = a.head().Time - 1 }, journal.ErrChain},
		"wrong count":          {func(h *journal.Header) { h.Count++ }, journal.ErrInvalid},
		"wrong length":         {func(h *journal.Header) { h.BodyBytes-- }, journal.ErrInvalid},
		"no hash function":     {func(h *journal.Header) { h.Kind = 0 }, journal.ErrInvalid},
		"state root, no flag":  {func(h *journal.Header) { h.HasStateRoot, h.StateRoot = false, journal.Hash{1} }, journal.ErrInvalid},
		"earlier, but no root": {func(h *journal.Header) { h.HasStateRoot, h.EarlierRoot, h.StateRoot = false, true, journal.Hash{} }, journal.ErrInvalid},
		"limit of the records": {func(h *journal.Header) { h.Count = journal.RecordsMax + 1 }, journal.ErrInvalid},
	}
	for name, test := range tests {
		bad := a.next(200)
		test.change(&bad.Header)
		if err := e.Append(bad); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
		a.compare(t, e)
	}
	mustAppend(t, a, e, 100)
	mustClose(t, e)
	e = mustOpen(t, h)
	a.compare(t, e)
	mustClose(t, e)
}

func testFence(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 5)
	e := mustOpen(t, h)
	mustAppend(t, a, e, 100)
	old := a.next(100)
	for _, epoch := range []uint32{3, 3, 7} {
		if err := a.raise(e, epoch); err != nil {
			t.Fatalf("fence %d: %v", epoch, err)
		}
	}
	for range 2 {
		if err := e.Fence(6); !errors.Is(err, journal.ErrEpoch) {
			t.Errorf("lowering the fence: got %v, want ErrEpoch", err)
		}
		if err := e.Append(old); !errors.Is(err, journal.ErrEpoch) {
			t.Errorf("append under the fence: got %v, want ErrEpoch", err)
		}
		a.compare(t, e)
		mustClose(t, e)
		e = mustOpen(t, h)
	}
	mustAppend(t, a, e, 100)
	a.compare(t, e)
	mustClose(t, e)
}

func testClosed(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 6)
	e := mustOpen(t, h)
	mustAppend(t, a, e, 100)
	mustClose(t, e)
	mustClose(t, e)
	refuseAll(t, a, e, journal.ErrClosed)
	e = mustOpen(t, h)
	a.compare(t, e)
	mustClose(t, e)
}

// refuseAll fails the test unless every method gives the error.
func refuseAll(t tester, a *auditor, e journal.Engine, want error) {
	t.Helper()
	_, head := e.Head()
	_, fenced := e.Fenced()
	for name, err := range map[string]error{
		"append": e.Append(a.next(50)),
		"read":   e.Read(1, func(*journal.Block) error { return errors.New("a block was given out") }),
		"head":   head,
		"fenced": fenced,
		"fence":  e.Fence(a.fence + 9),
	} {
		if !errors.Is(err, want) {
			t.Fatalf("%s: got %v, want %v", name, err, want)
		}
	}
}

// testSecondWriter accepts both ways to refuse one: at opening, or at the first
// append that meets the other's.
func testSecondWriter(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 7)
	e := mustOpen(t, h)
	mustAppend(t, a, e, 100)
	second, err := h.Open()
	if err != nil {
		if !errors.Is(err, journal.ErrLocked) {
			t.Fatalf("second open: got %v, want ErrLocked", err)
		}
	} else {
		mustAppend(t, a, e, 100)
		b := a.fork()
		b.chain = b.chain[:1]
		if err := second.Append(b.next(70)); err == nil {
			t.Fatalf("both writers wrote height 2")
		}
		mustClose(t, second)
	}
	mustAppend(t, a, e, 100)
	a.compare(t, e)
	mustClose(t, e)
}

func testReaderError(t *testing.T, h Harness) {
	a := newAuditor(h.Cell, 8)
	e := mustOpen(t, h)
	for range 10 {
		mustAppend(t, a, e, 2_000)
	}
	enough := errors.New("enough")
	for from := uint64(1); from <= 10; from++ {
		var seen uint64
		err := e.Read(from, func(b *journal.Block) error {
			if seen = b.Height; seen == max(from, 5) {
				return enough
			}
			return nil
		})
		if err != enough || seen != max(from, 5) {
			t.Errorf("read from %d: got %v at height %d", from, err, seen)
		}
	}
	a.compare(t, e)
	mustClose(t, e)
}

// testReadersFollow reads while blocks are appended: a reader sees a whole chain
// up to some height, and what it has seen it never sees differently.
func testReadersFollow(t *testing.T, h Harness) {
	const blocks, readers = 60, 3
	a := newAuditor(h.Cell, 9)
	e := mustOpen(t, h)
	var group sync.WaitGroup
	failures := make([]error, readers)
	for i := range readers {
		group.Go(func() { failures[i] = follow(e, h.Cell, blocks) })
	}
	for i := range blocks {
		if err := a.append(e, i%5*1_000); err != nil {
			t.Errorf("append: %v", err)
			break
		}
	}
	if t.Failed() {
		mustClose(t, e) // so that the readers end
	}
	group.Wait()
	for _, err := range failures {
		if err != nil {
			t.Error(err)
		}
	}
	mustClose(t, e)
}

// follow reads on from where it is until it has seen the wanted height.
func follow(e journal.Engine, cell uint32, until uint64) error {
	at := journal.Position{Cell: cell}
	for at.Height < until {
		err := e.Read(at.Height+1, func(b *journal.Block) error {
			if err := b.Follows(at); err != nil {
				return fmt.Errorf("follower: %w", err)
			}
			at = b.Position()
			return b.Check()
		})
		if err != nil {
			return err
		}
	}
	return nil
}
