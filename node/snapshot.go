package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sancun/custody"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/state"
)

// A snapshot file is named by its height and holds, little-endian: magic "SCS2",
// cell u32, height u64, block hash 32 bytes, state root 32 bytes, length of the
// state u64, the state (docs/formats/state.md), SHA-256 of everything before.
const (
	snapshotMagic  = "SCS2"
	snapshotHead   = 4 + 4 + 8 + 32 + 32 + 8
	snapshotSuffix = ".snap"
	// snapshotsKept is how many stay: one to use and one to fall back on.
	snapshotsKept = 2
	// snapshotMax bounds what is read into memory.
	snapshotMax = 16 << 30
)

func (c *Core) snapshotDir() string { return c.config.Dir + "/snapshots" }

func (c *Core) snapshotName(height uint64) string {
	return fmt.Sprintf("%s/%020d%s", c.snapshotDir(), height, snapshotSuffix)
}

// snapshots lists the heights of the snapshots there are, newest first.
func (c *Core) snapshots() ([]uint64, error) {
	entries, err := os.ReadDir(c.snapshotDir())
	if err != nil {
		return nil, err
	}
	var heights []uint64
	for _, e := range entries {
		text, ok := strings.CutSuffix(e.Name(), snapshotSuffix)
		if height, err := strconv.ParseUint(text, 10, 64); ok && err == nil {
			heights = append(heights, height)
		}
	}
	slices.Sort(heights)
	slices.Reverse(heights)
	return heights, nil
}

// Snapshot writes the state between two blocks and returns the height of the
// first. Requests wait while the state is copied, about a tenth of a second for
// a million accounts.
func (c *Core) Snapshot(ctx context.Context) (uint64, error) {
	image, root, at, err := c.image(ctx)
	if err != nil || at.Height == 0 {
		return 0, err
	}
	return at.Height, c.storeSnapshot(image, root, at)
}

// image copies the state between two blocks, with its root and its place.
func (c *Core) image(ctx context.Context) (image *bytes.Buffer, root state.Hash, at journal.Position, err error) {
	image = &bytes.Buffer{}
	var height uint64
	var failed error
	err = c.between(ctx, func(h uint64) {
		height, root = h, c.machine.Root()
		failed = c.machine.WriteSnapshot(image)
	})
	if err = errors.Join(err, failed); err != nil || height == 0 {
		return nil, root, at, err
	}
	err = c.engine.Read(height, func(b *journal.Block) error {
		at = b.Position()
		return errReached
	})
	if !errors.Is(err, errReached) {
		return nil, root, at, fmt.Errorf("block %d for its snapshot: %w", height, err)
	}
	return image, root, at, nil
}

func (c *Core) writeSnapshot(m *custody.Machine, head journal.Position) error {
	if head.Height == 0 {
		return nil
	}
	var image bytes.Buffer
	if err := m.WriteSnapshot(&image); err != nil {
		return fmt.Errorf("write snapshot %d: %w", head.Height, err)
	}
	return c.storeSnapshot(&image, m.Root(), head)
}

func (c *Core) storeSnapshot(image *bytes.Buffer, root state.Hash, head journal.Position) error {
	if err := c.config.FS.MakeDir(c.snapshotDir()); err != nil {
		return fmt.Errorf("snapshot folder: %w", err)
	}
	file := make([]byte, 0, snapshotHead+image.Len()+sha256.Size)
	file = append(file, snapshotMagic...)
	file = binary.LittleEndian.AppendUint32(file, head.Cell)
	file = binary.LittleEndian.AppendUint64(file, head.Height)
	file = append(file, head.Hash[:]...)
	file = append(file, root[:]...)
	file = binary.LittleEndian.AppendUint64(file, uint64(image.Len()))
	file = append(file, image.Bytes()...)
	sum := sha256.Sum256(file)
	if err := durable.ReplaceFile(c.config.FS, c.snapshotName(head.Height), append(file, sum[:]...)); err != nil {
		return fmt.Errorf("write snapshot %d: %w", head.Height, err)
	}
	return c.forgetOld()
}

func (c *Core) forgetOld() error {
	heights, err := c.snapshots()
	if err != nil {
		return err
	}
	for _, h := range heights[min(snapshotsKept, len(heights)):] {
		if err := os.Remove(filepath.FromSlash(c.snapshotName(h))); err != nil {
			return fmt.Errorf("remove snapshot %d: %w", h, err)
		}
	}
	return nil
}

// snapshot is what a snapshot file says.
type snapshot struct {
	cell   uint32
	height uint64
	block  journal.Hash
	root   state.Hash
	image  []byte // of the state
}

// parseSnapshot takes a snapshot file apart. It returns state.ErrSnapshot for
// anything but a whole one.
func parseSnapshot(file []byte) (s snapshot, err error) {
	end := len(file) - sha256.Size
	if end < snapshotHead || string(file[:4]) != snapshotMagic || sha256.Sum256(file[:end]) != [32]byte(file[end:]) {
		return s, fmt.Errorf("no whole snapshot of this version: %w", state.ErrSnapshot)
	}
	s = snapshot{
		cell: binary.LittleEndian.Uint32(file[4:]), height: binary.LittleEndian.Uint64(file[8:]), block: journal.Hash(file[16:48]),
		root: state.Hash(file[48:80]), image: file[snapshotHead:end],
	}
	if n := binary.LittleEndian.Uint64(file[80:]); n != uint64(len(s.image)) {
		return s, fmt.Errorf("a state of %d bytes where %d are said: %w", len(s.image), n, state.ErrSnapshot)
	}
	return s, nil
}

// loadSnapshot reads and proves one snapshot: its hash, its cell, its block in
// the journal, and the root of what it holds.
func (c *Core) loadSnapshot(height uint64) (*custody.Machine, uint64, error) {
	file, err := durable.ReadFile(c.config.FS, c.snapshotName(height), snapshotMax)
	if err != nil {
		return nil, 0, fmt.Errorf("snapshot %d: %w", height, err)
	}
	s, err := parseSnapshot(file)
	if err == nil && (s.cell != c.config.Cell || s.height != height) {
		err = fmt.Errorf("it is of cell %d and height %d: %w", s.cell, s.height, state.ErrSnapshot)
	}
	if err == nil {
		err = c.follows(height, s.block)
	}
	m := c.newMachine()
	if err == nil {
		err = m.ReadSnapshot(bytes.NewReader(s.image), s.root)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("snapshot %d: %w", height, err)
	}
	return m, height, nil
}

// follows checks that the journal has this block at this height.
func (c *Core) follows(height uint64, hash journal.Hash) error {
	err := c.engine.Read(height, func(b *journal.Block) error {
		if b.Hash() != hash {
			return fmt.Errorf("it follows another block than the journal's: %w", state.ErrSnapshot)
		}
		return errReached
	})
	if errors.Is(err, errReached) {
		return nil
	}
	if err == nil {
		return fmt.Errorf("it is above the journal's head: %w", state.ErrSnapshot)
	}
	return err
}
