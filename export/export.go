// Package export writes the general ledger of a journal for other people's
// programs: as a plain-text accounting journal that hledger reads, or as comma-
// separated values. One transaction is one record of the journal, so that an
// auditor can walk from an entry back to the block that holds it.
//
// It reads blocks one by one and keeps only the names of accounts, so a journal
// of any length can be exported. It must never write personal data, of which
// blocks have none in clear, and never compute anything but names: the sums are
// the reader's.
package export

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"sancun/journal"
	"sancun/record"
)

// ErrFormat reports a format that this package does not write.
var ErrFormat = errors.New("no such format")

// Source hands out the blocks of a journal in order; journal.Engine has it.
type Source interface {
	Read(from uint64, fn func(*journal.Block) error) error
}

// Options say what to write.
type Options struct {
	Format string // Hledger or CSV
	// Totals writes one account for all clients of a bank, and one for all their
	// units of a security, instead of one for each fund account.
	Totals bool
	// Progress, if set, is called with the height of every 1,024th block.
	Progress func(height uint64)
}

// The formats.
const (
	Hledger = "hledger"
	CSV     = "csv"
)

// Counts is what was written.
type Counts struct {
	Blocks       uint64
	Transactions uint64 // records with postings
	Postings     uint64 // each debits one account and credits another
}

// posting is one movement with everything that is said of it.
type posting struct {
	reason string
	debit  uint32
	credit uint32
	amount int64
}

// transaction is a record with postings.
type transaction struct {
	date   uint32 // business date, or the block's own before the first business day
	time   int64  // unix nanoseconds
	height uint64
	record int // in the block, from 0
	view   *record.View
	name   string // of the command
	posts  []posting
}

// form is a format: what to write before everything and for each transaction.
type form interface {
	begin() error
	write(t *transaction) error
}

// Write reads a source from its first block and writes its general ledger. Errors
// are the source's and the writer's, ErrFormat, and record.ErrMalformed for a
// record that is none.
func Write(w io.Writer, source Source, o Options) (Counts, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	e := exporter{names: newNames(o.Totals), options: o}
	switch o.Format {
	case Hledger:
		e.form = newPlain(out, e.names)
	case CSV:
		e.form = newTable(out, e.names)
	default:
		return e.counts, fmt.Errorf("format %q, there are %s and %s: %w", o.Format, Hledger, CSV, ErrFormat)
	}
	if err := e.form.begin(); err != nil {
		return e.counts, err
	}
	if err := source.Read(1, e.block); err != nil {
		return e.counts, err
	}
	return e.counts, out.Flush()
}

// exporter walks the blocks.
type exporter struct {
	names   *names
	form    form
	options Options
	counts  Counts
	posts   []posting
}

func (e *exporter) block(b *journal.Block) error {
	e.counts.Blocks++
	if e.options.Progress != nil && b.Height%1024 == 0 {
		e.options.Progress(b.Height)
	}
	for i, raw := range b.Records() {
		v, err := record.Parse(raw)
		if err == nil {
			err = e.record(b, i, &v)
		}
		if err != nil {
			return fmt.Errorf("block %d record %d: %w", b.Height, i, err)
		}
	}
	return nil
}

func (e *exporter) record(b *journal.Block, i int, v *record.View) error {
	e.posts = e.posts[:0]
	if err := e.names.command(v); err != nil {
		return err
	}
	err := v.EachEffect(func(effect record.Effect) error {
		switch effect.Kind {
		case record.EffectOpen:
			return e.names.open(effect.Row, effect.Key)
		case record.EffectPut:
			e.names.put(effect.Code, effect.Row, effect.Bytes)
		case record.EffectPost:
			if !e.names.known(effect.Debit) || !e.names.known(effect.Credit) {
				return fmt.Errorf("posting between accounts %d and %d, of which one was never opened: %w", effect.Credit, effect.Debit, record.ErrMalformed)
			}
			e.posts = append(e.posts, posting{reasonName(effect.Code), effect.Debit, effect.Credit, effect.Amount})
		case record.EffectShift, record.EffectClear: // holds and rows of the day are no postings
		}
		return nil
	})
	if err != nil || len(e.posts) == 0 {
		return err
	}
	e.counts.Transactions++
	e.counts.Postings += uint64(len(e.posts))
	return e.form.write(&transaction{
		date: e.names.dateOf(b.Time), time: b.Time, height: b.Height, record: i,
		view: v, name: commandName(v.Kind), posts: e.posts,
	})
}
