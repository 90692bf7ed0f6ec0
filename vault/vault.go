package vault

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Config is what a Vault is made of. Keys, Store, Rand and Audit are required.
type Config struct {
	Keys  *Keyring
	Store KeyStore
	// Rand gives all keys and nonces: crypto/rand.Reader, or a seeded reader in a
	// simulation. Reads are serialised.
	Rand io.Reader
	// Suite seals new values; zero is AES256GCM.
	Suite Suite
	// Audit takes a revelation before the text is given. When it fails, nothing
	// is revealed.
	Audit func(Revelation) error
}

// Vault seals, opens and finds personal fields. Its methods may be called from
// several goroutines.
type Vault struct {
	ring  atomic.Pointer[Keyring] // replaced by Retire
	index *indexKey
	store KeyStore
	suite Suite
	audit func(Revelation) error

	enrol sync.Mutex // one Enrol or Rotate at a time, so that none overtakes another
	draws sync.Mutex // guards rand
	rand  io.Reader
}

// New makes a vault. It returns an error when a required part is missing.
func New(c Config) (*Vault, error) {
	if c.Suite == 0 {
		c.Suite = AES256GCM
	}
	if c.Keys == nil || c.Store == nil || c.Rand == nil || c.Audit == nil || !c.Suite.Valid() {
		return nil, errors.New("a vault needs keys, a store, randomness, an audit hook and a known suite")
	}
	index, err := newIndexKey(c.Keys.index.lift())
	if err != nil {
		return nil, err
	}
	v := &Vault{index: index, store: c.Store, suite: c.Suite, audit: c.Audit, rand: c.Rand}
	v.ring.Store(c.Keys)
	return v, nil
}

// Enrol gives the data key of each client in order, and draws keys for those that
// have none. New keys are durable when it returns. Calling it again after a crash
// gives the same keys. It returns ErrDestroyed for a client whose key was
// destroyed, ErrLimit beyond BatchMax clients, and the store's errors; after an
// error no key was drawn.
func (v *Vault) Enrol(clients []uint64) ([]*ClientKey, error) {
	if len(clients) > BatchMax {
		return nil, fmt.Errorf("enrol %d clients, at most %d: %w", len(clients), BatchMax, ErrLimit)
	}
	v.enrol.Lock()
	defer v.enrol.Unlock()
	ring := v.ring.Load()
	keys := make([]*ClientKey, len(clients))
	drawn := make(map[uint64]*ClientKey)
	var fresh []WrappedKey
	for i, client := range clients {
		if keys[i] = drawn[client]; keys[i] != nil {
			continue
		}
		key, err := v.Key(client)
		if errors.Is(err, ErrNoKey) {
			var wrapped WrappedKey
			key, wrapped, err = v.newKey(ring, client)
			fresh = append(fresh, wrapped)
			drawn[client] = key
		}
		if err != nil {
			return nil, fmt.Errorf("enrol: %w", err)
		}
		keys[i] = key
	}
	if err := v.store.Put(fresh); err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	return keys, nil
}

// newKey draws and wraps a data key. The caller makes it durable.
func (v *Vault) newKey(ring *Keyring, client uint64) (*ClientKey, WrappedKey, error) {
	secret := new([secretBytes]byte)
	if err := v.draw(secret[:]); err != nil {
		return nil, WrappedKey{}, err
	}
	wrapped, err := ring.wrap(client, secret, v.suite, v.draw)
	if err != nil {
		return nil, WrappedKey{}, err
	}
	key, err := newClientKey(client, secret, v.suite, v.draw)
	return key, wrapped, err
}

// Key fetches the data key of a client. It returns ErrNoKey, ErrDestroyed,
// ErrMaster, ErrSealed or the store's errors.
func (v *Vault) Key(client uint64) (*ClientKey, error) {
	if client == 0 {
		return nil, fmt.Errorf("client 0 is nobody: %w", ErrFormat)
	}
	wrapped, err := v.store.Fetch(client)
	if err != nil {
		return nil, err
	}
	secret, err := v.ring.Load().unwrap(&wrapped)
	if err != nil {
		return nil, err
	}
	return newClientKey(client, secret, v.suite, v.draw)
}

// Destroy destroys the data key of a client: everything sealed under it is erased
// wherever it lies. It cannot be undone. The decision, with its two people, is a
// record of the journal; each centre carries it out on its own store.
func (v *Vault) Destroy(client uint64) error {
	if client == 0 {
		return fmt.Errorf("client 0 is nobody: %w", ErrFormat)
	}
	if err := v.store.Destroy(client); err != nil {
		return fmt.Errorf("destroy key of client %d: %w", client, err)
	}
	return nil
}

// Revelation says who reads which field of whom and why. It holds no personal
// field and may be logged; the reason is free text, so screens must ask for a
// case number and not for a name.
type Revelation struct {
	Client uint64
	Field  Field
	Actor  string // user name of the person
	Reason string // 4 to 200 characters
}

// Reveal opens a sealed field for a person. The audit hook has taken the
// revelation when it returns, also when the value then does not open. It returns
// ErrReason, the hook's error, and those of Key and ClientKey.Open.
func (v *Vault) Reveal(r Revelation, sealed []byte) (Secret, error) {
	reason := strings.TrimSpace(r.Reason)
	if n := utf8.RuneCountInString(reason); strings.TrimSpace(r.Actor) == "" || n < reasonMin || n > reasonMax {
		return Secret{}, fmt.Errorf("reveal %v of client %d: %w (%d to %d characters)", r.Field, r.Client, ErrReason, reasonMin, reasonMax)
	}
	if err := v.audit(r); err != nil {
		return Secret{}, fmt.Errorf("reveal %v of client %d: audit: %w", r.Field, r.Client, err)
	}
	key, err := v.Key(r.Client)
	if err != nil {
		return Secret{}, fmt.Errorf("reveal %v: %w", r.Field, err)
	}
	return key.Open(r.Field, sealed)
}

// Format prints [redacted] for every verb.
func (v *Vault) Format(f fmt.State, _ rune) { printRedacted(f) }

func (v *Vault) draw(b []byte) error {
	v.draws.Lock()
	defer v.draws.Unlock()
	if _, err := io.ReadFull(v.rand, b); err != nil {
		return fmt.Errorf("draw randomness: %w", err)
	}
	return nil
}
