package disk_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
)

// bytesOf is everything a directory's files hold.
func bytesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	names, err := filepath.Glob(dir + "/*.seg")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if all[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Whatever happens to a branch, the journal's bytes stay what they were, and what
// the journal gets later does not show in the branch.
func TestBranchSharesOnlyWhatNobodyWrites(t *testing.T) {
	const blocks = 40
	dir := t.TempDir()
	e, _, err := disk.Open(disk.Options{Dir: dir + "/j", Cell: 7, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	grow(t, e, blocks, 'a')
	if err := e.Fence(3); err != nil {
		t.Fatal(err)
	}
	whole, before := chainOf(t, e), bytesOf(t, dir+"/j")
	for _, height := range []uint64{0, 1, 17, blocks - 1, blocks} {
		t.Run(fmt.Sprint(height), func(t *testing.T) {
			to := fmt.Sprintf("%s/b%d", dir, height)
			made, err := e.Branch(to, height)
			if err != nil {
				t.Fatal(err)
			}
			if err := made.Fence(journal.DrillEpoch(3)); err != nil {
				t.Fatal(err)
			}
			if err := made.Fence(3); !errors.Is(err, journal.ErrEpoch) {
				t.Errorf("a branch for a drill was fenced for business again: %v", err)
			}
			growAt(t, made, 20, 'b', journal.DrillEpoch(3))
			if err := made.Close(); err != nil {
				t.Fatal(err)
			}
			if made, _, err = disk.Open(disk.Options{Dir: to, Cell: 7, SegmentBytes: disk.SegmentBytesMin}); err != nil {
				t.Fatal(err)
			}
			got := chainOf(t, made)
			if len(got) != int(height)+20 {
				t.Fatalf("the branch has %d blocks, want %d and 20 of its own", len(got), height)
			}
			for i, h := range got[:height] {
				if h != whole[i] {
					t.Fatalf("block %d of the branch differs", i+1)
				}
			}
			if err := errors.Join(made.Close(), os.RemoveAll(to)); err != nil {
				t.Fatal(err)
			}
			for name, text := range bytesOf(t, dir+"/j") {
				if !bytes.Equal(text, before[name]) {
					t.Errorf("%s changed", name)
				}
			}
			chainOf(t, e)
		})
	}
	if _, err := e.Branch(dir+"/beyond", blocks+1); !errors.Is(err, journal.ErrHeight) {
		t.Errorf("a branch beyond the head: %v", err)
	}
	if _, err := e.Branch(dir+"/j", blocks); !errors.Is(err, journal.ErrHeight) {
		t.Errorf("a branch over the journal itself: %v", err)
	}
}

// A file system without second names gets copies.
func TestBranchWithoutLinks(t *testing.T) {
	fsys := faultfs.New()
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: fsys, Cell: 7, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, linked := durable.FS(fsys).(durable.Linker); linked {
		t.Fatal("this file system can link: another one is needed here")
	}
	grow(t, e, 30, 'a')
	made, err := e.Branch("b", 30)
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	if got, want := chainOf(t, made), chainOf(t, e); len(got) != 30 || got[29] != want[29] {
		t.Fatalf("the branch has %d blocks", len(got))
	}
}

func TestJournalOfBusinessRefusesBlocksOfADrill(t *testing.T) {
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: faultfs.New(), Cell: 7, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	grow(t, e, 1, 'a')
	head, err := e.Head()
	if err != nil {
		t.Fatal(err)
	}
	b := blockAfter(t, head, 'x', journal.DrillEpoch(3))
	if err := e.Append(&b); !errors.Is(err, journal.ErrDrill) {
		t.Fatalf("it was taken: %v", err)
	}
	grow(t, e, 1, 'a')
}

// A reader that comes back for a few blocks at a time sees what one sees that
// reads everything at once, whichever block it stopped at.
func TestReadersComeBack(t *testing.T) {
	const blocks = 60
	e, _, err := disk.Open(disk.Options{Dir: "j", FS: faultfs.New(), Cell: 7, SegmentBytes: disk.SegmentBytesMin})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	grow(t, e, blocks, 'a')
	whole := chainOf(t, e)
	enough := errors.New("enough")
	for every := 1; every < 9; every++ {
		for _, refuse := range []bool{false, true} {
			var got []journal.Hash
			for len(got) < blocks {
				taken := 0
				err := e.Read(uint64(len(got)+1), func(b *journal.Block) error {
					if refuse && taken == every {
						return enough // this one is asked for again
					}
					got, taken = append(got, b.Hash()), taken+1
					if !refuse && taken == every {
						return enough
					}
					return nil
				})
				if err != nil && !errors.Is(err, enough) {
					t.Fatal(err)
				}
			}
			for i := range whole {
				if got[i] != whole[i] {
					t.Fatalf("%d at a time, block %d differs", every, i+1)
				}
			}
		}
	}
}
