package node

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"sancun/custody"
	"sancun/internal/soak"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
	"sancun/verify"
)

// killCycles is how often TestKilled kills, unless a soak says.
const killCycles = 60

// killLines is the most answers the killer waits for before it strikes.
const killLines = 60

// wish is a request of the outside world, with the answer it got.
type wish struct {
	id       uint64
	caller   record.Caller
	cmd      record.Command
	answer   string // code:ref:height, empty while unknown
	code     uint64
	ref      uint64
	reused   bool // asks under a key that was used for something else
	repeated bool // asks again what was answered before
}

func keyOf(caller record.Caller, id uint64) state.Key {
	return record.KeyFor(caller, strconv.FormatUint(id, 10))
}

// outside is the world that the victim serves: it keeps what it asked and what it
// was told, and after each death asks again what it was told nothing of.
type outside struct {
	t     *testing.T
	rng   *rand.Rand
	dir   string
	asked []*wish // by id - 1
	lanes []*strand

	deaths   int
	unknown  int // requests without an answer at a death
	early    int // deaths before the victim was ready
	balances map[uint32]int64
	cash     map[uint64]int64
	orders   map[uint64]*wish // by order number
	made     uint64           // the last request of the beginning
	setUp    bool
}

// strand sends one line at a time; lanes run side by side.
type strand struct {
	number int
	flight []*wish
	next   func() []*wish
}

const (
	killAccounts = 20
	killClients  = 5
	killStock    = 1600000 // 600000 of Shanghai
)

func fundNumber(client uint64) uint64 { return 5000 + client }

func (o *outside) ask(caller record.Caller, cmd record.Command) *wish {
	a := &wish{id: uint64(len(o.asked)) + 1, caller: caller, cmd: cmd}
	o.asked = append(o.asked, a)
	return a
}

// genesis is what a new cell needs before the load can run.
func (o *outside) genesis() []*wish {
	var all []*wish
	add := func(caller record.Caller, cmd record.Command) { all = append(all, o.ask(caller, cmd)) }
	staff := record.CallerOf(record.CallerStaff, 1)
	for owner := range uint64(killAccounts) {
		kind := ledger.General
		if owner == 0 {
			kind = ledger.GeneralWorld
		}
		add(0, &record.LedgerOpen{AccountKind: uint16(kind), Unit: 1, Owner: owner})
	}
	add(0, &record.OpenDay{Date: 20230825, Next: 20230828})
	add(0, &record.SetBank{Number: 1, Service: custody.BankOpen, WindowTo: 24 * 3600_000, SingleMax: 1 << 50, Code: "ICBC", Name: "ICBC"})
	add(0, &record.BankSession{Bank: 1, Date: 20230825})
	add(0, &record.LoadInstruments{Date: 20230825, Rows: []record.InstrumentData{
		{ID: killStock, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000},
	}})
	for c := uint64(1); c <= killClients; c++ {
		add(staff, &record.OpenClients{Rows: []record.ClientData{{
			Number: c, Class: custody.Person, Document: 1, Branch: 7, ID: state.KeyOf(c, 1), Name: state.KeyOf(c, 2), Mobile: state.KeyOf(c, 3),
			Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		}}})
		add(staff, &record.OpenFunds{Rows: []record.FundData{{Number: fundNumber(c), Client: c, Currency: money.CNY, Main: 1}}})
		add(0, &record.SignContracts{Rows: []record.ContractData{{Fund: fundNumber(c), Bank: 1, Card: state.KeyOf(c, 4)}}})
		account := record.SecuritiesData{Fund: fundNumber(c), Market: uint8(market.Shanghai)}
		copy(account.Account[:], fmt.Sprintf("A%09d", c))
		copy(account.PBU[:], "123456")
		add(staff, &record.OpenSecurities{Rows: []record.SecuritiesData{account}})
	}
	return all
}

// transfers, deposits and repetitions, some under a key that was used before.
func (o *outside) mixed() []*wish {
	var all []*wish
	for range 1 + o.rng.IntN(12) {
		switch o.rng.IntN(10) {
		case 0, 1, 2, 3:
			all = append(all, o.ask(0, &record.LedgerTransfer{
				Debit: uint32(o.rng.IntN(killAccounts)), Credit: uint32(o.rng.IntN(killAccounts)), Amount: int64(o.rng.IntN(1000)),
			}))
		case 4, 5, 6, 7:
			c := 1 + uint64(o.rng.IntN(killClients))
			all = append(all, o.ask(record.CallerOf(record.CallerBank, 1), &record.BankDeposit{
				Bank: 1, Date: 20230825, BankRef: "R" + strconv.Itoa(len(o.asked)), Fund: fundNumber(c), Currency: money.CNY,
				Amount: money.Amount(1 + o.rng.IntN(100_000)), Card: state.KeyOf(c, 4), Name: state.KeyOf(c, 2),
			}))
		default:
			if old := o.asked[len(o.asked)-1-o.rng.IntN(min(len(o.asked), 3000))]; old.answer != "" {
				again := &wish{id: old.id, caller: old.caller, cmd: old.cmd, repeated: true}
				if o.rng.IntN(4) == 0 {
					again.cmd, again.reused = &record.LedgerHold{Account: 1, Amount: -77}, true
				}
				all = append(all, again)
			}
		}
	}
	if len(all) == 0 {
		return o.mixed()
	}
	return all
}

// life leads orders from birth to fill, one step a line, because an exchange's
// reports follow one another.
func (o *outside) life() func() []*wish {
	var order, last *wish
	var index uint64
	return func() []*wish {
		exchange := record.CallerOf(record.CallerExchange, uint64(market.Shanghai))
		switch {
		case order != nil && last == order && order.code == 0:
			index++
			last = o.ask(exchange, &record.OrderReported{Report: o.report(order, index)})
		case order != nil && last != order && last.cmd.Kind() == record.KindOrderReported:
			index++
			last = o.ask(exchange, &record.OrderFilled{Report: o.report(order, index), Price: 10_0000, Quantity: 100})
		default:
			c := 1 + uint64(o.rng.IntN(killClients))
			order = o.ask(record.CallerOf(record.CallerClient, c), &record.NewOrder{
				Fund: fundNumber(c), Instrument: killStock, Side: custody.Buy, Category: custody.CategoryAuction,
				Type: uint8(market.LimitOrder), Channel: record.ChannelWeb, Price: 10_0000, Quantity: 100,
			})
			last = order
		}
		return []*wish{last}
	}
}

func (o *outside) report(order *wish, index uint64) record.Report {
	r := record.Report{Market: uint8(market.Shanghai), Partition: 1, Index: index}
	copy(r.ClOrdID[:], fmt.Sprintf("%010d", order.ref))
	return r
}

// told takes one answer; what was told once must never change.
func (o *outside) told(a *wish, answer string) {
	o.t.Helper()
	words := strings.Split(answer, ":")
	code, err := strconv.ParseUint(words[0], 10, 16)
	if err != nil {
		o.t.Fatal(err)
	}
	if a.reused {
		if record.Code(code) != record.KeyReused {
			o.t.Fatalf("request %d with other input was answered %s", a.id, answer)
		}
		return
	}
	first := o.asked[a.id-1]
	if first.answer != "" {
		if first.answer != answer {
			o.t.Fatalf("request %d was answered %s, and again %s", a.id, first.answer, answer)
		}
		return
	}
	first.answer, first.code = answer, code
	if first.ref, err = strconv.ParseUint(words[1], 10, 64); err != nil {
		o.t.Fatal(err)
	}
	switch {
	case code == 0:
		o.book(first)
	case a.id <= o.made:
		o.t.Fatalf("%T of the beginning: %s", a.cmd, record.Code(code))
	}
}

// book keeps plain sums of what was accepted.
func (o *outside) book(a *wish) {
	o.t.Helper()
	switch c := a.cmd.(type) {
	case *record.LedgerTransfer:
		o.balances[c.Debit] -= c.Amount
		o.balances[c.Credit] += c.Amount
	case *record.BankDeposit:
		o.cash[c.Fund] += int64(c.Amount)
	case *record.NewOrder:
		if other := o.orders[a.ref]; other != nil {
			o.t.Fatalf("requests %d and %d are both order %d", other.id, a.id, a.ref)
		}
		o.orders[a.ref] = a
	case *record.OrderReported, *record.OrderFilled:
		if a.ref == 0 {
			o.t.Fatalf("report %d of an accepted order speaks of none: the order is lost", a.id)
		}
	default:
	}
}

// life of the victim: from its start until it is dead, killed after so many lines.
// With lines below zero it is asked to end by itself.
func (o *outside) live(lines int) {
	o.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killDir+"="+o.dir, "GORACE=halt_on_error=1")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	in, err := cmd.StdinPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	served := o.serve(in, out, lines, cmd.Process)
	err = cmd.Wait()
	switch {
	case lines < 0 && err != nil:
		o.t.Fatalf("the victim ended with %v\n%s", err, complaint.String())
	case lines >= 0 && cmd.ProcessState.Exited():
		o.t.Fatalf("the victim ended before it was killed: %v\n%s", err, complaint.String())
	}
	if !served {
		o.early++
	}
	for _, l := range o.lanes {
		o.unknown += len(l.flight)
	}
}

// serve talks with the victim until its output ends; it returns whether the
// victim came to take requests.
func (o *outside) serve(in io.WriteCloser, out io.Reader, lines int, p *os.Process) (ready bool) {
	o.t.Helper()
	heard := bufio.NewReader(out)
	quota := 40 // lines to send before a proper end
	if lines == 0 {
		o.kill(p)
	}
	for n := 1; ; n++ {
		line, err := heard.ReadString('\n')
		if err != nil {
			return ready // a line without its end was never said
		}
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		switch word {
		case "starting":
		case "ready":
			ready = true
			for _, l := range o.lanes {
				o.send(in, l)
			}
		case "error":
			o.t.Fatalf("the victim says: %s", rest)
		default:
			number, err := strconv.Atoi(word)
			if err != nil {
				o.t.Fatalf("the victim says %q", line)
			}
			l := o.lanes[number]
			if rest != "busy" {
				o.heard(l, strings.Fields(rest))
			}
			if quota--; lines >= 0 || quota > 0 {
				o.send(in, l)
			} else if quota == 0 {
				_ = in.Close() // the rest is answered before the victim ends
			}
		}
		if n == lines {
			o.kill(p)
		}
	}
}

func (o *outside) kill(p *os.Process) {
	o.t.Helper()
	if err := p.Kill(); err != nil {
		o.t.Fatal(err)
	}
	o.deaths++
}

// send sends a lane's line, the one it has no answer to before a new one. A victim
// that died meanwhile does not take it; then it is asked again in its next life.
func (o *outside) send(in io.Writer, l *strand) {
	if len(l.flight) == 0 {
		if l.flight = l.next(); len(l.flight) == 0 {
			return
		}
	}
	_, _ = io.WriteString(in, writeLine(l.number, l.flight))
}

func (o *outside) heard(l *strand, answers []string) {
	o.t.Helper()
	if len(answers) != len(l.flight) {
		o.t.Fatalf("%d answers to %d requests", len(answers), len(l.flight))
	}
	flight := l.flight
	l.flight = nil
	for i, a := range flight {
		o.told(a, answers[i])
	}
}

// audit compares a dead victim's journal with what the outside was told.
func (o *outside) audit(final bool) {
	o.t.Helper()
	store, err := OpenJournal(o.dir, 1)
	if err != nil {
		o.t.Fatal(err)
	}
	verdict, err := verify.Journal(store, nil)
	if err != nil || !verdict.OK() {
		o.t.Fatalf("verify says %v, %+v", err, verdict.Laws)
	}
	byKey := make(map[state.Key]*wish, len(o.asked))
	for _, a := range o.asked {
		byKey[keyOf(a.caller, a.id)] = a
	}
	found := make(map[state.Key]bool, len(o.asked))
	err = store.Read(1, func(b *journal.Block) error {
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			a := byKey[v.Key]
			switch {
			case a == nil:
				o.t.Fatalf("block %d has a record that nobody asked for", b.Height)
			case found[v.Key]:
				o.t.Fatalf("request %d is in the journal twice, again in block %d", a.id, b.Height)
			case a.answer != "" && a.answer != fmt.Sprintf("%d:%d:%d", v.Code, v.Ref, b.Height):
				o.t.Fatalf("request %d was answered %s, block %d says %d:%d", a.id, a.answer, b.Height, v.Code, v.Ref)
			}
			found[v.Key] = true
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
	for _, a := range o.asked {
		if a.answer != "" && !found[keyOf(a.caller, a.id)] {
			o.t.Fatalf("request %d was answered %s and is lost", a.id, a.answer)
		}
	}
	if err := store.Close(); err != nil {
		o.t.Fatal(err)
	}
	if final {
		o.compare(verdict)
	}
}

// compare opens the centre once more, when no answer is outstanding, and compares
// its books with the plain sums.
func (o *outside) compare(verdict *verify.Verdict) {
	o.t.Helper()
	core, err := killCore(o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	err = core.Look(context.Background(), func(m *custody.Machine) {
		for row := range uint32(killAccounts) {
			want := o.balances[row]
			if row == 0 {
				want = -want // the world grows when it is debited
			}
			if got := m.Ledger.At(row).Balance; got != want {
				o.t.Errorf("account %d has %d, the answers add up to %d", row, got, want)
			}
		}
		for fund, want := range o.cash {
			_, row, _ := m.Fund(fund)
			if got := m.CashOf(row).Balance; got != want {
				o.t.Errorf("fund account %d has %d, the answers add up to %d", fund, got, want)
			}
		}
		if got := m.Today().Orders; got != uint64(len(o.orders)) {
			o.t.Errorf("%d orders, %d were accepted", got, len(o.orders))
		}
		if root := journal.Hash(m.Root()).String(); root != verdict.StateRoot {
			o.t.Errorf("root %s, verify computes %s", root, verdict.StateRoot)
		}
	})
	if err := errorsOf(err, core.Abandon()); err != nil {
		o.t.Fatal(err)
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// A centre killed at any moment has lost nothing that it answered and done nothing
// twice; what it had not answered is asked again under the same key and answered
// as if nothing had happened; and the second opinion agrees with its books.
func TestKilled(t *testing.T) {
	run := soak.Begin(t, killCycles, 7)
	cycles := run.Count
	o := &outside{
		t: t, rng: rand.New(rand.NewPCG(run.Seed, 11)), dir: t.TempDir(),
		balances: map[uint32]int64{}, cash: map[uint64]int64{}, orders: map[uint64]*wish{},
	}
	o.begin()
	for cycle := range cycles {
		o.live(o.rng.IntN(killLines))
		run.Done++
		if cycle%50 == 20 {
			o.audit(false)
		}
	}
	o.live(-1)
	for _, l := range o.lanes {
		if len(l.flight) > 0 {
			t.Fatalf("lane %d is left without an answer by a victim that ended properly", l.number)
		}
	}
	o.audit(true)
	if o.unknown == 0 || len(o.orders) == 0 || o.deaths != cycles {
		t.Errorf("the test proves too little: %d deaths, %d unknown, %d orders", o.deaths, o.unknown, len(o.orders))
	}
	t.Logf("killed %d times, %d before ready; %d requests, %d without an answer at a death, %d orders", o.deaths, o.early, len(o.asked), o.unknown, len(o.orders))
}

// begin sets the lanes up: the first makes the cell and then leads orders, the
// others wait until the cell is made.
func (o *outside) begin() {
	parts := [][]*wish{}
	for all := o.genesis(); len(all) > 0; {
		n := min(len(all), 7)
		parts, all = append(parts, all[:n]), all[n:]
	}
	o.made = uint64(len(o.asked))
	life := o.life()
	o.lanes = []*strand{{number: 0, next: func() []*wish {
		if len(parts) > 0 {
			next := parts[0]
			parts = parts[1:]
			return next
		}
		o.setUp = true
		return life()
	}}}
	for n := 1; n <= 4; n++ {
		o.lanes = append(o.lanes, &strand{number: n, next: func() []*wish {
			if !o.setUp {
				return nil
			}
			return o.mixed()
		}})
	}
}
