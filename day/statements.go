package day

import (
	"context"
	"errors"
	"fmt"

	"sancun/books"
	"sancun/calendar"
	"sancun/journal"
	"sancun/market"
	"sancun/paper"
	"sancun/statement"
)

// statements fills the query tables of the centre when the day end asks for the
// clients' statements, and makes them from there. While the market is open nobody
// enquires, so the tables wait till then.
type statements struct{ p *player }

// tablesPath is where `sancun statement` and `sancun serve` look for them.
func (p *player) tablesPath() string { return p.config.Dir + "/centre/books.db" }

// Archive makes the statements of all clients.
func (s statements) Archive(ctx context.Context, date uint32, height uint64) (name string, content []byte, listed uint64, err error) {
	if err := s.p.fillTables(ctx); err != nil {
		return "", nil, 0, err
	}
	tables, err := books.Open(s.p.tablesPath())
	if err != nil {
		return "", nil, 0, err
	}
	defer func() { err = errors.Join(err, tables.Close()) }()
	years, err := calendar.China()
	if err != nil {
		return "", nil, 0, err
	}
	return statement.NewMaker(tables, market.Builtin(years)).Archive(ctx, date, height)
}

// fillTables brings the query tables to the head of the journal.
func (p *player) fillTables(ctx context.Context) (err error) {
	f, err := books.OpenFiller(books.FillerOptions{Path: p.tablesPath()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	from := f.Position().Height + 1
	head, _ := p.core.Head()
	err = p.core.Blocks(from, func(b *journal.Block) error {
		p.config.Progress(float64(b.Height)/float64(head.Height), "filling the query tables")
		return errors.Join(f.Add(b), ctx.Err())
	})
	if err != nil {
		return fmt.Errorf("fill the query tables: %w", err)
	}
	return nil
}

// fonts are those of the reports as PDF, nil where none is installed: a day is
// played without them too, and its report says so.
func (p *player) fonts() (*paper.Fonts, error) {
	f, err := paper.LoadFonts("")
	if errors.Is(err, paper.ErrNoFont) {
		return nil, nil
	}
	return f, err
}
