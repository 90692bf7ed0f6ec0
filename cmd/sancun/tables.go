package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"sancun/books"
	"sancun/node"
)

// openTables opens query tables for reading: a file or a database of them, or those
// of a centre's folder. Where a folder has none, or has some that are behind its
// journal, they are filled from the journal elsewhere, and closing removes them again.
func openTables(ctx context.Context, from string, cell uint32) (b *books.Books, closing func() error, err error) {
	place, database, err := node.AddressOf(from)
	if err != nil {
		return nil, nil, err
	}
	if database {
		b, err = books.Open(place)
		return b, func() error { return b.Close() }, err
	}
	info, err := os.Stat(from)
	if err != nil {
		return nil, nil, fmt.Errorf("give a centre's folder, a file of query tables or the address of a database: %w", err)
	}
	path := from
	if info.IsDir() {
		if path = filepath.Join(from, "books.db"); !current(ctx, path, from, cell) {
			return temporaryTables(from, cell)
		}
	}
	b, err = books.Open(path)
	return b, func() error { return b.Close() }, err
}

// current says whether there are tables that have all of a folder's journal.
func current(ctx context.Context, path, dir string, cell uint32) bool {
	b, err := books.Open(path)
	if err != nil {
		return false
	}
	defer b.Close()
	reached, err := b.Reached(ctx)
	if err != nil {
		return false
	}
	store, err := node.OpenJournal(dir, cell)
	if err != nil {
		return false // the filling will say why
	}
	defer store.Close()
	head, err := store.Head()
	return err == nil && head.Height == reached.Height
}

func temporaryTables(from string, cell uint32) (b *books.Books, closing func() error, err error) {
	dir, err := os.MkdirTemp("", "sancun-tables-")
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, "books.db")
	if err = fillTables(from, path, cell); err == nil {
		b, err = books.Open(path)
	}
	if err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(dir))
	}
	return b, func() error { return errors.Join(b.Close(), os.RemoveAll(dir)) }, nil
}

// fillTables fills query tables from a folder's journal, showing how far it is.
func fillTables(dir, path string, cell uint32) (err error) {
	store, err := node.OpenJournal(dir, cell)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	head, err := store.Head()
	if err != nil {
		return err
	}
	bar := progress(head.Height, "filling the query tables", true)
	err = books.Rebuild(books.FillerOptions{Path: path, Cell: cell}, store.Read, func(height uint64) { _ = bar.Set64(int64(height)) })
	_ = bar.Finish()
	return err
}
