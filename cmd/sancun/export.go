package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sancun/export"
	"sancun/node"
)

type exportCmd struct {
	Dir     string `arg:"" help:"Folder of a centre that is not running: it holds journal/. Or the address of a journal in PostgreSQL, which may be in use: a URL, file:/path or env:NAME."`
	Cell    uint32 `default:"1" help:"Number of the cell the journal belongs to."`
	Format  string `default:"hledger" enum:"hledger,csv" help:"hledger for a plain-text accounting journal, csv for a table of postings."`
	Clients string `default:"each" enum:"each,total" help:"each names every fund account; total writes one account for all clients of a bank."`
	Output  string `short:"o" help:"File to write, which must not exist; standard output when not given." type:"path"`
}

// Run writes the general ledger of a journal.
func (c *exportCmd) Run() error {
	store, err := node.OpenJournal(c.Dir, c.Cell)
	if err != nil {
		return err
	}
	defer store.Close()
	head, err := store.Head()
	if err != nil {
		return err
	}
	out, done := io.Writer(os.Stdout), func() error { return nil }
	if c.Output != "" {
		file, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write the general ledger: %w", err)
		}
		out, done = file, file.Close
	}
	bar := progress(head.Height, "exporting blocks", c.Output != "")
	counts, err := export.Write(out, store, export.Options{
		Format: c.Format, Totals: c.Clients == "total", Progress: func(height uint64) { _ = bar.Set64(int64(height)) },
	})
	_ = bar.Finish()
	if err = errors.Join(err, done()); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d blocks, %d transactions, %d postings\n", counts.Blocks, counts.Transactions, counts.Postings)
	return nil
}
