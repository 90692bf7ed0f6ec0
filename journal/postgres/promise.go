package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Promise is what has happened to a block when Append returns.
type Promise uint8

// The promises, each with what the one before promises.
const (
	// OnServer: the block is synced to the disk of the server.
	OnServer Promise = 1
	// OnStandby: and to the disk of the synchronous standbys that the server's
	// synchronous_standby_names asks for. Without one, Append waits.
	OnStandby Promise = 2
	// Applied: and can be read there.
	Applied Promise = 3
)

// String is the name by which a configuration knows the promise.
func (p Promise) String() string {
	switch p {
	case OnServer:
		return "server"
	case OnStandby:
		return "standby"
	case Applied:
		return "applied"
	}
	return fmt.Sprintf("promise %d", uint8(p))
}

// ParsePromise reads what String writes.
func ParsePromise(name string) (Promise, error) {
	for p := OnServer; p <= Applied; p++ {
		if p.String() == name {
			return p, nil
		}
	}
	return 0, fmt.Errorf("%q is no promise; write server, standby or applied", name)
}

// ErrPromise says that the server's settings would lose what was acknowledged.
var ErrPromise = errors.New("PostgreSQL does not keep what the journal promises")

// commits are the settings of synchronous_commit that keep the promise.
func (p Promise) commits() []string {
	switch p {
	case OnServer: // every setting but off waits for the server's own disk
		return []string{"local", "remote_write", "on", "remote_apply"}
	case OnStandby:
		return []string{"on", "remote_apply"}
	default:
		return []string{"remote_apply"}
	}
}

// needsStandby tells whether the promise is empty without a synchronous standby.
func (p Promise) needsStandby() bool { return p != OnServer }

// condition is true in a statement that runs while the promise is kept. Settings
// can be changed under a running server, so looking once is not enough.
func (p Promise) condition() string {
	text := `current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'
		AND current_setting('synchronous_commit') IN ('` + strings.Join(p.commits(), "', '") + `')`
	if p.needsStandby() {
		text += ` AND current_setting('synchronous_standby_names') <> ''`
	}
	return text
}

// verify says which setting breaks the promise. The error is ErrPromise.
func (p Promise) verify(ctx context.Context, l *link) error {
	var version int
	var fsync, pages, commit, standbys, zero string
	err := l.conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('full_page_writes'),
		current_setting('synchronous_commit'), current_setting('synchronous_standby_names'), coalesce(current_setting('zero_damaged_pages', true), 'off')`).
		Scan(&version, &fsync, &pages, &commit, &standbys, &zero)
	if err != nil {
		return err
	}
	broken := func(what, instead string) error { return fmt.Errorf("%w: %s; %s", ErrPromise, what, instead) }
	switch {
	case version < versionLeast:
		return broken(fmt.Sprintf("its version is %d", version), fmt.Sprintf("use %d or newer", versionLeast/10_000))
	case fsync != "on":
		return broken("fsync is "+fsync, "set fsync = on in postgresql.conf and reload")
	case pages != "on":
		return broken("full_page_writes is "+pages, "set full_page_writes = on in postgresql.conf and reload")
	case zero != "off":
		return broken("zero_damaged_pages is "+zero, "set it off: damage must be seen")
	case p.needsStandby() && standbys == "":
		return broken("synchronous_standby_names is empty", fmt.Sprintf("name the standbys, or promise %v", OnServer))
	}
	for _, good := range p.commits() {
		if commit == good {
			return nil
		}
	}
	return broken("synchronous_commit is "+commit,
		fmt.Sprintf("set it to %s for this role: ALTER ROLE … SET synchronous_commit", strings.Join(p.commits(), " or ")))
}
