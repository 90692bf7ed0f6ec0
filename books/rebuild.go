package books

import (
	"errors"
	"fmt"

	"sancun/journal"
)

// Read gives every durable block from a height on, as journal.Engine does.
type Read func(from uint64, fn func(*journal.Block) error) error

// Rebuild removes the tables and fills them again from block 1. Nobody may have
// them open. Progress, if given, is told of each height. After an error the
// tables are as far as they came, and a Filler goes on from there.
func Rebuild(o FillerOptions, read Read, progress func(height uint64)) error {
	if err := Remove(o.Path); err != nil {
		return err
	}
	f, err := OpenFiller(o)
	if err != nil {
		return err
	}
	err = read(1, func(b *journal.Block) error {
		if err := f.Add(b); err != nil {
			return err
		}
		if progress != nil {
			progress(b.Height)
		}
		return nil
	})
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("fill the books again: %w", err)
	}
	return nil
}
