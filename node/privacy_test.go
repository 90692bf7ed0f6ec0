package node

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// nothingPersonal looks for the clients' data in the log and in all that the centre
// keeps, but for its files for banks, which must know whose money it is.
func (w *town) nothingPersonal(log *written) {
	w.t.Helper()
	look := func(where string, text []byte) {
		for i := range townPeople {
			p := w.person(i)
			for what, secret := range map[string]string{"name": p.Name, "document": p.Number, "card": p.Card, "mobile": p.Mobile, "address": p.Address, "e-mail": p.Email} {
				if bytes.Contains(text, []byte(secret)) {
					w.t.Errorf("%s holds the %s of a client in clear", where, what)
				}
			}
		}
	}
	looked := 0
	fine(w.t, filepath.WalkDir(w.config.Centre.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(name, filepath.Join(w.config.Centre.Dir, "files")) {
			return err
		}
		text, err := os.ReadFile(name)
		look(name, text)
		looked += len(text)
		return err
	}))
	look("the log", log.text.Bytes())
	if looked == 0 || log.text.Len() == 0 {
		w.t.Errorf("%d bytes kept and %d bytes of log are too few to prove anything", looked, log.text.Len())
	}
}
