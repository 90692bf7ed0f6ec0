package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	keyIDBytes   = 16
	wrappedBytes = secretBytes + tagBytes
)

// WrappedKey is a client's data key as a KeyStore keeps it: sealed under a
// master key.
type WrappedKey struct {
	Client uint64
	Master uint32           // version of the master key
	Suite  Suite            // of the wrapping
	KeyID  [keyIDBytes]byte // names the data key, tells nothing about it
	Nonce  [nonceBytes]byte
	Sealed [wrappedBytes]byte
}

// KeyStore keeps wrapped data keys outside the journal. Two implementations pass
// one suite of tests: FileStore and MemoryStore.
type KeyStore interface {
	// Put makes the keys durable before it returns, all or none of them. A key
	// that is there already is replaced only by another wrapping of itself. It
	// returns ErrOtherKey, ErrDestroyed, ErrCorrupt, ErrLimit or ErrStopped.
	Put(keys []WrappedKey) error

	// Fetch gives a client's key, or ErrNoKey, ErrDestroyed, ErrCorrupt.
	Fetch(client uint64) (WrappedKey, error)

	// Destroy overwrites a client's key and leaves a tombstone, durable before
	// it returns. It may be repeated, and works for a client without a key, so
	// that a late Put is refused.
	Destroy(client uint64) error

	// Each calls visit for every live key in the order of client numbers. Visit
	// may call Put and Destroy. An error of visit ends the walk and is returned.
	Each(visit func(WrappedKey) error) error
}

// wrap seals a data key under the current master key.
func (r *Keyring) wrap(client uint64, secret *[secretBytes]byte, suite Suite, draw func([]byte) error) (WrappedKey, error) {
	m := r.current()
	w := WrappedKey{Client: client, Master: m.version, Suite: suite}
	id, err := hkdf.Expand(sha256.New, secret[:], purposeKeyID, keyIDBytes)
	if err != nil {
		return WrappedKey{}, fmt.Errorf("wrap key of client %d: %w", client, err)
	}
	w.KeyID = [keyIDBytes]byte(id)
	if err := draw(w.Nonce[:]); err != nil {
		return WrappedKey{}, fmt.Errorf("wrap key of client %d: %w", client, err)
	}
	bound := w.binding()
	m.wraps.lift()[suite-1].Seal(w.Sealed[:0], w.Nonce[:], secret[:], bound[:])
	return w, nil
}

// unwrap opens a data key. It returns ErrMaster or ErrSealed.
func (r *Keyring) unwrap(w *WrappedKey) (*[secretBytes]byte, error) {
	if !w.Suite.Valid() {
		return nil, fmt.Errorf("key of client %d in %v: %w", w.Client, w.Suite, ErrFormat)
	}
	m, err := r.master(w.Master)
	if err != nil {
		return nil, fmt.Errorf("key of client %d: %w", w.Client, err)
	}
	bound := w.binding()
	plain, err := m.wraps.lift()[w.Suite-1].Open(nil, w.Nonce[:], w.Sealed[:], bound[:])
	if err != nil {
		return nil, fmt.Errorf("key of client %d under master %d: %w", w.Client, w.Master, ErrSealed)
	}
	return (*[secretBytes]byte)(plain), nil
}

// binding is the associated data that ties a wrapped key to its client, master
// version and name.
func (w *WrappedKey) binding() [30]byte {
	var b [30]byte
	b[0], b[1] = slotVersion, byte(w.Suite)
	binary.BigEndian.PutUint32(b[2:], w.Master)
	binary.BigEndian.PutUint64(b[6:], w.Client)
	copy(b[14:], w.KeyID[:])
	return b
}
