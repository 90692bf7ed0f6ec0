package disk_test

import (
	"testing"

	"sancun/internal/durable"
	"sancun/internal/faultfs"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/journal/journaltest"
)

// TestEngine runs the suite on a disk that can be struck, and on the machine's own.
func TestEngine(t *testing.T) {
	t.Run("struck", func(t *testing.T) {
		journaltest.Run(t, func(*testing.T) journaltest.Harness { return harness(faultfs.New()) })
	})
	t.Run("machine", func(t *testing.T) {
		journaltest.Run(t, func(t *testing.T) journaltest.Harness {
			return journaltest.Harness{Cell: 7, Open: opener(durable.OS{}, t.TempDir())}
		})
	})
}

func harness(fsys *faultfs.FS) journaltest.Harness {
	return journaltest.Harness{
		Cell: 7, Disk: fsys, Open: opener(fsys, "j"),
		Fork: func() journaltest.Harness { return harness(fsys.Fork()) },
	}
}

func opener(fsys durable.FS, dir string) func() (journal.Engine, error) {
	return func() (journal.Engine, error) {
		e, _, err := disk.Open(disk.Options{Dir: dir, FS: fsys, Cell: 7, SegmentBytes: disk.SegmentBytesMin})
		if err != nil {
			return nil, err
		}
		return e, nil
	}
}
