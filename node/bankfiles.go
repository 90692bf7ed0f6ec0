package node

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"sancun/gateway/bank"
	"sancun/internal/durable"
	wire "sancun/wire/bank"
)

// bankFiles is told of the files exchanged with one bank, and remembers of the
// last date how far the sending is. What came lies on disk and survives a restart.
type bankFiles struct {
	number uint16
	folder string
	news   *bell

	mu    sync.Mutex // guards what follows
	date  wire.Date
	taken map[string]bool // names the bank has taken
	ended bool            // the bank has confirmed the end of the batch
	fault error           // why the last batch was not taken
}

var _ bank.Files = (*bankFiles)(nil)

// Arrived is told of a complete file.
func (f *bankFiles) Arrived(BankFile) { f.news.ring() }

// Complete is told that a bank has sent all its files; files count one by one.
func (f *bankFiles) Complete(wire.Date, uint32) { f.news.ring() }

// Sent is told of a file or a batch that the bank has taken, or why not.
func (f *bankFiles) Sent(file BankFile, err error) {
	f.mu.Lock()
	f.of(file.Date)
	switch {
	case err != nil:
		f.fault = fmt.Errorf("file %q: %w", file.Name, err)
	case file.Name == "":
		f.ended = true
	default:
		f.taken[file.Name] = true
	}
	f.mu.Unlock()
	f.news.ring()
}

// of turns to another date. The caller holds mu.
func (f *bankFiles) of(date wire.Date) {
	if f.date != date || f.taken == nil {
		f.date, f.taken, f.ended, f.fault = date, map[string]bool{}, false, nil
	}
}

// begin forgets how the last batch of a date went.
func (f *bankFiles) begin(date wire.Date) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.of(date)
	f.ended, f.fault = false, nil
}

// sent tells which files of a date the bank has taken since the start, whether it
// confirmed the batch, and why it did not.
func (f *bankFiles) sent(date wire.Date) (names []string, ended bool, fault error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.date != date {
		return nil, false, nil
	}
	return slices.Sorted(maps.Keys(f.taken)), f.ended, f.fault
}

// arrived shows what the bank has sent for a date.
func (f *bankFiles) arrived(date uint32) fs.ReadDirFS {
	return bank.Arrived(durable.OS{}, f.folder, wire.Date(date))
}

// missing lists the files of some layouts that the bank has not sent for a date.
func (f *bankFiles) missing(date uint32, layouts []string) ([]string, error) {
	entries, err := f.arrived(date).ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("files of bank %d: %w", f.number, err)
	}
	var missing []string
	for _, l := range wire.FileLayouts() {
		name := l.FileName(wire.Date(date))
		if slices.Contains(layouts, l.Name) && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// errNotTaken reports files that a bank did not take.
var errNotTaken = errors.New("the bank did not take the files")

// send hands the files of a date to the bank's gateway: those in a folder of the
// day's own files.
func (n *Node) sendBankFiles(f *bankFiles, date uint32, names []string, read func(string) ([]byte, error)) error {
	prefix := fmt.Sprintf("bank-%d/", f.number)
	var out []BankOutFile
	for _, name := range names {
		if file, ok := strings.CutPrefix(name, prefix); ok {
			content, err := read(name)
			if err != nil {
				return err
			}
			out = append(out, BankOutFile{Name: file, Content: content})
		}
	}
	gateway := n.Bank(f.number)
	if gateway == nil {
		return fmt.Errorf("bank %d: %w", f.number, ErrNotWriting)
	}
	f.begin(wire.Date(date))
	if err := gateway.SendFiles(wire.Date(date), out...); err != nil {
		return fmt.Errorf("files to bank %d: %w", f.number, err)
	}
	return nil
}
