package node

import (
	"bytes"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sancun/custody"
	"sancun/record"
)

// written is a log kept in memory.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (w *written) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

// A card's password goes from the door to the bank, which compares it, and lies
// nowhere: not in the journal, the snapshots, the books, the vault, the files or the
// log, whether it was right, wrong, or could not be sealed.
func TestCardPasswordGoesToTheBankAlone(t *testing.T) {
	const wrong, unsealable = "808913572468", "planted-no-digits"
	log := &written{}
	w := newTown(t, slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	await(t, w.n, "the bank signs in", func(m *custody.Machine) bool {
		b, _ := m.BankBy(1)
		return b.SignedIn == 20230825
	})
	ended := func(path, password string, more map[string]any) string {
		t.Helper()
		body := map[string]any{"fund": townFund, "amount": 5_000, "card_password": password}
		for key, value := range more {
			body[key] = value
		}
		ref := w.want(201, "make", "POST", path, body)["ref"]
		one := w.until("the transfer ends", fmt.Sprintf("/v1/transfers/%.0f", ref), func(b map[string]any) bool { return b["state"] != "sent" })
		return fmt.Sprint(one["state"], " ", one["bank_error"])
	}
	if got := ended("/v1/deposits", townPIN, nil); got != "done <nil>" {
		t.Errorf("the right password: %s", got)
	}
	if got := ended("/v1/deposits", wrong, nil); got[:7] != "refused" {
		t.Errorf("a wrong password: %s", got)
	}
	if got := ended("/v1/deposits", unsealable, nil); got != "refused 60003" {
		t.Errorf("one that the format cannot hold: %s", got)
	}
	w.want(200, "make", "POST", fmt.Sprintf("/v1/clients/%d/passwords", townClient), map[string]any{"which": "fund", "new": "Cash-Cow-57"})
	for _, err := w.n.Books.PasswordHash(w.ctx, townClient, record.PasswordFund); err != nil; _, err = w.n.Books.PasswordHash(w.ctx, townClient, record.PasswordFund) {
		fine(t, pause(w.ctx, tellBeat)) // the books follow the journal
	}
	if got := ended("/v1/withdrawals", townPIN, map[string]any{"fund_password": "Cash-Cow-57"}); got != "done <nil>" {
		t.Errorf("a withdrawal with the card's password: %s", got)
	}
	w.close(false)
	plants := []string{townPIN, wrong, unsealable}
	look := func(where string, text []byte) {
		for _, plant := range plants {
			if bytes.Contains(text, []byte(plant)) {
				t.Errorf("%s holds the password %s", where, plant)
			}
		}
	}
	files := 0
	fine(t, filepath.WalkDir(w.config.Centre.Dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(name)
		look(name, text)
		return err
	}))
	look("the log", log.text.Bytes())
	if files < 4 || log.text.Len() == 0 {
		t.Errorf("%d files and %d bytes of log are too few to prove anything", files, log.text.Len())
	}
}
