package vault

import (
	"fmt"
	"path"
)

// Image gives the content of every file of the store, for a backup: wrapped keys
// and tombstones, each slot whole. It holds writers up for one file at a time. The
// content is valid during the call. What it gives opens nothing without the master
// key, and must not outlive the keys that are destroyed later (docs/formats/vault.md).
func (s *FileStore) Image(visit func(name string, content []byte) error) error {
	numbers, err := s.files()
	if err != nil {
		return fmt.Errorf("copy the key store: %w", err)
	}
	slots := make([]byte, fileBytes)
	for _, number := range numbers {
		if err := s.readFile(number, slots); err != nil {
			return fmt.Errorf("copy the key store: %w", err)
		}
		if err := visit(path.Base(s.fileName(number*clientsPerFile)), slots); err != nil {
			return err
		}
	}
	return nil
}
