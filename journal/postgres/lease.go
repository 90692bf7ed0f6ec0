package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"sancun/journal"
)

// Limits of a lease. Short, and a busy database makes the holder lose it; long, and
// nobody answers for so long after the holder's death.
const (
	LeaseMin     = 200 * time.Millisecond
	LeaseMax     = time.Minute
	LeaseDefault = 2 * time.Second
)

// renewals is how often a lease is renewed in its length, so that one renewal may be
// lost and another late.
const renewals = 4

// ErrLeaseLost says that this process may not serve any more: another one has taken
// over, or may have, because the database could not be reached for as long as the
// lease lasts.
var ErrLeaseLost = errors.New("the lease is lost, another node may serve now")

// Lease says which of the processes on one journal serves. It decides who tries to
// write and for how long he may answer from memory; that nobody else writes is the
// fence's affair, which taking a lease raises in the same transaction. A holder that
// is paused for longer than the lease finds itself fenced when it goes on.
//
// Time is that of the database's server; a holder counts from before he asked, so he
// stops no later than the server lets another in, as long as both clocks run at the
// same speed.
type Lease struct {
	engine *Engine
	holder string
	length time.Duration
	now    func() time.Time

	link  *link // owned by the goroutine that calls the methods
	epoch uint32
	until time.Time // by now; guarded by engine.mu
}

// Lease prepares a lease of the journal for a holder, whose name no other process
// has at the same time. now is a clock that no time setting moves; nil is time.Now.
func (e *Engine) Lease(holder string, length time.Duration, now func() time.Time) (*Lease, error) {
	if length < LeaseMin || length > LeaseMax || holder == "" {
		return nil, fmt.Errorf("journal: lease of %v for %q: want a name, and %v to %v", length, holder, LeaseMin, LeaseMax)
	}
	if now == nil {
		now = time.Now
	}
	return &Lease{engine: e, holder: holder, length: length, now: now}, nil
}

// Acquire takes the lease and begins a new epoch, above every one before. It returns
// journal.ErrLocked while another holds it. A holder that asks again, also after a
// restart, gets it at once, under another epoch. After an error of the connection it
// is safe to ask again.
func (l *Lease) Acquire(ctx context.Context) (epoch uint32, err error) {
	before := l.now()
	err = l.with(ctx, func(conn *link) error {
		var holder string
		var left float64
		err := conn.conn.QueryRow(ctx, `SELECT holder, extract(epoch FROM until - clock_timestamp())::float8 FROM sancun_lease WHERE cell = $1`,
			int64(l.engine.options.Cell)).Scan(&holder, &left)
		if err == nil && left > 0 && holder != l.holder {
			return l.locked(holder, left)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
		if err == nil {
			err = l.engine.options.Promise.verify(ctx, conn) // the fence must last
		}
		if err != nil {
			return err
		}
		conn.warned = false
		before = l.now()
		err = pgx.BeginFunc(ctx, conn.conn, func(tx pgx.Tx) (err error) {
			epoch, err = l.takeOver(ctx, tx)
			return err
		})
		if err == nil && conn.warned {
			err = errWarned
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	l.epoch = epoch
	l.hold(before)
	return epoch, nil
}

func (l *Lease) locked(holder string, left float64) error {
	return &journal.Error{Op: "take the lease", Err: fmt.Errorf("%w: %s has the lease for another %.1f s", journal.ErrLocked, holder, left)}
}

// takeOver raises the fence and writes the lease under the lock of the cell's row,
// which every append takes.
func (l *Lease) takeOver(ctx context.Context, tx pgx.Tx) (uint32, error) {
	cell := int64(l.engine.options.Cell)
	var fence, last int64
	if err := tx.QueryRow(ctx, `SELECT fence FROM sancun_journal WHERE cell = $1 FOR UPDATE`, cell).Scan(&fence); err != nil {
		return 0, err
	}
	var holder string
	var left float64
	err := tx.QueryRow(ctx, `SELECT epoch, holder, extract(epoch FROM until - clock_timestamp())::float8 FROM sancun_lease WHERE cell = $1 FOR UPDATE`, cell).
		Scan(&last, &holder, &left)
	if err == nil && left > 0 && holder != l.holder {
		return 0, l.locked(holder, left) // somebody was quicker
	}
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	var header []byte
	err = tx.QueryRow(ctx, `SELECT substring(block for 136) FROM sancun_block WHERE cell = $1 ORDER BY height DESC LIMIT 1`, cell).Scan(&header)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, err
	}
	if len(header) == journal.HeaderBytes {
		last = max(last, int64(binary.LittleEndian.Uint32(header[12:])))
	}
	epoch := max(fence, last) + 1
	if epoch > maxEpoch {
		return 0, fmt.Errorf("%w: there is no epoch after %d", errFinal, last)
	}
	if _, err := tx.Exec(ctx, `UPDATE sancun_journal SET fence = $2 WHERE cell = $1`, cell, epoch); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO sancun_lease (cell, epoch, holder, until) VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 microsecond')
		ON CONFLICT (cell) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder, until = excluded.until`,
		cell, epoch, l.holder, l.length.Microseconds())
	return uint32(epoch), err
}

// hold notes that the lease lasts from a moment on.
func (l *Lease) hold(from time.Time) {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	l.until = from.Add(l.length)
}

// Valid returns nil while the lease certainly lasts, and ErrLeaseLost from then on
// for good: who was too late must open the journal again.
func (l *Lease) Valid() error {
	l.engine.mu.Lock()
	defer l.engine.mu.Unlock()
	if l.until.IsZero() || !l.now().Before(l.until) {
		l.until = time.Time{}
		return ErrLeaseLost
	}
	return nil
}

// Keep renews the lease until ctx ends, which is no error, or it is lost: then it
// returns ErrLeaseLost.
func (l *Lease) Keep(ctx context.Context) error {
	for l.engine.options.Pause(ctx, l.length/renewals) == nil {
		if err := l.Valid(); err != nil {
			return err
		}
		within, done := context.WithTimeout(ctx, l.length)
		err := l.renew(within)
		done()
		if errors.Is(err, ErrLeaseLost) {
			return err
		}
		// Any other error may pass: Valid says when it was too long.
	}
	return nil
}

func (l *Lease) renew(ctx context.Context) error {
	before := l.now()
	return l.with(ctx, func(conn *link) error {
		tag, err := conn.conn.Exec(ctx, `UPDATE sancun_lease SET until = clock_timestamp() + $4 * interval '1 microsecond' WHERE cell = $1 AND epoch = $2 AND holder = $3`,
			int64(l.engine.options.Cell), int64(l.epoch), l.holder, l.length.Microseconds())
		if err != nil {
			return err
		}
		if tag.RowsAffected() != 1 {
			return fmt.Errorf("%w: it is not ours under epoch %d", ErrLeaseLost, l.epoch)
		}
		if err := l.Valid(); err != nil {
			return err
		}
		l.hold(before)
		return nil
	})
}

// Release gives the lease back, so that another need not wait for its end. Keep must
// have returned.
func (l *Lease) Release(ctx context.Context) error {
	defer l.drop()
	if l.Valid() != nil {
		return nil
	}
	return l.with(ctx, func(conn *link) error {
		_, err := conn.conn.Exec(ctx, `UPDATE sancun_lease SET until = clock_timestamp() WHERE cell = $1 AND epoch = $2 AND holder = $3`,
			int64(l.engine.options.Cell), int64(l.epoch), l.holder)
		return err
	})
}

// with runs something on a connection of the lease's own: renewals do not wait for
// a long append.
func (l *Lease) with(ctx context.Context, do func(*link) error) error {
	if l.link != nil && l.link.conn.IsClosed() {
		l.drop()
	}
	if l.link == nil {
		conn, err := dial(ctx, l.engine.config)
		if err != nil {
			return fault("reach the lease", hintReach, err)
		}
		l.link = conn
	}
	return do(l.link)
}

// Close ends the lease's connection without giving it back, as a death would.
func (l *Lease) Close() { l.drop() }

func (l *Lease) drop() {
	if l.link != nil {
		l.link.close()
		l.link = nil
	}
}
