package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"sancun/books"
)

// booksPath is where the query tables lie.
func (n *Node) booksPath() string {
	if n.config.Books.Path != "" {
		return n.config.Books.Path
	}
	return filepath.Join(n.config.Centre.Dir, "books.db")
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
	if n.Books, err = books.Open(n.booksPath()); err != nil {
		return err
	}
	n.Owners.books = n.Books
	return nil
}

func (n *Node) openFiller() (*books.Filler, error) {
	return books.OpenFiller(books.FillerOptions{Path: n.booksPath(), Cell: n.config.Centre.Cell})
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
