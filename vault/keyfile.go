package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sancun/internal/durable"
)

// CreateKeyFile makes a key file with the first master key and the index secret,
// readable by its owner alone and durable when it returns. It never replaces a
// file: the error then satisfies errors.Is with fs.ErrExist. Keep a copy of the
// file where neither the journal nor the key store is.
func CreateKeyFile(name string, random io.Reader) error {
	index, err := newSecretBytes(random)
	if err != nil {
		return err
	}
	first, err := newSecretBytes(random)
	if err != nil {
		return err
	}
	ring := &Keyring{index: veil(index)}
	if err := ring.add(1, first); err != nil {
		return err
	}
	fsys := durable.OS{}
	f, err := fsys.Open(name, durable.Create)
	if err != nil {
		return fmt.Errorf("create key file: %w", err)
	}
	if _, err := f.WriteAt(ring.text(), 0); err != nil {
		return errors.Join(fmt.Errorf("write key file: %w", err), f.Close())
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("write key file: %w", err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return fsys.SyncDir(filepath.Dir(name))
}

// LoadKeyFile reads a key file. It returns ErrKeyFile when the file is open to
// anybody but its owner: the remedy is chmod 600.
func LoadKeyFile(name string) (*Keyring, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("load key file %s: not a regular file: %w", name, ErrKeyFile)
	}
	if extra := info.Mode().Perm() &^ 0o600; extra != 0 {
		return nil, fmt.Errorf("load key file %s: mode %04o lets others in, chmod 600 it: %w", name, info.Mode().Perm(), ErrKeyFile)
	}
	text, err := durable.ReadFile(durable.OS{}, name, keyFileBytesMax)
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	ring, err := ParseKeyring(text)
	if err != nil {
		return nil, fmt.Errorf("load key file %s: %w", name, err)
	}
	return ring, nil
}

// AddMasterKey draws the next master key into the key file and gives its
// version. A vault opened with the file afterwards wraps new keys with it; Rotate
// brings the old ones over.
func AddMasterKey(name string, random io.Reader) (uint32, error) {
	ring, err := LoadKeyFile(name)
	if err != nil {
		return 0, err
	}
	secret, err := newSecretBytes(random)
	if err != nil {
		return 0, err
	}
	version := ring.Current() + 1
	if err := ring.add(version, secret); err != nil {
		return 0, err
	}
	if err := replaceKeyFile(name, ring); err != nil {
		return 0, err
	}
	return version, nil
}

// replaceKeyFile gives the key file new contents in one step and then writes
// zeros over the bytes of the old one, which no name reaches any more.
func replaceKeyFile(name string, ring *Keyring) error {
	fsys := durable.OS{}
	old, err := fsys.Open(name, durable.ReadWrite)
	if err != nil {
		return fmt.Errorf("replace key file: %w", err)
	}
	if err := durable.ReplaceFile(fsys, name, ring.text()); err != nil {
		return errors.Join(fmt.Errorf("replace key file: %w", err), old.Close())
	}
	size, err := old.Size()
	if err == nil {
		_, err = old.WriteAt(make([]byte, size), 0)
	}
	if err == nil {
		err = old.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("the key file is replaced, but its old bytes could not be overwritten: %w", err), old.Close())
	}
	return old.Close()
}
