package disk_test

import (
	"errors"
	"fmt"
	"testing"

	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

// grow appends blocks of epoch 3 whose bodies hold a salt.
func grow(t *testing.T, e *disk.Engine, n int, salt byte) {
	t.Helper()
	growAt(t, e, n, salt, 3)
}

func growAt(t *testing.T, e *disk.Engine, n int, salt byte, epoch uint32) {
	t.Helper()
	for range n {
		head, err := e.Head()
		if err != nil {
			t.Fatal(err)
		}
		b := blockAfter(t, head, salt, epoch)
		if err := e.Append(&b); err != nil {
			t.Fatal(err)
		}
	}
}

// blockAfter seals a block that continues a chain.
func blockAfter(t *testing.T, head journal.Position, salt byte, epoch uint32) journal.Block {
	t.Helper()
	var sealer journal.Sealer
	body := make([]byte, 2000)
	body[0], body[1], body[4] = 0xd0, 0x07, salt
	b, err := sealer.Seal(journal.Header{
		Kind: journal.SHA256, Cell: 7, Epoch: epoch, Height: head.Height + 1, Time: head.Time + 1, Previous: head.Hash,
	}, body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func chainOf(t *testing.T, e *disk.Engine) []journal.Hash {
	t.Helper()
	var all []journal.Hash
	if err := e.Read(1, func(b *journal.Block) error { all = append(all, b.Hash()); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestForkIsAPrefixOfItsOwn(t *testing.T) {
	const blocks = 40 // in several segments of the smallest size
	fsys := faultfs.New()
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	grow(t, e, blocks, 'a')
	if err := e.Fence(3); err != nil {
		t.Fatal(err)
	}
	whole := chainOf(t, e)
	for _, height := range []uint64{0, 1, 2, 17, blocks - 1, blocks} {
		t.Run(fmt.Sprint(height), func(t *testing.T) {
			dir := fmt.Sprintf("fork%d", height)
			fork, err := e.Fork(dir, height)
			if err != nil {
				t.Fatal(err)
			}
			grow(t, fork, 3, 'b')
			if err := fork.Close(); err != nil {
				t.Fatal(err)
			}
			fork, _, err = disk.Open(disk.Options{Dir: dir, FS: fsys, Cell: 7, SegmentBytes: disk.SegmentBytesMin})
			if err != nil {
				t.Fatal(err)
			}
			defer fork.Close()
			got := chainOf(t, fork)
			if len(got) != int(height)+3 {
				t.Fatalf("the fork has %d blocks, want %d and 3 of its own", len(got), height)
			}
			for i, h := range got[:height] {
				if h != whole[i] {
					t.Fatalf("block %d of the fork differs", i+1)
				}
			}
			if height < blocks && got[height] == whole[height] {
				t.Fatal("the fork's own block is the journal's")
			}
			if fenced, err := fork.Fenced(); err != nil || fenced != 3 {
				t.Fatalf("the fork is fenced at %d, %v", fenced, err)
			}
			if again := chainOf(t, e); len(again) != blocks || again[blocks-1] != whole[blocks-1] {
				t.Fatal("the journal changed")
			}
		})
	}
	if _, err := e.Fork("fork17", 5); !errors.Is(err, journal.ErrHeight) {
		t.Errorf("a fork over a journal: %v", err)
	}
	if _, err := e.Fork("beyond", blocks+1); !errors.Is(err, journal.ErrHeight) {
		t.Errorf("a fork beyond the head: %v", err)
	}
}
