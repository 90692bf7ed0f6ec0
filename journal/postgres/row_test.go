package postgres

import (
	"bytes"
	"errors"
	"testing"

	"sancun/journal"
)

func sealed(t testing.TB, before journal.Position, payload byte) journal.Block {
	t.Helper()
	b, err := journal.Seal(journal.Header{
		Kind: journal.SHA256, Cell: 7, Height: before.Height + 1, Previous: before.Hash, Time: before.Time,
	}, []byte{6, 0, 0, 0, payload, 0})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Each bit of a row is turned: of the block, of its hash, and of the header of the
// block before.
func TestEveryBitOfARow(t *testing.T) {
	first := sealed(t, journal.Position{Cell: 7}, 1)
	second := sealed(t, first.Position(), 2)
	for name, read := range map[string]func(w *walk, block, hash []byte) error{
		"first block": func(w *walk, block, hash []byte) error { return w.row(1, hash, block) },
		"header before": func(w *walk, block, hash []byte) error {
			w.next = 2
			if err := w.row(1, hash, block[:journal.HeaderBytes]); err != nil {
				return err
			}
			after := second.Position()
			return w.row(2, after.Hash[:], second.AppendTo(nil))
		},
	} {
		block, hash := first.AppendTo(nil), first.Position().Hash
		if name == "header before" {
			block = block[:journal.HeaderBytes]
		}
		turn := func(of []byte, what string) {
			for bit := range len(of) * 8 {
				of[bit/8] ^= 1 << (bit % 8)
				w := walk{before: journal.Position{Cell: 7}, next: 1, fn: func(*journal.Block) error { return nil }}
				if err := read(&w, block, hash[:]); !errors.Is(err, journal.ErrCorrupt) {
					t.Fatalf("%s, bit %d of the %s: got %v, want ErrCorrupt", name, bit, what, err)
				}
				of[bit/8] ^= 1 << (bit % 8)
			}
		}
		turn(block, "block")
		turn(hash[:], "hash")
		w := walk{before: journal.Position{Cell: 7}, next: 1, fn: func(*journal.Block) error { return nil }}
		if err := read(&w, block, hash[:]); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRow reads rows nobody wrote: damage is reported, never handed out.
func FuzzRow(f *testing.F) {
	first := sealed(f, journal.Position{Cell: 7}, 1)
	at := first.Position()
	f.Add(uint64(1), at.Hash[:], first.AppendTo(nil))
	f.Add(uint64(0), at.Hash[:], first.AppendTo(nil)[:journal.HeaderBytes])
	f.Add(uint64(2), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, height uint64, hash, raw []byte) {
		w := walk{before: journal.Position{Cell: 7}, next: 1, fn: func(b *journal.Block) error {
			if got := b.Hash(); !bytes.Equal(got[:], hash) || b.Height != 1 || b.Cell != 7 {
				t.Errorf("handed out a block of height %d", b.Height)
			}
			return b.Validate()
		}}
		if err := w.row(height, hash, raw); err != nil && !errors.Is(err, journal.ErrCorrupt) {
			t.Errorf("got %v, want ErrCorrupt", err)
		}
	})
}
