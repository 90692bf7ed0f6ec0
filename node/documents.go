package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/paper"
	"sancun/settle"
	"sancun/statement"
)

// documents gives a day end what its statements and reports need. Without a font
// there are no PDFs, and the log says what to install: an evening does not wait for
// a package. Without query tables there are no statements.
func (n *Node) documents(in *settle.Inputs, o *settle.Options) error {
	fonts, err := paper.LoadFonts(n.config.Documents.Fonts)
	if errors.Is(err, paper.ErrNoFont) {
		n.log.Warn("the day's reports are written without PDFs", slog.Any("error", err))
		err = nil
	}
	o.Fonts = fonts
	if n.Books != nil {
		in.Statements = tableStatements{n}
	}
	return err
}

// tableStatements makes the clients' statements from the query tables.
type tableStatements struct{ n *Node }

const (
	// tablesWithin is how long a day end waits for the query tables to reach its
	// closing: they are a second behind, or being filled again from block 1.
	tablesWithin = 15 * time.Minute
	tablesLook   = 50 * time.Millisecond
)

// Archive makes the statements of all clients.
func (s tableStatements) Archive(ctx context.Context, date uint32, height uint64) (name string, content []byte, statements uint64, err error) {
	if err := s.reach(ctx, height); err != nil {
		return "", nil, 0, err
	}
	years, err := calendar.China()
	if err != nil {
		return "", nil, 0, err
	}
	return statement.NewMaker(s.n.Books, market.Builtin(years)).Archive(ctx, date, height)
}

// reach waits until the query tables have a block.
func (s tableStatements) reach(ctx context.Context, height uint64) error {
	ctx, cancel := context.WithTimeout(ctx, tablesWithin)
	defer cancel()
	for {
		reached, err := s.n.Books.Reached(ctx)
		if err == nil && reached.Height >= height {
			return nil
		}
		if err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the query tables are at block %d and the closing is block %d; when they have it, run the step again: %w", reached.Height, height, ctx.Err())
		case <-time.After(tablesLook):
		}
	}
}
