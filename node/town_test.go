package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sancun/calendar"
	"sancun/identity"
	"sancun/internal/durable"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sim/bank"
	"sancun/sim/clearing"
	"sancun/sim/exchange"
	"sancun/vault"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

// town is everything around a centre, on loopback: two banks, two exchanges, a
// clearing house, a door, people, and a clock that the test moves.
type town struct {
	t      *testing.T
	log    *slog.Logger
	config Config
	hands  atomic.Pointer[hands]
	banks  []*simulated
	venues map[market.Market]*venue
	house  *clearing.House
	web    *http.Client
	tokens map[string]string
	ctx    context.Context // ends shortly before the test is killed, so that it can say where it stands

	n      *Node
	stop   context.CancelFunc
	served chan error
}

// hands are a clock set by hand at a moment; it runs on from there.
type hands struct {
	at  time.Time
	set time.Time
}

// townSpeed is how many seconds of the town pass in one: enough for what counts
// in seconds to come at once, and too few for an evening to pass.
const townSpeed = 20

func (h *hands) now() time.Time { return h.at.Add(townSpeed * time.Since(h.set)) }

const (
	townPeople  = 4
	townFund    = 880_000_000_001
	townClient  = 100_000_001
	townOpening = 1_000_000_00
	townCash    = "B001600500"
	townCashSH  = "600500000000000001"
	townWord    = "Right-Horse-7"
	townPIN     = "975318642097" // of every card
)

var (
	townParticipant = csdc.Participant{Shanghai: "60050", Shenzhen: "600500", PBU: "50001"}
	townStocks      = []market.ID{shanghaiID, shenzhenID}
)

// person is the invented owner of account i.
func (w *town) person(i int) identity.Person {
	return identity.NewPeople(1, identity.Day(20230825)).PersonOf(uint64(i), 1+i%2)
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newTown builds everything and opens the centre with its clients, at ten o'clock.
func newTown(t *testing.T, log *slog.Logger) *town {
	t.Helper()
	w := &town{t: t, log: log, config: small(t), venues: map[market.Market]*venue{}, tokens: map[string]string{}, ctx: t.Context()}
	if end, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		w.ctx, cancel = context.WithDeadline(t.Context(), end.Add(-2*time.Second))
		t.Cleanup(cancel)
	}
	w.at(20230825, 10, 0)
	dir := filepath.Dir(w.config.Centre.Dir)
	for _, folder := range []string{"inbox", "requests"} {
		fine(t, os.Mkdir(filepath.Join(dir, folder), 0o700))
	}
	w.config.Clearing = ClearingConfig{
		Inbox: dir + "/inbox", Requests: dir + "/requests", Every: Duration(time.Second), Shanghai: townParticipant.Shanghai, Shenzhen: townParticipant.Shenzhen, PBU: townParticipant.PBU,
	}
	w.config.Broker.Name, w.config.Broker.Branch, w.config.Broker.CashAccounts = "示例证券", "0001", []string{townCash, townCashSH}
	fine(t, os.WriteFile(dir+"/password", []byte("drill"), 0o600))
	for i := range 2 {
		w.addBank(uint16(i + 1))
	}
	for of := market.Shanghai; of <= market.Shenzhen; of++ {
		w.addExchange(of, dir)
	}
	w.addClearing(dir)
	w.addDoor(dir)
	w.open()
	w.settleIn()
	w.serve()
	return w
}

// at moves the clock to a time of a date, and the exchanges with it.
func (w *town) at(date calendar.Date, hour, minute int32) {
	w.t.Helper()
	at := calendar.Clock(hour, minute, 0)
	w.hands.Store(&hands{time.UnixMilli(date.UnixMilli(at)).In(beijing), time.Now()})
	for _, v := range w.venues {
		if v.date == date {
			fine(w.t, v.control.Advance(w.ctx, at))
		}
	}
	for _, b := range w.banks {
		fine(w.t, b.control.Advance(w.hands.Load().at))
	}
}

func (w *town) clock() Clock {
	return Clock{Drill: time.Time(w.config.Clock.Drill), tell: func() time.Time { return w.hands.Load().now() }}
}

func (w *town) addBank(number uint16) {
	var customers []bank.Customer
	for i := range townPeople {
		if p := w.person(i); 1+i%2 == int(number) {
			customers = append(customers, bank.Customer{
				Name: p.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: p.Number, Mobile: p.Mobile, Card: p.Card, Currency: money.CNY, Balance: townOpening,
				Password: townPIN, Fund: strconv.Itoa(townFund + i), Managed: townOpening,
			})
		}
	}
	b := simulate(w.t, number, []string{"fixed24", "delim"}[number-1], w.hands.Load().at, customers...)
	account := AccountConfig{Name: "示例证券客户交易结算资金", Number: fmt.Sprint(9000 + number), Bank: "示例银行"}
	b.config.Files = BankFilesConfig{Set: int(number), Code: fmt.Sprintf("%04d", number), Pooled: account, Legal: account}
	w.banks, w.config.Banks = append(w.banks, b), append(w.config.Banks, b.config)
}

// venue is one simulated exchange; on the next day another takes its addresses.
type venue struct {
	*exchange.Exchange
	control        *exchange.Control
	date           calendar.Date
	orders, quotes string
	served         chan error
}

func (w *town) addExchange(of market.Market, dir string) {
	v := w.startExchange(of, 20230825, "127.0.0.1:0", "127.0.0.1:0")
	w.venues[of] = v
	logon := QuoteConfig{Address: Address(v.quotes), CompID: "SANCUN01", Target: "QUOTES", Password: Secret("file:" + dir + "/password"), Heartbeat: Duration(30 * time.Second)}
	c := exchangeDefaults()
	c.Market, c.Address, c.CompID, c.Target, c.Password = of.String(), Address(v.orders), "SANCUN01", "EXCHANGE", logon.Password
	c.Duplicates, c.Quotes = []uint32{30_001, 11_270}, []QuoteConfig{logon}
	w.config.Exchanges = append(w.config.Exchanges, c)
	w.t.Cleanup(func() { w.venues[of].end(w.t) })
}

func (v *venue) end(t *testing.T) {
	if err := errors.Join(v.Close(), <-v.served); err != nil {
		t.Error(err)
	}
}

func (w *town) startExchange(of market.Market, date calendar.Date, orders, quotes string) *venue {
	w.t.Helper()
	years, err := calendar.China()
	fine(w.t, err)
	rules, err := market.Builtin(years).On(date)
	fine(w.t, err)
	conf := exchange.Config{Market: exchange.Shenzhen, Date: date, Members: []exchange.Member{{CompID: "SANCUN01", Password: "drill", PBUs: []string{"500198"}}}}
	conf.Ticks = func(every time.Duration) (<-chan time.Time, func()) {
		beat := time.NewTicker(every / townSpeed)
		return beat.C, beat.Stop
	}
	if of == market.Shanghai {
		conf.Market, conf.Members[0].PBUs = exchange.Shanghai, []string{"50001"}
	}
	for _, id := range townStocks {
		if id.Market() == of {
			in, err := market.NewInstrument(id, "示例股份")
			fine(w.t, err)
			listed, err := exchange.Listing(rules, in, 10_0000)
			fine(w.t, err)
			conf.Securities = append(conf.Securities, listed)
		}
	}
	x, err := exchange.New(conf)
	fine(w.t, err)
	v := &venue{Exchange: x, control: x.Control(), date: date, served: make(chan error, 1)}
	lines := make([]net.Listener, 2)
	for i, address := range []string{orders, quotes} {
		lines[i], err = net.Listen("tcp", address)
		fine(w.t, err)
	}
	v.orders, v.quotes = lines[0].Addr().String(), lines[1].Addr().String()
	go func() { v.served <- x.Serve(lines[0], lines[1], nil) }()
	today, at := calendar.AtUnixMilli(w.hands.Load().at.UnixMilli())
	if today == date {
		fine(w.t, v.control.Advance(w.ctx, at))
	}
	return v
}

// nextExchanges ends the exchanges and opens them for another date.
func (w *town) nextExchanges(date calendar.Date) {
	w.t.Helper()
	for of, v := range w.venues {
		v.end(w.t)
		w.venues[of] = w.startExchange(of, date, v.orders, v.quotes)
	}
}

func (w *town) securities(i int, of market.Market) record.SecuritiesData {
	d := record.SecuritiesData{Fund: uint64(townFund + i), Market: uint8(of)}
	copy(d.Account[:], map[market.Market]string{market.Shanghai: fmt.Sprintf("A%09d", 900_000_000+i), market.Shenzhen: fmt.Sprintf("09%08d", i)}[of])
	copy(d.PBU[:], map[market.Market]string{market.Shanghai: "50001", market.Shenzhen: "500198"}[of])
	return d
}

func (w *town) addClearing(dir string) {
	account := func(no string, of market.Market) clearing.Account {
		return clearing.Account{No: no, Market: of, Currency: money.CNY, Purpose: clearing.Client, Balance: 1_000_000_000_00}
	}
	conf := clearing.Config{
		Members: []clearing.Member{{
			Name: "示例证券", Participant: townParticipant, ShanghaiUnits: []string{"50001"}, ShenzhenUnits: []string{"500198"},
			Accounts: []clearing.Account{account(townCashSH, market.Shanghai), account(townCash, market.Shenzhen)},
		}},
		Sink: clearing.DirSink{Root: dir + "/inbox"},
	}
	for i := range townPeople {
		for _, id := range townStocks {
			d := w.securities(i, id.Market())
			conf.Holdings = append(conf.Holdings, clearing.Holding{Unit: text(d.PBU[:]), Account: text(d.Account[:]), Security: id, Quantity: 1_000})
		}
	}
	var err error
	w.house, err = clearing.New(conf)
	fine(w.t, err)
	fine(w.t, w.house.Open(20230825))
}

func (w *town) addDoor(dir string) {
	t := w.t
	certificate, key, err := SelfSigned([]string{"127.0.0.1"}, time.Now(), rand.Reader)
	fine(t, err)
	fine(t, os.WriteFile(dir+"/http.pem", certificate, 0o600))
	fine(t, os.WriteFile(dir+"/http.key", key, 0o600))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	w.web = &http.Client{Transport: transport}
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free, as far as one can know
	fine(t, err)
	fine(t, l.Close())
	w.config.HTTP = HTTPConfig{
		Listen: Listen{netip.MustParseAddrPort(l.Addr().String())}, Certificate: dir + "/http.pem", KeyFile: dir + "/http.key", Users: dir + "/users.json", RatePerSecond: 10_000,
	}
	w.users("ops", "operations", "check", "broker-checker", "make", "broker-maker", "audit", "auditor")
}

// users writes the file of users: names and roles by turns.
func (w *town) users(all ...string) {
	w.t.Helper()
	passwords, err := vault.NewPasswords(vault.PasswordCost{MemoryKiB: 64, Passes: 1, Lanes: 1}, 1, rand.Reader)
	fine(w.t, err)
	hash, err := passwords.HashPassword(w.ctx, vault.NewSecret(townWord))
	fine(w.t, err)
	var users []map[string]any
	for i := 0; i < len(all); i += 2 {
		users = append(users, map[string]any{"name": all[i], "roles": []string{all[i+1]}, "number": 101 + i, "hash": hash})
	}
	text, err := json.Marshal(map[string]any{"users": users})
	fine(w.t, err)
	fine(w.t, durable.ReplaceFile(durable.OS{}, w.config.HTTP.Users, text))
	fine(w.t, os.Chmod(w.config.HTTP.Users, 0o600))
}

// open opens the centre; serve lets it run.
func (w *town) open() {
	w.t.Helper()
	var err error
	w.n, err = openOn(w.ctx, w.config, w.log, ground{fs: durable.OS{}, clock: w.clock()}, false)
	fine(w.t, err)
}

func (w *town) serve() {
	ctx, stop := context.WithCancel(w.ctx)
	w.stop, w.served = stop, make(chan error, 1)
	go func(n *Node) { w.served <- n.Run(ctx) }(w.n)
}

// close stops the centre, as an operator does, or as a crash would.
func (w *town) close(crash bool) {
	w.t.Helper()
	w.stop()
	fine(w.t, <-w.served)
	if !crash {
		fine(w.t, w.n.Close())
		return
	}
	fine(w.t, errors.Join(w.n.closeBeside(), w.n.Core.Abandon()))
}

// settleIn enters the first day, banks, clients, accounts and positions.
func (w *town) settleIn() {
	t, n := w.t, w.n
	fine(t, n.EnterBanks(t.Context()))
	must(t, n.Core, &record.OpenDay{Date: 20230825, Next: 20230828})
	var clients []record.ClientData
	var all []record.Command
	for i := range townPeople {
		p := w.person(i)
		keys, err := n.Vault.Enrol([]uint64{uint64(townClient + i)})
		fine(t, err)
		clients = append(clients, record.ClientData{
			Number: uint64(townClient + i), Class: 1, Document: 1, Branch: 7, ID: n.Owners.DocumentIndex(wire.IDCard, p.Number), Name: n.Owners.NameIndex(p.Name),
			Mobile: [16]byte{1, byte(i)}, Risk: 5, RiskUntil: 20240825, Permissions: 1,
			Sealed: sealAll(t, keys[0], vault.FieldName, p.Name, vault.FieldDocument, p.Number, vault.FieldMobile, p.Mobile, vault.FieldCard, p.Card),
		})
		fund := uint64(townFund + i)
		all = append(all, &record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: uint64(townClient + i), Currency: money.CNY, Main: 1}}},
			&record.SignContracts{Rows: []record.ContractData{{Fund: fund, Bank: uint16(1 + i%2), Card: n.Owners.CardIndex(p.Card)}}},
			&record.TakeOver{Rows: []record.OpeningBalance{{Fund: fund, Amount: townOpening}}})
		for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
			all = append(all, &record.OpenSecurities{Rows: []record.SecuritiesData{w.securities(i, of)}})
		}
	}
	must(t, n.Core, &record.OpenClients{Rows: clients})
	must(t, n.Core, all...)
	for number := uint16(1); number <= 2; number++ {
		must(t, n.Core, &record.FundOwn{Bank: number, Currency: money.CNY, Amount: 1_000_000_00})
	}
}

// call sends a request and returns status and body.
func (w *town) call(user, method, path string, body any) (int, map[string]any) {
	w.t.Helper()
	text := []byte(nil)
	if body != nil {
		var err error
		text, err = json.Marshal(body)
		fine(w.t, err)
	}
	for {
		r, err := http.NewRequestWithContext(w.ctx, method, "https://"+w.config.HTTP.Listen.String()+path, bytes.NewReader(text))
		fine(w.t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("%x", sha256.Sum256(append([]byte(method+path), text...)))[:40])
		if user != "" {
			r.Header.Set("Authorization", "Bearer "+w.tokens[user])
		}
		answer, err := w.web.Do(r)
		if err != nil && w.ctx.Err() == nil { // the door is not open yet
			_ = pause(w.ctx, tellBeat)
			continue
		}
		fine(w.t, err)
		raw, err := io.ReadAll(answer.Body)
		fine(w.t, errors.Join(err, answer.Body.Close()))
		var fields map[string]any
		fine(w.t, json.Unmarshal(raw, &fields))
		if answer.StatusCode == http.StatusUnauthorized && user != "" {
			w.signIn(user)
			continue
		}
		return answer.StatusCode, fields
	}
}

func (w *town) signIn(user string) {
	w.t.Helper()
	status, body := w.call("", "POST", "/v1/sessions", map[string]any{"user": user, "password": townWord})
	if status != http.StatusCreated {
		w.t.Fatalf("%s cannot sign in: %d %v", user, status, body)
	}
	w.tokens[user], _ = body["token"].(string)
}

// want is call for what must answer with a status.
func (w *town) want(status int, user, method, path string, body any) map[string]any {
	w.t.Helper()
	got, fields := w.call(user, method, path, body)
	if got != status {
		w.t.Fatalf("%s %s as %s: %d %v, want %d", method, path, user, got, fields, status)
	}
	return fields
}

// until asks again and again until the answer is as wanted.
func (w *town) until(what, path string, there func(map[string]any) bool) map[string]any {
	w.t.Helper()
	for {
		_, got := w.call("audit", "GET", path, nil)
		if there(got) {
			return got
		}
		if pause(w.ctx, tellBeat) != nil {
			w.t.Fatalf("%s does not happen: %v", what, got)
		}
	}
}

// approve has the proposal that an answer speaks of approved.
func (w *town) approve(answer map[string]any) {
	w.t.Helper()
	path := fmt.Sprintf("/v1/proposals/%v", answer["ref"])
	p := w.until("the proposal", path, func(p map[string]any) bool { return p["digest"] != nil })
	w.want(http.StatusOK, "check", "POST", path+"/approve", map[string]any{"digest": p["digest"]})
}

// executions hands what the exchanges traded to the clearing house.
func (w *town) executions() {
	w.t.Helper()
	for of, v := range w.venues {
		fine(w.t, w.house.Clear(func(yield func(clearing.Trade) bool) {
			for t := range v.control.Trades(0) {
				id, err := market.ParseID(t.Code.String() + "." + of.String())
				fine(w.t, err)
				side := func(x exchange.Party) clearing.Side {
					return clearing.Side{
						PBU: x.PBU, Account: text(x.Ticket.Account[:]), ClOrdID: x.Ticket.ClOrdID.String(), OrderID: fmt.Sprintf("%016d", x.OrderNo), Ordered: x.Quantity, Entered: x.Entered,
					}
				}
				if !yield(clearing.Trade{Security: id, Exec: fmt.Sprintf("%016d", t.Number), Price: t.Price, Quantity: t.Quantity, At: t.At, Buy: side(t.Buy), Sell: side(t.Sell)}) {
					return
				}
			}
		}))
	}
}

// resend lets the clearing house answer the requests that lie in the folder.
func (w *town) resend() {
	w.t.Helper()
	dir := filepath.Join(w.config.Clearing.Requests, "20230825")
	notes, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	fine(w.t, err)
	for _, note := range notes {
		if name, ok := strings.CutSuffix(note.Name(), ".request"); ok {
			fine(w.t, w.house.Resend(name))
			fine(w.t, os.Remove(filepath.Join(dir, note.Name())))
		}
	}
}
