// Package faultfs is a file system in memory that loses what a real one may lose.
// It keeps the contract of durable.FS exactly and no better: bytes that were not
// synced and names whose directory was not synced may be kept, lost, torn or
// reordered by Crash. Faults injected by rule fail, shorten, flip or halt single
// operations. Everything is decided by seeds, so a failing run repeats.
//
// The package is for tests and drills. It must never hold data that matters.
package faultfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"

	"sancun/internal/durable"
)

// ErrCrashed is the answer to every operation after a halt, and to every handle
// opened before a crash.
var ErrCrashed = errors.New("faultfs: the machine has crashed")

// sectorBytes is the unit a device writes whole or not at all; pageBytes the one
// the kernel writes back.
const (
	sectorBytes = 512
	pageBytes   = 4096
)

// FS is the file system. Its methods may be called from several goroutines.
type FS struct {
	mu sync.Mutex // guards everything below

	names   map[string]*inode // what a program sees
	durable map[string]*inode // what a crash leaves at least
	pending []nameChange      // changes of names since their directory was synced
	locks   map[string]*lock
	dirs    map[string]bool // what a program sees
	kept    map[string]bool // what a crash leaves of them

	life   int  // counts crashes, so that old handles are known
	halted bool // a fault stopped the machine; only Crash or Kill goes on
	room   int64
	faults []*Fault
	ops    int
	trace  []string
	traced bool
}

var _ durable.FS = (*FS)(nil)

// nameChange is a create (to), a remove (from) or a rename (both), which happens
// whole or not at all. Without a file it renames a directory.
type nameChange struct {
	dir, from, to string
	file          *inode
}

// lock is a held lock.
type lock struct {
	fs   *FS
	name string
	life int
}

// New makes an empty file system without a limit of room.
func New() *FS {
	return &FS{
		names: map[string]*inode{}, durable: map[string]*inode{},
		locks: map[string]*lock{}, dirs: map[string]bool{".": true, "/": true}, kept: map[string]bool{".": true, "/": true},
		room: -1,
	}
}

// SetRoom limits the sum of all file lengths; beyond it operations fail with
// ENOSPC. A negative limit is none.
func (f *FS) SetRoom(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.room = bytes
}

// Open opens a file as durable.FS says.
func (f *FS) Open(name string, mode durable.Mode) (durable.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = path.Clean(name)
	fault, err := f.begin(OpOpen, name, "")
	if err != nil {
		return nil, err
	}
	node, exists := f.names[name]
	switch {
	case mode < durable.ReadOnly || mode > durable.Create:
		return nil, fmt.Errorf("open %s: unknown mode %d", name, mode)
	case mode == durable.Create && exists:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case mode != durable.Create && !exists, !f.dirs[path.Dir(name)]:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	case mode == durable.Create:
		node = &inode{dirty: map[int64]bool{}}
		f.change(nameChange{dir: path.Dir(name), to: name, file: node})
	}
	if err := f.end(fault); err != nil {
		return nil, err
	}
	return &handle{fs: f, node: node, name: name, life: f.life, writable: mode != durable.ReadOnly}, nil
}

// Rename renames a file as durable.FS says.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	from, to = path.Clean(from), path.Clean(to)
	fault, err := f.begin(OpRename, from, " to "+path.Base(to))
	if err != nil {
		return err
	}
	node, exists := f.names[from]
	switch {
	case !exists && !f.dirs[from]:
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	case path.Dir(from) != path.Dir(to):
		return &fs.PathError{Op: "rename", Path: to, Err: syscall.EXDEV}
	case !exists && f.dirs[to]:
		return &fs.PathError{Op: "rename", Path: to, Err: syscall.ENOTEMPTY}
	}
	f.change(nameChange{dir: path.Dir(from), from: from, to: to, file: node})
	return f.end(fault)
}

// Remove removes a file as durable.FS says.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = path.Clean(name)
	fault, err := f.begin(OpRemove, name, "")
	if err != nil {
		return err
	}
	if _, exists := f.names[name]; !exists {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	f.change(nameChange{dir: path.Dir(name), from: name})
	return f.end(fault)
}

// List lists a directory as durable.FS says.
func (f *FS) List(dir string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir = path.Clean(dir)
	fault, err := f.begin(OpList, dir, "")
	if err == nil {
		err = f.end(fault)
	}
	if err != nil {
		return nil, err
	}
	if !f.dirs[dir] {
		return nil, &fs.PathError{Op: "list", Path: dir, Err: fs.ErrNotExist}
	}
	var names []string
	for name := range f.names {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}

// MakeDir makes directories as durable.FS says.
func (f *FS) MakeDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir = path.Clean(dir)
	fault, err := f.begin(OpMakeDir, dir, "")
	if err != nil {
		return err
	}
	for ; !f.dirs[dir]; dir = path.Dir(dir) {
		f.dirs[dir], f.kept[dir] = true, true
	}
	return f.end(fault)
}

// SyncDir makes the names of a directory durable as durable.FS says.
func (f *FS) SyncDir(dir string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir = path.Clean(dir)
	fault, err := f.begin(OpSyncDir, dir, "")
	forget := func() {
		f.pending = slices.DeleteFunc(f.pending, func(c nameChange) bool { return c.dir == dir })
	}
	switch {
	case err != nil && fault == nil:
		return err
	case err != nil && !fault.Persist, fault != nil && fault.Lie:
		forget()
		return err
	case fault != nil && fault.Halt:
		return f.end(fault)
	}
	for _, c := range f.pending {
		if c.dir == dir {
			c.apply(f.durable, f.kept)
		}
	}
	forget()
	return err
}

// Lock takes a lock as durable.FS says.
func (f *FS) Lock(name string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name = path.Clean(name)
	fault, err := f.begin(OpLock, name, "")
	if err == nil {
		err = f.end(fault)
	}
	if err != nil {
		return nil, err
	}
	if f.locks[name] != nil {
		return nil, fmt.Errorf("lock %s: %w", name, durable.ErrLocked)
	}
	f.locks[name] = &lock{fs: f, name: name, life: f.life}
	return f.locks[name], nil
}

// Close releases the lock, unless a crash already has.
func (l *lock) Close() error {
	l.fs.mu.Lock()
	defer l.fs.mu.Unlock()
	if l.fs.locks[l.name] == l {
		delete(l.fs.locks, l.name)
	}
	return nil
}

// change applies a change of names to what programs see.
func (f *FS) change(c nameChange) {
	c.apply(f.names, f.dirs)
	f.pending = append(f.pending, c)
}

func (c nameChange) apply(names map[string]*inode, dirs map[string]bool) {
	if c.from != "" && c.to != "" && c.file == nil {
		c.move(names, dirs)
		return
	}
	if c.from != "" {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.file
	}
}

// move renames a directory with what is in it.
func (c nameChange) move(names map[string]*inode, dirs map[string]bool) {
	for name, file := range maps.Clone(names) {
		if rest, ok := strings.CutPrefix(name, c.from+"/"); ok {
			delete(names, name)
			names[c.to+"/"+rest] = file
		}
	}
	for dir := range maps.Clone(dirs) {
		if rest, ok := strings.CutPrefix(dir+"/", c.from+"/"); ok {
			delete(dirs, dir)
			dirs[path.Clean(c.to+"/"+rest)] = true
		}
	}
}

// used is the sum of all file lengths.
func (f *FS) used() (total int64) {
	for _, node := range f.names {
		total += int64(len(node.live))
	}
	return total
}

// Fork copies the whole file system with its unsynced state, without handles,
// locks, faults or trace, so that one moment can be crashed in many ways.
func (f *FS) Fork() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	twin := New()
	twin.room, twin.dirs, twin.kept = f.room, maps.Clone(f.dirs), maps.Clone(f.kept)
	copies := map[*inode]*inode{}
	clone := func(node *inode) *inode {
		if node != nil && copies[node] == nil {
			copies[node] = node.clone()
		}
		return copies[node]
	}
	for name, node := range f.names {
		twin.names[name] = clone(node)
	}
	for name, node := range f.durable {
		twin.durable[name] = clone(node)
	}
	for _, c := range f.pending {
		c.file = clone(c.file)
		twin.pending = append(twin.pending, c)
	}
	return twin
}
