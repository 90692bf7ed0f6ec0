package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"sancun/journal"
)

// textFor is the statement that inserts a block. It locks the cell's row, so appends
// and fences come one after another whoever sends them, and one that waited sees the
// row as it is then. The block before is looked for as it was when the statement
// began, which can only miss it and so only refuse.
func textFor(p Promise) string {
	return `WITH cell AS (SELECT FROM sancun_journal WHERE cell = $1 AND pen = $2 AND fence <= $3 AND ` + p.condition() + ` FOR UPDATE)
		INSERT INTO sancun_block (cell, height, hash, block) SELECT $1, $4::bigint, $5::bytea, $6::bytea FROM cell
		WHERE $4::bigint = 1 OR EXISTS (SELECT FROM sancun_block b WHERE b.cell = $1 AND b.height = $4::bigint - 1 AND b.hash = $7)`
}

// Append inserts the block's row by one statement in a transaction of its own.
//
// The commit point is the server's answer that it is ready again, which it gives
// after the commit is as durable as promised. A crash or a lost connection before
// it leaves the row whole or absent, and settle finds out which.
func (e *Engine) Append(b *journal.Block) error {
	e.write.Lock()
	defer e.write.Unlock()
	if err := e.refuse(b); err != nil {
		return err
	}
	head := b.Position()
	e.buffer = b.AppendTo(e.buffer[:0])
	insert := func(ctx context.Context, on execer, pen int64) error {
		tag, err := on.Exec(ctx, e.append, int64(e.options.Cell), pen, int64(b.Epoch), int64(head.Height), head.Hash[:], e.buffer, b.Previous[:])
		if err == nil && tag.RowsAffected() != 1 {
			err = errRefused
		}
		return err
	}
	err := e.once(insert)
	if err != nil && !full(err) {
		err = e.settle(intent{epoch: b.Epoch, height: head.Height, decide: func(v view) (bool, error) { return e.appended(head, v) }, act: insert}, err)
	}
	if err := e.outcome(fmt.Sprintf("append block %d", head.Height), err); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.head = head
	return nil
}

// Fence raises the cell's fence under the lock that appends take.
func (e *Engine) Fence(epoch uint32) error {
	e.write.Lock()
	defer e.write.Unlock()
	fenced, err := e.Fenced()
	switch {
	case err != nil:
		return err
	case epoch < fenced:
		return lower(epoch, fenced)
	case epoch == fenced:
		return nil
	}
	err = e.settle(intent{epoch: epoch, decide: func(v view) (bool, error) {
		if v.fence > epoch {
			return false, lower(epoch, v.fence)
		}
		return v.fence == epoch, e.kept(v)
	}, act: func(ctx context.Context, on execer, _ int64) error {
		_, err := on.Exec(ctx, `UPDATE sancun_journal SET fence = $2 WHERE cell = $1`, int64(e.options.Cell), int64(epoch))
		return err
	}}, nil)
	if err := e.outcome(fmt.Sprintf("fence epoch %d", epoch), err); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fenced = epoch
	return nil
}

func lower(epoch, fenced uint32) error {
	return fmt.Errorf("%w: fence of epoch %d, it stands at %d", journal.ErrEpoch, epoch, fenced)
}

// refuse says why a block may not be written, as far as is known here. The caller
// holds write.
func (e *Engine) refuse(b *journal.Block) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return e.stop
	}
	if err := b.Validate(); err != nil {
		return err
	}
	if b.Epoch < e.fenced {
		return fmt.Errorf("%w: block of epoch %d, the fence stands at %d", journal.ErrEpoch, b.Epoch, e.fenced)
	}
	return b.Follows(e.head)
}

// execer is a connection or a transaction on it.
type execer interface {
	Exec(ctx context.Context, text string, args ...any) (pgconn.CommandTag, error)
}

// outcome hands on what is known, and poisons otherwise.
func (e *Engine) outcome(op string, err error) error {
	switch {
	case err == nil || refused(err):
		return err
	case full(err):
		return fault(op, "Free room for the database, then send the block again.", fmt.Errorf("%w: %w", journal.ErrFull, err))
	}
	return e.poison(op, err)
}

// errRefused says that a writing statement found a condition unmet: it wrote nothing.
var errRefused = errors.New("the statement's conditions do not hold")

// errWarned says that a commit came with a warning. The one that matters: the wait
// for the standby was cancelled, so the row is visible here and perhaps nowhere else.
var errWarned = errors.New("the server warned during the commit, so it may not be as durable as promised")

// errLost says that there is no connection.
var errLost = errors.New("the connection is lost")

// once runs the fast path: one statement under the pen that was taken. It returns nil
// only when the statement took effect as promised.
func (e *Engine) once(act func(context.Context, execer, int64) error) error {
	l := e.link
	if l == nil {
		return errLost
	}
	l.warned = false
	err := act(e.alive, l.conn, e.pen)
	if err == nil && l.warned {
		e.drop() // whatever it warned of, a new connection settles it
		err = errWarned
	}
	return err
}

// see keeps the fence that was seen.
func (e *Engine) see(v view) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fenced = max(e.fenced, v.fence)
}

// appended says whether the block that should be the head is there. The errors that
// promise that it never will be are refusals; any other poisons.
func (e *Engine) appended(head journal.Position, v view) (bool, error) {
	switch {
	case v.at == head.Hash:
		return true, nil
	case !v.at.IsZero():
		return false, fmt.Errorf("%w: height %d was written by another", journal.ErrHeight, head.Height)
	case v.fence > head.Epoch:
		return false, fmt.Errorf("%w: block of epoch %d, the fence stands at %d", journal.ErrEpoch, head.Epoch, v.fence)
	}
	return false, e.kept(v)
}

// kept checks that the server has what was acknowledged.
func (e *Engine) kept(v view) error {
	e.mu.Lock()
	head := e.head
	e.mu.Unlock()
	if v.height < head.Height {
		return &journal.Error{
			Op: "compare with PostgreSQL", Hint: "Do not serve from it. A standby was promoted that was behind: bring the old primary back, or take the blocks from the other centre.",
			Err: fmt.Errorf("%w: the server has heights up to %d, acknowledged are %d: %d blocks are gone", errFinal, v.height, head.Height, head.Height-v.height),
		}
	}
	if v.height == head.Height && v.last != head.Hash {
		return &journal.Error{
			Op: "compare with PostgreSQL", Hint: "Do not serve from it. It was written by somebody else while this process wrote elsewhere: compare both servers, and keep both.",
			Err: fmt.Errorf("%w: the server's block %d is %v, acknowledged is %v", errFinal, v.height, v.last, head.Hash),
		}
	}
	return nil
}

// refused tells whether an error promises that nothing was written.
func refused(err error) bool {
	return errors.Is(err, journal.ErrHeight) || errors.Is(err, journal.ErrEpoch) || errors.Is(err, journal.ErrChain)
}

// full tells whether the server had no room and says so before it wrote anything.
func full(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.SeverityUnlocalized == "ERROR" && answer.Code == "53100"
}
