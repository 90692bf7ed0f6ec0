package settle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"go.uber.org/goleak"

	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The business date of the tests; onDate changes it for one test.
var (
	testDate uint32 = 20230825
	testNext uint32 = 20230828
	day             = csdc.Date("20230825")
	settles         = csdc.Date("20230828")
)

var (
	stockSH = must(market.ParseID("600000.SH"))
	stockSZ = must(market.ParseID("000001.SZ"))
	years   = must(calendar.China())
	rules   = must(market.Builtin(years).On(20230825))
	member  = csdc.Participant{Shanghai: "00123", Shenzhen: "000456", PBU: "12345"}
)

// onDate moves the tests to another business date until the test ends or moves
// again.
func onDate(t *testing.T, date, next uint32) {
	t.Helper()
	was, wasNext, wasRules := testDate, testNext, rules
	set := func(date, next uint32) {
		testDate, testNext = date, next
		day, settles = csdc.Date(fmt.Sprint(date)), csdc.Date(fmt.Sprint(next))
	}
	set(date, next)
	rules = must(market.Builtin(years).On(calendar.Date(date)))
	t.Cleanup(func() {
		set(was, wasNext)
		rules = wasRules
	})
}

const (
	cashSH = "100000000000000123"
	cashSZ = "B001000456"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world is a centre with a day on it, and what the outside says of that day.
type world struct {
	t     testing.TB
	core  *centre
	clock *atomic.Int64 // milliseconds
	index map[uint8]uint64
	legs  []leg
	moves map[uint16][]wire.TransferDetail
	held  map[place]money.Quantity // as the clearing house has it at the day's end
	banks map[uint16]fstest.MapFS
}

type place struct {
	fund uint64
	id   market.ID
}

// leg is an execution of a client of ours.
type leg struct {
	id       market.ID
	fund     uint64
	side     market.Side
	exec     string
	price    money.Price
	quantity money.Quantity
}

func at(hour, minute int) int64 {
	return calendar.Date(testDate).UnixMilli(calendar.Clock(int32(hour), int32(minute), 0))
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, clock: &atomic.Int64{}, index: map[uint8]uint64{}, moves: map[uint16][]wire.TransferDetail{}, held: map[place]money.Quantity{},
		banks: map[uint16]fstest.MapFS{},
	}
	w.clock.Store(at(9, 40))
	w.core = openCentre(t, w.now)
	return w
}

func (w *world) now() time.Time { return time.UnixMilli(w.clock.Load()) }

func (w *world) do(cmd record.Command) state.Answer { return w.as(0, cmd) }

func (w *world) as(caller record.Caller, cmd record.Command) state.Answer {
	w.t.Helper()
	a, err := w.core.Submit(context.Background(), record.Request{Caller: caller, Cmd: cmd})
	if err != nil {
		w.t.Fatal(err)
	}
	if a[0].Code != 0 {
		w.t.Fatalf("%T: %s", cmd, record.Code(a[0].Code))
	}
	return a[0]
}

func accountOf(fund uint64, m market.Market) string {
	return fmt.Sprintf("%c%09d", "?AS"[m], fund)
}
func cardOf(fund uint64) state.Key { return state.KeyOf(fund, 0xca4d) }
func nameOf(fund uint64) state.Key { return state.KeyOf(fund-1000, 0x4a3e) }
func bankOf(fund uint64) uint16    { return uint16(1 + (fund-1001)%3) }

// people names owners by their number; nobody real is meant.
type people struct{}

func (people) Person(fund uint64) (settle.Person, error) {
	return settle.Person{Name: fmt.Sprintf("客户%d", fund), Card: fmt.Sprintf("62220000%08d", fund)}, nil
}

// open opens the day with three banks and n clients with cash and shares.
func (w *world) open(n int) {
	w.do(&record.OpenDay{Date: testDate, Next: testNext})
	for i, code := range []string{"ICBC", "BOC", "CEB"} {
		b := uint16(i + 1)
		w.do(&record.SetBank{
			Number: b, Service: custody.BankOpen, WindowFrom: 9 * 3600_000, WindowTo: 16 * 3600_000,
			SingleMin: 100, SingleMax: 50_000_000_00, DailyMax: 100_000_000_00, Code: code, Name: code,
		})
		w.do(&record.BankSession{Bank: b, Date: testDate})
		w.do(&record.FundOwn{Bank: b, Currency: money.CNY, Amount: 1_000_000_00})
	}
	w.do(&record.LoadInstruments{Date: testDate, Rows: []record.InstrumentData{
		{ID: uint32(stockSH), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000},
		{ID: uint32(stockSZ), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 12_0000},
	}})
	for from := 0; from < n; from += record.BatchMax {
		w.openClients(1+uint64(from), uint64(min(n-from, record.BatchMax)))
	}
	for i := range n {
		fund := 1001 + uint64(i)
		for _, id := range []market.ID{stockSH, stockSZ} {
			w.do(&record.SecuritiesIn{Fund: fund, Instrument: uint32(id), Quantity: 1000})
			w.held[place{fund, id}] += 1000
		}
	}
}

func (w *world) openClients(first, n uint64) {
	var clients record.OpenClients
	var funds record.OpenFunds
	var contracts record.SignContracts
	var cash record.TakeOver
	for c := first; c < first+n; c++ {
		fund := 1000 + c
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: c, Class: custody.Person, Document: 1, Branch: 8, ID: state.KeyOf(c, 0x1d), Name: nameOf(fund), Mobile: state.KeyOf(c, 0x3b),
			Risk: 5, RiskUntil: testDate + 9_999, Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		})
		funds.Rows = append(funds.Rows, record.FundData{Number: fund, Client: c, Currency: money.CNY, Main: 1})
		contracts.Rows = append(contracts.Rows, record.ContractData{Fund: fund, Bank: bankOf(fund), Card: cardOf(fund)})
		cash.Rows = append(cash.Rows, record.OpeningBalance{Fund: fund, Amount: 100_000_00})
	}
	for _, cmd := range []record.Command{&clients, &funds, &contracts, &cash} {
		w.do(cmd)
	}
	for _, m := range []market.Market{market.Shanghai, market.Shenzhen} {
		var all record.OpenSecurities
		for c := first; c < first+n; c++ {
			d := record.SecuritiesData{Fund: 1000 + c, Market: uint8(m)}
			copy(d.Account[:], accountOf(1000+c, m))
			copy(d.PBU[:], fmt.Sprintf("%06d", 12345))
			all.Rows = append(all.Rows, d)
		}
		w.do(&all)
	}
}

// order places an order, has it reported and filled.
func (w *world) order(fund uint64, id market.ID, side market.Side, price money.Price, quantity money.Quantity, fills ...money.Quantity) uint64 {
	w.t.Helper()
	o := w.do(&record.NewOrder{
		Fund: fund, Instrument: uint32(id), Side: uint8(side), Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
		Channel: 1, Price: price, Quantity: quantity,
	}).Ref
	w.do(&record.OrderReported{Report: w.report(id, o)})
	for i, q := range fills {
		w.fill(o, leg{id: id, fund: fund, side: side, exec: fmt.Sprintf("%010d%02d", o, i+1), price: price, quantity: q})
	}
	return o
}

func (w *world) report(id market.ID, order uint64) record.Report {
	m := uint8(id.Market())
	w.index[m]++
	r := record.Report{Market: m, Partition: 1, Index: w.index[m]}
	copy(r.ClOrdID[:], fmt.Sprintf("%010d", order))
	return r
}

func (w *world) fill(order uint64, l leg) {
	cmd := &record.OrderFilled{Report: w.report(l.id, order), Price: l.price, Quantity: l.quantity}
	copy(cmd.ExecID[:], l.exec)
	w.do(cmd)
	w.legs = append(w.legs, l)
	if l.side == market.Sell {
		w.held[place{l.fund, l.id}] -= l.quantity
	} else {
		w.held[place{l.fund, l.id}] += l.quantity
	}
}

// deposit is a deposit the broker asks for and the bank confirms.
func (w *world) deposit(fund uint64, amount money.Amount, outcome uint8) uint64 {
	w.t.Helper()
	id := w.do(&record.AskDeposit{Fund: fund, Amount: amount, Channel: 1, SecondFactor: 1}).Ref
	ref := fmt.Sprintf("B%d", id)
	if outcome != 0 {
		w.as(record.CallerOf(record.CallerBank, uint64(bankOf(fund))), &record.BankAnswered{Transfer: id, Outcome: outcome, BankRef: ref, Error: uint16(outcome - 1)})
	}
	if outcome == record.OutcomeSuccess {
		w.move(wire.TransferDetail{Initiator: wire.Broker, Function: wire.FunctionDeposit, BankSerial: ref, BrokerSerial: strconv.FormatUint(id, 10)}, fund, amount)
	}
	return id
}

// withdrawal is a withdrawal that begins at the bank.
func (w *world) withdrawal(fund uint64, amount money.Amount) {
	w.t.Helper()
	ref := fmt.Sprintf("W%d", fund)
	w.as(record.CallerOf(record.CallerBank, uint64(bankOf(fund))), &record.BankWithdrawal{
		Bank: bankOf(fund), Date: testDate, BankRef: ref, Fund: fund, Currency: money.CNY, Amount: amount, Card: cardOf(fund), Name: nameOf(fund), PasswordOK: 1,
	})
	w.move(wire.TransferDetail{Initiator: wire.Bank, Function: wire.FunctionWithdrawal, BankSerial: ref}, fund, amount)
}

// move adds a line to the list of the fund account's bank.
func (w *world) move(d wire.TransferDetail, fund uint64, amount money.Amount) {
	p, _ := people{}.Person(fund)
	d.BankAccount, d.FundAccount, d.Amount, d.Currency = p.Card, strconv.FormatUint(fund, 10), amount, money.CNY
	d.Date, d.Time, d.BrokerCode = wire.Date(testDate), 100000, "60050000"
	w.moves[bankOf(fund)] = append(w.moves[bankOf(fund)], d)
}

// smallDay is a day of three clients at three banks with a little of everything.
func smallDay(t testing.TB) *world {
	w := newWorld(t)
	w.open(3)
	w.deposit(1001, 5_000_00, record.OutcomeSuccess)
	w.deposit(1002, 700_00, record.OutcomeRefused)
	w.withdrawal(1003, 1_234_56)
	w.order(1001, stockSH, market.Buy, 10_0300, 700, 100, 300, 300)
	w.order(1002, stockSH, market.Sell, 9_9900, 500, 200, 300)
	w.order(1003, stockSZ, market.Buy, 12_0100, 900, 100, 200, 600)
	w.order(1001, stockSZ, market.Sell, 11_9900, 300, 100, 100)
	w.order(1002, stockSZ, market.Buy, 12_0000, 100) // left over at the close
	w.order(1003, stockSH, market.Sell, 10_0100, 400, 400)
	return w
}

// options agree one set of files with each bank.
func (w *world) options() settle.Options {
	o := settle.Options{
		Date:   testDate,
		Broker: settle.Broker{Code: "60050000", Name: "示例证券", Branch: "0001", Participant: member, CashAccounts: []string{cashSH, cashSZ}},
		Now:    w.now,
	}
	for set := 1; set <= 3; set++ {
		out, in, err := settle.FileSet(set)
		if err != nil {
			w.t.Fatal(err)
		}
		o.Banks = append(o.Banks, settle.Bank{
			Number: uint16(set), Code: fmt.Sprintf("%04d", set), Out: out, In: in,
			Pooled: wire.AccountAt{Name: "示例证券客户交易结算资金汇总户", Number: fmt.Sprintf("9000%d", set), Bank: "总行营业部"},
			Legal:  wire.AccountAt{Name: "示例证券法人结算户", Number: "80001", Bank: "总行营业部"},
		})
	}
	o.Between = func(_ context.Context, done settle.StepReport, _ []difference) error {
		if done.Number == custody.StepBankFiles {
			w.answerTotals(nil)
		}
		return nil
	}
	return o
}

func (w *world) inputs(dir fs.FS) settle.Inputs {
	manifest := must(csdc.NewManifest(member, day, "", csdc.DefaultCutoffs()))
	in := settle.Inputs{
		Clearing: []settle.Received{checked{dir, manifest}},
		Banks:    map[uint16]fs.FS{}, Persons: people{},
	}
	for b := uint16(1); b <= 3; b++ {
		if w.banks[b] == nil {
			w.banks[b] = fstest.MapFS{}
			putRows(w, b, wire.TransferDetailLayout(), w.moves[b])
		}
		in.Banks[b] = w.banks[b]
	}
	states := wire.ClientStatusLayout()
	if _, there := w.banks[3][states.FileName(wire.Date(testDate))]; !there {
		w.states()
	}
	return in
}

// states is the third bank's list of relations.
func (w *world) states() {
	var rows []wire.ClientStatus
	w.look(func(m *custody.Machine) {
		for _, f := range m.Funds() {
			if f.Bank != 3 {
				continue
			}
			p, _ := people{}.Person(f.Number)
			rows = append(rows, wire.ClientStatus{
				BankCode: "CEB", BrokerCode: "60050000", Date: wire.Date(testDate), BankAccount: p.Card, FundAccount: strconv.FormatUint(f.Number, 10), Name: p.Name, State: wire.CustodyDesignated,
			})
		}
	})
	putRows(w, 3, wire.ClientStatusLayout(), rows)
}

func (w *world) look(f func(*custody.Machine)) {
	w.t.Helper()
	if err := w.core.Look(context.Background(), f); err != nil {
		w.t.Fatal(err)
	}
}

// answerTotals has the banks answer the day's files: they agree, unless spoil
// changes a row.
func (w *world) answerTotals(spoil func(*wire.TotalDetail)) {
	var totals []custody.Totals
	w.look(func(m *custody.Machine) { totals = m.Totals() })
	for b := uint16(1); b <= 3; b++ {
		var rows []wire.TotalDetail
		for _, t := range totals {
			if t.Bank != b || t.Ledger == 0 {
				continue
			}
			row := wire.TotalDetail{
				BankCode: fmt.Sprintf("%04d", b), BrokerCode: "60050000", Date: wire.Date(testDate), Currency: t.Currency, LedgerTotal: t.Ledger,
				Pooled: t.Pooled, Reserve: t.Reserve, NetBuy: t.InSettlement < 0, InSettlement: max(t.InSettlement, -t.InSettlement),
			}
			if spoil != nil {
				spoil(&row)
			}
			rows = append(rows, row)
		}
		putRows(w, b, wire.TotalDetailLayout(), rows)
		putRows(w, b, wire.AbnormalBalanceLayout(), []wire.AbnormalBalance(nil))
	}
}

// putRows puts a file of a bank with its control totals into its folder.
func putRows[R any, P interface {
	*R
	wire.Row
}](w *world, bank uint16, l wire.FileLayout, rows []R) {
	w.t.Helper()
	var content bytes.Buffer
	name := l.FileName(wire.Date(testDate))
	total, err := wire.WriteRows[R, P](&content, l, name, rows)
	if err != nil {
		w.t.Fatal(err)
	}
	w.banks[bank][name] = &fstest.MapFile{Data: content.Bytes()}
	w.banks[bank][wire.ControlName(name)] = &fstest.MapFile{Data: []byte(total.Line())}
}

// evening is what the clearing house sends; a test may change it before.
type evening struct {
	legs      []leg
	held      map[place]money.Quantity
	dividends []paidOut
	bonuses   []paidOut
	trade     func(*csdc.Jsmx)
	total     func(*csdc.Zjhz)
	paid      []csdc.Zjhz
}

type paidOut struct {
	fund  uint64
	id    market.ID
	cash  money.Amount
	units money.Quantity
}

func (w *world) evening() *evening { return &evening{legs: slices.Clone(w.legs), held: w.held} }

// files writes the clearing house's folder of the day.
func (e *evening) files(t testing.TB) fstest.MapFS {
	t.Helper()
	dir := fstest.MapFS{}
	control := csdc.ControlFile{Participant: member, Date: day}
	put := func(l csdc.Layout, write func(w io.Writer) (csdc.Control, error)) {
		var b bytes.Buffer
		c, err := write(&b)
		if err != nil {
			t.Fatal(l, err)
		}
		c.Name = l.FileName(member, day)
		control.Files = append(control.Files, c)
		dir[c.Name] = &fstest.MapFile{Data: b.Bytes()}
	}
	gh, jsmx, mx, zjhz, qs := e.trades(t)
	zqye, dz := e.holdings()
	zqbd, jg := e.grants()
	if len(gh) > 0 {
		put(csdc.LayoutGH, func(w io.Writer) (csdc.Control, error) { return csdc.WriteGH(w, day, len(gh), slices.Values(gh)) })
	} else {
		control.Files = append(control.Files, csdc.Control{Name: csdc.LayoutGH.FileName(member, day), Layout: csdc.LayoutGH, Date: day, Absent: true})
	}
	put(csdc.LayoutJsmx, func(w io.Writer) (csdc.Control, error) { return csdc.WriteJsmx(w, day, len(jsmx), slices.Values(jsmx)) })
	put(csdc.LayoutZqbd, func(w io.Writer) (csdc.Control, error) { return csdc.WriteZqbd(w, day, len(zqbd), slices.Values(zqbd)) })
	put(csdc.LayoutZjhz, func(w io.Writer) (csdc.Control, error) { return csdc.WriteZjhz(w, day, len(zjhz), slices.Values(zjhz)) })
	put(csdc.LayoutZqye, func(w io.Writer) (csdc.Control, error) { return csdc.WriteZqye(w, day, len(zqye), slices.Values(zqye)) })
	put(csdc.LayoutSJSMX1, func(w io.Writer) (csdc.Control, error) { return csdc.WriteSJSMX1(w, day, len(mx), slices.Values(mx)) })
	put(csdc.LayoutSJSJG, func(w io.Writer) (csdc.Control, error) { return csdc.WriteSJSJG(w, day, len(jg), slices.Values(jg)) })
	put(csdc.LayoutSJSQS, func(w io.Writer) (csdc.Control, error) { return csdc.WriteSJSQS(w, day, len(qs), slices.Values(qs)) })
	put(csdc.LayoutSJSDZ, func(w io.Writer) (csdc.Control, error) { return csdc.WriteSJSDZ(w, day, len(dz), slices.Values(dz)) })
	var b bytes.Buffer
	if err := csdc.WriteControl(&b, control); err != nil {
		t.Fatal(err)
	}
	dir[csdc.ControlName(member, day)] = &fstest.MapFile{Data: b.Bytes()}
	return dir
}

func (e *evening) trades(t testing.TB) (gh []csdc.GH, jsmx []csdc.Jsmx, mx []csdc.SJSMX1, zjhz []csdc.Zjhz, qs []csdc.SJSQS) {
	sh := csdc.Zjhz{Market: "01", Member: member.Shanghai, CashAccount: cashSH, Currency: "RMB", ClearingFlag: csdc.ClearingNet, Business: csdc.BusinessTrade, ClearingDate: day, SettlementDate: settles}
	sz := csdc.SJSQS{SettlementNo: member.Shenzhen, ReserveAccount: cashSZ, DataKind: "01", Business: csdc.SZTrade, Currency: "RMB", TradeDate: day, ClearingDate: day, SettlementDate: settles, SendDate: day, Market: "02"}
	for _, l := range e.legs {
		in := must(market.NewInstrument(l.id, ""))
		amount := must(l.price.Times(l.quantity))
		fees := must(rules.Levies(&in, l.side, amount))
		principal, units, side := -amount, l.quantity, "B"
		if l.side == market.Sell {
			principal, units, side = amount, -l.quantity, "S"
		}
		if l.id.Market() == market.Shanghai {
			row := csdc.Jsmx{
				Market: "01", RecordKind: csdc.JsmxClearing, TradeMethod: "001", SettleMethod: "001", Business: csdc.BusinessTrade, ClearingFlag: csdc.ClearingNet,
				TransferKind: csdc.TransferTrade, SettlementNo: fmt.Sprint(len(jsmx) + 1), ExecNo: l.exec, TradeDate: day, ClearingDate: day, SettlementDate: settles,
				Unit1: "12345", SettlementMember: member.Shanghai, Account: accountOf(l.fund, market.Shanghai), Security: l.id.Digits(), Side: side, Quantity: units,
				TradedQuantity: l.quantity, CashAccount: cashSH, Currency: "RMB", Price1: csdc.FinePrice(l.price) * 100_000, ClearingAmount: principal,
				StampDuty: -fees.Stamp, HandlingFee: -fees.Handling, TransferFee: -fees.Transfer, RegulatoryFee: -fees.Regulatory, NetAmount: principal - fees.Total, ResultCode: csdc.ResultOK,
			}
			if e.trade != nil {
				e.trade(&row)
			}
			jsmx = append(jsmx, row)
			sh.NetAmount += row.NetAmount
			sh.Records++
			gh = append(gh, csdc.GH{
				BizID: "100010", Security: l.id.Digits(), ExecType: "F", PBU: "12345", ClOrdID: "1", Account: row.Account, OwnerType: "1", OrderEntryTime: "0940000000000",
				LastPrice: l.price, LastQuantity: l.quantity, TradedValue: csdc.FineAmount(int64(l.price) * int64(l.quantity) * 10), Side: "1", OrderQuantity: l.quantity,
				OrdStatus: "2", ClearingFirm: "00123", ExecID: l.exec, OrderID: "1", TradeDate: day, TransactTime: "0940000000000",
			})
			continue
		}
		mx = append(mx, csdc.SJSMX1{SZDetail: csdc.SZDetail{
			SettlementNo: member.Shenzhen, ReserveAccount: cashSZ, DataKind: "01", Business: csdc.SZTrade, Security: l.id.Digits(), TradingUnit: "012345", CustodyUnit: "012345",
			Account: accountOf(l.fund, market.Shenzhen), ExecNo: l.exec, TradedQuantity: l.quantity, ClearedQuantity: units, TradePrice: l.price, Currency: "RMB",
			Principal: principal, StampDuty: -fees.Stamp, HandlingFee: -fees.Handling, RegulatoryFee: -fees.Regulatory, TransferFee: -fees.Transfer,
			NetAmount: principal - fees.Total, TradeDate: day, ClearingDate: day, SettlementDate: settles, SendDate: day, Market: "02",
		}})
		sz.NetAmount += principal - fees.Total
	}
	if e.total != nil {
		e.total(&sh)
	}
	if sh.Records > 0 {
		zjhz = append(zjhz, sh)
	}
	if len(mx) > 0 {
		qs = append(qs, sz)
	}
	return gh, jsmx, mx, append(zjhz, e.paid...), qs
}

func (e *evening) holdings() (zqye []csdc.Zqye, dz []csdc.SJSDZ) {
	held := map[place]money.Quantity{}
	for p, q := range e.held {
		held[p] += q
	}
	for _, b := range e.bonuses {
		held[place{b.fund, b.id}] += b.units
	}
	var order []place
	for p := range held {
		order = append(order, p)
	}
	slices.SortFunc(order, func(a, b place) int { return int(a.fund)*10 + int(a.id.Market()) - int(b.fund)*10 - int(b.id.Market()) })
	for _, p := range order {
		if held[p] == 0 {
			continue
		}
		if p.id.Market() == market.Shanghai {
			zqye = append(zqye, csdc.Zqye{Market: "01", Member: member.Shanghai, Account: accountOf(p.fund, market.Shanghai), Unit: "12345", Security: p.id.Digits(), Holding: held[p], AsOf: day})
		} else {
			dz = append(dz, csdc.SJSDZ{CustodyUnit: "012345", Security: p.id.Digits(), Account: accountOf(p.fund, market.Shenzhen), ShareNature: "00", Circulation: "0", Holding: held[p], SendDate: day})
		}
	}
	return zqye, dz
}

func (e *evening) grants() (zqbd []csdc.Zqbd, jg []csdc.SJSJG) {
	for _, b := range e.bonuses {
		zqbd = append(zqbd, csdc.Zqbd{
			Market: "01", Member: member.Shanghai, Account: accountOf(b.fund, market.Shanghai), Unit: "12345", Security: b.id.Digits(), Entitlement: csdc.EntitlementBonus,
			Change: b.units, ChangeKind: csdc.TransferEntitlement, ChangeDate: day, Serial: fmt.Sprint(len(zqbd) + 1),
		})
	}
	for _, d := range e.dividends {
		jg = append(jg, csdc.SJSJG{SZDetail: csdc.SZDetail{
			SettlementNo: member.Shenzhen, ReserveAccount: cashSZ, DataKind: "01", Business: csdc.SZDividend, Security: d.id.Digits(), TradingUnit: "012345",
			Account: accountOf(d.fund, market.Shenzhen), OrderNo: "E1", Currency: "RMB", CashAmount: d.cash, NetAmount: d.cash, ClearingDate: day, SettlementDate: day, SendDate: day, Market: "02",
		}, Settled: "Y", Reason: csdc.ResultOK})
	}
	return zqbd, jg
}

// checked is a folder of the clearing house as a source: it accepts all of the
// folder at 20:00 or nothing, as the receiving gateway does.
type checked struct {
	fs.FS
	manifest csdc.Manifest
}

func (c checked) Accepted() ([]settle.File, error) {
	findings, err := c.manifest.Check(c.FS, time.UnixMilli(at(20, 0)))
	if err != nil {
		return nil, err
	}
	for _, f := range findings {
		switch {
		case f.Kind == csdc.Missing || f.Kind == csdc.NotDue:
			return nil, fmt.Errorf("%s: %w", f, settle.ErrMissing)
		case f.Kind.Stops():
			return nil, fmt.Errorf("%s: %w", f, settle.ErrDamaged)
		}
	}
	var files []settle.File
	for _, e := range append(c.manifest.Files, c.manifest.Control) {
		content, err := fs.ReadFile(c.FS, e.Name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // no data, and by its layout no file
		}
		if err != nil {
			return nil, err
		}
		files = append(files, settle.File{Name: e.Name, Bytes: int64(len(content)), SHA256: sha256.Sum256(content)})
	}
	return files, nil
}
