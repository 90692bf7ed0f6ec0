package bank

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	"sancun/state"
	wire "sancun/wire/bank"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testDate    = 20230825
	testNext    = 20230828
	testBroker  = "60050000"
	openingCash = money.Amount(10_000_000)
	onCard      = money.Amount(50_000_000)
	cardPIN     = "482913"
	fundPIN     = "735102" // of digits, so that every format can carry it
)

var shanghai = time.FixedZone("CST", 8*3600)

// formats are all that a bank may speak.
var formats = wire.Formats()

// seededReader is a source of keys for tests.
func seededReader(seed uint64) *rand.ChaCha8 {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	return rand.NewChaCha8(key)
}

// reporter is a test or a rapid check.
type reporter interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a cell with banks around it. The machine decides in place of the
// sequencer: what Submit returned is durable.
type world struct {
	t     reporter
	now   time.Time
	trust bool          // both sides believe every MAC of zeros
	step  time.Duration // of pass
	banks []*side
	asked int // keys given

	mu     sync.Mutex // guards the machine and what follows
	m      *custody.Machine
	height uint64
	fail   func(record.Command) error // a store that fails, or is busy
	log    []string                   // accepted and rejected commands, in order
}

// side is one bank: the simulator, its control and our gateway.
type side struct {
	w       *world
	number  uint16
	sim     *sim.Bank
	ctl     *sim.Control
	keys    *wire.SoftStore
	theirs  wire.KeyStore // the bank's, for frames that a test says in its place
	peer    net.Conn      // the bank's end of the newest line
	gw      *Gateway
	options Options
	lines   int
	refuse  bool // dials fail
	files   fileLog
}

// fileLog is a Files that remembers.
type fileLog struct {
	arrived  []FileInfo
	complete []uint32
	sent     []string
}

func (l *fileLog) Arrived(f FileInfo)             { l.arrived = append(l.arrived, f) }
func (l *fileLog) Complete(_ wire.Date, n uint32) { l.complete = append(l.complete, n) }
func (l *fileLog) Sent(f FileInfo, err error) {
	text := f.Name + " ok"
	if err != nil {
		text = f.Name + " " + err.Error()
	}
	l.sent = append(l.sent, text)
}

func bankCode(number uint16) string { return fmt.Sprintf("BANK%04d", number) }
func cardNumber(fund uint64) string { return fmt.Sprintf("62000000000%08d", fund) }
func clientName(fund uint64) string { return fmt.Sprintf("测试客户%d", fund) }
func paperNumber(fund uint64) string {
	return fmt.Sprintf("11010119000101%04d", fund%10_000)
}

// hasher is a Hasher without a secret.
type hasher struct{}

func hashOf(text string) (k state.Key) {
	h := fnv.New128a()
	_, _ = h.Write([]byte(text))
	return state.Key(h.Sum(nil))
}

func (hasher) CardIndex(number string) state.Key { return hashOf("card " + number) }
func (hasher) NameIndex(name string) state.Key   { return hashOf("name " + name) }
func (hasher) DocumentIndex(kind wire.IDKind, number string) state.Key {
	return hashOf(fmt.Sprintf("document %d %s", kind, number))
}

// vaultOf is a Reveal that knows every fund below 10,000.
type vaultOf struct{}

var errNobody = errors.New("nobody")

func (vaultOf) Card(_ context.Context, fund uint64) (string, error) {
	if fund > 10_000 {
		return "", errNobody
	}
	return cardNumber(fund), nil
}

func (vaultOf) Party(_ context.Context, fund uint64) (wire.Party, error) {
	if fund > 10_000 {
		return wire.Party{}, errNobody
	}
	return wire.Party{
		Name: clientName(fund), Kind: wire.Person, IDKind: wire.IDCard, IDNumber: paperNumber(fund), FundAccount: strconv.FormatUint(fund, 10),
		BankAccount: cardNumber(fund), Currency: money.CNY,
	}, nil
}

func (vaultOf) FundPassword(_ context.Context, _ uint64, s wire.Secret) (bool, error) {
	return s.Reveal() == fundPIN, nil
}

// newWorld opens a day with a bank for each format and clients at each: bank n has
// the funds n001, n002, ….
func newWorld(t reporter, clients int, use ...wire.Format) *world {
	t.Helper()
	return newWorldOf(t, clients, false, use...)
}

func newWorldOf(t reporter, clients int, trust bool, use ...wire.Format) *world {
	t.Helper()
	w := &world{t: t, trust: trust, step: 5 * time.Second, now: time.Date(2023, 8, 25, 9, 30, 0, 0, shanghai), m: custody.New(custody.Options{Answers: 10_000})}
	w.must(&record.OpenDay{Date: testDate, Next: testNext})
	for i, f := range use {
		w.addBank(uint16(i+1), clients, f)
	}
	return w
}

func (w *world) addBank(number uint16, clients int, f wire.Format) {
	w.t.Helper()
	code := bankCode(number)
	w.must(&record.SetBank{
		Number: number, Service: custody.BankOpen, WindowFrom: 9 * 3600_000, WindowTo: 16 * 3600_000, SingleMax: 1 << 40, DailyMax: 1 << 50,
		Code: code, Name: code,
	})
	w.must(&record.BankSession{Bank: number, Date: testDate})
	s := &side{w: w, number: number}
	master := make([]byte, 16)
	master[0] = byte(number)
	theirs := wire.NewSoftStore(seededReader(uint64(number) + 100))
	s.keys = wire.NewSoftStore(seededReader(uint64(number)))
	for _, k := range []*wire.SoftStore{theirs, s.keys} {
		if err := k.SetMaster(code, master); err != nil {
			w.t.Fatal(err)
		}
	}
	s.theirs = theirs
	var ours wire.KeyStore = s.keys
	if w.trust {
		s.theirs, ours = trusting{theirs}, trusting{s.keys}
	}
	c := sim.Config{Code: code, Broker: testBroker, Number: "0004", Format: f, Keys: s.theirs, Start: w.now, TellDuplicates: number%2 == 0}
	for n := range clients {
		fund := uint64(number)*1000 + uint64(n) + 1
		w.addClient(fund, number)
		c.Customers = append(c.Customers, sim.Customer{
			Name: clientName(fund), Kind: wire.Person, IDKind: wire.IDCard, IDNumber: paperNumber(fund), Card: cardNumber(fund),
			Currency: money.CNY, Balance: onCard, Password: cardPIN, Fund: strconv.FormatUint(fund, 10), Managed: openingCash,
		})
	}
	bank, err := sim.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	s.sim, s.ctl = bank, bank.Control()
	s.options = Options{
		Bank: number, Code: code, Broker: testBroker, Format: f, Keys: ours, Epoch: 7, Dial: s.dial, Submit: w, Hasher: hasher{},
		Reveal: vaultOf{}, Books: w, Files: &s.files, Operator: "T001",
	}
	w.banks = append(w.banks, s)
	w.must(&record.BankSession{Bank: number, Date: 0})
	s.restart()
}

func (w *world) addClient(fund uint64, bank uint16) {
	w.t.Helper()
	hash := hasher{}
	p, _ := vaultOf{}.Party(context.Background(), fund)
	w.must(&record.OpenClients{Rows: []record.ClientData{{
		Number: fund, Class: 1, Document: 1, Branch: 1, ID: hash.DocumentIndex(p.IDKind, p.IDNumber), Name: hash.NameIndex(p.Name),
		Mobile: hashOf("mobile " + p.Name), Sealed: []byte{1},
	}}})
	w.must(&record.OpenFunds{Rows: []record.FundData{{Number: fund, Client: fund, Currency: money.CNY, Main: 1}}})
	w.must(&record.SignContracts{Rows: []record.ContractData{{Fund: fund, Bank: bank, Card: hash.CardIndex(p.BankAccount)}}})
	w.must(&record.BankDeposit{
		Bank: bank, Date: testDate, BankRef: fmt.Sprintf("open%d", fund), Fund: fund, Currency: money.CNY, Amount: openingCash,
		Card: hash.CardIndex(p.BankAccount), Name: hash.NameIndex(p.Name),
	})
}

// restart makes a new gateway in place of the old one, which is left as a crash
// would leave it, and tells it what the journal says is open.
func (s *side) restart() {
	s.w.t.Helper()
	if s.gw != nil {
		s.gw.Close()
	}
	gw, err := New(s.options)
	if err != nil {
		s.w.t.Fatal(err)
	}
	s.gw = gw
	s.w.mu.Lock()
	open := OpenIntents(s.w.m, s.number)
	s.w.mu.Unlock()
	for _, in := range open {
		if err := gw.Feed(in); err != nil {
			s.w.t.Fatal(err)
		}
	}
	gw.OpenDay(testDate)
	s.must(gw.Tick(context.Background(), s.w.now))
}

func (s *side) must(err error) {
	s.w.t.Helper()
	if err != nil {
		s.w.t.Fatalf("bank %d: %v", s.number, err)
	}
}

func (s *side) dial(context.Context) (net.Conn, error) {
	if s.refuse {
		return nil, errors.New("nobody listens")
	}
	ours, theirs := net.Pipe()
	s.lines++
	s.peer = theirs
	if err := s.sim.Attach(theirs); err != nil {
		return nil, err
	}
	return ours, nil
}

func (w *world) close() {
	for _, s := range w.banks {
		s.gw.Close()
		if err := s.sim.Close(); err != nil {
			w.t.Errorf("close: %v", err)
		}
	}
}

// Submit makes the world a Submitter.
func (w *world) Submit(_ context.Context, requests ...record.Request) ([]state.Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		for _, r := range requests {
			if err := w.fail(r.Cmd); err != nil {
				return nil, err
			}
		}
	}
	w.height++
	w.m.Begin(nil, w.height, w.now.UnixNano())
	answers := make([]state.Answer, len(requests))
	for i, r := range requests {
		answers[i] = w.m.Decide(r)
		w.log = append(w.log, fmt.Sprintf("%d %T %d", r.Caller.Number(), r.Cmd, answers[i].Code))
	}
	return answers, nil
}

// Look makes the world Books.
func (w *world) Look(_ context.Context, look func(*custody.Machine)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	look(w.m)
	return nil
}

// must has the house decide a command that must be accepted.
func (w *world) must(cmd record.Command) uint64 {
	w.t.Helper()
	a, err := w.Submit(context.Background(), record.Request{Cmd: cmd})
	if err != nil || record.Code(a[0].Code) != record.Accepted {
		w.t.Fatalf("%T: %v %v", cmd, record.Code(a[0].Code), err)
	}
	return a[0].Ref
}

// ask submits a command of a client and feeds what follows from it, as the node
// does. It returns the platform serial, 0 when rejected.
func (w *world) ask(key string, cmd record.Command) (uint64, record.Code) {
	w.t.Helper()
	k := record.KeyFor(0, key)
	a, err := w.Submit(context.Background(), record.Request{Key: k, Cmd: cmd})
	if err != nil {
		w.t.Fatal(err)
	}
	if code := record.Code(a[0].Code); code != record.Accepted {
		return 0, code
	}
	t := w.transfer(a[0].Ref)
	for _, s := range w.banks {
		if s.number == t.Bank {
			w.mu.Lock()
			in := IntentOf(w.m, &t)
			w.mu.Unlock()
			in.Key = k
			s.must(s.gw.Feed(in))
		}
	}
	return a[0].Ref, record.Accepted
}

// key returns a new key of a client.
func (w *world) key() string {
	w.asked++
	return fmt.Sprintf("k%d", w.asked)
}

func (w *world) deposit(fund uint64, amount money.Amount) uint64 {
	w.t.Helper()
	id, code := w.ask(w.key(), &record.AskDeposit{Fund: fund, Amount: amount, Channel: record.ChannelMobile})
	if code != record.Accepted {
		w.t.Fatalf("deposit: %v", code)
	}
	return id
}

func (w *world) withdraw(fund uint64, amount money.Amount) uint64 {
	w.t.Helper()
	id, code := w.ask(w.key(), &record.AskWithdrawal{Fund: fund, Amount: amount, Channel: record.ChannelMobile, PasswordOK: 1})
	if code != record.Accepted {
		w.t.Fatalf("withdrawal: %v", code)
	}
	return id
}

func (w *world) transfer(id uint64) custody.Transfer {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	t, ok := w.m.TransferBy(id)
	if !ok {
		w.t.Fatalf("no transfer %d", id)
	}
	return t
}

func (w *world) state(id uint64) uint8 { return w.transfer(id).State }

func (w *world) balance(fund uint64) money.Amount {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	_, row, ok := w.m.Fund(fund)
	if !ok {
		w.t.Fatalf("no fund %d", fund)
	}
	return money.Amount(w.m.CashOf(row).Balance)
}

// drain lets all banks and gateways say what they have to say.
func (w *world) drain() {
	w.t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Second) // only a broken test waits for it
	defer stop()
	for _, s := range w.banks {
		s.must(s.gw.Drain(ctx))
	}
}

// pass lets time pass in steps, as a player does.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for ; d > 0; d -= w.step {
		w.now = w.now.Add(w.step)
		for _, s := range w.banks {
			s.must(s.ctl.Advance(w.now))
			s.must(s.gw.Tick(context.Background(), w.now))
		}
		w.drain()
	}
}

// settle lets every time-out, late answer and enquiry come to its end.
func (w *world) settle() {
	w.t.Helper()
	w.step = 20 * time.Second
	w.pass(4 * time.Minute)
	w.step = 5 * time.Second
}

// compare checks that each management account differs from the ledger by exactly
// what the bank's log of faults says.
func (w *world) compare() {
	w.t.Helper()
	for _, s := range w.banks {
		want := map[string]money.Amount{}
		for _, in := range s.ctl.Log() {
			want[in.Fund] += in.Effect()
		}
		for n := uint64(1); ; n++ {
			fund := uint64(s.number)*1000 + n
			name := strconv.FormatUint(fund, 10)
			a, ok := s.ctl.Account(name)
			if !ok {
				break
			}
			if got := a.Managed - w.balance(fund); got != want[name] {
				w.t.Fatalf("fund %d: the bank is ahead by %v, its log says %v\n%s\n%s", fund, got, want[name], s.story(), strings.Join(w.log, "\n"))
			}
			if a.Managed+a.OnCard != openingCash+onCard {
				w.t.Fatalf("fund %d: the bank made or lost money: %v", fund, a.Managed+a.OnCard)
			}
		}
		if d, err := totalOf(s); err != nil || d != 0 {
			w.t.Fatalf("bank %d: total against detail differs by %v %v", s.number, d, err)
		}
	}
}

func totalOf(s *side) (money.Amount, error) {
	total := s.ctl.Total(money.CNY)
	return total.Difference()
}

func (s *side) story() string {
	var b strings.Builder
	for _, e := range s.ctl.Entries() {
		fmt.Fprintf(&b, "%v %v fund %s %v: %v booked %v hidden %v phantom %v\n", e.Key, e.Function, e.Fund, e.Amount, e.State, e.Booked, e.Hidden, e.Phantom)
	}
	for _, i := range s.ctl.Log() {
		fmt.Fprintf(&b, "fault %v on %v %v: %v, effect %v\n", i.Fault, i.Key, i.Function, i.Finding, i.Effect())
	}
	return b.String()
}

// each runs a test over every format.
func each(t *testing.T, run func(t *testing.T, f wire.Format)) {
	for _, f := range formats {
		t.Run(f.Name, func(t *testing.T) { run(t, f) })
	}
}
