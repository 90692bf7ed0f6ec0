package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// The intent file holds the slots that are about to be written in place, so that
// a crash in between leaves all of them written or none, and a torn slot heals.
const (
	intentName  = "intent"
	intentMagic = "SVI1"
	intentHead  = 8
	intentTail  = 4
)

// placed is a slot with the client it belongs to.
type placed struct {
	client uint64
	slot   [slotBytes]byte
}

func encodeIntent(batch []placed) []byte {
	b := make([]byte, 0, intentHead+len(batch)*slotBytes+intentTail)
	b = append(b, intentMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(batch)))
	for i := range batch {
		b = append(b, batch[i].slot[:]...)
	}
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decodeIntent reads an intent file. A file that is empty, cleared or torn holds
// no intent: its slots were not begun. It returns ErrFormat or ErrCorrupt for a
// whole intent with a slot nobody wrote.
func decodeIntent(b []byte) ([]placed, error) {
	if len(b) < intentHead+intentTail || !bytes.HasPrefix(b, []byte(intentMagic)) {
		return nil, nil
	}
	count := binary.BigEndian.Uint32(b[4:])
	if count > BatchMax || len(b) < intentHead+int(count)*slotBytes+intentTail {
		return nil, nil
	}
	end := intentHead + int(count)*slotBytes
	if binary.BigEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], castagnoli) {
		return nil, nil
	}
	batch := make([]placed, count)
	for i := range batch {
		copy(batch[i].slot[:], b[intentHead+i*slotBytes:])
		batch[i].client = binary.BigEndian.Uint64(batch[i].slot[8:])
		_, err := decodeSlot(batch[i].client, batch[i].slot[:])
		if err != nil && !errors.Is(err, ErrDestroyed) {
			return nil, fmt.Errorf("slot %d of the intent: %w", i, err)
		}
	}
	return batch, nil
}

// intentBytesMax is the longest intent.
const intentBytesMax = intentHead + BatchMax*slotBytes + intentTail
