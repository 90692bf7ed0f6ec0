package disk

import (
	"errors"
	"fmt"

	"sancun/journal"
)

// Import fills a new journal with blocks that another place vouches for, such as a
// backup. It is made durable as a whole by Finish, not block by block: after a
// crash before that the directory is to be removed and filled again.
type Import struct{ engine *Engine }

// OpenImport begins an import into a directory that holds no journal yet. The error
// is journal.ErrHeight when it does.
func OpenImport(o Options) (*Import, error) {
	e, _, err := Open(o)
	if err != nil {
		return nil, err
	}
	if e.head.Height != 0 {
		return nil, errors.Join(fmt.Errorf("%w: %s holds a journal of %d blocks already", journal.ErrHeight, o.Dir, e.head.Height), e.Close())
	}
	return &Import{engine: e}, nil
}

// Append adds the next block; it must follow the one before.
func (i *Import) Append(b *journal.Block) error { return i.engine.copyIn(b) }

// Finish makes everything durable, refuses every epoch below the fence from now on,
// and closes the journal.
func (i *Import) Finish(fence uint32) (err error) {
	if i.engine.active != nil {
		err = i.engine.active.file.Sync()
	}
	if err == nil && fence > 0 {
		err = i.engine.Fence(fence)
	}
	return errors.Join(err, i.engine.Close())
}

// Abandon closes what will not be finished.
func (i *Import) Abandon() error { return i.engine.Close() }
