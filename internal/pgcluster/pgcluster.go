// Package pgcluster makes, starts, kills and promotes private PostgreSQL
// clusters for tests. Each lives in a temporary folder of its own, listens on a
// Unix socket in it and on nothing else, and ends with the process that made it.
//
// It drives the server programs of Debian's package postgresql directly, because
// the wrappers know of clusters in /etc, and of those a test must touch none.
// initdb refuses to run as root, so root runs everything as the user postgres or
// nobody, to whom the folder then belongs.
//
// The package must never be imported by anything that serves: a real cluster is
// run by people and their tools (docs/operating.md).
package pgcluster

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// superuser is the role that initdb makes.
	superuser = "sancun"
	// port names the socket; nothing listens on the network.
	port = "5432"
	// startWithin bounds the start of a server: recovery after a kill reads at most
	// the few megabytes that a test has written.
	startWithin = 60 * time.Second
	// stopWithin bounds a fast shutdown, which waits for a last checkpoint.
	stopWithin = 60 * time.Second
	// folderPrefix begins the names of the clusters' folders.
	folderPrefix = "sancun-pg-"
	// leftoverAge is how old a folder without a server is when it is swept away.
	leftoverAge = time.Hour
	// look is the pause between two looks at what another process has done.
	look = 3 * time.Millisecond
)

// ErrMissing says that PostgreSQL's server programs are not installed.
var ErrMissing = errors.New("PostgreSQL's server programs are not installed; run scripts/install.sh test")

// Cluster is one server with its data.
type Cluster struct {
	dir    string // holds data/, the socket and log
	bin    string
	name   string // application_name as a standby
	owner  *syscall.Credential
	server *exec.Cmd
	ended  chan struct{} // closed when the server has ended
}

// settings make a small server that is as durable as a real one: everything that
// bears on durability stays at its default. Waiting before a checkpoint, autovacuum
// and large buffers only make a short test longer.
var settings = map[string]string{
	"listen_addresses":            "''",
	"max_connections":             "60",
	"shared_buffers":              "16MB",
	"max_wal_size":                "256MB",
	"min_wal_size":                "8MB",
	"wal_keep_size":               "64MB",
	"autovacuum":                  "off",
	"wal_receiver_timeout":        "5s",
	"wal_retrieve_retry_interval": "50ms",
	"log_min_messages":            "warning",
	"lc_messages":                 "C",
	"max_parallel_workers":        "0",
	"jit":                         "off",
}

// Start makes a new cluster and starts it. More settings, such as
// synchronous_standby_names, may be given as they stand in postgresql.conf. The
// caller ends it with Remove. It returns ErrMissing without PostgreSQL.
func Start(more map[string]string) (*Cluster, error) {
	sweep()
	c, err := prepare()
	if err != nil {
		return nil, err
	}
	if err := c.initialise(more); err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	if err := c.Start(); err != nil {
		return nil, errors.Join(err, c.Remove())
	}
	return c, nil
}

func (c *Cluster) initialise(more map[string]string) error {
	if err := c.run("initdb", "--pgdata="+c.data(), "--username="+superuser, "--auth=trust", "--no-sync", "--no-locale",
		"--encoding=UTF8", "--wal-segsize=1", "--data-checksums", "--no-instructions"); err != nil {
		return err
	}
	return c.Configure(more)
}

// Configure adds settings to postgresql.conf. A running server learns of them by
// Reload, some only by a restart.
func (c *Cluster) Configure(more map[string]string) error {
	all := maps.Clone(settings)
	all["unix_socket_directories"] = "'" + c.dir + "'"
	maps.Copy(all, more)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = %s\n", key, all[key])
	}
	// The last line of a key counts, so appending replaces.
	f, err := os.OpenFile(filepath.Join(c.data(), "postgresql.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text.String())
	return errors.Join(err, f.Close())
}

// Reload makes the server read its settings again.
func (c *Cluster) Reload() error { return c.server.Process.Signal(syscall.SIGHUP) }

// Remove ends the server at once and deletes everything.
func (c *Cluster) Remove() error {
	err := c.Kill()
	return errors.Join(err, os.RemoveAll(c.dir))
}

// sweep removes what tests that were killed have left: folders older than an hour
// without a server.
func sweep() {
	left, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < leftoverAge {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
		pid, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(string(text), "\n", 2)[0]))
		if err == nil && pid > 0 && syscall.Kill(pid, 0) == nil {
			continue
		}
		_ = os.RemoveAll(dir) // somebody else's stays
	}
}

// prepare finds the programs and makes a folder.
func prepare() (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	owner, err := credential()
	if err != nil {
		return nil, err
	}
	// Not below a test's own folder: the path of a socket has at most 107 bytes.
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, bin: bin, owner: owner, name: filepath.Base(dir)}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return c, nil
}

// programs finds the folder of the newest server installed.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		return "", err
	}
	best, version := "", -1.0
	for _, name := range found {
		dir := filepath.Dir(name)
		if v, err := strconv.ParseFloat(filepath.Base(filepath.Dir(dir)), 64); err == nil && v > version {
			best, version = dir, v
		}
	}
	if best != "" {
		return best, nil
	}
	if name, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(name), nil
	}
	return "", ErrMissing
}

// credential is whom the server runs as: nobody else unless we are root.
func credential() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid), NoSetGroups: false}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody")
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// Socket is the path of the server's socket, for a proxy in front of it.
func (c *Cluster) Socket() string { return filepath.Join(c.dir, ".s.PGSQL."+port) }

// Name is the name under which a standby made of this cluster's folder is known to
// its primary (synchronous_standby_names).
func (c *Cluster) Name() string { return c.name }

// DSN is the address of a database of this cluster, as a URL.
func (c *Cluster) DSN(database string) string { return DSN(database, c) }

// DSN is the address of a database on whichever of these clusters takes writes.
func DSN(database string, clusters ...*Cluster) string {
	var hosts, ports []string
	for _, c := range clusters {
		hosts, ports = append(hosts, c.dir), append(ports, port)
	}
	q := url.Values{"host": {strings.Join(hosts, ",")}, "port": {strings.Join(ports, ",")}, "user": {superuser}}
	return "postgres:///" + database + "?" + q.Encode()
}
