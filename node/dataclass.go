package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// The classes of data, each with its own way to the other centre (rows B53, B57 to
// B60): the journal itself is the first.
var dataMethods = map[string]string{
	"core":      "logical: blocks of the journal, proved and applied",
	"database":  "physical: PostgreSQL's own streaming replication",
	"files":     "files: by content, within the same point of consistency",
	"recompute": "none: recomputed in each centre from what it has, with a full comparison from time to time",
}

// builtinData are the classes of the program's own data.
var builtinData = []DataConfig{
	{Name: "journal", Class: "core", From: "2020-08-24", Approved: []string{"built in"}},
	{Name: "files", Class: "files", From: "2020-08-24", Approved: []string{"built in"}},
	{Name: "keys of personal data", Class: "files", From: "2020-08-24", Approved: []string{"built in"}},
	{Name: "query tables", Class: "recompute", From: "2020-08-24", Approved: []string{"built in"}},
}

// DataState is one class of data and how far the other centre is with it.
type DataState struct {
	Name     string    `json:"name"`
	Class    string    `json:"class"`
	Method   string    `json:"method"`
	From     string    `json:"from"`
	Approved []string  `json:"approved"`
	Watched  bool      `json:"watched"` // by the program itself
	At       time.Time `json:"at"`
	LagMS    int64     `json:"lag_ms"`
	Bytes    int64     `json:"bytes"` // behind, as far as the server tells
	MaxMS    int64     `json:"max_ms,omitempty"`
	Standbys int       `json:"standbys"` // that stream, of a primary
	Late     bool      `json:"late"`     // beyond its limit, or not looked at
	Failure  string    `json:"failure,omitempty"`
}

// dataWatch looks at the databases that are registered with an address.
type dataWatch struct {
	all []DataConfig
	now func() time.Time

	mu     sync.Mutex
	states []DataState
}

const (
	// dataBeat is how often a server is asked, dataWithin how long it may take.
	dataBeat   = 10 * time.Second
	dataWithin = 5 * time.Second
)

func newDataWatch(own []DataConfig, now func() time.Time) *dataWatch {
	w := &dataWatch{all: append(append([]DataConfig{}, builtinData...), own...), now: now}
	for i := range w.all {
		w.states = append(w.states, stateOfData(&w.all[i]))
	}
	return w
}

func stateOfData(c *DataConfig) DataState {
	return DataState{
		Name: c.Name, Class: c.Class, Method: dataMethods[c.Class], From: c.From, Approved: c.Approved, Watched: c.DSN != "", MaxMS: time.Duration(c.LagMax).Milliseconds(),
	}
}

// Data are the classes of data with what is known of each.
func (n *Node) Data() []DataState {
	if n.data == nil {
		return nil
	}
	n.data.mu.Lock()
	defer n.data.mu.Unlock()
	return append([]DataState(nil), n.data.states...)
}

// run looks again and again.
func (w *dataWatch) run(ctx context.Context) error {
	for {
		for i := range w.all {
			if w.all[i].DSN == "" {
				continue
			}
			s := w.look(ctx, &w.all[i])
			if ctx.Err() != nil {
				return nil
			}
			w.mu.Lock()
			w.states[i] = s
			w.mu.Unlock()
		}
		if pause(ctx, dataBeat) != nil {
			return nil
		}
	}
}

// look asks one server how far behind replication is.
func (w *dataWatch) look(ctx context.Context, c *DataConfig) DataState {
	s := stateOfData(c)
	s.At = w.now()
	within, done := context.WithTimeout(ctx, dataWithin)
	defer done()
	err := func() (err error) {
		dsn, err := c.DSN.Resolve()
		if err != nil {
			return err
		}
		conn, err := pgx.Connect(within, dsn.Plain())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, conn.Close(within)) }()
		return askLag(within, conn, &s)
	}()
	s.Failure = errText(err)
	s.Late = err != nil || s.MaxMS > 0 && s.LagMS > s.MaxMS || c.LagMax > 0 && s.Standbys == 0
	return s
}

// The questions to a standby, and to a primary about the furthest of its standbys. A
// standby that has replayed all it received, and receives, is not behind, however
// long ago the last transaction was.
const (
	lagOfStandby = `SELECT CASE WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn()
	AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN 0
	ELSE coalesce((extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint, 0) END,
	coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::bigint, 0),
	(SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming')`
	lagOfPrimary = `SELECT coalesce(max(extract(epoch FROM replay_lag) * 1000)::bigint, 0),
	coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint, 0), count(*)
	FROM pg_stat_replication WHERE state = 'streaming'`
)

func askLag(ctx context.Context, conn *pgx.Conn, s *DataState) error {
	var standby bool
	if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
		return fmt.Errorf("ask the server of %s: %w", s.Name, err)
	}
	question := lagOfPrimary
	if standby {
		question = lagOfStandby
	}
	if err := conn.QueryRow(ctx, question).Scan(&s.LagMS, &s.Bytes, &s.Standbys); err != nil {
		return fmt.Errorf("ask the server of %s for its lag: %w", s.Name, err)
	}
	return nil
}
