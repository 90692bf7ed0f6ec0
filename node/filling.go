package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sancun/books"
)

// booksPlace is where the query tables lie: a path, or the address of a database.
func (n *Node) booksPlace() (string, error) {
	c := &n.config.Books
	if c.Engine == "postgres" {
		dsn, err := c.DSN.Resolve()
		if err != nil {
			return "", fmt.Errorf("address of the books: %w", err)
		}
		return dsn.Plain(), nil
	}
	if c.Path != "" {
		return c.Path, nil
	}
	return filepath.Join(n.config.Centre.Dir, "books.db"), nil
}

func (n *Node) openBooks() error {
	if !n.config.Books.Enabled {
		return nil
	}
	f, err := n.openFiller()
	if err != nil {
		return err
	}
	n.filler.Store(f)
	place, err := n.booksPlace()
	if err != nil {
		return err
	}
	if n.Books, err = books.Open(place); err != nil {
		return err
	}
	n.Owners.books = n.Books
	return nil
}

func (n *Node) openFiller() (*books.Filler, error) {
	place, err := n.booksPlace()
	if err != nil {
		return nil, err
	}
	return books.OpenFiller(books.FillerOptions{Path: place, Cell: n.config.Centre.Cell})
}

// fillBooks folds the journal into the query tables until ctx ends. What it was
// about when it failed cannot be trusted, so a failed one is opened again from
// what is committed.
func (n *Node) fillBooks(ctx context.Context) error {
	f := n.filler.Load()
	err := f.Run(ctx, n.Core.Follow)
	if err == nil || ctx.Err() != nil {
		return err
	}
	// Closing says again why it failed; that is known.
	_ = f.Close()
	fresh, failed := n.openFiller()
	if failed != nil {
		return errors.Join(err, fmt.Errorf("open the books again: %w", failed))
	}
	n.filler.Store(fresh)
	return err
}
