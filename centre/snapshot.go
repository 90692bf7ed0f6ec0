package centre

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
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
	snapshotMagic = "SCS2"
	snapshotHead  = 4 + 4 + 8 + 32 + 32 + 8
	// snapshotsKept is how many stay: one to use and one to fall back on.
	snapshotsKept = 2
	// snapshotMax bounds what is read into memory.
	snapshotMax = 16 << 30
)

// SnapshotSuffix ends the names of snapshots.
const SnapshotSuffix = ".snap"

// Snapshots are the kept states of a centre, in a folder of their own.
type Snapshots struct {
	FS   durable.FS
	Dir  string
	Cell uint32
	// New makes an empty machine.
	New func() *custody.Machine
}

// Name is the name of the snapshot of a height.
func (s Snapshots) Name(height uint64) string {
	return fmt.Sprintf("%s/%020d%s", s.Dir, height, SnapshotSuffix)
}

// Heights lists the heights of the snapshots there are, newest first.
func (s Snapshots) Heights() ([]uint64, error) {
	names, err := s.FS.List(s.Dir)
	if err != nil {
		return nil, err
	}
	var heights []uint64
	for _, name := range names {
		text, ok := strings.CutSuffix(name, SnapshotSuffix)
		if height, err := strconv.ParseUint(text, 10, 64); ok && err == nil {
			heights = append(heights, height)
		}
	}
	slices.Sort(heights)
	slices.Reverse(heights)
	return heights, nil
}

// Store writes the image of a state as it was behind head, and forgets the
// snapshots that are not needed any more.
func (s Snapshots) Store(image []byte, root state.Hash, head journal.Position) error {
	if err := s.FS.MakeDir(s.Dir); err != nil {
		return fmt.Errorf("snapshot folder: %w", err)
	}
	file := make([]byte, 0, snapshotHead+len(image)+sha256.Size)
	file = append(file, snapshotMagic...)
	file = binary.LittleEndian.AppendUint32(file, head.Cell)
	file = binary.LittleEndian.AppendUint64(file, head.Height)
	file = append(file, head.Hash[:]...)
	file = append(file, root[:]...)
	file = binary.LittleEndian.AppendUint64(file, uint64(len(image)))
	file = append(file, image...)
	sum := sha256.Sum256(file)
	if err := durable.ReplaceFile(s.FS, s.Name(head.Height), append(file, sum[:]...)); err != nil {
		return fmt.Errorf("write snapshot %d: %w", head.Height, err)
	}
	return s.forget()
}

// Write stores the state of a machine as it is now, behind head.
func (s Snapshots) Write(m *custody.Machine, head journal.Position) error {
	if head.Height == 0 {
		return nil
	}
	var image bytes.Buffer
	if err := m.WriteSnapshot(&image); err != nil {
		return fmt.Errorf("write snapshot %d: %w", head.Height, err)
	}
	return s.Store(image.Bytes(), m.Root(), head)
}

func (s Snapshots) forget() error {
	heights, err := s.Heights()
	if err != nil {
		return err
	}
	for _, h := range heights[min(snapshotsKept, len(heights)):] {
		if err := s.FS.Remove(s.Name(h)); err != nil && !errors.Is(err, fs.ErrNotExist) {
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

// Load reads and proves one snapshot: its hash, its cell, its block in the
// journal, and the root of what it holds.
func (s Snapshots) Load(engine journal.Engine, height uint64) (*custody.Machine, error) {
	file, err := durable.ReadFile(s.FS, s.Name(height), snapshotMax)
	if err != nil {
		return nil, err
	}
	found, err := parseSnapshot(file)
	if err == nil && (found.cell != s.Cell || found.height != height) {
		err = fmt.Errorf("it is of cell %d and height %d: %w", found.cell, found.height, state.ErrSnapshot)
	}
	if err == nil {
		err = follows(engine, height, found.block)
	}
	if err != nil {
		return nil, err
	}
	m := s.New()
	return m, m.ReadSnapshot(bytes.NewReader(found.image), found.root)
}

// follows checks that the journal has this block at this height.
func follows(engine journal.Engine, height uint64, hash journal.Hash) error {
	err := engine.Read(height, func(b *journal.Block) error {
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
