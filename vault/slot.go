package vault

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// A slot is the place of one client in the key store. docs/formats/vault.md draws it.
const (
	slotBytes   = 128 // divides a sector, so a device writes it whole
	slotVersion = 1

	slotEmpty     = 0
	slotLive      = 1
	slotDestroyed = 2

	slotCRC = slotBytes - 4
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	emptySlot  [slotBytes]byte
)

// encodeLive writes the slot of a key.
func encodeLive(w *WrappedKey) [slotBytes]byte {
	var b [slotBytes]byte
	b[0], b[1], b[2] = slotLive, slotVersion, byte(w.Suite)
	binary.BigEndian.PutUint32(b[4:], w.Master)
	binary.BigEndian.PutUint64(b[8:], w.Client)
	copy(b[16:], w.Nonce[:])
	copy(b[28:], w.Sealed[:])
	copy(b[76:], w.KeyID[:])
	binary.BigEndian.PutUint32(b[slotCRC:], crc32.Checksum(b[:slotCRC], castagnoli))
	return b
}

// encodeTombstone writes the slot of a destroyed key: nothing of the key is in it.
func encodeTombstone(client uint64) [slotBytes]byte {
	var b [slotBytes]byte
	b[0], b[1] = slotDestroyed, slotVersion
	binary.BigEndian.PutUint64(b[8:], client)
	binary.BigEndian.PutUint32(b[slotCRC:], crc32.Checksum(b[:slotCRC], castagnoli))
	return b
}

// clientOf is whose slot it says it is.
func clientOf(slot []byte) uint64 { return binary.BigEndian.Uint64(slot[8:]) }

// decodeSlot reads the slot of a client. It returns ErrNoKey for an empty slot,
// ErrDestroyed for a tombstone, ErrFormat for a newer format and ErrCorrupt for
// anything else that encode functions did not write.
func decodeSlot(client uint64, b []byte) (WrappedKey, error) {
	if bytes.Equal(b, emptySlot[:]) {
		return WrappedKey{}, ErrNoKey
	}
	if len(b) != slotBytes || binary.BigEndian.Uint32(b[slotCRC:]) != crc32.Checksum(b[:slotCRC], castagnoli) {
		return WrappedKey{}, fmt.Errorf("check sum: %w", ErrCorrupt)
	}
	if b[1] != slotVersion {
		return WrappedKey{}, fmt.Errorf("slot version %d: %w", b[1], ErrFormat)
	}
	if found := binary.BigEndian.Uint64(b[8:]); found != client {
		return WrappedKey{}, fmt.Errorf("the slot belongs to client %d: %w", found, ErrCorrupt)
	}
	w := WrappedKey{Client: client, Master: binary.BigEndian.Uint32(b[4:]), Suite: Suite(b[2])}
	copy(w.Nonce[:], b[16:])
	copy(w.Sealed[:], b[28:])
	copy(w.KeyID[:], b[76:])
	var again [slotBytes]byte
	var verdict error
	switch b[0] {
	case slotLive:
		again = encodeLive(&w)
	case slotDestroyed:
		again, w, verdict = encodeTombstone(client), WrappedKey{}, ErrDestroyed
	}
	if !bytes.Equal(again[:], b) {
		return WrappedKey{}, fmt.Errorf("state %d or reserved bytes: %w", b[0], ErrCorrupt)
	}
	return w, verdict
}
