package books_test

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"

	"sancun/books"
	"sancun/custody"
	"sancun/journal"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// house is a real machine whose blocks fill books.
type house struct {
	t       testing.TB
	machine *custody.Machine
	blocks  []*journal.Block
	head    journal.Position
	now     int64
	hold    bool // keep the block open over several commands
	open    bool
}

const (
	today   = 20230825
	next    = 20230828
	opening = int64(1692928800) * 1_000_000_000 // 2023-08-25 10:00 in Beijing
)

func newHouse(t testing.TB) *house {
	return &house{t: t, machine: custody.New(custody.Options{Sum: sha256.Sum256, Answers: 1000}), head: journal.Position{Cell: 1}, now: opening}
}

func (h *house) do(caller record.Caller, cmd record.Command) state.Answer {
	h.t.Helper()
	if !h.open {
		h.now += 1_000_000
		h.machine.Begin(make([]byte, 0, 1<<20), h.head.Height+1, h.now)
		h.open = true
	}
	a := h.machine.Decide(record.Request{Caller: caller, Cmd: cmd})
	if !h.hold || len(h.machine.Body()) > 1<<20 {
		h.seal()
	}
	return a
}

func (h *house) seal() {
	h.t.Helper()
	h.open = false
	b, err := journal.Seal(journal.Header{Kind: journal.SHA256, Cell: 1, Epoch: 1, Height: h.head.Height + 1, Time: h.now, Previous: h.head.Hash}, h.machine.Body())
	if err != nil {
		h.t.Fatal(err)
	}
	h.blocks = append(h.blocks, &b)
	h.head = b.Position()
}

func (h *house) must(caller record.Caller, cmd record.Command) state.Answer {
	h.t.Helper()
	a := h.do(caller, cmd)
	if a.Code != 0 {
		h.t.Fatalf("%T: %s ref %d", cmd, record.Code(a.Code), a.Ref)
	}
	return a
}

func fundOf(client uint64) uint64     { return 880000 + client }
func bankOf(client uint64) uint16     { return uint16(1 + client%2) }
func cardOf(client uint64) state.Key  { return state.KeyOf(client, 0xca4d) }
func nameOf(client uint64) state.Key  { return state.KeyOf(client, 0x4a3e) }
func staff(n uint64) record.Caller    { return record.CallerOf(record.CallerStaff, n) }
func bank(n uint16) record.Caller     { return record.CallerOf(record.CallerBank, uint64(n)) }
func investor(n uint64) record.Caller { return record.CallerOf(record.CallerClient, n) }

// stock is the security of the tests.
var stock, _ = market.NewID(market.Shenzhen, 1)

// begin opens the day with two banks, a security, and n clients with accounts,
// a contract, money and securities.
func (h *house) begin(n uint64) {
	h.t.Helper()
	h.must(0, &record.OpenDay{Date: today, Next: next})
	for i, code := range []string{"ICBC", "CCB"} {
		h.must(0, &record.SetBank{Number: uint16(i + 1), Service: custody.BankOpen, WindowFrom: 8 * 3600_000, WindowTo: 17 * 3600_000, SingleMax: 1 << 40, Code: code, Name: code + " 测试"})
		h.must(0, &record.BankSession{Bank: uint16(i + 1), Date: today})
	}
	h.must(0, &record.LoadInstruments{Date: today, Rows: []record.InstrumentData{{ID: uint32(stock), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 100_000}}})
	for first := uint64(1); first <= n; first += record.BatchMax {
		last := min(n, first+record.BatchMax-1)
		clients, funds := &record.OpenClients{}, &record.OpenFunds{}
		contracts, takeover := &record.SignContracts{}, &record.TakeOver{}
		securities := &record.OpenSecurities{}
		for c := first; c <= last; c++ {
			clients.Rows = append(clients.Rows, record.ClientData{
				Number: c, Class: custody.Person, Document: 1, Branch: 7, ID: state.KeyOf(c, 0x1d), Name: nameOf(c), Mobile: state.KeyOf(c, 0x30),
				Risk: 5, RiskUntil: 20240825, Permissions: custody.PermitMain, Sealed: fmt.Appendf(nil, "sealed %d", c),
			})
			funds.Rows = append(funds.Rows, record.FundData{Number: fundOf(c), Client: c, Currency: money.CNY, Main: 1})
			contracts.Rows = append(contracts.Rows, record.ContractData{Fund: fundOf(c), Bank: bankOf(c), Card: cardOf(c)})
			takeover.Rows = append(takeover.Rows, record.OpeningBalance{Fund: fundOf(c), Amount: 10_000_000})
			row := record.SecuritiesData{Fund: fundOf(c), Market: uint8(market.Shenzhen)}
			copy(row.Account[:], fmt.Sprintf("%010d", c))
			copy(row.PBU[:], "123456")
			securities.Rows = append(securities.Rows, row)
		}
		for _, cmd := range []record.Command{clients, funds, contracts, takeover, securities} {
			by := staff(9)
			if h.machine.NeedsTwo(by, cmd) {
				by = 0 // the house's own migration
			}
			h.must(by, cmd)
		}
	}
}

func (h *house) buy(client uint64, price money.Price, units money.Quantity) state.Answer {
	h.t.Helper()
	return h.do(investor(client), &record.NewOrder{
		Fund: fundOf(client), Instrument: uint32(stock), Side: custody.Buy, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
		Channel: record.ChannelAPI, Price: price, Quantity: units,
	})
}

// filled reports one fill of an order, as the next of its partition.
func (h *house) filled(order uint64, index uint64, price money.Price, units money.Quantity) state.Answer {
	h.t.Helper()
	c := &record.OrderFilled{Report: record.Report{Market: uint8(market.Shenzhen), Partition: 1, Index: index}, Price: price, Quantity: units}
	copy(c.ClOrdID[:], fmt.Sprintf("%010d", order))
	copy(c.ExecID[:], fmt.Sprintf("E%d", index))
	return h.do(record.CallerOf(record.CallerExchange, uint64(market.Shenzhen)), c)
}

func (h *house) deposit(client uint64, ref string, amount money.Amount) state.Answer {
	h.t.Helper()
	return h.do(bank(bankOf(client)), &record.BankDeposit{
		Bank: bankOf(client), Date: today, BankRef: ref, Fund: fundOf(client), Currency: money.CNY, Amount: amount, Card: cardOf(client), Name: nameOf(client),
	})
}

// fill puts the blocks from the filler's position on into books.
func (h *house) fill(f *books.Filler) {
	h.t.Helper()
	for _, b := range h.blocks[f.Position().Height:] {
		if err := f.Add(b); err != nil {
			h.t.Fatal(err)
		}
	}
}

func openFiller(t testing.TB, path string) *books.Filler {
	t.Helper()
	f, err := books.OpenFiller(books.FillerOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// bookPath is a place for new tables: a file, or in TestEngines what its engine has.
func bookPath(t testing.TB) string {
	if place != nil {
		return place()
	}
	return filepath.Join(t.TempDir(), "books.sqlite")
}
