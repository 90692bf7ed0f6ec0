package main

import (
	"context"
	"errors"
	"fmt"

	"sancun/books"
)

type booksCmd struct {
	Dir  string `arg:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL, which may be in use: a URL, file:/path or env:NAME."`
	Out  string `short:"o" required:"" help:"The file of tables; what it holds is replaced." type:"path"`
	Cell uint32 `default:"1" help:"Number of the cell the journal belongs to."`
}

// Run fills the query tables again from the first block.
func (c *booksCmd) Run() error {
	if err := fillTables(c.Dir, c.Out, c.Cell); err != nil {
		return err
	}
	tables, err := books.Open(c.Out)
	if err != nil {
		return err
	}
	reached, err := tables.Reached(context.Background())
	if err = errors.Join(err, tables.Close()); err != nil {
		return err
	}
	_, err = fmt.Printf("%s holds the journal up to block %d\n", c.Out, reached.Height)
	return err
}
