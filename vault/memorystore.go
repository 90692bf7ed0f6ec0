package vault

import (
	"fmt"
	"maps"
	"slices"
	"sync"
)

// MemoryStore is a KeyStore for tests and simulations. It keeps the whole
// contract except durability. The zero value is ready.
type MemoryStore struct {
	mu   sync.Mutex // guards keys
	keys map[uint64]entry
}

type entry struct {
	key       WrappedKey
	destroyed bool
}

var _ KeyStore = (*MemoryStore)(nil)

// Put implements KeyStore.
func (s *MemoryStore) Put(keys []WrappedKey) error {
	if len(keys) > BatchMax {
		return fmt.Errorf("put %d keys, at most %d: %w", len(keys), BatchMax, ErrLimit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[uint64]entry{}
	}
	seen := make(map[uint64]bool, len(keys))
	for _, k := range keys {
		old, ok := s.keys[k.Client]
		switch {
		case ok && old.destroyed:
			return fmt.Errorf("put keys: client %d: %w", k.Client, ErrDestroyed)
		case ok && old.key.KeyID != k.KeyID, seen[k.Client]:
			return fmt.Errorf("put keys: client %d: %w", k.Client, ErrOtherKey)
		}
		seen[k.Client] = true
	}
	for _, k := range keys {
		s.keys[k.Client] = entry{key: k}
	}
	return nil
}

// Fetch implements KeyStore.
func (s *MemoryStore) Fetch(client uint64) (WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.keys[client]
	switch {
	case !ok:
		return WrappedKey{}, fmt.Errorf("client %d: %w", client, ErrNoKey)
	case e.destroyed:
		return WrappedKey{}, fmt.Errorf("client %d: %w", client, ErrDestroyed)
	default:
		return e.key, nil
	}
}

// Destroy implements KeyStore.
func (s *MemoryStore) Destroy(client uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[uint64]entry{}
	}
	s.keys[client] = entry{destroyed: true}
	return nil
}

// Each implements KeyStore.
func (s *MemoryStore) Each(visit func(WrappedKey) error) error {
	s.mu.Lock()
	snapshot := maps.Clone(s.keys)
	s.mu.Unlock()
	for _, client := range slices.Sorted(maps.Keys(snapshot)) {
		if e := snapshot[client]; !e.destroyed {
			if err := visit(e.key); err != nil {
				return err
			}
		}
	}
	return nil
}
