package disk

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"sancun/internal/durable"
	"sancun/journal"
)

// mendable is a journal of n blocks in small segments, closed, with its blocks.
func mendable(t *testing.T, n int) (Options, []journal.Block) {
	t.Helper()
	o := Options{Dir: filepath.ToSlash(t.TempDir()), FS: durable.OS{}, Cell: 1, SegmentBytes: SegmentBytesMin}
	e, _, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var all []journal.Block
	at := journal.Position{Cell: 1}
	for i := range n {
		record := bytes.Repeat([]byte{byte(i)}, 3000+i*7)
		record[0], record[1], record[2], record[3] = byte(len(record)), byte(len(record)>>8), 0, 0
		b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 1, Height: at.Height + 1, Time: int64(i), Previous: at.Hash}, record)
		if err == nil {
			err = e.Append(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		at = b.Position()
		all = append(all, *b.Clone())
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	return o, all
}

// damage spoils one byte of the block of a height.
func damage(t *testing.T, o Options, height uint64, random *rand.Rand) error {
	t.Helper()
	e, _, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for i+1 < len(e.firsts) && e.firsts[i+1] <= height {
		i++
	}
	s, err := e.openSegment(e.firsts[i], durable.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	scan := e.scan(s, s.size)
	for scan.before.Height+1 < height {
		if _, err := scan.next(); err != nil {
			t.Fatal(err)
		}
	}
	at := scan.at + random.Int64N(journal.HeaderBytes+3000)
	var one [1]byte
	if _, err := s.file.ReadAt(one[:], at); err != nil {
		t.Fatal(err)
	}
	one[0] ^= byte(1 + random.IntN(255))
	if _, err := s.file.WriteAt(one[:], at); err != nil {
		t.Fatal(err)
	}
	return errors.Join(s.file.Close(), e.Close())
}

// Every block but the last can be mended from a copy, byte for byte, and the damaged
// bytes are kept.
func TestMend(t *testing.T) {
	const n = 60
	o, all := mendable(t, n)
	random := rand.New(rand.NewPCG(3, 4))
	for height := uint64(1); height < n; height++ {
		if err := damage(t, o, height, random); err != nil {
			t.Fatal(err)
		}
		m, err := Mend(o, all[height-1:height])
		if err != nil || m.From != height || m.To != height {
			t.Fatalf("height %d: %+v, %v", height, m, err)
		}
		if kept, err := os.ReadFile(filepath.FromSlash(m.Kept)); err != nil || int64(len(kept)) != m.Bytes {
			t.Fatalf("height %d keeps %d bytes of %d, %v", height, len(kept), m.Bytes, err)
		}
		if _, err := Mend(o, all[height-1:height]); !errors.Is(err, ErrWhole) {
			t.Fatalf("height %d mended again: %v", height, err)
		}
	}
	e, _, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	err = e.Read(1, func(b *journal.Block) error {
		if b.Hash() != all[b.Height-1].Hash() || !bytes.Equal(b.Body, all[b.Height-1].Body) {
			t.Errorf("height %d is another block", b.Height)
		}
		return b.Check()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Blocks of another history, or that leave a gap, are not put into the chain, and
// nothing is written.
func TestMendRefuses(t *testing.T) {
	const n = 20
	o, all := mendable(t, n)
	_, other := mendable(t, n-3) // the same bytes up to there
	foreign := *other[9].Clone()
	foreign.Body[100] ^= 1
	resealed, err := journal.Seal(foreign.Header, foreign.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := damage(t, o, 10, rand.New(rand.NewPCG(1, 1))); err != nil {
		t.Fatal(err)
	}
	before := segmentsOf(t, o)
	for name, blocks := range map[string][]journal.Block{
		"none":                    nil,
		"another body":            {foreign},
		"another history":         {resealed},
		"a block before":          {all[8], all[10]},
		"of another place":        {all[11]},
		"behind the damage":       {all[14]},
		"the last, without proof": {all[n-1]},
	} {
		if m, err := Mend(o, blocks); err == nil {
			t.Errorf("%s: mended %+v, %v", name, m, err)
		}
	}
	if !bytes.Equal(before, segmentsOf(t, o)) {
		t.Error("something was written")
	}
	if m, err := Mend(o, all[9:12]); err != nil || m.To != 12 { // several at once, damaged and whole
		t.Errorf("%+v, %v", m, err)
	}
	e, _, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := Mend(o, all[9:10]); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("mended an open journal: %v", err)
	}
}

func segmentsOf(t *testing.T, o Options) (all []byte) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.FromSlash(o.Dir), "*"+segmentSuffix))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}
