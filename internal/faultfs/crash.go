package faultfs

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
)

// fate is what a crash does with what was not synced.
type fate uint8

const (
	loseAll    fate = 0 // the power went before anything was written back
	keepAll    fate = 1 // the kernel had just written everything back
	keepPrefix fate = 2 // written back in order, cut somewhere
	keepPages  fate = 3 // each page written back or not, in any order
	keepParts  fate = 4 // each sector, so that pages are torn
	fates           = 5
)

// Crash cuts the power: unsynced bytes and names are kept, lost, torn or
// reordered as the seed decides, all handles and locks are gone, all faults are
// removed. Afterwards the file system works again and everything it holds is durable.
func (f *FS) Crash(seed uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	rng := rand.New(rand.NewPCG(seed, 0x5343))
	how := fate(rng.IntN(fates))
	for i, c := range f.pending {
		if survives(rng, how, i, len(f.pending)) {
			c.apply(f.durable, f.kept)
		}
	}
	// Sorted, so that one seed always draws for the same file first.
	all := map[*inode]bool{}
	for _, name := range slices.Sorted(maps.Keys(f.durable)) {
		if node := f.durable[name]; !all[node] {
			all[node] = true
			node.crash(rng, how)
		}
	}
	f.names, f.dirs, f.pending = maps.Clone(f.durable), maps.Clone(f.kept), nil
	f.restart()
}

// survives decides for the i-th of n changes of names.
func survives(rng *rand.Rand, how fate, i, n int) bool {
	switch how {
	case loseAll:
		return false
	case keepAll:
		return true
	case keepPrefix:
		return rng.IntN(n+1) > i
	default:
		return rng.IntN(2) == 0
	}
}

// crash decides for the unsynced sectors and the length of one file.
func (n *inode) crash(rng *rand.Rand, how fate) {
	if how == keepAll || how != loseAll && rng.IntN(2) == 0 {
		n.setDiskSize(len(n.live))
	}
	cut := rng.IntN(len(n.order) + 1)
	pages := map[int64]bool{}
	for i, sector := range n.order {
		page := sector * sectorBytes / pageBytes
		if _, drawn := pages[page]; !drawn {
			pages[page] = rng.IntN(2) == 0
		}
		part := rng.IntN(2) == 0
		if how == keepAll || how == keepPrefix && i < cut || how == keepPages && pages[page] || how == keepParts && part {
			n.store(sector)
		}
	}
	n.forget()
	n.live = slices.Clone(n.disk)
}

// Kill ends the program but not the machine, like kill -9: what was written stays
// visible and unsynced, handles and locks are gone, all faults are removed.
func (f *FS) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.restart()
}

func (f *FS) restart() {
	f.life++
	f.halted = false
	f.faults = nil
	clear(f.locks)
}

// Names gives all files, sorted.
func (f *FS) Names() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Keys(f.names))
}

// Bytes copies a file as programs see it.
func (f *FS) Bytes(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	node, exists := f.names[path.Clean(name)]
	if !exists {
		return nil, &fs.PathError{Op: "bytes", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(node.live), nil
}

// Overwrite changes a file at rest, below the eyes of every program: a misdirected
// write, stale sectors, or a hand that should not have been there.
func (f *FS) Overwrite(name string, off int64, data []byte) error {
	return f.damage(name, off, int64(len(data)), func(stored []byte) { copy(stored, data) })
}

// FlipBit turns one bit of a file at rest.
func (f *FS) FlipBit(name string, bit int64) error {
	return f.damage(name, bit/8, 1, func(stored []byte) { stored[0] ^= 1 << (bit % 8) })
}

func (f *FS) damage(name string, off, size int64, change func([]byte)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	node, exists := f.names[path.Clean(name)]
	if !exists {
		return &fs.PathError{Op: "damage", Path: name, Err: fs.ErrNotExist}
	}
	if off < 0 || off+size > int64(len(node.live)) {
		return fmt.Errorf("damage %s at %d: the file has %d bytes", name, off, len(node.live))
	}
	change(node.live[off : off+size])
	if off+size <= int64(len(node.disk)) {
		change(node.disk[off : off+size])
	}
	return nil
}
