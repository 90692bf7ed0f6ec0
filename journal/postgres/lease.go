package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
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
// over, or the database could not be reached for so long that nobody waits any more.
var ErrLeaseLost = errors.New("the lease is lost, this node may not serve any more")

// Lease says which of the processes on one journal serves. It decides who tries to
// write and for how long he may answer from memory; that nobody else writes is the
// fence's affair, which taking a lease raises in the same transaction. A holder that
// is paused for longer than the lease finds itself fenced when it goes on.
//
// A lease that has run out is not lost yet. When the database itself was away, nobody
// else could take it: a renewal that finds the row untouched proves that, and the
// holder goes on with what he has in memory.
//
// Time is that of the database's server; a holder counts from before he asked, so he
// stops no later than the server lets another in, as long as both clocks run at the
// same speed.
type Lease struct {
	engine *Engine
	holder string
	length time.Duration
	now    func() time.Time

	link  *link // owned by the goroutine that calls the methods, but for Hold and Holds
	epoch uint32

	mu    sync.Mutex
	until time.Time     // by now; guarded by mu
	lost  error         // for good; guarded by mu
	news  chan struct{} // closed and replaced when one of them changes; guarded by mu
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
	return &Lease{engine: e, holder: holder, length: length, now: now, lost: ErrLeaseLost, news: make(chan struct{})}, nil
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
	l.note(before.Add(l.length), nil)
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

// note keeps until when the lease lasts, or why it is lost.
func (l *Lease) note(until time.Time, lost error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, l.lost = until, lost
	close(l.news)
	l.news = make(chan struct{})
}

// Holds tells whether the lease certainly lasts at this moment.
func (l *Lease) Holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost == nil && l.now().Before(l.until)
}

// Hold returns nil at a moment at which the lease certainly lasts, and waits for a
// renewal if need be. It returns ErrLeaseLost when it is lost, or the context's
// error.
func (l *Lease) Hold(ctx context.Context) error {
	for {
		l.mu.Lock()
		lost, lasts, news := l.lost, l.now().Before(l.until), l.news
		l.mu.Unlock()
		if lost != nil || lasts {
			return lost
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-news:
		}
	}
}

// Keep renews the lease until ctx ends, which is no error, or it is lost: then it
// returns ErrLeaseLost.
func (l *Lease) Keep(ctx context.Context) error {
	for l.engine.options.Pause(ctx, l.length/renewals) == nil {
		within, done := context.WithTimeout(ctx, l.length)
		err := l.renew(within)
		done()
		if err != nil && !errors.Is(err, ErrLeaseLost) && l.outlived() {
			err = fmt.Errorf("%w: the database could not be reached for %v: %w", ErrLeaseLost, l.engine.options.Patience, err)
		}
		if errors.Is(err, ErrLeaseLost) {
			l.note(time.Time{}, err)
			return err
		}
	}
	return nil
}

// outlived tells whether the lease has run out for longer than the patience.
func (l *Lease) outlived() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Sub(l.until) > l.engine.options.Patience
}

func (l *Lease) renew(ctx context.Context) error {
	before := l.now()
	return l.with(ctx, func(conn *link) error {
		conn.warned = false
		tag, err := conn.conn.Exec(ctx, `UPDATE sancun_lease SET until = clock_timestamp() + $4 * interval '1 microsecond' WHERE cell = $1 AND epoch = $2 AND holder = $3`,
			int64(l.engine.options.Cell), int64(l.epoch), l.holder, l.length.Microseconds())
		switch {
		case err != nil:
			return err
		case conn.warned:
			return errWarned
		case tag.RowsAffected() != 1:
			return fmt.Errorf("%w: it is not ours under epoch %d", ErrLeaseLost, l.epoch)
		}
		l.note(before.Add(l.length), nil)
		return nil
	})
}

// Release gives the lease back, so that another need not wait for its end. Keep must
// have returned.
func (l *Lease) Release(ctx context.Context) error {
	defer l.drop()
	if !l.Holds() {
		return nil
	}
	l.note(time.Time{}, ErrLeaseLost)
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
