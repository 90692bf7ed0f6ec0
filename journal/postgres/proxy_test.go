package postgres_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"sancun/internal/pgcluster"
)

// proxy stands before a server and cuts connections where it is told to. It is
// reached like a server, by a socket in a folder.
type proxy struct {
	dir    string
	listen net.Listener
	to     string
	work   sync.WaitGroup

	mu       sync.Mutex
	plan     plan
	struck   bool       // the plan was carried out
	refusing bool       // no new connections
	open     []net.Conn // both sides of all connections
	held     func()     // hands over what was held back
}

// plan says what happens to the next connection that carries so many bytes.
type plan struct {
	up, down int  // bytes to the server, to the client, after which it is cut; -1 never
	hold     bool // the bytes to the server are kept for later instead
}

var whole = plan{up: -1, down: -1}

func newProxy(t testing.TB, of *pgcluster.Cluster) *proxy {
	t.Helper()
	dir, err := os.MkdirTemp("", "sancun-px-")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{dir: dir, to: of.Socket(), plan: whole}
	if p.listen, err = net.Listen("unix", filepath.Join(dir, ".s.PGSQL.5432")); err != nil {
		t.Fatal(err)
	}
	p.work.Go(p.serve)
	t.Cleanup(func() {
		p.listen.Close()
		p.cutAll()
		p.work.Wait()
		os.RemoveAll(dir)
	})
	return p
}

// dsn is the address of the server behind the proxy.
func (p *proxy) dsn() string { return "postgres:///postgres?user=sancun&host=" + p.dir }

func (p *proxy) set(next plan) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan, p.struck = next, false
}

func (p *proxy) hasStruck() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.struck
}

func (p *proxy) refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refusing = on
}

func (p *proxy) cutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.open {
		conn.Close()
	}
	p.open = nil
}

func (p *proxy) serve() {
	for {
		client, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refusing := p.refusing
		p.mu.Unlock()
		server, err := net.Dial("unix", p.to)
		if err != nil || refusing {
			client.Close()
			if err == nil {
				server.Close()
			}
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, client, server)
		p.mu.Unlock()
		p.work.Go(func() { p.carry(server, client, true) })
		p.work.Go(func() { p.carry(client, server, false) })
	}
}

// carry carries bytes one way until an end closes or the plan says so.
func (p *proxy) carry(to, from net.Conn, up bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		pass, cut, held := p.pass(buffer[:n], up)
		if held {
			p.later(to, from, append([]byte(nil), buffer[:n]...))
			return
		}
		if _, failed := to.Write(pass); failed != nil || cut || err != nil {
			to.Close()
			from.Close()
			return
		}
	}
}

// pass says how many of these bytes go through and whether the connection ends then.
func (p *proxy) pass(b []byte, up bool) (pass []byte, cut, held bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := &p.plan.down
	if up {
		left = &p.plan.up
	}
	if up && p.plan.hold && len(b) > 0 {
		p.plan, p.struck = whole, true
		return nil, true, true
	}
	if *left < 0 {
		return b, false, false
	}
	if len(b) < *left || len(b) == 0 {
		*left -= len(b)
		return b, false, false
	}
	b = b[:*left]
	p.plan, p.struck = whole, true
	return b, true, false
}

// later breaks the client's side and keeps the bytes for the server until release.
func (p *proxy) later(server, client net.Conn, b []byte) {
	done := make(chan struct{})
	p.mu.Lock()
	p.held = func() {
		server.Write(b)
		server.(*net.UnixConn).CloseWrite()
		io.Copy(io.Discard, server) // until the server has done what it was told and hangs up
		server.Close()
		close(done)
	}
	p.mu.Unlock()
	client.Close()
	<-done
}

// release hands the server what was held back and waits until it has dealt with it.
func (p *proxy) release() {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	held()
}
