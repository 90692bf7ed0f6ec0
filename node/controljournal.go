package node

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/disk"
)

// controlSegment is the length of one file of a control journal: a run has some
// hundred events of a few hundred bytes.
const controlSegment = 4 << 20

// OpenControl opens the control journal of a runner of plans, or makes one. It
// returns journal.ErrLocked when another runner has it.
func OpenControl(dir string, cell uint32) (journal.Engine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	engine, _, err := disk.Open(disk.Options{Dir: filepath.ToSlash(filepath.Join(dir, "control")), FS: durable.OS{}, Cell: cell, SegmentBytes: controlSegment})
	if err != nil {
		return nil, fmt.Errorf("open the control journal: %w", err)
	}
	return engine, nil
}

// LookControl reads the control journal of a runner that may be running: a copy of
// its files, in which a block that is being written is missing.
func LookControl(dir string, cell uint32) (Journal, error) {
	from := filepath.Join(dir, "control")
	entries, err := os.ReadDir(from)
	if err != nil {
		return nil, fmt.Errorf("there is no control journal in %s: %w", dir, err)
	}
	to, err := os.MkdirTemp("", "sancun-control-*")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if name := e.Name(); filepath.Ext(name) == ".seg" || name == "fence" {
			if err := copyFile(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
				return nil, errors.Join(err, os.RemoveAll(to))
			}
		}
	}
	engine, _, err := disk.Open(disk.Options{Dir: filepath.ToSlash(to), FS: durable.OS{}, Cell: cell, SegmentBytes: controlSegment})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the control journal: %w", err), os.RemoveAll(to))
	}
	return lookedAt{engine, to}, nil
}

// lookedAt is a copy that goes away when it is closed.
type lookedAt struct {
	journal.Engine
	dir string
}

// Close removes the copy.
func (l lookedAt) Close() error { return errors.Join(l.Engine.Close(), os.RemoveAll(l.dir)) }

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // replaced meanwhile
	}
	if err != nil {
		return err
	}
	defer in.Close() // read only
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
