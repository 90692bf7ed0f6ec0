package faultfs

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"syscall"
)

// inode is a file without its name. Sectors differ between live and disk only
// when they are dirty, or when a failed sync dropped them.
type inode struct {
	live  []byte         // what programs read
	disk  []byte         // what a crash leaves at least
	dirty map[int64]bool // sectors written since the last sync
	order []int64        // the dirty sectors, oldest first
}

func (n *inode) clone() *inode {
	return &inode{
		live: slices.Clone(n.live), disk: slices.Clone(n.disk),
		dirty: maps.Clone(n.dirty), order: slices.Clone(n.order),
	}
}

// touch marks the sectors of a range as dirty.
func (n *inode) touch(from, to int64) {
	for sector := from / sectorBytes; sector*sectorBytes < to; sector++ {
		if !n.dirty[sector] {
			n.dirty[sector] = true
			n.order = append(n.order, sector)
		}
	}
}

// resize changes the live length. Bytes that are cut off and come back are
// zeros, which the disk learns at the next sync.
func (n *inode) resize(size int64) {
	old := int64(len(n.live))
	if size < old {
		clear(n.live[size:])
		n.live = n.live[:size]
		n.touch(size, old)
		return
	}
	n.live = append(n.live, make([]byte, size-old)...)
}

// store copies one sector from live to disk, as far as both reach.
func (n *inode) store(sector int64) {
	from := sector * sectorBytes
	to := min(from+sectorBytes, int64(len(n.live)), int64(len(n.disk)))
	if from < to {
		copy(n.disk[from:to], n.live[from:to])
	}
}

// setDiskSize changes the durable length.
func (n *inode) setDiskSize(size int) {
	if size <= len(n.disk) {
		clear(n.disk[size:])
		n.disk = n.disk[:size]
		return
	}
	n.disk = append(n.disk, make([]byte, size-len(n.disk))...)
}

// flush makes all dirty sectors and the length durable.
func (n *inode) flush() {
	n.setDiskSize(len(n.live))
	for _, sector := range n.order {
		n.store(sector)
	}
	n.forget()
}

// forget marks everything clean without writing it, as kernels do after a sync
// that failed.
func (n *inode) forget() {
	clear(n.dirty)
	n.order = n.order[:0]
}

// handle is an open file.
type handle struct {
	fs       *FS
	node     *inode
	name     string
	life     int
	writable bool
	closed   bool
}

// begin starts an operation on the handle; the caller holds the lock.
func (h *handle) begin(op Op, detail string) (*Fault, error) {
	if h.closed {
		return nil, &fs.PathError{Op: op.String(), Path: h.name, Err: fs.ErrClosed}
	}
	if h.life != h.fs.life {
		return nil, ErrCrashed
	}
	if !h.writable && op != OpRead {
		return nil, &fs.PathError{Op: op.String(), Path: h.name, Err: syscall.EBADF}
	}
	return h.fs.begin(op, h.name, detail)
}

// ReadAt reads what programs see.
func (h *handle) ReadAt(p []byte, off int64) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	fault, err := h.begin(OpRead, fmt.Sprintf(" %d+%d", off, len(p)))
	if err != nil {
		return 0, err
	}
	if off < 0 {
		return 0, &fs.PathError{Op: "read", Path: h.name, Err: syscall.EINVAL}
	}
	var n int
	if off < int64(len(h.node.live)) {
		n = copy(p, h.node.live[off:])
	}
	if fault != nil && fault.Flip && n > 0 {
		bit := fault.Bit % int64(n*8)
		p[bit/8] ^= 1 << (bit % 8)
	}
	if err := h.fs.end(fault); err != nil {
		return 0, err
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt writes what programs see; Sync makes it durable.
func (h *handle) WriteAt(p []byte, off int64) (int, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	fault, err := h.begin(OpWrite, fmt.Sprintf(" %d+%d", off, len(p)))
	if err != nil && fault == nil {
		return 0, err
	}
	if err != nil {
		p = p[:min(fault.Keep, len(p))]
	}
	if len(p) == 0 { // an empty write does not lengthen a file
		if err == nil {
			err = h.fs.end(fault)
		}
		return 0, err
	}
	end := off + int64(len(p))
	if grow := end - int64(len(h.node.live)); grow > 0 {
		if full := h.fs.grow(grow); full != nil {
			return 0, &fs.PathError{Op: "write", Path: h.name, Err: full}
		}
		h.node.resize(end)
	}
	copy(h.node.live[off:], p)
	h.node.touch(off, end)
	if err != nil {
		return len(p), err
	}
	return len(p), h.fs.end(fault)
}

// Size is the length programs see.
func (h *handle) Size() (int64, error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.life != h.fs.life || h.fs.halted {
		return 0, ErrCrashed
	}
	return int64(len(h.node.live)), nil
}

// Truncate sets the length.
func (h *handle) Truncate(size int64) error {
	return h.setSize(OpTruncate, size)
}

// Allocate lengthens the file if it is shorter.
func (h *handle) Allocate(size int64) error {
	return h.setSize(OpAllocate, size)
}

func (h *handle) setSize(op Op, size int64) error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	fault, err := h.begin(op, fmt.Sprintf(" %d", size))
	if err != nil {
		return err
	}
	grow := size - int64(len(h.node.live))
	if op == OpAllocate && grow < 0 {
		grow, size = 0, int64(len(h.node.live))
	}
	if err := h.fs.grow(grow); err != nil {
		return &fs.PathError{Op: op.String(), Path: h.name, Err: err}
	}
	h.node.resize(size)
	return h.fs.end(fault)
}

// Sync makes the file durable, unless a fault has other plans.
func (h *handle) Sync() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	fault, err := h.begin(OpSync, "")
	switch {
	case err != nil && fault == nil:
		return err
	case err != nil && !fault.Persist:
		h.node.forget()
		return err
	case fault != nil && fault.Lie:
		h.node.forget()
		return nil
	case fault != nil && fault.Halt:
		return h.fs.end(fault)
	}
	h.node.flush()
	return err
}

// Close closes the handle and makes nothing durable.
func (h *handle) Close() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.closed {
		return &fs.PathError{Op: "close", Path: h.name, Err: fs.ErrClosed}
	}
	h.closed = true
	return nil
}

// grow refuses to pass the limit of room.
func (f *FS) grow(bytes int64) error {
	if bytes > 0 && f.room >= 0 && f.used()+bytes > f.room {
		return syscall.ENOSPC
	}
	return nil
}
