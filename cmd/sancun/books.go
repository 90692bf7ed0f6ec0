package main

import (
	"context"
	"errors"
	"fmt"

	"sancun/books"
	"sancun/node"
)

type booksCmd struct {
	Dir  string `arg:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL, which may be in use: a URL, file:/path or env:NAME."`
	Out  string `short:"o" required:"" help:"The file of tables, or the address of a PostgreSQL database: a URL, file:/path or env:NAME. The tables there are replaced."`
	Cell uint32 `default:"1" help:"Number of the cell the journal belongs to."`
}

// Run fills the query tables again from the first block.
func (c *booksCmd) Run() error {
	place, database, err := node.AddressOf(c.Out)
	if err != nil {
		return err
	}
	name := c.Out
	if !database {
		place = c.Out
	} else {
		name = "the database" // its address may hold a password
	}
	if err := fillTables(c.Dir, place, c.Cell); err != nil {
		return err
	}
	tables, err := books.Open(place)
	if err != nil {
		return err
	}
	reached, err := tables.Reached(context.Background())
	if err = errors.Join(err, tables.Close()); err != nil {
		return err
	}
	_, err = fmt.Printf("%s holds the journal up to block %d\n", name, reached.Height)
	return err
}
