package disk

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"path"

	"sancun/internal/durable"
	"sancun/journal"
)

const (
	fenceName    = "fence"
	fenceMagic   = 0x31464353 // "SCF1" as little-endian bytes
	fenceVersion = 1
	fenceBytes   = 20
)

// Fence replaces the fence file and then refuses lower epochs.
func (e *Engine) Fence(epoch uint32) error {
	e.write.Lock()
	defer e.write.Unlock()
	fenced, err := e.Fenced()
	switch {
	case err != nil:
		return err
	case epoch < fenced:
		return fmt.Errorf("%w: fence of epoch %d, it stands at %d", journal.ErrEpoch, epoch, fenced)
	case epoch == fenced:
		return nil
	}
	if err := e.writeFence(epoch); err != nil {
		return e.poison(fmt.Sprintf("fence epoch %d", epoch), err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fenced = epoch
	return nil
}

func (e *Engine) writeFence(epoch uint32) error {
	return durable.ReplaceFile(e.fsys, path.Join(e.dir, fenceName), encodeFence(e.cell, epoch))
}

// readFence reads the fence, or 0 and false when there is none.
func (e *Engine) readFence() (uint32, bool, error) {
	name := path.Join(e.dir, fenceName)
	raw, err := durable.ReadFile(e.fsys, name, fenceBytesMax)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, e.fault("read fence", "Look at the device.", err)
	}
	epoch, err := decodeFence(raw, e.cell)
	if err != nil {
		return 0, false, &journal.CorruptError{
			File: name, What: err.Error(),
			Hint: "Do not guess the epoch. Ask the other centre which epoch writes, and restore the file from a backup.",
		}
	}
	return epoch, true, nil
}

func encodeFence(cell, epoch uint32) []byte {
	raw := make([]byte, fenceBytes)
	le := binary.LittleEndian
	le.PutUint32(raw[0:], fenceMagic)
	le.PutUint16(raw[4:], fenceVersion)
	le.PutUint32(raw[8:], cell)
	le.PutUint32(raw[12:], epoch)
	le.PutUint32(raw[16:], crc32.Checksum(raw[:16], castagnoli))
	return raw
}

func decodeFence(raw []byte, cell uint32) (uint32, error) {
	le := binary.LittleEndian
	if len(raw) != fenceBytes {
		return 0, fmt.Errorf("fence of %d bytes, want %d", len(raw), fenceBytes)
	}
	if got, want := crc32.Checksum(raw[:16], castagnoli), le.Uint32(raw[16:]); got != want {
		return 0, fmt.Errorf("fence has checksum %08x, want %08x", got, want)
	}
	if le.Uint32(raw) != fenceMagic || le.Uint16(raw[4:]) != fenceVersion || le.Uint16(raw[6:]) != 0 {
		return 0, fmt.Errorf("fence of magic number %#08x and version %d", le.Uint32(raw), le.Uint16(raw[4:]))
	}
	if got := le.Uint32(raw[8:]); got != cell {
		return 0, fmt.Errorf("fence of cell %d in the journal of cell %d", got, cell)
	}
	return le.Uint32(raw[12:]), nil
}
