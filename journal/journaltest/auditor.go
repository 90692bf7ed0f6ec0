package journaltest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"

	"sancun/journal"
)

// tester is what the suite needs of *testing.T and *rapid.T.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// auditor remembers what an engine acknowledged and tells whether it keeps it.
type auditor struct {
	cell  uint32
	rng   *rand.Rand
	chain []*journal.Block // acknowledged, and what was once seen after a failure
	fence uint32

	// doubt is the operation whose outcome is unknown: at most one of the two.
	doubtBlock *journal.Block
	doubtFence uint32
}

func newAuditor(cell uint32, seed uint64) *auditor {
	return &auditor{cell: cell, rng: rand.New(rand.NewPCG(seed, 1))}
}

// fork copies the auditor, so that one history can go on in two ways.
func (a *auditor) fork() *auditor {
	twin := *a
	twin.chain = append([]*journal.Block(nil), a.chain...)
	twin.rng = rand.New(rand.NewPCG(uint64(len(a.chain)), 2))
	return &twin
}

// head is the position the engine should have.
func (a *auditor) head() journal.Position {
	if len(a.chain) == 0 {
		return journal.Position{Cell: a.cell}
	}
	return a.chain[len(a.chain)-1].Position()
}

// next makes a block that may follow, with a body of about size bytes.
func (a *auditor) next(size int) *journal.Block {
	head := a.head()
	h := journal.Header{
		Kind: journal.SHA256, Cell: a.cell, Epoch: max(head.Epoch, a.fence), Height: head.Height + 1,
		Time: max(head.Time, 1_692_925_200_000_000_000) + a.rng.Int64N(3), Previous: head.Hash,
	}
	if a.rng.IntN(8) == 0 {
		h.Kind = journal.SM3
	}
	if a.rng.IntN(4) == 0 {
		h.HasStateRoot, h.EarlierRoot, h.StateRoot = true, a.rng.IntN(2) == 0, journal.Hash{1, 2, byte(h.Height)}
	}
	b, err := journal.Seal(h, a.body(size))
	if err != nil {
		panic(fmt.Sprintf("journaltest made a block that cannot be sealed: %v", err))
	}
	return &b
}

// body makes records of random bytes, some of them zeros for longer than a sector.
func (a *auditor) body(size int) []byte {
	var out []byte
	for len(out) < size {
		n := min(4+a.rng.IntN(700), journal.BodyBytesMax-len(out))
		if size > 1<<20 {
			n = min(journal.RecordBytesMax, size-len(out))
		}
		if n < journal.RecordBytesMin {
			break
		}
		record := make([]byte, n)
		binary.LittleEndian.PutUint32(record, uint32(n))
		if a.rng.IntN(3) != 0 {
			for i := 4; i < n; i++ {
				record[i] = byte(a.rng.Uint32())
			}
		}
		out = append(out, record...)
	}
	return out
}

// append gives the engine the next block and books the answer.
func (a *auditor) append(e journal.Engine, size int) error {
	b := a.next(size)
	err := e.Append(b)
	switch {
	case err == nil:
		a.chain = append(a.chain, b)
	case !refused(err) && !a.inDoubt():
		a.doubtBlock = b
	}
	return err
}

// raise fences the engine at a higher epoch and books the answer.
func (a *auditor) raise(e journal.Engine, epoch uint32) error {
	err := e.Fence(epoch)
	switch {
	case err == nil:
		a.fence = epoch
	case !refused(err) && !a.inDoubt():
		a.doubtFence = epoch
	}
	return err
}

// inDoubt tells whether an operation has failed already: what comes after it was
// refused by the poisoned engine and is in no doubt.
func (a *auditor) inDoubt() bool { return a.doubtBlock != nil || a.doubtFence != 0 }

// refused tells whether an error promises that nothing was written.
func refused(err error) bool {
	for _, clean := range []error{
		journal.ErrHeight, journal.ErrEpoch, journal.ErrChain, journal.ErrInvalid, journal.ErrFull, journal.ErrClosed,
	} {
		if errors.Is(err, clean) {
			return true
		}
	}
	return false
}

// settle decides the doubt by what the engine shows after a failure, and compares
// everything. From then on the engine must keep showing it.
func (a *auditor) settle(e journal.Engine) error {
	head, err := e.Head()
	if err != nil {
		return err
	}
	fence, err := e.Fenced()
	if err != nil {
		return err
	}
	if a.doubtBlock != nil && head.Height == a.doubtBlock.Height {
		a.chain = append(a.chain, a.doubtBlock)
	}
	if a.doubtFence != 0 && fence == a.doubtFence {
		a.fence = fence
	}
	a.doubtBlock, a.doubtFence = nil, 0
	return a.difference(e)
}

// compare fails the test unless the engine shows exactly what the auditor knows.
func (a *auditor) compare(t tester, e journal.Engine) {
	t.Helper()
	if err := a.difference(e); err != nil {
		t.Fatalf("%v", err)
	}
}

// difference reads the whole journal and says what is not as acknowledged, or
// gives the engine's own error.
func (a *auditor) difference(e journal.Engine) error {
	head, err := e.Head()
	if err != nil {
		return err
	}
	if head != a.head() {
		return fmt.Errorf("head is %+v, acknowledged is %+v", head, a.head())
	}
	if fence, err := e.Fenced(); err != nil || fence != a.fence {
		return fmt.Errorf("fence is %d, %w, acknowledged is %d", fence, err, a.fence)
	}
	return a.differenceFrom(e, 1)
}

// differenceFrom compares the blocks from a height on.
func (a *auditor) differenceFrom(e journal.Engine, from uint64) error {
	next := max(from, 1)
	err := e.Read(from, func(b *journal.Block) error {
		if next > uint64(len(a.chain)) {
			return fmt.Errorf("height %d was never acknowledged", b.Height)
		}
		if want := a.chain[next-1].AppendTo(nil); !bytes.Equal(b.AppendTo(nil), want) {
			return fmt.Errorf("height %d reads differently than it was appended", next)
		}
		next++
		return b.Check()
	})
	if err != nil {
		return err
	}
	if want := max(uint64(len(a.chain))+1, from, 1); next != want {
		return fmt.Errorf("reading from %d ended at height %d, want %d", from, next-1, want-1)
	}
	return nil
}
