package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Rotate wraps every data key again that is not under the current master key and
// suite, and gives how many it wrapped. It may be stopped by ctx or a crash at any
// point and called again: what is done stays done. Sealed fields do not change.
// After each step progress, unless nil, is told how many were wrapped so far.
func (v *Vault) Rotate(ctx context.Context, progress func(wrapped int)) (int, error) {
	v.enrol.Lock()
	defer v.enrol.Unlock()
	ring := v.ring.Load()
	total := 0
	var batch []WrappedKey
	step := func() error {
		n, err := v.putRewrapped(batch)
		total += n
		batch = batch[:0]
		if progress != nil && n > 0 {
			progress(total)
		}
		return err
	}
	err := v.store.Each(func(old WrappedKey) error {
		if old.Master == ring.Current() && old.Suite == v.suite {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		secret, err := ring.unwrap(&old)
		if err != nil {
			return err
		}
		next, err := ring.wrap(old.Client, secret, v.suite, v.draw)
		if err != nil {
			return err
		}
		batch = append(batch, next)
		if len(batch) < rotateBatch {
			return nil
		}
		return step()
	})
	if err == nil {
		err = step()
	}
	if err != nil {
		return total, fmt.Errorf("rotate after %d keys: %w", total, err)
	}
	return total, nil
}

// putRewrapped stores a batch. A client whose key was destroyed since the walk
// read it stays destroyed, and the others of the batch go one by one.
func (v *Vault) putRewrapped(batch []WrappedKey) (int, error) {
	err := v.store.Put(batch)
	if !errors.Is(err, ErrDestroyed) {
		if err != nil {
			return 0, err
		}
		return len(batch), nil
	}
	wrapped := 0
	for i := range batch {
		err := v.store.Put(batch[i : i+1])
		if errors.Is(err, ErrDestroyed) {
			continue
		}
		if err != nil {
			return wrapped, err
		}
		wrapped++
	}
	return wrapped, nil
}

// Uses counts the live data keys that a master key version wraps.
func (v *Vault) Uses(version uint32) (int, error) {
	count := 0
	err := v.store.Each(func(w WrappedKey) error {
		if w.Master == version {
			count++
		}
		return nil
	})
	return count, err
}

// Retire removes a master key from the key file and from this vault. Whatever
// copies of keys it wrapped survive on worn flash, in snapshots or in backups are
// unreadable from then on, which completes every erasure made under it, provided
// that copies of the key file lose the line too. It returns ErrInUse while live
// keys need it, for the current version, and ErrMaster for a version that is not there.
func (v *Vault) Retire(keyFile string, version uint32) error {
	v.enrol.Lock()
	defer v.enrol.Unlock()
	uses, err := v.Uses(version)
	if err != nil {
		return fmt.Errorf("retire master key %d: %w", version, err)
	}
	if uses > 0 || version == v.ring.Load().Current() {
		return fmt.Errorf("retire master key %d, which wraps %d keys: %w", version, uses, ErrInUse)
	}
	ring, err := LoadKeyFile(keyFile)
	if err != nil {
		return fmt.Errorf("retire master key %d: %w", version, err)
	}
	if !slices.Contains(ring.Versions(), version) {
		return fmt.Errorf("retire master key %d: %w", version, ErrMaster)
	}
	if version == ring.Current() {
		return fmt.Errorf("retire master key %d, the newest in the file: %w", version, ErrInUse)
	}
	if err := replaceKeyFile(keyFile, ring.without(version)); err != nil {
		return err
	}
	v.ring.Store(v.ring.Load().without(version))
	return nil
}
