package disk_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

const (
	firstSegment  = "j/00000000000000000001.seg"
	secondSegment = "j/00000000000000000004.seg" // with blocks of one page in segments of 16 KiB
)

// history is a chain being appended, told apart from another by its salt.
type history struct {
	at   journal.Position
	salt byte
}

// next seals the following block. Fill makes each record's payload: 0 gives
// sectors of zeros, anything else none.
func (h *history) next(t testing.TB, size int, fill byte) *journal.Block {
	t.Helper()
	var body []byte
	for size > 0 {
		n := min(size, 60_000)
		record := bytes.Repeat([]byte{fill}, n)
		binary.LittleEndian.PutUint32(record, uint32(n))
		record[n-1] = h.salt
		body, size = append(body, record...), size-n
	}
	b, err := journal.Seal(journal.Header{
		Kind: journal.SHA256, Cell: 7, Height: h.at.Height + 1, Previous: h.at.Hash, Time: int64(h.at.Height),
	}, body)
	if err != nil {
		t.Fatal(err)
	}
	h.at = b.Position()
	return &b
}

// write appends blocks of these sizes to a new journal, closes it, and gives its disk.
func write(t testing.TB, segmentBytes int64, fill, salt byte, sizes ...int) (*faultfs.FS, *history) {
	t.Helper()
	fsys, h := faultfs.New(), &history{at: journal.Position{Cell: 7}, salt: salt}
	e, _, err := open(fsys, segmentBytes)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range sizes {
		if err := e.Append(h.next(t, size, fill)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return fsys, h
}

func open(fsys durable.FS, segmentBytes int64) (*disk.Engine, disk.Recovery, error) {
	return disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: segmentBytes})
}

// readAll opens the journal, reads it and gives the height that was reached.
func readAll(fsys durable.FS, segmentBytes int64) (height uint64, err error) {
	e, _, err := open(fsys, segmentBytes)
	if err != nil {
		return 0, err
	}
	err = e.Read(1, func(b *journal.Block) error {
		height = b.Height
		return nil
	})
	return height, errors.Join(err, e.Close())
}

// TestEveryBitOfTheLastBlock turns each bit of an acknowledged last block that has
// sectors of zeros, as a torn one has: none may be taken for torn and cut.
func TestEveryBitOfTheLastBlock(t *testing.T) {
	fsys, h := write(t, disk.SegmentBytesMin, 0, 1, 30, 2_100)
	const at = 2 * 4096
	size := journal.HeaderBytes + 2_100 + 4
	for bit := range int64(size * 8) {
		if err := fsys.FlipBit(firstSegment, at*8+bit); err != nil {
			t.Fatal(err)
		}
		if height, err := readAll(fsys, disk.SegmentBytesMin); !errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("bit %d: read to height %d with %v, want ErrCorrupt", bit, height, err)
		}
		if err := fsys.FlipBit(firstSegment, at*8+bit); err != nil {
			t.Fatal(err)
		}
	}
	if height, err := readAll(fsys, disk.SegmentBytesMin); err != nil || height != h.at.Height {
		t.Errorf("all bits right again: height %d, %v", height, err)
	}
}

// TestEveryBitOfTheHeaders turns each bit of a segment's header and of the fence.
func TestEveryBitOfTheHeaders(t *testing.T) {
	fsys, _ := write(t, disk.SegmentBytesMin, 1, 1, 30, 30, 30, 30, 30)
	for name, size := range map[string]int64{firstSegment: 68, secondSegment: 68, "j/fence": 20} {
		for bit := range size * 8 {
			fork := fsys.Fork()
			if err := fork.FlipBit(name, bit); err != nil {
				t.Fatal(err)
			}
			if _, err := readAll(fork, disk.SegmentBytesMin); !errors.Is(err, journal.ErrCorrupt) {
				t.Fatalf("%s bit %d: got %v, want ErrCorrupt", name, bit, err)
			}
		}
	}
}

// TestDamage is what recovery must tell from a torn append, one case a line.
func TestDamage(t *testing.T) {
	garbage := bytes.Repeat([]byte{0xaa}, 900)
	tests := map[string]struct {
		fill   byte
		name   string
		damage func(fsys *faultfs.FS, other *faultfs.FS) error
	}{
		"many bits of a last block that was written to its end": {1, secondSegment, func(fsys, _ *faultfs.FS) error {
			return fsys.Overwrite(secondSegment, 2*4096+200, garbage)
		}},
		"first sector of the last block is another": {0, secondSegment, func(fsys, _ *faultfs.FS) error {
			return fsys.Overwrite(secondSegment, 2*4096, garbage[:512])
		}},
		"a block in the middle lost its first page": {0, firstSegment, func(fsys, _ *faultfs.FS) error {
			return fsys.Overwrite(firstSegment, 2*4096, make([]byte, 4096))
		}},
		"the first block of the last segment lost its page": {0, secondSegment, func(fsys, _ *faultfs.FS) error {
			return fsys.Overwrite(secondSegment, 4096, make([]byte, 4096))
		}},
		"an old block stands behind the head": {0, secondSegment, func(fsys, _ *faultfs.FS) error {
			return move(fsys, secondSegment, 4096, secondSegment, 3*4096)
		}},
		"a block of another journal stands behind the head": {0, secondSegment, func(fsys, other *faultfs.FS) error {
			data, err := other.Bytes(secondSegment)
			if err != nil {
				return err
			}
			return fsys.Overwrite(secondSegment, 3*4096, data[2*4096:3*4096])
		}},
		"bytes behind a block that looks torn": {0, secondSegment, func(fsys, _ *faultfs.FS) error {
			return errors.Join(
				fsys.Overwrite(secondSegment, 2*4096+200, []byte{1, 2, 3}),
				fsys.Overwrite(secondSegment, 3*4096+900, []byte{1}))
		}},
		"the last segment is cut short": {1, secondSegment, func(fsys, _ *faultfs.FS) error {
			return truncate(fsys, secondSegment, 3*4096)
		}},
		"a sealed segment is cut short": {1, firstSegment, func(fsys, _ *faultfs.FS) error {
			return truncate(fsys, firstSegment, 3*4096)
		}},
		"a sealed segment is another journal's": {1, "", func(fsys, other *faultfs.FS) error {
			data, err := other.Bytes(firstSegment)
			if err != nil {
				return err
			}
			return fsys.Overwrite(firstSegment, 0, data)
		}},
		"the first segment is missing": {1, firstSegment, func(fsys, _ *faultfs.FS) error { return fsys.Remove(firstSegment) }},
		"the fence is missing":         {1, "j/fence", func(fsys, _ *faultfs.FS) error { return fsys.Remove("j/fence") }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fsys, _ := write(t, disk.SegmentBytesMin, test.fill, 1, 2_100, 2_100, 2_100, 2_100, 2_100)
			other, _ := write(t, disk.SegmentBytesMin, test.fill, 2, 2_100, 2_100, 2_100, 2_100, 2_100)
			if err := test.damage(fsys, other); err != nil {
				t.Fatal(err)
			}
			height, err := readAll(fsys, disk.SegmentBytesMin)
			var corrupt *journal.CorruptError
			if !errors.As(err, &corrupt) {
				t.Fatalf("read to height %d with %v, want ErrCorrupt", height, err)
			}
			if corrupt.Hint == "" || test.name != "" && corrupt.File != test.name {
				t.Errorf("the error must name %s and what to do: %v", test.name, err)
			}
		})
	}
}

func move(fsys *faultfs.FS, from string, off int64, to string, at int64) error {
	data, err := fsys.Bytes(from)
	if err != nil {
		return err
	}
	return fsys.Overwrite(to, at, data[off:off+4096])
}

func truncate(fsys *faultfs.FS, name string, size int64) error {
	f, err := fsys.Open(name, durable.ReadWrite)
	if err != nil {
		return err
	}
	return errors.Join(f.Truncate(size), f.Sync(), f.Close())
}

// TestCorruptErrorNamesThePlace pins the words an operator reads.
func TestCorruptErrorNamesThePlace(t *testing.T) {
	fsys, _ := write(t, disk.SegmentBytesMin, 1, 1, 2_100, 2_100, 2_100)
	if err := fsys.FlipBit(firstSegment, (2*4096+500)*8); err != nil {
		t.Fatal(err)
	}
	_, err := readAll(fsys, disk.SegmentBytesMin)
	want := "journal is corrupt at height 2 in j/00000000000000000001.seg at offset 8192: " +
		"the block is damaged; a whole block of height 3 stands at offset 12288 " +
		"(Do not write to this directory. Take the file from the other centre or a backup, then run verify.)"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestChangedWhileOpen replaces the last segment by another history's behind the
// back of an open engine.
func TestChangedWhileOpen(t *testing.T) {
	fsys, _ := write(t, disk.SegmentBytesMin, 1, 1, 100, 100)
	other, _ := write(t, disk.SegmentBytesMin, 1, 2, 100, 100)
	e, _, err := open(fsys, disk.SegmentBytesMin)
	if err != nil {
		t.Fatal(err)
	}
	data, err := other.Bytes(firstSegment)
	if err != nil {
		t.Fatal(err)
	}
	if err := fsys.Overwrite(firstSegment, 0, data); err != nil {
		t.Fatal(err)
	}
	if err := e.Read(1, func(*journal.Block) error { return nil }); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("got %v, want ErrCorrupt", err)
	}
}

// TestDamageBehindEmptySegment flips a bit in a sealed segment's last block when the
// last segment holds no block yet: that block is not the last append, so it
// must not be judged like one.
func TestDamageBehindEmptySegment(t *testing.T) {
	fsys, h := write(t, disk.SegmentBytesMin, 0, 1, 2_100, 2_100, 2_100)
	e, _, err := open(fsys, disk.SegmentBytesMin)
	if err != nil {
		t.Fatal(err)
	}
	fsys.Inject(faultfs.Fault{Op: faultfs.OpWrite, Name: "*.seg*", Nth: 2, Err: faultfs.EIO})
	if err := e.Append(h.next(t, 100, 1)); !errors.Is(err, journal.ErrPoisoned) {
		t.Fatalf("got %v, want ErrPoisoned", err)
	}
	fsys.Crash(1)
	whole := fsys.Fork()
	if height, err := readAll(whole, disk.SegmentBytesMin); err != nil || height != 3 {
		t.Fatalf("undamaged: height %d, %v", height, err)
	}
	// A last block with sectors of zeros and several wrong bits looks torn.
	if err := fsys.Overwrite(firstSegment, 3*4096+200, []byte{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	if height, err := readAll(fsys, disk.SegmentBytesMin); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("read to height %d with %v, want ErrCorrupt", height, err)
	}
}

// TestTornAppendIsCut makes a last append that lacks a sector and sees it cut and told.
func TestTornAppendIsCut(t *testing.T) {
	fsys, h := write(t, disk.SegmentBytesMin, 1, 1, 100, 5_000)
	if err := fsys.Overwrite(firstSegment, 2*4096+1024, make([]byte, 512)); err != nil {
		t.Fatal(err)
	}
	e, r, err := open(fsys, disk.SegmentBytesMin)
	if err != nil {
		t.Fatal(err)
	}
	want := "journal at height 1 in 1 segments; an unfinished append was cut: 8192 bytes of " +
		"j/00000000000000000001.seg from offset 8192, height 2 was never acknowledged"
	if got := r.String(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	data, err := fsys.Bytes(firstSegment)
	if err != nil || bytes.Count(data[8192:], []byte{0}) != len(data)-8192 {
		t.Errorf("the torn append is still there: %v", err)
	}
	head, err := e.Head()
	if err != nil {
		t.Fatal(err)
	}
	h.at = head
	if err := e.Append(h.next(t, 60, 1)); err != nil {
		t.Error(err)
	}
}

// TestReadsThatDiffer turns one bit of one read of a last block larger than the
// read-ahead, so that opening reads it more than once and sees it differ.
func TestReadsThatDiffer(t *testing.T) {
	const segmentBytes = 8 << 20
	origin, h := write(t, segmentBytes, 0, 1, 100, 1_500_000)
	for nth := 1; ; nth++ {
		fork := origin.Fork()
		fork.Inject(faultfs.Fault{Op: faultfs.OpRead, Name: "*.seg", Nth: nth, Flip: true, Bit: 300_000 * 8})
		_, err := readAll(fork, segmentBytes)
		if err != nil && !errors.Is(err, journal.ErrCorrupt) {
			t.Fatalf("read %d: %v", nth, err)
		}
		fork.Clear()
		if height, err := readAll(fork, segmentBytes); err != nil || height != h.at.Height {
			t.Fatalf("read %d was wrong once: afterwards height %d, %v", nth, height, err)
		}
		if nth > 20 {
			return
		}
	}
}

// TestSystemCalls pins what an append costs and what a new segment costs.
func TestSystemCalls(t *testing.T) {
	fsys, h := faultfs.New(), &history{at: journal.Position{Cell: 7}, salt: 1}
	e, _, err := open(fsys, disk.SegmentBytesMin)
	if err != nil {
		t.Fatal(err)
	}
	fsys.Trace()
	if err := e.Append(h.next(t, 5_000, 1)); err != nil {
		t.Fatal(err)
	}
	if err := e.Append(h.next(t, 100, 1)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"open 00000000000000000001.seg.tmp", "allocate 00000000000000000001.seg.tmp 16384",
		"write 00000000000000000001.seg.tmp 0+4096", "sync 00000000000000000001.seg.tmp",
		"rename 00000000000000000001.seg.tmp to 00000000000000000001.seg", "syncdir j",
		"write 00000000000000000001.seg.tmp 4096+8192", "sync 00000000000000000001.seg.tmp",
		"write 00000000000000000001.seg.tmp 12288+4096", "sync 00000000000000000001.seg.tmp",
	}
	if got := fsys.Trace(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, size := range []int64{1, disk.SegmentBytesMin - 4096, disk.SegmentBytesMin + 1, disk.SegmentBytesMax + 4096, -4096} {
		if _, _, err := open(faultfs.New(), size); err == nil {
			t.Errorf("segments of %d bytes were taken", size)
		}
	}
	fsys, _ := write(t, disk.SegmentBytesMin, 1, 1, 100)
	if _, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 8}); !errors.Is(err, journal.ErrCorrupt) {
		t.Errorf("journal of another cell: got %v, want ErrCorrupt", err)
	}
}
