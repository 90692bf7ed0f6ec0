package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sancun/internal/durable"
)

// paths knows by which access path each counterparty is reached now (row B184): of
// several endpoints with names the one that two people ordered last, and before any
// order the first that is this centre's own.
type paths struct {
	file string

	mu    sync.Mutex
	lines map[string]*pathLine
}

// pathLine is a counterparty with more than one way to it.
type pathLine struct {
	all   []PathConfig
	now   int
	conns map[*pathConn]bool // those open; closed when another path is taken
}

const (
	pathsName     = "paths"
	pathsBytesMax = 64 << 10
)

// bankLine is the name of a bank in orders for paths and in outlooks.
func bankLine(number uint16) string { return fmt.Sprintf("bank-%d", number) }

// openPaths reads which paths were ordered, and forgets those that are not in the
// configuration any more.
func openPaths(c *Config) (*paths, error) {
	p := &paths{file: filepath.ToSlash(filepath.Join(c.Centre.Dir, pathsName)), lines: map[string]*pathLine{}}
	add := func(name string, all []PathConfig) {
		if len(all) == 0 {
			return
		}
		own := slices.IndexFunc(all, func(x PathConfig) bool { return x.Centre == c.Centre.Name })
		p.lines[name] = &pathLine{all: all, now: max(0, own), conns: map[*pathConn]bool{}}
	}
	for i := range c.Banks {
		add(bankLine(c.Banks[i].Number), c.Banks[i].Paths)
	}
	for i := range c.Exchanges {
		add(c.Exchanges[i].Market, c.Exchanges[i].Paths)
	}
	text, err := durable.ReadFile(durable.OS{}, p.file, pathsBytesMax)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	ordered := map[string]string{}
	if err := json.Unmarshal(text, &ordered); err != nil {
		return nil, fmt.Errorf("%s says nothing this program understands: %w", p.file, err)
	}
	for name, l := range p.lines {
		if i := l.find(ordered[name]); i >= 0 {
			l.now = i
		}
	}
	return p, nil
}

func (l *pathLine) find(path string) int {
	return slices.IndexFunc(l.all, func(x PathConfig) bool { return x.Name == path })
}

// now is the path of a line, empty when it has one way only.
func (p *paths) now(line string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.lines[line]; l != nil {
		return l.all[l.now].Name
	}
	return ""
}

// dialer opens connections of a line by the path that is taken then, or to its only
// address, by way of dial.
func (p *paths) dialer(line string, only Address, dial func(Address) func(context.Context) (net.Conn, error)) func(context.Context) (net.Conn, error) {
	if p.lines[line] == nil {
		return dial(only)
	}
	return func(ctx context.Context) (net.Conn, error) {
		p.mu.Lock()
		l := p.lines[line]
		way := l.now
		to := l.all[way].Address
		p.mu.Unlock()
		conn, err := dial(to)(ctx)
		if err != nil {
			return nil, fmt.Errorf("by the path %s: %w", l.all[way].Name, err)
		}
		c := &pathConn{Conn: conn, paths: p, line: l}
		p.mu.Lock()
		defer p.mu.Unlock()
		if l.now != way { // another path was ordered meanwhile
			return nil, errors.Join(fmt.Errorf("the path %s is not to be used any more", l.all[way].Name), conn.Close())
		}
		l.conns[c] = true
		return c, nil
	}
}

// pathConn is a connection that ends when another path is taken.
type pathConn struct {
	net.Conn
	paths *paths
	line  *pathLine
}

// Close ends the connection.
func (c *pathConn) Close() error {
	c.paths.mu.Lock()
	delete(c.line.conns, c)
	c.paths.mu.Unlock()
	return c.Conn.Close()
}

// take has a line use another path: first durably, then by ending its present
// connections, after which its gateway dials anew. Taking the path that is in use
// does nothing.
func (p *paths) take(detail string) error {
	line, path, _ := strings.Cut(detail, " ")
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.lines[line]
	if l == nil {
		return fmt.Errorf("%w: there is no line %q with several paths; there are %v", ErrRole, line, slices.Sorted(maps.Keys(p.lines)))
	}
	i := l.find(path)
	switch {
	case i < 0:
		return fmt.Errorf("%w: the line %s has no path %q", ErrRole, line, path)
	case i == l.now:
		return nil
	}
	ordered := map[string]string{line: path}
	for name, other := range p.lines {
		if name != line {
			ordered[name] = other.all[other.now].Name
		}
	}
	text, err := json.MarshalIndent(ordered, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.ReplaceFile(durable.OS{}, p.file, append(text, '\n')); err != nil {
		return fmt.Errorf("write the paths of this centre: %w", err)
	}
	l.now = i
	for c := range l.conns {
		err = errors.Join(err, c.Conn.Close())
	}
	clear(l.conns)
	return err
}
