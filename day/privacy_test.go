package day

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// nothingPersonal looks for the personal data of some clients in everything the
// centre has kept: journal and snapshots. The files for banks lie elsewhere; they
// name people because banks must know them.
func nothingPersonal(t *testing.T, c Config) {
	t.Helper()
	if err := c.fill(); err != nil {
		t.Fatal(err)
	}
	stocks, err := loadStocks(c)
	if err != nil {
		t.Fatal(err)
	}
	people := invent(c, stocks)
	looked := 0
	err = filepath.WalkDir(c.Dir+"/centre", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		looked += len(kept)
		for _, v := range people[:12] {
			for what, text := range map[string]string{
				"name": v.person.Name, "document": v.person.Number, "mobile": v.person.Mobile, "card": v.person.Card, "address": v.person.Address,
			} {
				if bytes.Contains(kept, []byte(text)) {
					t.Errorf("%s holds the %s of a client in clear", path, what)
				}
			}
		}
		return nil
	})
	if err != nil || looked == 0 {
		t.Fatalf("looked at %d bytes: %v", looked, err)
	}
}
