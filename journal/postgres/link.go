package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// link is a connection for writing.
type link struct {
	conn   *pgx.Conn
	raw    net.Conn
	warned bool // the server gave a warning; reset before each statement that matters
}

// ErrUnreachable says that no server of the address can be used for what was asked:
// none answers, lets the role in, or takes writes.
var ErrUnreachable = errors.New("no PostgreSQL server of the address can be used")

// errNoDial is what a library gets that wants to send a cancel request.
var errNoDial = errors.New("a writing statement is never cancelled")

// fill checks the options, sets what is missing and reads the address.
func (o *Options) fill() (*pgx.ConnConfig, error) {
	if o.Promise == 0 {
		o.Promise = OnServer
	}
	if o.Patience == 0 {
		o.Patience = PatienceDefault
	}
	if o.Pause == nil {
		o.Pause = pause
	}
	if o.Promise > Applied || o.Patience < 0 || o.Patience > PatienceMax {
		return nil, fmt.Errorf("journal: %v and patience of %v: want at most %v", o.Promise, o.Patience, PatienceMax)
	}
	config, err := pgx.ParseConfig(o.DSN)
	if err != nil {
		// The library hides the password, but its text repeats the rest of the address.
		return nil, fault("read the address", "Write a URL such as postgres://role@host1,host2/database, with the password in a file named by PGPASSFILE.", errAddress)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	config.RuntimeParams["default_transaction_isolation"] = "read committed" // a lock that was waited for must show the row as it is now
	config.RuntimeParams["statement_timeout"] = "0"                          // a wait for the standby is no failure
	config.RuntimeParams["lock_timeout"] = "0"
	// A session that lost us must not keep the cell's row locked.
	config.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(idleMax)
	config.RuntimeParams["tcp_keepalives_idle"] = strconv.Itoa(int(keepAlive / time.Second))
	config.RuntimeParams["tcp_keepalives_interval"] = strconv.Itoa(int(keepAliveEvery / time.Second))
	config.RuntimeParams["tcp_keepalives_count"] = strconv.Itoa(keepAliveCount)
	config.RuntimeParams["tcp_user_timeout"] = milliseconds(keepAlive + keepAliveCount*keepAliveEvery)
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = fmt.Sprintf("sancun journal of cell %d", o.Cell)
	}
	return config, nil
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

var errAddress = errors.New("the address cannot be read")

// pause waits.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// connect makes the writing connection once and verifies what the server promises.
// Readers begin anew too: after a failover their connections may lead to the old
// primary, which learns of no block to come. The caller holds write.
func (e *Engine) connect(ctx context.Context) (*link, error) {
	l, err := dial(ctx, e.config)
	if err != nil {
		return nil, err
	}
	if err := e.options.Promise.verify(ctx, l); err != nil {
		l.close()
		return nil, err
	}
	e.reads.pool.Reset()
	e.mu.Lock()
	e.link = l
	stop := e.stop
	e.mu.Unlock()
	if stop != nil { // Close came while we dialled and did not see this link
		e.drop()
		return nil, stop
	}
	return l, nil
}

// drop forgets the writing connection. The caller holds write.
func (e *Engine) drop() {
	e.mu.Lock()
	l := e.link
	e.link = nil
	e.mu.Unlock()
	if l != nil {
		l.close()
	}
}

// dial connects to the host that takes writes.
func dial(ctx context.Context, of *pgx.ConnConfig) (*link, error) {
	config := of.Copy()
	l := &link{}
	var connected atomic.Bool
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAliveEvery, Count: keepAliveCount}}
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if connected.Load() {
			return nil, errNoDial
		}
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		l.raw = conn
		return conn, giveUp(conn)
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			l.warned = true
		}
	}
	if config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	conn, err := pgx.ConnectConfig(ctx, config)
	connected.Store(true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	l.conn = conn
	return l, nil
}

// cut breaks the connection under whoever waits on it.
func (l *link) cut() { _ = l.raw.Close() }

// close ends the connection and waits until the library has let go of it.
func (l *link) close() {
	if l.conn.IsClosed() {
		l.cut() // or the library would wait for the server to hang up
	} else {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		_ = l.conn.Close(ctx) // it has nothing to lose
		done()
		l.cut()
	}
	<-l.conn.PgConn().CleanupDone()
}
