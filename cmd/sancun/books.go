package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"

	"sancun/books"
	"sancun/node"
)

type booksCmd struct {
	Dir  string `arg:"" help:"Folder of a centre that is not running: it holds journal/."`
	Out  string `short:"o" required:"" help:"The file of tables; what it holds is replaced." type:"path"`
	Cell uint32 `default:"1" help:"Number of the cell the journal belongs to."`
}

// Run fills the query tables again from the first block.
func (c *booksCmd) Run() (err error) {
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	head, err := store.Head()
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions64(int64(head.Height), progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription("filling the query tables"), progressbar.OptionClearOnFinish())
	err = books.Rebuild(books.FillerOptions{Path: c.Out, Cell: c.Cell}, store.Read, func(height uint64) { _ = bar.Set64(int64(height)) })
	_ = bar.Finish()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("%s holds the journal up to block %d\n", c.Out, head.Height)
	return err
}
