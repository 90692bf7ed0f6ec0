package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/api"
	"sancun/books"
	"sancun/custody"
	"sancun/identity"
	"sancun/journal"
	"sancun/market"
	"sancun/record"
	"sancun/sequencer"
	"sancun/state"
	"sancun/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	today = 20230825
	next  = 20230828
)

// memory is a journal in memory that keeps the contract of journal.Engine.
type memory struct {
	mu     sync.Mutex
	blocks []*journal.Block
	epoch  uint32
}

func (m *memory) Append(b *journal.Block) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.Epoch < m.epoch {
		return journal.ErrEpoch
	}
	if err := b.Follows(m.head()); err != nil {
		return err
	}
	m.blocks = append(m.blocks, b.Clone())
	return nil
}

func (m *memory) head() journal.Position {
	if len(m.blocks) == 0 {
		return journal.Position{Cell: 1}
	}
	return m.blocks[len(m.blocks)-1].Position()
}

func (m *memory) Read(from uint64, fn func(*journal.Block) error) error {
	m.mu.Lock()
	blocks := m.blocks[min(len(m.blocks), max(0, int(from)-1)):]
	m.mu.Unlock()
	for _, b := range blocks {
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Head() (journal.Position, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head(), nil
}
func (m *memory) Fence(epoch uint32) error { m.epoch = max(m.epoch, epoch); return nil }
func (m *memory) Fenced() (uint32, error)  { return m.epoch, nil }
func (m *memory) Close() error             { return nil }

// centre is a real machine behind a real sequencer, with real books and vault,
// and the door on top.
type centre struct {
	t         testing.TB
	engine    journal.Engine
	machine   *custody.Machine
	sequencer *sequencer.Sequencer
	filler    *books.Filler
	books     *books.Books
	vault     *vault.Vault
	api       *api.API
	passwords *vault.Passwords
	evening   *evening
	users     map[string]map[string]any // as their file has them
	tokens    map[string]string

	mu   sync.Mutex
	now  time.Time
	busy bool // refuse every command as a full queue would
}

func (c *centre) Submit(ctx context.Context, requests ...record.Request) ([]state.Answer, error) {
	if c.busy {
		return nil, sequencer.ErrBusy
	}
	return c.sequencer.Submit(ctx, requests...)
}

func (c *centre) Look(ctx context.Context, look func(*custody.Machine)) error {
	return c.sequencer.Read(ctx, func() { look(c.machine) })
}

func (c *centre) Head() (journal.Position, <-chan struct{}) { return c.sequencer.Head(), nil }

func (c *centre) Blocks(from uint64, fn func(*journal.Block) error) error {
	return c.engine.Read(from, fn)
}

func (c *centre) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// pass lets time go by.
func (c *centre) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// seeded is randomness for tests; reads may come from several goroutines.
type seeded struct {
	mu  sync.Mutex
	rng *rand.ChaCha8
}

func (s *seeded) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rng.Read(p)
}

// The people of the tests: one for each role, two investors and two desks.
var people = []struct {
	name, role string
	number     uint64
	client     uint64
	bank       uint16
}{
	{"ming", "investor", 0, 1, 0}, {"hong", "investor", 0, 2, 0},
	{"maker", "broker-maker", 11, 0, 0}, {"checker", "broker-checker", 12, 0, 0},
	{"desk1", "bank-desk", 21, 0, 1}, {"desk2", "bank-desk", 22, 0, 2},
	{"ops", "operations", 31, 0, 0}, {"audit", "auditor", 41, 0, 0},
}

const password = "Right-Horse-7"

func fundOf(client uint64) uint64 { return 880000 + client }
func bankOf(client uint64) uint16 { return uint16(client) }

// open builds a centre without clients, with the day open, in memory.
func open(t testing.TB, rate int) *centre {
	t.Helper()
	return openOn(t, rate, &memory{})
}

// openOn is open on a journal of its own.
func openOn(t testing.TB, rate int, engine journal.Engine) *centre {
	t.Helper()
	return openWith(t, rate, engine, func(*api.Config) {})
}

// openWith is openOn with something more in the door's configuration.
func openWith(t testing.TB, rate int, engine journal.Engine, more func(*api.Config)) *centre {
	t.Helper()
	random := &seeded{rng: rand.NewChaCha8([32]byte{7})}
	c := &centre{t: t, engine: engine, now: time.Unix(1692928800, 0), tokens: map[string]string{}, users: map[string]map[string]any{}}
	c.machine = custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100_000})
	c.sequencer = sequencer.Start(c.engine, c.machine, journal.Position{Cell: 1}, sequencer.Options{Cell: 1, Epoch: 1, Kind: journal.SHA256, Now: c.clock})
	path := filepath.Join(t.TempDir(), "books.sqlite")
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	c.filler, err = books.OpenFiller(books.FillerOptions{Path: path})
	check(err)
	c.books, err = books.Open(path)
	check(err)
	ring, err := vault.ParseKeyring([]byte("sancun-key-file 1\nindex " + strings.Repeat("ab", 32) + "\nmaster 1 " + strings.Repeat("cd", 32) + "\n"))
	check(err)
	c.vault, err = vault.New(vault.Config{Keys: ring, Store: &vault.MemoryStore{}, Rand: random, Audit: api.JournalReveals(c)})
	check(err)
	passwords, err := vault.NewPasswords(vault.PasswordCost{MemoryKiB: 64, Passes: 1, Lanes: 1}, 4, random)
	check(err)
	c.passwords = passwords
	c.evening = &evening{c: c}
	hash, err := passwords.HashPassword(t.Context(), vault.NewSecret(password))
	check(err)
	var users []map[string]any
	for _, p := range people {
		u := map[string]any{"name": p.name, "roles": []string{p.role}, "hash": hash}
		for key, n := range map[string]uint64{"number": p.number, "client": p.client, "bank": uint64(p.bank)} {
			if n != 0 {
				u[key] = n
			}
		}
		users = append(users, u)
		c.users[p.name] = u
	}
	text, err := json.Marshal(map[string]any{"users": users})
	check(err)
	known, err := api.ParseUsers(text)
	check(err)
	config := api.Config{
		Core: c, Books: c.books, Vault: c.vault, Passwords: passwords, Users: known, DayEnd: c.evening, DayFiles: c.evening, Now: c.clock, Rand: random, Version: "test", RatePerSecond: rate,
	}
	more(&config)
	c.api, err = api.New(config)
	check(err)
	t.Cleanup(func() {
		if err := c.sequencer.Stop(); err != nil {
			t.Error(err)
		}
		if err := c.filler.Close(); err != nil {
			t.Error(err)
		}
		c.books.Close()
	})
	c.system(&record.OpenDay{Date: today, Next: next})
	for n := uint16(1); n <= 2; n++ {
		c.system(&record.SetBank{Number: n, Service: custody.BankOpen, WindowFrom: 8 * 3600_000, WindowTo: 17 * 3600_000, SingleMax: 1 << 40, Code: "B", Name: fmt.Sprintf("银行%d", n)})
		c.system(&record.BankSession{Bank: n, Date: today})
	}
	c.system(&record.LoadInstruments{Date: today, Rows: []record.InstrumentData{{ID: 2_000_001, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}})
	return c
}

// system has the house itself do something.
func (c *centre) system(cmd record.Command) state.Answer {
	c.t.Helper()
	answers, err := c.sequencer.Submit(c.t.Context(), record.Request{Cmd: cmd})
	if err != nil || answers[0].Code != 0 {
		c.t.Fatalf("%T: %v %v", cmd, answers, err)
	}
	return answers[0]
}

// fill brings the books to the head.
func (c *centre) fill() {
	c.t.Helper()
	if err := c.engine.Read(c.filler.Position().Height+1, c.filler.Add); err != nil {
		c.t.Fatal(err)
	}
	if err := c.filler.Flush(); err != nil {
		c.t.Fatal(err)
	}
}

// reply is an answer to a request.
type reply struct {
	status int
	head   http.Header
	body   map[string]any
	raw    []byte
}

func (r reply) code() string { s, _ := r.body["code"].(string); return s }
func (r reply) number(name string) int64 {
	n, _ := r.body[name].(json.Number)
	v, _ := n.Int64()
	return v
}

// send sends one request as a user; an empty name is nobody.
func (c *centre) send(user, method, path, key string, body any) reply {
	c.t.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			c.t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, bytes.NewReader(text))
	if text != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if user != "" {
		r.Header.Set("Authorization", "Bearer "+c.signIn(user))
	}
	return c.do(r)
}

// sendFor is send with the reason of a proposal.
func (c *centre) sendFor(user, path, reason string, body any) reply {
	c.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), "POST", path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Proposal-Reason", reason)
	r.Header.Set("Authorization", "Bearer "+c.signIn(user))
	return c.do(r)
}

func (c *centre) do(r *http.Request) reply {
	c.t.Helper()
	w := httptest.NewRecorder()
	c.api.Handler().ServeHTTP(w, r)
	got := reply{status: w.Code, head: w.Result().Header, raw: w.Body.Bytes(), body: map[string]any{}}
	decoder := json.NewDecoder(bytes.NewReader(got.raw))
	decoder.UseNumber()
	if strings.HasSuffix(got.head.Get("Content-Type"), "json") && len(got.raw) > 0 && got.raw[0] == '{' {
		if err := decoder.Decode(&got.body); err != nil && err != io.EOF {
			c.t.Fatalf("%s %s: %v in %s", r.Method, r.URL, err, got.raw)
		}
	}
	return got
}

// signIn returns the token of a user, signing in once.
func (c *centre) signIn(user string) string {
	c.t.Helper()
	if token := c.tokens[user]; token != "" {
		return token
	}
	got := c.send("", "POST", "/v1/sessions", "", map[string]string{"user": user, "password": password})
	token, _ := got.body["token"].(string)
	if got.status != http.StatusCreated || token == "" {
		c.t.Fatalf("%s cannot sign in: %d %s", user, got.status, got.raw)
	}
	c.tokens[user] = token
	return token
}

// must is send for what has to work.
func (c *centre) must(user, method, path, key string, body any) reply {
	c.t.Helper()
	got := c.send(user, method, path, key, body)
	if got.status >= 300 {
		c.t.Fatalf("%s %s as %s: %d %s", method, path, user, got.status, got.raw)
	}
	return got
}

// person is the invented person behind a client.
func person(client uint64) identity.Person { return identity.NewPeople(1, today).Person(client) }

// client is what one sends to open a client.
func client(n uint64) map[string]any {
	p := person(n)
	return map[string]any{
		"number": n, "class": "person", "document_kind": 1, "document": p.Number, "name": p.Name, "mobile": p.Mobile, "email": p.Email, "address": p.Address,
		"branch": 7, "risk": 5, "risk_until": 20240825, "permissions": []string{"main"},
	}
}

// withClients opens clients 1 and 2 through the door, with an account, a bank,
// money, a securities account and a fund password each.
func withClients(t testing.TB, rate int) *centre {
	c := open(t, rate)
	withMoney(c)
	return c
}

func withMoney(c *centre) {
	c.t.Helper()
	for n := uint64(1); n <= 2; n++ {
		c.must("maker", "POST", "/v1/clients", fmt.Sprint("open", n), client(n))
		c.must("maker", "POST", "/v1/funds", "", map[string]any{"number": fundOf(n), "client": n, "currency": "CNY", "main": true})
		c.fill()
		c.must("maker", "POST", fmt.Sprintf("/v1/funds/%d/contract", fundOf(n)), "", map[string]any{"bank": bankOf(n), "card": person(n).Card, "name": person(n).Name, "verified": true})
		c.must("maker", "POST", "/v1/securities-accounts", "", map[string]any{"rows": []any{map[string]any{"fund": fundOf(n), "market": "SZ", "account": fmt.Sprintf("%010d", n), "pbu": "123456"}}})
		c.must("maker", "POST", fmt.Sprintf("/v1/clients/%d/passwords", n), "", map[string]any{"which": "fund", "new": "Cash-Cow-57"})
		c.system(&record.TakeOver{Rows: []record.OpeningBalance{{Fund: fundOf(n), Amount: 10_000_000}}})
	}
	c.fill()
}
