package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"sancun/internal/durable"
)

// finish opens the intent file, finishes the intent it holds and clears it
// durably.
func (s *FileStore) finish() error {
	name := path.Join(s.dir, intentName)
	f, err := s.fsys.Open(name, durable.ReadWrite)
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = s.fsys.Open(name, durable.Create); err == nil {
			err = s.fsys.SyncDir(s.dir)
		}
	}
	s.intent = f
	if err != nil {
		return err
	}
	size, err := f.Size()
	if err != nil {
		return err
	}
	if size > intentBytesMax {
		return fmt.Errorf("%s has %d bytes, at most %d: %w", name, size, intentBytesMax, ErrCorrupt)
	}
	content := make([]byte, size)
	if n, err := f.ReadAt(content, 0); n < len(content) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	batch, err := decodeIntent(content)
	if err != nil {
		return err
	}
	if err := s.place(batch); err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, size), 0); err != nil {
		return err
	}
	return f.Sync()
}

// checkPut refuses a batch that would break V3. The batch is sorted; the caller
// holds the lock.
func (s *FileStore) checkPut(batch []placed) error {
	if s.stopped != nil {
		return s.refusal()
	}
	return s.eachFile(batch, func(part []placed) error {
		f, err := s.fsys.Open(s.fileName(part[0].client), durable.ReadOnly)
		if errors.Is(err, fs.ErrNotExist) {
			return checkDistinct(part)
		}
		if err != nil {
			return err
		}
		for i := range part {
			old, err := s.readSlot(f, part[i].client)
			if err == nil {
				err = checkReplace(&part[i], &old)
			}
			if err != nil && !errors.Is(err, ErrNoKey) {
				return errors.Join(err, f.Close())
			}
		}
		return errors.Join(checkDistinct(part), f.Close())
	})
}

// checkReplace lets a live key be replaced only by another wrapping of itself.
func checkReplace(next *placed, old *WrappedKey) error {
	w, err := decodeSlot(next.client, next.slot[:])
	if err == nil && w.KeyID != old.KeyID {
		err = fmt.Errorf("client %d: %w", next.client, ErrOtherKey)
	}
	return err
}

func checkDistinct(part []placed) error {
	for i := 1; i < len(part); i++ {
		if part[i].client == part[i-1].client {
			return fmt.Errorf("client %d stands twice in one batch: %w", part[i].client, ErrOtherKey)
		}
	}
	return nil
}

// write carries a sorted batch through intent and place. The caller holds the lock.
func (s *FileStore) write(batch []placed) error {
	if s.stopped != nil {
		return s.refusal()
	}
	if err := s.writeThrough(batch); err != nil {
		s.stopped = err
		return fmt.Errorf("write keys: %w", s.refusal())
	}
	return nil
}

func (s *FileStore) writeThrough(batch []placed) error {
	content := encodeIntent(batch)
	if _, err := s.intent.WriteAt(content, 0); err != nil {
		return fmt.Errorf("write intent: %w", err)
	}
	if err := s.intent.Sync(); err != nil {
		return fmt.Errorf("sync intent: %w", err)
	}
	// From here on the batch will be there, after a crash as well.
	if err := s.place(batch); err != nil {
		return err
	}
	if _, err := s.intent.WriteAt(make([]byte, len(content)), 0); err != nil {
		return fmt.Errorf("clear intent: %w", err)
	}
	return nil
}

// place writes a sorted batch into its slots and syncs every file it touches.
func (s *FileStore) place(batch []placed) error {
	return s.eachFile(batch, func(part []placed) error {
		f, err := s.slotFile(part[0].client)
		if err != nil {
			return err
		}
		if err := writeRuns(f, part); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := f.Sync(); err != nil {
			return errors.Join(err, f.Close())
		}
		return f.Close()
	})
}

// writeRuns writes neighbouring slots in one call.
func writeRuns(f durable.File, part []placed) error {
	var run []byte
	for i := range part {
		run = append(run, part[i].slot[:]...)
		if i+1 < len(part) && part[i+1].client == part[i].client+1 {
			continue
		}
		start := slotOffset(part[i].client) + slotBytes - int64(len(run))
		if _, err := f.WriteAt(run, start); err != nil {
			return err
		}
		run = run[:0]
	}
	return nil
}

// slotFile opens the file of a client and makes it when missing. A file that a
// crash left short is brought to its length.
func (s *FileStore) slotFile(client uint64) (durable.File, error) {
	name := s.fileName(client)
	f, err := s.fsys.Open(name, durable.ReadWrite)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = s.fsys.Open(name, durable.Create)
		if err == nil {
			err = s.fsys.SyncDir(s.dir)
		}
	}
	if err != nil {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
		return nil, err
	}
	size, err := f.Size()
	if err == nil && size < fileBytes {
		err = f.Allocate(fileBytes)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// eachFile cuts a sorted batch into the parts of each file.
func (s *FileStore) eachFile(batch []placed, do func(part []placed) error) error {
	for len(batch) > 0 {
		n := 1
		for n < len(batch) && batch[n].client/clientsPerFile == batch[0].client/clientsPerFile {
			n++
		}
		if err := do(batch[:n]); err != nil {
			return err
		}
		batch = batch[n:]
	}
	return nil
}
