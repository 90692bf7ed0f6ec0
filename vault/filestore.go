package vault

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"sancun/internal/durable"
)

const (
	clientsPerFile = 4096
	fileBytes      = clientsPerFile * slotBytes
	fileSuffix     = ".keys"
	lockName       = "lock"
)

// FileStore keeps wrapped keys in a directory: one file of fixed slots per 4,096
// client numbers, overwritten in place. Client c has slot c mod 4096 of file c div
// 4096, so a store costs room for the range of its client numbers, not for their count.
//
// A write goes: the intent file with all new slots, sync; the slots in place,
// sync of each file (commit point: a caller is told after the last); zeros over
// the intent. A crash before the first sync leaves nothing, a crash later is
// finished at the next open. The zeros need no sync of their own: the next intent's
// sync carries them, and the intent of a Destroy holds no key. A failed write stops
// the store.
//
// Overwriting in place reaches the old bytes on a plain disk and a plain file
// system. It does not reach what a solid state disk moved for wear, nor copies of
// a copying file system, nor backups. Those stay until the master key that wrapped
// them is retired: see Vault.Rotate and Vault.Retire.
type FileStore struct {
	fsys durable.FS
	dir  string
	lock io.Closer

	mu      sync.RWMutex // guards the files and what follows
	intent  durable.File
	stopped error // the failed write after which nothing more is written
}

var _ KeyStore = (*FileStore)(nil)

// OpenFileStore opens or makes a key store and finishes what a crash interrupted.
// Only one process may have it open: another gets durable.ErrLocked.
func OpenFileStore(fsys durable.FS, dir string) (*FileStore, error) {
	if err := fsys.MakeDir(dir); err != nil {
		return nil, fmt.Errorf("open key store: %w", err)
	}
	lock, err := fsys.Lock(path.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("open key store: %w", err)
	}
	s := &FileStore{fsys: fsys, dir: dir, lock: lock}
	if err := s.finish(); err != nil {
		return nil, errors.Join(fmt.Errorf("open key store %s: %w", dir, err), s.Close())
	}
	return s, nil
}

// Close releases the directory. Everything is durable already.
func (s *FileStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = cmp.Or(s.stopped, fs.ErrClosed)
	var err error
	if s.intent != nil {
		err = s.intent.Close()
		s.intent = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// Put implements KeyStore.
func (s *FileStore) Put(keys []WrappedKey) error {
	if len(keys) > BatchMax {
		return fmt.Errorf("put %d keys, at most %d: %w", len(keys), BatchMax, ErrLimit)
	}
	if len(keys) == 0 {
		return nil
	}
	batch := make([]placed, len(keys))
	for i := range keys {
		batch[i] = placed{keys[i].Client, encodeLive(&keys[i])}
	}
	slices.SortFunc(batch, func(a, b placed) int { return cmp.Compare(a.client, b.client) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkPut(batch); err != nil {
		return fmt.Errorf("put keys: %w", err)
	}
	return s.write(batch)
}

// Fetch implements KeyStore.
func (s *FileStore) Fetch(client uint64) (WrappedKey, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.stopped != nil {
		return WrappedKey{}, s.refusal()
	}
	f, err := s.fsys.Open(s.fileName(client), durable.ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return WrappedKey{}, fmt.Errorf("client %d: %w", client, ErrNoKey)
	}
	if err != nil {
		return WrappedKey{}, fmt.Errorf("fetch key of client %d: %w", client, err)
	}
	w, err := s.readSlot(f, client)
	return w, errors.Join(err, f.Close())
}

// Destroy implements KeyStore. It does not read the slot first: a damaged key
// must be erasable too.
func (s *FileStore) Destroy(client uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write([]placed{{client, encodeTombstone(client)}})
}

// Each implements KeyStore. It reads a file at a time and holds no lock while it
// calls visit.
func (s *FileStore) Each(visit func(WrappedKey) error) error {
	numbers, err := s.files()
	if err != nil {
		return fmt.Errorf("walk key store: %w", err)
	}
	slots := make([]byte, fileBytes)
	for _, number := range numbers {
		if err := s.readFile(number, slots); err != nil {
			return fmt.Errorf("walk key store: %w", err)
		}
		for i := range uint64(clientsPerFile) {
			client := number*clientsPerFile + i
			w, err := decodeSlot(client, slots[i*slotBytes:(i+1)*slotBytes])
			if errors.Is(err, ErrNoKey) || errors.Is(err, ErrDestroyed) {
				continue
			}
			if err != nil {
				return s.damage(client, err)
			}
			if err := visit(w); err != nil {
				return err
			}
		}
	}
	return nil
}

// files lists the file numbers in rising order.
func (s *FileStore) files() ([]uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.stopped != nil {
		return nil, s.refusal()
	}
	names, err := s.fsys.List(s.dir)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, name := range names {
		stem, ok := strings.CutSuffix(name, fileSuffix)
		if !ok {
			continue
		}
		number, err := strconv.ParseUint(stem, 16, 52)
		if err != nil {
			return nil, fmt.Errorf("%s is not a key file's name: %w", name, ErrCorrupt)
		}
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers, nil
}

func (s *FileStore) readFile(number uint64, slots []byte) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.stopped != nil {
		return s.refusal()
	}
	name := s.fileName(number * clientsPerFile)
	f, err := s.fsys.Open(name, durable.ReadOnly)
	if err != nil {
		return err
	}
	if n, err := f.ReadAt(slots, 0); n < len(slots) {
		return errors.Join(fmt.Errorf("%s has %d bytes of %d: %w", name, n, len(slots), ErrCorrupt), ignoreEOF(err), f.Close())
	}
	return f.Close()
}

// readSlot reads one slot from an open file.
func (s *FileStore) readSlot(f durable.File, client uint64) (WrappedKey, error) {
	var slot [slotBytes]byte
	if n, err := f.ReadAt(slot[:], slotOffset(client)); n < slotBytes {
		return WrappedKey{}, s.damage(client, errors.Join(ErrCorrupt, ignoreEOF(err)))
	}
	w, err := decodeSlot(client, slot[:])
	switch {
	case err == nil:
		return w, nil
	case errors.Is(err, ErrNoKey), errors.Is(err, ErrDestroyed):
		return WrappedKey{}, fmt.Errorf("client %d: %w", client, err)
	default:
		return WrappedKey{}, s.damage(client, err)
	}
}

// damage says where a slot is broken.
func (s *FileStore) damage(client uint64, err error) error {
	return fmt.Errorf("slot of client %d at %s offset %d; bring the file back from the other centre: %w",
		client, s.fileName(client), slotOffset(client), err)
}

func (s *FileStore) refusal() error {
	return fmt.Errorf("%w: %w", ErrStopped, s.stopped)
}

func (s *FileStore) fileName(client uint64) string {
	return path.Join(s.dir, fmt.Sprintf("%013x%s", client/clientsPerFile, fileSuffix))
}

func slotOffset(client uint64) int64 { return int64(client%clientsPerFile) * slotBytes }

func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
