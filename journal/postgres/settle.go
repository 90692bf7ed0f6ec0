package postgres

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"sancun/journal"
)

// maxEpoch takes the pen whatever the fence.
const maxEpoch = math.MaxUint32

// view is the journal as seen under the lock of the cell's row. Nothing that this
// engine sent before can change it any more.
type view struct {
	fence  uint32
	height uint64       // of the last block, 0 without any
	last   journal.Hash // of that block
	at     journal.Hash // of the block at the height that was asked about; zero when there is none
}

// intent is something to be made true.
type intent struct {
	epoch  uint32                                                // by a writer of this epoch
	height uint64                                                // about this height, or none
	decide func(view) (done bool, err error)                     // whether it is true already, or why it must not become so
	act    func(ctx context.Context, on execer, pen int64) error // makes it true; nil when looking is all
}

// errFinal marks what trying again cannot change.
var errFinal = errors.New("trying again changes nothing")

// settle makes an intent true, or finds out that it is or must not be. It does so in
// one transaction that takes the pen, looks, acts and commits, on a new connection
// if need be, and begins again for as long as the engine's patience lasts. The error
// is a refusal when it is known that nothing was written; with any other, nothing is
// known. cause is why it is called, or nil. The caller holds write.
//
// Looking and acting under one lock is what makes this safe to repeat: whatever an
// earlier attempt left under way holds the lock or comes too late for its pen.
func (e *Engine) settle(i intent, cause error) error {
	ctx, done := context.WithTimeout(e.alive, e.options.Patience)
	defer done()
	for {
		err := e.attempt(ctx, i)
		switch {
		case err == nil || refused(err) || errors.Is(err, errFinal):
			return err
		case full(err):
			// The attempt was undone with its pen, so what came before it may still take
			// effect: this is no refusal.
			cause = fmt.Errorf("there was no room: %s", err.Error())
		case ctx.Err() == nil || cause == nil:
			cause = err
		}
		e.drop()
		if e.options.Pause(ctx, seekPause) != nil {
			return cause
		}
	}
}

// attempt tries once, and returns nil only when the intent is true as promised.
func (e *Engine) attempt(ctx context.Context, i intent) error {
	l := e.link
	if l != nil && l.conn.IsClosed() {
		e.drop()
		l = nil
	}
	var err error
	if l == nil {
		l, err = e.connect(ctx)
	} else {
		err = e.options.Promise.verify(ctx, l)
	}
	if err != nil {
		return err
	}
	l.warned = false
	tx, err := l.conn.Begin(ctx)
	if err != nil {
		return err
	}
	pen, err := e.underLock(ctx, tx, i)
	if err != nil {
		return errors.Join(err, tx.Rollback(ctx))
	}
	// The commit waits as an append does. What was seen was written to the server's log
	// before it, so it is then as safe as this.
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if l.warned {
		return errWarned
	}
	e.pen = pen
	return nil
}

// underLock takes the pen, unless the fence stands above the epoch, looks and acts.
func (e *Engine) underLock(ctx context.Context, tx pgx.Tx, i intent) (pen int64, err error) {
	var fence, format, last int64
	err = tx.QueryRow(ctx, `UPDATE sancun_journal SET pen = pen + CASE WHEN fence <= $2 THEN 1 ELSE 0 END WHERE cell = $1 RETURNING pen, fence, format`,
		int64(e.options.Cell), int64(i.epoch)).Scan(&pen, &fence, &format)
	if err != nil {
		return 0, err
	}
	if format != 1 {
		return 0, fmt.Errorf("%w: the tables have format %d, this program knows 1", errFinal, format)
	}
	var hash, at []byte
	err = tx.QueryRow(ctx, `SELECT coalesce(b.height, 0), b.hash, (SELECT hash FROM sancun_block WHERE cell = $1 AND height = $2)
		FROM (SELECT) one LEFT JOIN (SELECT height, hash FROM sancun_block WHERE cell = $1 ORDER BY height DESC LIMIT 1) b ON true`,
		int64(e.options.Cell), int64(i.height)).Scan(&last, &hash, &at)
	if err != nil {
		return 0, err
	}
	v := view{fence: uint32(fence), height: uint64(last)}
	copy(v.last[:], hash)
	copy(v.at[:], at)
	e.see(v)
	done, err := i.decide(v)
	if err != nil || done || i.act == nil {
		return pen, err
	}
	return pen, i.act(ctx, tx, pen)
}
