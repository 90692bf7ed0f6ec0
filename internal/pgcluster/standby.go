package pgcluster

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// promoteWithin bounds a promotion.
const promoteWithin = 30 * time.Second

// Standby makes and starts a standby that follows c by streaming replication. It
// is known to c by its Name. More settings are its own.
func (c *Cluster) Standby(more map[string]string) (*Cluster, error) {
	s, err := prepare()
	if err != nil {
		return nil, err
	}
	if err := s.run("pg_basebackup", "--pgdata="+s.data(), "--dbname="+c.conninfo(s.name), "--checkpoint=fast", "--wal-method=stream",
		"--write-recovery-conf", "--no-sync"); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	if err := s.Configure(more); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, s.Remove())
	}
	return s, nil
}

// conninfo is how a standby of a name reaches c.
func (c *Cluster) conninfo(name string) string {
	return fmt.Sprintf("host=%s port=%s user=%s application_name=%s", c.dir, port, superuser, name)
}

// Follow makes a standby follow another primary, as after a promotion.
func (c *Cluster) Follow(primary *Cluster) error {
	if err := c.Configure(map[string]string{"primary_conninfo": "'" + primary.conninfo(c.name) + "'"}); err != nil {
		return err
	}
	return c.Reload()
}

// Promote makes a standby a primary and waits until it takes writes.
func (c *Cluster) Promote() error {
	return c.run("pg_ctl", "promote", "--pgdata="+c.data(), "--wait", "--timeout="+strconv.Itoa(int(promoteWithin/time.Second)))
}
