package state

import "encoding/binary"

// Key is an exact key of sixteen bytes.
type Key [16]byte

// Index finds a row by its key in one or two memory accesses. It is derived
// from a table and built again after a restart, so it is in no root. It holds
// no pointers. The zero Index is empty and ready.
//
// It grows a few slots at a time: when it is three quarters full, a new table of
// twice the size takes its place, and every later Put moves some of the old slots
// over. Nobody waits while millions of keys move. Until all have moved, a key is
// looked for in the new table first and then in the old one, whose entries stay
// where they are, so that no search in it ends too early.
type Index struct {
	slots []slot
	used  int
	old   []slot // the table before, nil when everything has moved
	moved int    // how many slots of old have moved
}

type slot struct {
	key Key
	row uint32 // row + 1; 0 is empty
}

// moveSlots is how many old slots a Put moves. The new table takes as many keys as
// three quarters of the old slots before it must grow itself, so two would do; more
// end the time of double look-ups sooner.
const moveSlots = 16

// Find returns the row of key.
func (x *Index) Find(key Key) (uint32, bool) {
	if x.used == 0 {
		return 0, false
	}
	home := mix(key)
	if row := seek(x.slots, key, home); row != 0 {
		return row - 1, true
	}
	if x.old != nil {
		if row := seek(x.old, key, home); row != 0 {
			return row - 1, true
		}
	}
	return 0, false
}

// seek returns the row + 1 of key in one table, 0 when it is not there.
func seek(slots []slot, key Key, home uint64) uint32 {
	mask := uint64(len(slots) - 1)
	for at := home & mask; slots[at].row != 0; at = (at + 1) & mask {
		if slots[at].key == key {
			return slots[at].row
		}
	}
	return 0
}

// Put maps key to row, replacing an earlier mapping.
func (x *Index) Put(key Key, row uint32) {
	if (x.used+1)*4 > len(x.slots)*3 {
		x.grow()
	}
	home := mix(key)
	if place(x.slots, key, home, row+1, true) && (x.old == nil || seek(x.old, key, home) == 0) {
		x.used++
	}
	if x.old != nil {
		x.move(moveSlots)
	}
}

// Delete forgets key, moving later entries of its run back so that no search
// ends too early.
func (x *Index) Delete(key Key) {
	if x.used == 0 {
		return
	}
	if x.old != nil {
		x.move(len(x.old))
	}
	mask := uint64(len(x.slots) - 1)
	at := mix(key) & mask
	for x.slots[at].key != key {
		if x.slots[at].row == 0 {
			return
		}
		at = (at + 1) & mask
	}
	if x.slots[at].row == 0 {
		return
	}
	x.used--
	for next := (at + 1) & mask; x.slots[next].row != 0; next = (next + 1) & mask {
		home := mix(x.slots[next].key) & mask
		if (next-home)&mask >= (next-at)&mask {
			x.slots[at] = x.slots[next]
			at = next
		}
	}
	x.slots[at] = slot{}
}

// Clear forgets every key.
func (x *Index) Clear() { *x = Index{} }

// place writes row, which is a row + 1, into one table; with replace over an entry
// of the same key. It returns whether the key was not there.
func place(slots []slot, key Key, home uint64, row uint32, replace bool) bool {
	mask := uint64(len(slots) - 1)
	at := home & mask
	for slots[at].row != 0 {
		if slots[at].key == key {
			if replace {
				slots[at].row = row
			}
			return false
		}
		at = (at + 1) & mask
	}
	slots[at] = slot{key: key, row: row}
	return true
}

func (x *Index) grow() {
	if x.old != nil {
		x.move(len(x.old))
	}
	if x.used > 0 {
		x.old, x.moved = x.slots, 0
	}
	x.slots = make([]slot, max(64, 2*len(x.slots)))
}

// move moves at most n old slots over. What was put into the new table meanwhile
// is newer and stays.
func (x *Index) move(n int) {
	end := min(x.moved+n, len(x.old))
	for ; x.moved < end; x.moved++ {
		if s := &x.old[x.moved]; s.row != 0 {
			place(x.slots, s.key, mix(s.key), s.row, false)
		}
	}
	if x.moved == len(x.old) {
		x.old, x.moved = nil, 0
	}
}

// mix spreads a key over 64 bits; it need not resist an attacker because keys
// that outsiders choose are hashed before they come here.
func mix(key Key) uint64 {
	a := binary.LittleEndian.Uint64(key[:8])
	b := binary.LittleEndian.Uint64(key[8:])
	h := a*0x9E3779B97F4A7C15 ^ b*0xC2B2AE3D27D4EB4F
	h ^= h >> 29
	h *= 0xBF58476D1CE4E5B9
	return h ^ h>>32
}

// KeyOf builds a key from two numbers.
func KeyOf(a, b uint64) (k Key) {
	binary.LittleEndian.PutUint64(k[:8], a)
	binary.LittleEndian.PutUint64(k[8:], b)
	return k
}
