package node

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/dr"
	"sancun/vault"
)

// greeter says its name and repeats lines.
func greeter(t *testing.T, name string, l net.Listener) *sync.WaitGroup {
	t.Helper()
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				in := bufio.NewScanner(c)
				for in.Scan() {
					fmt.Fprintf(c, "%s %s\n", name, in.Text())
				}
			})
		}
	})
	return &running
}

// On one port a copying centre passes connections on and a writing one answers
// itself; the change ends what was passed on, and nothing is left running.
func TestRelayOfTheFrontDoor(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	main, door := listen(), listen()
	mainEnds := greeter(t, "main", main)
	var mu sync.Mutex
	to, turn, away := sideOther, make(chan struct{}), false
	r := newRelay(door, func(ctx context.Context) (net.Conn, error) {
		mu.Lock()
		defer mu.Unlock()
		if away {
			return nil, errors.New("nobody is there")
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", main.Addr().String())
	}, func() (side, <-chan struct{}) {
		mu.Lock()
		defer mu.Unlock()
		return to, turn
	}, quiet())
	ownEnds := greeter(t, "own", r)
	call := func() (net.Conn, *bufio.Reader) {
		c, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c, bufio.NewReader(c)
	}
	ask := func(c net.Conn, in *bufio.Reader, want string) {
		t.Helper()
		fmt.Fprintln(c, "hello")
		if got, err := in.ReadString('\n'); err != nil || got != want+" hello\n" {
			t.Fatalf("heard %q, %v, want %s", got, err, want)
		}
	}
	first, in := call()
	ask(first, in, "main")
	ask(first, in, "main")
	half, halfIn := call() // one that says all it has to, and then waits
	fmt.Fprintln(half, "hello")
	if err := half.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(halfIn); err != nil || string(got) != "main hello\n" {
		t.Fatalf("heard %q, %v", got, err)
	}
	mu.Lock()
	old := turn
	to, turn = sideOwn, make(chan struct{})
	close(old)
	mu.Unlock()
	if _, err := in.ReadString('\n'); err == nil {
		t.Fatal("what was passed on goes on after the change")
	}
	second, in := call()
	ask(second, in, "own")
	var third net.Conn
	for _, now := range []side{sideOther, sideNobody} { // away, and not known to write
		mu.Lock()
		to, away = now, now == sideOther
		mu.Unlock()
		if third, in = call(); third != nil {
			defer third.Close()
		}
		if _, err := in.ReadString('\n'); err == nil {
			t.Fatalf("somebody answers for a centre that does not, %d", now)
		}
	}
	mu.Lock()
	to, away = sideOther, false
	mu.Unlock()
	last, in := call()
	ask(last, in, "main")
	for _, c := range []net.Conn{first, half, second} {
		_ = c.Close()
	}
	if err := r.Close(); err != nil { // ends the last one
		t.Fatal(err)
	}
	if _, err := in.ReadString('\n'); err == nil {
		t.Fatal("what was passed on goes on behind the closed door")
	}
	_ = last.Close()
	if err := main.Close(); err != nil {
		t.Fatal(err)
	}
	mainEnds.Wait()
	ownEnds.Wait()
}

// The other centre's certificate is what a client sees at the door of a copying centre
// with a relay, and its own once it has taken over.
func TestFrontDoorFollowsTheWriter(t *testing.T) {
	tc := newTwoCentres(t)
	tc.begin()
	password, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := password.HashPassword(t.Context(), vault.NewSecret("Right-Horse-7"))
	if err != nil {
		t.Fatal(err)
	}
	serials := [2]string{}
	var doors [2]Address
	for i := range doors {
		doors[i] = free(t)
	}
	for i := range doors {
		tc.stop(i)
		dir := t.TempDir()
		certificate, key, err := SelfSigned([]string{"door.example"}, time.Now(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(certificate)
		leaf, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		serials[i] = leaf.SerialNumber.String()
		h := HTTPConfig{Certificate: dir + "/door.pem", KeyFile: dir + "/door.key", Users: dir + "/users.json", RatePerSecond: 50, Relay: doors[1-i]}
		users := fmt.Appendf(nil, `{"users":[{"name":"maker","roles":["broker-maker"],"number":1,"hash":%q}]}`, hash)
		if err := errors.Join(os.WriteFile(h.Certificate, certificate, 0o600), os.WriteFile(h.KeyFile, key, 0o600), os.WriteFile(h.Users, users, 0o600)); err != nil {
			t.Fatal(err)
		}
		h.Listen.AddrPort = netip.MustParseAddrPort(string(doors[i]))
		tc.configs[i].HTTP, tc.configs[i].Books.Enabled, tc.configs[i].Books.Path = h, true, dir+"/books.db"
	}
	for i := range doors {
		tc.start(i)
	}
	tc.until(0, dr.Primary, nil)
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Line.Connected })
	sees := func(door, want int) {
		t.Helper()
		var err error
		for range 2_000 {
			var c *tls.Conn
			if c, err = tls.Dial("tcp", string(doors[door]), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}); err == nil {
				got := c.ConnectionState().PeerCertificates[0].SerialNumber.String()
				_ = c.Close()
				if got == serials[want] {
					return
				}
				err = fmt.Errorf("it is the other one")
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatalf("at door %d nobody sees centre %d: %v", door, want, err)
	}
	sees(0, 0)
	sees(1, 0) // rs2
	if o, err := tc.carriers[1].Outlook(t.Context()); err != nil || o.Front != "rs2" {
		t.Errorf("the front is %q, %v", o.Front, err)
	}
	from := tc.must(0, dr.ActHandOver, 2, "")
	tc.until(1, dr.Standby, func(s CentreState) bool { return s.Applied == from.Height })
	tc.must(1, dr.ActPromote, 2, "")
	tc.until(1, dr.Primary, nil)
	sees(1, 1) // rs3
	sees(0, 1) // and the other way round
	if o, err := tc.carriers[1].Outlook(t.Context()); err != nil || o.Front != "rs3" {
		t.Errorf("the front is %q, %v", o.Front, err)
	}
}
