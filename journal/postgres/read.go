package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"sancun/journal"
)

// reads are the connections for reading, apart from the one that writes.
type reads struct {
	options Options
	pool    *pgxpool.Pool
}

// newReads prepares connections to any server of the address, which may be a standby
// that is behind, or to the one that takes writes.
func newReads(o Options, of *pgx.ConnConfig, writable bool) (*reads, error) {
	config, err := pgxpool.ParseConfig(o.DSN)
	if err != nil {
		return nil, fault("read the address", hintReach, errAddress)
	}
	config.ConnConfig = of.Copy()
	if writable && config.ConnConfig.ValidateConnect == nil {
		config.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	config.MaxConns, config.MinConns = readersMax, 0
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		return nil, fault("open", hintReach, err)
	}
	return &reads{options: o, pool: pool}, nil
}

func (r *reads) close() { r.pool.Close() }

// query reads up to some height, the block before the first one by its header alone:
// it says what the first one must follow.
const query = `SELECT height, hash, CASE WHEN height < $2 THEN substring(block for 136) ELSE block END
	FROM sancun_block WHERE cell = $1 AND height BETWEEN $2 - 1 AND $3 ORDER BY height`

// binaryRows are the formats of query's columns.
var binaryRows = pgx.QueryResultFormats{pgx.BinaryFormatCode, pgx.BinaryFormatCode, pgx.BinaryFormatCode}

// read gives the blocks from a height up to a known head to fn. When a connection is
// lost it goes on where it was, on another one, and the chain proves that it is the
// same journal.
func (r *reads) read(ctx context.Context, from uint64, head journal.Position, fn func(*journal.Block) error) error {
	return r.walk(ctx, &walk{before: journal.Position{Cell: r.options.Cell}, next: from, fn: fn}, head)
}

// walk reads from a walk's place up to a known head.
func (r *reads) walk(ctx context.Context, w *walk, head journal.Position) error {
	for w.next <= head.Height {
		err := r.retry(ctx, func(ctx context.Context) error { return r.stream(ctx, w, min(head.Height, w.next+readHeights-1)) })
		if w.stop != nil {
			return w.stop
		}
		if err != nil {
			return err
		}
	}
	if w.before.Hash != head.Hash {
		return r.corrupt(head.Height, fmt.Sprintf("the block has hash %v, it was appended as %v", w.before.Hash, head.Hash))
	}
	return nil
}

// retry does something that reads until it succeeds, fails for a reason that another
// connection would not mend, or the patience is at its end.
func (r *reads) retry(ctx context.Context, do func(context.Context) error) error {
	err := do(ctx)
	if err == nil {
		return nil
	}
	within, stop := context.WithTimeout(ctx, r.options.Patience)
	defer stop()
	for transient(err) && ctx.Err() == nil && r.options.Pause(within, seekPause) == nil {
		if err = do(ctx); err == nil {
			return nil
		}
	}
	return r.told(err)
}

// transient tells whether an error is of the connection or of a server that starts,
// stops or changes its role, and not of what was asked.
func transient(err error) bool {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return strings.HasPrefix(answer.Code, "57P") || strings.HasPrefix(answer.Code, "08") || answer.Code == "53300" || answer.Code == "40001"
	}
	var ours *journal.CorruptError
	return !errors.As(err, &ours) && !errors.Is(err, pgx.ErrNoRows) && !errors.Is(err, errOfReader)
}

// told turns an error of the library into one with advice. Damage that PostgreSQL
// found itself is damage.
func (r *reads) told(err error) error {
	var answer *pgconn.PgError
	switch {
	case err == nil || errors.Is(err, journal.ErrCorrupt):
		return err
	case errors.As(err, &answer) && (answer.Code == "XX001" || answer.Code == "XX002" || answer.Code == "XX000"):
		return r.corrupt(0, answer.Message)
	}
	return fault("read", hintReach, err)
}

func (r *reads) corrupt(height uint64, what string) error {
	return corrupt(r.options.Cell, height, what)
}

func corrupt(cell uint32, height uint64, what string) error {
	return &journal.CorruptError{
		Height: height, File: fmt.Sprintf("sancun_block of cell %d", cell), What: what,
		Hint: "Do not write to this database. Take the rows from a standby, the other centre or a backup, then run verify.",
	}
}

// errOfReader marks the end of a stream by its reader's own error, kept in walk.stop.
var errOfReader = errors.New("the reader has enough")

// walk is where a reader stands.
type walk struct {
	next   uint64
	before journal.Position // of height next-1, or of height 0 while that is not known
	fn     func(*journal.Block) error
	stop   error // fn's own
}

// stream gives the blocks from the walk's place to a height to its reader.
func (r *reads) stream(ctx context.Context, w *walk, to uint64) error {
	rows, err := r.pool.Query(ctx, query, binaryRows, int64(r.options.Cell), int64(w.next), int64(to))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		raw := rows.RawValues()
		if err := w.row(binary.BigEndian.Uint64(raw[0]), raw[1], raw[2]); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if w.next <= to {
		return corrupt(w.before.Cell, w.next, fmt.Sprintf("no block, the journal should go on to height %d", to))
	}
	return nil
}

// row takes the next row: the header before the first block, or a block.
func (w *walk) row(height uint64, hash, raw []byte) error {
	if height < w.next {
		return w.header(height, hash, raw)
	}
	if height != w.next {
		return corrupt(w.before.Cell, w.next, fmt.Sprintf("no block, the next one has height %d", height))
	}
	if w.before.Height+1 != w.next {
		return corrupt(w.before.Cell, w.next-1, "no block, one of the next height is there")
	}
	b, size, err := journal.Decode(raw)
	if err == nil && size != len(raw) {
		err = fmt.Errorf("%d bytes, of which the block has %d", len(raw), size)
	}
	if err == nil {
		err = b.Follows(w.before)
	}
	if err != nil {
		return corrupt(w.before.Cell, height, what(err))
	}
	at := b.Position()
	if string(hash) != string(at.Hash[:]) {
		return corrupt(w.before.Cell, height, fmt.Sprintf("the row says hash %x, the block has %v", hash, at.Hash))
	}
	if w.stop = w.fn(&b); w.stop != nil {
		return errOfReader
	}
	w.before, w.next = at, height+1
	return nil
}

// header takes the header of the block before the first. On a walk that goes on it
// must be the block that was last read.
func (w *walk) header(height uint64, hash, raw []byte) error {
	head, err := journal.DecodeHeader(raw)
	if err == nil && (head.Height != height || head.Cell != w.before.Cell) {
		err = fmt.Errorf("height %d of cell %d", head.Height, head.Cell)
	}
	if err != nil {
		return corrupt(w.before.Cell, height, what(err))
	}
	at := head.Position()
	if string(hash) != string(at.Hash[:]) {
		return corrupt(w.before.Cell, height, fmt.Sprintf("the row says hash %x, the header has %v", hash, at.Hash))
	}
	if w.before.Height == height && w.before.Hash != at.Hash {
		return corrupt(w.before.Cell, height, fmt.Sprintf("the block reads differently a second time: %v, then %v", w.before.Hash, at.Hash))
	}
	w.before = at
	return nil
}

// what is the bare damage of an error that Decode gave, so that the height is not
// said twice.
func what(err error) string {
	var c *journal.CorruptError
	if errors.As(err, &c) {
		return c.What
	}
	return err.Error()
}

// head is the last block there is, read completely.
func (r *reads) head(ctx context.Context) (journal.Position, error) {
	var height int64
	err := r.retry(ctx, func(ctx context.Context) error {
		return r.pool.QueryRow(ctx, `SELECT coalesce((SELECT height FROM sancun_block WHERE cell = $1 ORDER BY height DESC LIMIT 1), 0)`,
			int64(r.options.Cell)).Scan(&height)
	})
	if err != nil {
		return journal.Position{}, err
	}
	return r.last(ctx, uint64(height))
}

// last reads the block of a height and gives its position.
func (r *reads) last(ctx context.Context, height uint64) (journal.Position, error) {
	if height == 0 {
		return journal.Position{Cell: r.options.Cell}, nil
	}
	w := walk{before: journal.Position{Cell: r.options.Cell}, next: height, fn: func(b *journal.Block) error { return b.Check() }}
	err := r.retry(ctx, func(ctx context.Context) error { return r.stream(ctx, &w, height) })
	if w.stop != nil {
		err = corrupt(w.before.Cell, height, what(w.stop))
	}
	return w.before, err
}

// holds checks that a position is one of the journal that now ends at head.
func (r *reads) holds(ctx context.Context, at, head journal.Position) error {
	if at.Height == 0 || at == head {
		return nil
	}
	if at.Height > head.Height {
		return r.corrupt(at.Height, fmt.Sprintf("the block that was read there is gone, the journal ends at height %d", head.Height))
	}
	found, err := r.last(ctx, at.Height)
	if err == nil && found.Hash != at.Hash {
		err = r.corrupt(at.Height, fmt.Sprintf("the block has hash %v, it was read as %v", found.Hash, at.Hash))
	}
	return err
}
