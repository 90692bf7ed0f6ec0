package disk_test

import (
	"errors"
	"testing"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

// FuzzRecovery damages the first segment of a journal in any number of places.
// Opening must give a prefix of the chain or say that it is corrupt, and what it
// settled must open again with the same head.
//
// Each edit is five bytes: a kind, a page, an offset in it (two bytes) and a value
// or another page.
func FuzzRecovery(f *testing.F) {
	for _, edits := range [][]byte{
		{},
		{'x', 3, 44, 1, 1},                   // a bit of the last block
		{'x', 2, 44, 1, 1},                   // a bit of a block in the middle
		{'x', 0, 20, 0, 8},                   // a bit of the segment's header
		{'z', 3, 0, 2, 0},                    // a sector of the last block lost
		{'z', 3, 0, 0, 0, 'x', 3, 9, 4, 7},   // its header lost, another byte wrong
		{'p', 3, 0, 0, 1},                    // an old block where the last one was
		{'p', 3, 0, 0, 2, 'p', 2, 0, 0, 3},   // a block twice
		{'x', 3, 132, 0, 4, 'z', 3, 0, 4, 0}, // a wrong length and a sector lost
	} {
		f.Add(edits, false)
		f.Add(edits, true)
	}
	zeros, _ := write(f, disk.SegmentBytesMin, 0, 1, 100, 2_100, 900)
	full, _ := write(f, disk.SegmentBytesMin, 1, 1, 100, 2_100, 900)
	chain := map[bool][]journal.Hash{false: hashes(f, full), true: hashes(f, zeros)}
	f.Fuzz(func(t *testing.T, edits []byte, hasZeros bool) {
		fsys := full.Fork()
		if hasZeros {
			fsys = zeros.Fork()
		}
		for ; len(edits) >= 5; edits = edits[5:] {
			if err := edit(fsys, [5]byte(edits)); err != nil {
				t.Fatal(err)
			}
		}
		first, err := follow(fsys)
		if err != nil {
			if !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		if first.Hash != chain[hasZeros][first.Height] {
			t.Fatalf("height %d reads as %v, which was never written", first.Height, first.Hash)
		}
		fsys.Crash(uint64(len(edits)))
		if again, err := follow(fsys); err != nil || again != first {
			t.Fatalf("opened with head %+v, then with %+v, %v", first, again, err)
		}
	})
}

// edit damages the first segment at rest.
func edit(fsys *faultfs.FS, e [5]byte) error {
	data, err := fsys.Bytes(firstSegment)
	if err != nil {
		return err
	}
	page := int64(e[1]) % 4 * 4096
	off := page + (int64(e[2])+int64(e[3])<<8)%4096
	switch e[0] {
	case 'z': // lose a sector
		sector := page + int64(e[3])%8*512
		return fsys.Overwrite(firstSegment, sector, make([]byte, 512))
	case 'p': // put another page here
		from := int64(e[4]) % 4 * 4096
		return fsys.Overwrite(firstSegment, page, data[from:from+4096])
	default:
		return fsys.Overwrite(firstSegment, off, []byte{data[off] ^ e[4]})
	}
}

// hashes gives the hash of each height, from 0.
func hashes(t testing.TB, origin *faultfs.FS) []journal.Hash {
	t.Helper()
	e, _, err := open(origin.Fork(), disk.SegmentBytesMin)
	if err != nil {
		t.Fatal(err)
	}
	out := []journal.Hash{{}}
	err = e.Read(1, func(b *journal.Block) error {
		out = append(out, b.Hash())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// follow opens the journal and checks the whole chain.
func follow(fsys *faultfs.FS) (journal.Position, error) {
	e, _, err := open(fsys, disk.SegmentBytesMin)
	if err != nil {
		return journal.Position{}, err
	}
	at := journal.Position{Cell: 7}
	err = e.Read(1, func(b *journal.Block) error {
		if err := b.Follows(at); err != nil {
			return err
		}
		at = b.Position()
		return b.Validate()
	})
	head, headErr := e.Head()
	if err = errors.Join(err, headErr); err == nil && head != at {
		err = errors.New("the head is not where reading ends")
	}
	return at, errors.Join(err, e.Close())
}

// FuzzFence opens a journal whose fence holds any bytes.
func FuzzFence(f *testing.F) {
	fsys, _ := write(f, disk.SegmentBytesMin, 1, 1)
	data, err := fsys.Bytes("j/fence")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{})
	f.Add(append(data, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := faultfs.New()
		if err := fsys.MakeDir("j"); err != nil {
			t.Fatal(err)
		}
		if err := durable.ReplaceFile(fsys, "j/fence", data); err != nil {
			t.Fatal(err)
		}
		e, _, err := open(fsys, disk.SegmentBytesMin)
		if err != nil {
			if !errors.Is(err, journal.ErrCorrupt) && len(data) <= 4096 {
				t.Fatalf("unexpected kind of error: %v", err)
			}
			return
		}
		fenced, err := e.Fenced()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := fsys.Bytes("j/fence"); err != nil || string(again) != string(data) {
			t.Fatalf("fence %d is written as %x, was %x, %v", fenced, again, data, err)
		}
	})
}
