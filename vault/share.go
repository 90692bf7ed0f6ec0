package vault

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

// SlotBytes is the size of a slot as it travels between two centres: as it lies in
// the key store, so a key never leaves its wrapping.
const SlotBytes = slotBytes

// Digest is the hash of one part of a key store: the slots of 4,096 neighbouring
// clients. Two stores whose digests are equal hold the same keys, wrappings and
// tombstones.
type Digest struct {
	Part   uint64   `json:"part"`
	SHA256 [32]byte `json:"sha256"`
}

// Digests hashes the store part by part. Parts without any slot are left out.
func (s *FileStore) Digests() ([]Digest, error) {
	numbers, err := s.files()
	if err != nil {
		return nil, fmt.Errorf("digest the key store: %w", err)
	}
	slots, empty := make([]byte, fileBytes), make([]byte, fileBytes)
	var all []Digest
	for _, number := range numbers {
		if err := s.readFile(number, slots); err != nil {
			return nil, fmt.Errorf("digest the key store: %w", err)
		}
		if !bytes.Equal(slots, empty) {
			all = append(all, Digest{number, sha256.Sum256(slots)})
		}
	}
	return all, nil
}

// Part returns the slots of a part that are not empty, back to back.
func (s *FileStore) Part(part uint64) ([]byte, error) {
	numbers, err := s.files()
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, number := range numbers {
		if number != part {
			continue
		}
		slots := make([]byte, fileBytes)
		if err := s.readFile(number, slots); err != nil {
			return nil, fmt.Errorf("part %d of the key store: %w", part, err)
		}
		for at := 0; at < len(slots); at += slotBytes {
			if slot := slots[at : at+slotBytes]; !bytes.Equal(slot, emptySlot[:]) {
				all = append(all, slot...)
			}
		}
	}
	return all, nil
}

// Slots returns the slots of some clients, back to back; clients without one are
// left out.
func (s *FileStore) Slots(clients []uint64) ([]byte, error) {
	var all []byte
	for _, client := range clients {
		w, err := s.Fetch(client)
		switch {
		case errors.Is(err, ErrNoKey):
			continue
		case errors.Is(err, ErrDestroyed):
			slot := encodeTombstone(client)
			all = append(all, slot[:]...)
		case err != nil:
			return nil, err
		default:
			slot := encodeLive(&w)
			all = append(all, slot[:]...)
		}
	}
	return all, nil
}

// Adopted counts what Adopt did.
type Adopted struct {
	Keys      int // taken over, or wrapped as the other centre has them
	Destroyed int // tombstones taken over
	Kept      int // were here already
	Refused   int // live there and destroyed here: the tombstone wins
}

// Adopt takes slots of the other centre over, durable when it returns. A key is
// proved before: it must open under a master key of this centre's key file and be
// the key that its name says. A tombstone wins over a key, on whichever side it is.
// It returns ErrFormat or ErrCorrupt for bytes that are no slots, ErrMaster or
// ErrSealed for a key that does not open here, and ErrOtherKey for a client who has
// another key here; then nothing was taken over from this slot on.
func (v *Vault) Adopt(slots []byte) (a Adopted, err error) {
	if len(slots)%slotBytes != 0 {
		return a, fmt.Errorf("%d bytes of slots: %w", len(slots), ErrFormat)
	}
	v.enrol.Lock()
	defer v.enrol.Unlock()
	var fresh []WrappedKey
	for at := 0; at < len(slots); at += slotBytes {
		slot := slots[at : at+slotBytes]
		client := clientOf(slot)
		w, err := decodeSlot(client, slot)
		switch {
		case errors.Is(err, ErrDestroyed):
			err = v.adoptTombstone(client, &a)
		case err == nil:
			err = v.adoptKey(&w, &fresh, &a)
		}
		if err == nil && len(fresh) == rotateBatch {
			err = v.store.Put(fresh)
			fresh = fresh[:0]
		}
		if err != nil {
			return a, errors.Join(fmt.Errorf("adopt the key of client %d: %w", client, err), v.store.Put(fresh))
		}
	}
	return a, v.store.Put(fresh)
}

func (v *Vault) adoptTombstone(client uint64, a *Adopted) error {
	if _, err := v.store.Fetch(client); errors.Is(err, ErrDestroyed) {
		a.Kept++
		return nil
	}
	a.Destroyed++
	return v.store.Destroy(client)
}

func (v *Vault) adoptKey(w *WrappedKey, fresh *[]WrappedKey, a *Adopted) error {
	old, err := v.store.Fetch(w.Client)
	switch {
	case errors.Is(err, ErrDestroyed):
		a.Refused++
		return nil
	case err == nil && old == *w:
		a.Kept++
		return nil
	case err == nil && old.KeyID != w.KeyID:
		return ErrOtherKey
	case err != nil && !errors.Is(err, ErrNoKey):
		return err
	}
	if err := v.ring.Load().prove(w); err != nil {
		return err
	}
	*fresh = append(*fresh, *w)
	a.Keys++
	return nil
}

// prove opens a wrapped key and compares it with its name.
func (r *Keyring) prove(w *WrappedKey) error {
	secret, err := r.unwrap(w)
	if err != nil {
		return err
	}
	id, err := hkdf.Expand(sha256.New, secret[:], purposeKeyID, keyIDBytes)
	if err != nil {
		return err
	}
	if !bytes.Equal(id, w.KeyID[:]) {
		return fmt.Errorf("the key has another name: %w", ErrSealed)
	}
	return nil
}
