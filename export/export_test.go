package export_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sancun/custody"
	"sancun/export"
	"sancun/journal"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// house is a real machine and the journal of what it decided.
type house struct {
	t       testing.TB
	machine *custody.Machine
	blocks  []*journal.Block
	head    journal.Position
	now     int64
}

const (
	today   = 20230825
	next    = 20230828
	morning = int64(1692928800) * 1_000_000_000 // 2023-08-25 10:00 in Beijing
)

func (h *house) Read(_ uint64, fn func(*journal.Block) error) error {
	for _, b := range h.blocks {
		if err := fn(b); err != nil {
			return err
		}
	}
	return nil
}

// must decides commands in one block.
func (h *house) must(caller record.Caller, cmds ...record.Command) (last state.Answer) {
	h.t.Helper()
	h.now += 1_000_000
	h.machine.Begin(nil, h.head.Height+1, h.now)
	for _, cmd := range cmds {
		if last = h.machine.Decide(record.Request{Caller: caller, Cmd: cmd}); last.Code != 0 {
			h.t.Fatalf("%T: %s", cmd, record.Code(last.Code))
		}
	}
	b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Epoch: 1, Height: h.head.Height + 1, Time: h.now, Previous: h.head.Hash}, h.machine.Body())
	if err != nil {
		h.t.Fatal(err)
	}
	h.blocks, h.head = append(h.blocks, &b), b.Position()
	return last
}

func fund(client uint64) uint64        { return 880000 + client }
func bankOf(client uint64) uint16      { return uint16(1 + client%2) }
func card(client uint64) state.Key     { return state.KeyOf(client, 1) }
func name(client uint64) state.Key     { return state.KeyOf(client, 2) }
func digits(text string) (id [10]byte) { copy(id[:], text); return id }

var (
	stock, _ = market.ParseID("000001.SZ")
	staff    = record.CallerOf(record.CallerStaff, 9)
)

// clients is how many there are in the tests; three share a bank's account.
const clients = 4

// newHouse plays a day of every kind of posting: own money, take-over, deposits,
// withdrawals, orders, clearing, settlement, fees, fen, dividends and bonus units,
// money between banks, and plain accounts of other books.
func newHouse(t testing.TB) *house {
	h := &house{t: t, machine: custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100}), now: morning}
	h.must(0, &record.LedgerOpen{AccountKind: uint16(ledger.GeneralWorld), Unit: 7}, &record.LedgerOpen{AccountKind: uint16(ledger.General), Unit: 7, Owner: 5},
		&record.LedgerTransfer{Debit: 0, Credit: 1, Amount: 12345})
	h.must(0, &record.OpenDay{Date: today, Next: next})
	for i, code := range []string{"ICBC", "C:B; C"} {
		h.must(0, &record.SetBank{Number: uint16(i + 1), Service: custody.BankOpen, WindowTo: 17 * 3600_000, SingleMax: 1 << 40, Code: code, Name: code},
			&record.BankSession{Bank: uint16(i + 1), Date: today}, &record.FundOwn{Bank: uint16(i + 1), Currency: money.CNY, Amount: 1_000_01})
	}
	h.must(0, &record.LoadInstruments{Date: today, Rows: []record.InstrumentData{
		{ID: uint32(stock), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000},
	}})
	for c := uint64(1); c <= clients; c++ {
		securities := record.SecuritiesData{Fund: fund(c), Market: uint8(market.Shenzhen), Account: digits(fmt.Sprintf("%010d", c))}
		copy(securities.PBU[:], "123456")
		h.must(0,
			&record.OpenClients{Rows: []record.ClientData{{
				Number: c, Class: custody.Person, Document: 1, Branch: 7, ID: state.KeyOf(c, 3), Name: name(c), Mobile: state.KeyOf(c, 4),
				Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
			}}},
			&record.OpenFunds{Rows: []record.FundData{{Number: fund(c), Client: c, Currency: money.CNY, Main: 1}}},
			&record.SignContracts{Rows: []record.ContractData{{Fund: fund(c), Bank: bankOf(c), Card: card(c)}}},
			&record.TakeOver{Rows: []record.OpeningBalance{{Fund: fund(c), Amount: 100_000_00}}},
			&record.OpenSecurities{Rows: []record.SecuritiesData{securities}},
			&record.SecuritiesIn{Fund: fund(c), Instrument: uint32(stock), Quantity: 1000})
		h.must(0, &record.BankDeposit{Bank: bankOf(c), Date: today, BankRef: fmt.Sprint("B", c), Fund: fund(c), Currency: money.CNY, Amount: money.Amount(c) * 1_01, Card: card(c), Name: name(c)})
	}
	h.must(0, &record.AskWithdrawal{Fund: fund(1), Amount: 99, Channel: record.ChannelWeb, PasswordOK: 1})
	h.trade(custody.Buy, 1)
	h.trade(custody.Sell, 2)
	h.must(0, &record.MoveReserve{Bank: bankOf(1), Market: uint8(market.Shenzhen), Currency: money.CNY, Amount: 2_000_00},
		&record.SettleNet{TradeDate: today, Bank: bankOf(1), Market: uint8(market.Shenzhen), Currency: money.CNY, Amount: -1_000_09},
		&record.DrawFees{Bank: bankOf(1), Currency: money.CNY, Amount: 5_00},
		&record.BookRounding{TradeDate: today, Bank: bankOf(1), Market: uint8(market.Shenzhen), Currency: money.CNY, Amount: -1},
		&record.InterestReceived{Bank: bankOf(2), Currency: money.CNY, Amount: 1_23},
		&record.Entitlement{Fund: fund(3), Instrument: uint32(stock), Event: [12]byte{1}, Cash: 777},
		&record.Entitlement{Fund: fund(3), Instrument: uint32(stock), Event: [12]byte{2}, Units: 50})
	return h
}

// trade lets a client's order of 100 units be filled and cleared with the day's end
// left open for the next one.
func (h *house) trade(side uint8, client uint64) {
	h.t.Helper()
	order := h.must(staff, &record.NewOrder{
		Fund: fund(client), Instrument: uint32(stock), Side: side, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
		Channel: record.ChannelCounter, Price: 10_0000, Quantity: 100,
	}).Ref
	h.must(0, &record.OrderFilled{
		Report: record.Report{Market: uint8(market.Shenzhen), Partition: uint32(order), Index: 1, ClOrdID: digits(fmt.Sprintf("%010d", order))}, Price: 10_0000, Quantity: 100,
	})
	if side == custody.Sell {
		h.must(0, &record.StopDay{Date: today}, &record.ClearOrders{Date: today, Orders: []uint64{order - 1, order}})
	}
}

// balances are what the machine has, by the names that a reader sees, positive on
// the debit side.
func (h *house) balances() map[string]string {
	l := h.machine.Ledger
	all := map[string]string{}
	add := func(account string, k ledger.Key, commodity string, sign int64) {
		row, ok := l.Find(k)
		if !ok || l.At(row).Balance == 0 {
			return
		}
		v := sign * l.At(row).Balance
		figure := strconv.FormatInt(v, 10)
		if commodity == "CNY" {
			figure = money.Amount(v).String()
		}
		all[account+" "+commodity] = figure
	}
	for number, code := range map[uint16]string{1: "ICBC", 2: "C B C"} {
		of := func(kind ledger.Kind, owner uint64) ledger.Key {
			return ledger.Key{Kind: kind, Bank: number, Unit: uint32(money.CNY), Owner: owner}
		}
		add("assets:clients:pooled:"+code, of(ledger.Pooled, 0), "CNY", 1)
		add("assets:clients:reserve:"+code+":SZ", of(ledger.ClientReserve, 2), "CNY", 1)
		add("assets:clients:in settlement:"+code+":SZ", of(ledger.InSettlement, 2), "CNY", 1)
		add("liabilities:clients:fees due:"+code, of(ledger.FeesDue, 0), "CNY", -1)
		add("liabilities:clients:interest due:"+code, of(ledger.InterestDue, 0), "CNY", -1)
		add("assets:own:bank:"+code, of(ledger.OwnBank, 0), "CNY", 1)
		for c := uint64(1); c <= clients; c++ {
			_, row, _ := h.machine.Fund(fund(c))
			add(fmt.Sprintf("liabilities:clients:cash:%s:%d", code, fund(c)), of(ledger.ClientCash, uint64(row)), "CNY", -1)
		}
	}
	own := func(kind ledger.Kind) ledger.Key { return ledger.Key{Kind: kind, Unit: uint32(money.CNY)} }
	add("revenues:own:fees", own(ledger.FeeIncome), "CNY", -1)
	add("revenues:own:rounding", own(ledger.Rounding), "CNY", -1)
	add("equity:own:opening", own(ledger.OwnEquity), "CNY", -1)
	add("assets:clients:securities:SZ", ledger.Key{Kind: ledger.Custody, Unit: ledger.UnitSecurity, Owner: 2}, "000001.SZ", 1)
	for c := uint64(1); c <= clients; c++ {
		_, row, _ := h.machine.Fund(fund(c))
		add(fmt.Sprintf("liabilities:clients:securities:%d", fund(c)), ledger.Key{Kind: ledger.Position, Unit: ledger.UnitSecurity, Owner: uint64(row) + 1}, "000001.SZ", -1)
	}
	add("assets:general:0", ledger.Key{Kind: ledger.GeneralWorld, Unit: 7}, "unit 7", 1)
	add("liabilities:general:5", ledger.Key{Kind: ledger.General, Unit: 7, Owner: 5}, "unit 7", -1)
	return all
}

// hledger runs the program of that name on a journal.
func hledger(t *testing.T, file string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("hledger")
	if err != nil {
		t.Fatal("hledger is not installed: apt-get install the packages in scripts/test-packages.txt")
	}
	cmd := exec.Command(path, append([]string{"-f", file}, args...)...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("hledger %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func write(t *testing.T, h *house, o export.Options) (string, export.Counts) {
	t.Helper()
	var out bytes.Buffer
	counts, err := export.Write(&out, h, o)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), counts
}

// An accounting program that shares no code with us accepts the general ledger,
// strictly, and comes to the balances that the machine has.
func TestHledgerAgrees(t *testing.T) {
	h := newHouse(t)
	text, counts := write(t, h, export.Options{Format: export.Hledger})
	file := filepath.Join(t.TempDir(), "ledger.journal")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	hledger(t, file, "check", "--strict", "accounts", "commodities", "ordereddates")
	got := map[string]string{}
	rows, err := csv.NewReader(strings.NewReader(hledger(t, file, "balance", "--flat", "--no-total", "--layout=bare", "-O", "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		got[row[0]+" "+row[1]] = row[2]
	}
	if d := cmp.Diff(h.balances(), got); d != "" {
		t.Errorf("the machine (-) and hledger (+) differ:\n%s", d)
	}
	if n := strings.Count(hledger(t, file, "print"), " * ("); uint64(n) != counts.Transactions || n < 20 {
		t.Errorf("hledger counts %d transactions, we %d", n, counts.Transactions)
	}
}

// With totals, one account stands for all clients of a bank.
func TestTotalsHideClients(t *testing.T) {
	h := newHouse(t)
	text, _ := write(t, h, export.Options{Format: export.Hledger, Totals: true})
	file := filepath.Join(t.TempDir(), "ledger.journal")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	hledger(t, file, "check", "--strict")
	if strings.Contains(text, "88000") {
		t.Error("a fund account is named in totals")
	}
	var want money.Amount
	for name, figure := range h.balances() {
		if strings.HasPrefix(name, "liabilities:clients:cash:ICBC:") {
			a, err := money.ParseAmount(figure)
			if err != nil {
				t.Fatal(err)
			}
			want += a
		}
	}
	if got := hledger(t, file, "balance", "--no-total", "--format", "%(total)", "liabilities:clients:cash:ICBC"); strings.TrimSpace(got) != want.String()+" CNY" {
		t.Errorf("clients of a bank: %q, want %s", strings.TrimSpace(got), want)
	}
}

// The table has the same postings, and sums to the same balances.
func TestTableSumsUp(t *testing.T) {
	h := newHouse(t)
	text, counts := write(t, h, export.Options{Format: export.CSV})
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if uint64(len(rows)-1) != counts.Postings || counts.Blocks != uint64(len(h.blocks)) {
		t.Errorf("%d lines, counts %+v of %d blocks", len(rows)-1, counts, len(h.blocks))
	}
	sums := map[string]int64{}
	for _, row := range rows[1:] {
		var v int64
		if row[10] == "CNY" {
			a, err := money.ParseAmount(row[9])
			if err != nil {
				t.Fatal(err)
			}
			v = int64(a)
		} else if v, err = strconv.ParseInt(row[9], 10, 64); err != nil {
			t.Fatal(err)
		}
		if v <= 0 || row[0] != "2023-08-25" {
			t.Errorf("line %v", row)
		}
		sums[row[7]+" "+row[10]] += v
		sums[row[8]+" "+row[10]] -= v
	}
	got := map[string]string{}
	for name, v := range sums {
		switch {
		case v == 0:
		case strings.HasSuffix(name, " CNY"):
			got[name] = money.Amount(v).String()
		default:
			got[name] = strconv.FormatInt(v, 10)
		}
	}
	if d := cmp.Diff(h.balances(), got); d != "" {
		t.Errorf("the machine (-) and the table (+) differ:\n%s", d)
	}
}

// failing is a writer that takes some bytes and then no more.
type failing struct{ room int }

var errFull = errors.New("disk full")

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestErrorsAreSaid(t *testing.T) {
	h := newHouse(t)
	for _, format := range []string{export.Hledger, export.CSV} {
		if _, err := export.Write(&failing{100}, h, export.Options{Format: format}); !errors.Is(err, errFull) {
			t.Errorf("%s to a full disk: %v", format, err)
		}
	}
	if _, err := export.Write(&bytes.Buffer{}, h, export.Options{Format: "xml"}); !errors.Is(err, export.ErrFormat) {
		t.Errorf("an unknown format: %v", err)
	}
	damaged := &house{blocks: []*journal.Block{h.blocks[len(h.blocks)-1]}} // postings on accounts never opened
	if _, err := export.Write(&bytes.Buffer{}, damaged, export.Options{Format: export.CSV}); !errors.Is(err, record.ErrMalformed) {
		t.Errorf("a journal without its beginning: %v", err)
	}
}
