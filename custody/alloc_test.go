package custody

import (
	"fmt"
	"testing"

	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// The commands that come by the million leave no garbage behind: what they
// allocate is what stays, in tables, indexes and remembered answers.
func TestHotCommandsMakeNoGarbage(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates by itself")
	}
	r := newRun(t)
	withClients(t, r, 2)
	withInstruments(t, r, 2)
	r.change(func(m *Machine) {
		m.Ledger.Post(ledger.CodeDeposit, m.pooledAt(1, money.CNY), m.cashOf(0), 1_000_000_000)
	})
	m := r.live
	buffer := make([]byte, 0, 1<<20)
	serial := uint64(0)
	deposit := &record.BankDeposit{Bank: 1, Date: testDate, Fund: 1001, Currency: money.CNY, Amount: 100_00, Card: cardOf(1001), Name: nameOf(1)}
	refs := make([]string, 4096)
	for i := range refs {
		refs[i] = fmt.Sprint("Q", i)
	}
	order := &record.NewOrder{Fund: 1001, Instrument: uint32(stockSH), Side: Buy, Category: CategoryAuction, Type: uint8(market.LimitOrder), Price: 10_0000, Quantity: 100, Channel: record.ChannelWeb}
	at := record.Report{Market: 1, Partition: 1}
	told := &record.OrderReported{}
	filled := &record.OrderFilled{Price: 10_0000, Quantity: 100}
	const orders = 501 // as often as AllocsPerRun runs
	for _, c := range []struct {
		name string
		next func() record.Command
	}{
		{"a deposit", func() record.Command { deposit.BankRef = refs[serial%uint64(len(refs))]; return deposit }},
		{"an order", func() record.Command { return order }},
		{"an acknowledgement", func() record.Command {
			at.Index++
			at.ClOrdID = clOrdID(at.Index)
			told.Report = at
			return told
		}},
		{"a fill", func() record.Command {
			at.Index++
			at.ClOrdID = clOrdID(at.Index - orders)
			filled.Report = at
			return filled
		}},
	} {
		var code uint16
		allocs := testing.AllocsPerRun(orders-1, func() {
			serial++
			r.height++
			m.Begin(buffer, r.height, r.now)
			a := m.Decide(Request{Caller: 0, Key: state.KeyOf(serial, 7), Cmd: c.next()})
			code = max(code, a.Code)
		})
		if allocs > 0 || code != 0 {
			t.Errorf("%s: %v allocations, %s", c.name, allocs, record.Code(code))
		}
	}
}
