package state

import "encoding/binary"

// Key is an exact key of sixteen bytes.
type Key [16]byte

// Index finds a row by its key in one or two memory accesses. It is derived
// from a table and built again after a restart, so it is in no root. It holds
// no pointers. The zero Index is empty and ready.
type Index struct {
	slots []slot
	used  int
}

type slot struct {
	key Key
	row uint32 // row + 1; 0 is empty
}

// Find returns the row of key.
func (x *Index) Find(key Key) (uint32, bool) {
	if x.used == 0 {
		return 0, false
	}
	mask := uint64(len(x.slots) - 1)
	for at := mix(key) & mask; x.slots[at].row != 0; at = (at + 1) & mask {
		if x.slots[at].key == key {
			return x.slots[at].row - 1, true
		}
	}
	return 0, false
}

// Put maps key to row, replacing an earlier mapping.
func (x *Index) Put(key Key, row uint32) {
	if (x.used+1)*4 > len(x.slots)*3 {
		x.grow()
	}
	if x.place(key, row) {
		x.used++
	}
}

// Delete forgets key, moving later entries of its run back so that no search
// ends too early.
func (x *Index) Delete(key Key) {
	if x.used == 0 {
		return
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

func (x *Index) place(key Key, row uint32) bool {
	mask := uint64(len(x.slots) - 1)
	at := mix(key) & mask
	for x.slots[at].row != 0 {
		if x.slots[at].key == key {
			x.slots[at].row = row + 1
			return false
		}
		at = (at + 1) & mask
	}
	x.slots[at] = slot{key: key, row: row + 1}
	return true
}

func (x *Index) grow() {
	old := x.slots
	x.slots = make([]slot, max(64, 2*len(old)))
	for i := range old {
		if old[i].row != 0 {
			x.place(old[i].key, old[i].row-1)
		}
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
