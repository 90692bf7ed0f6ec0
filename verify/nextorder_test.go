package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"sancun/custody"
	"sancun/journal"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// evening is a stopped day on which three orders for the next day come in, one of
// which is cancelled, and the opening of that day, which releases one and refuses
// one. A block a command; the blocks of interest are named.
func evening(t *testing.T) (blocks chain, at map[string]int) {
	t.Helper()
	id, err := market.ParseID("600000.SH")
	if err != nil {
		t.Fatal(err)
	}
	account := record.SecuritiesData{Fund: 1001, Market: uint8(market.Shanghai)}
	copy(account.Account[:], "A000000001")
	copy(account.PBU[:], "12345")
	load := func(date uint32) record.Command {
		return &record.LoadInstruments{Date: date, Rows: []record.InstrumentData{{
			ID: uint32(id), Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000,
		}}}
	}
	buy := func(price money.Price) record.Command {
		return &record.NewOrder{
			Fund: 1001, Instrument: uint32(id), Side: custody.Buy, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1, Price: price, Quantity: 100,
		}
	}
	const date, next = 20230825, 20230828
	type step struct {
		name string
		cmd  record.Command
	}
	steps := []step{
		{"", &record.OpenDay{Date: date, Next: next}},
		{"", &record.SetBank{Number: 1, Service: custody.BankOpen, WindowTo: 1, SingleMax: 1, Code: "ICBC", Name: "ICBC"}},
		{"", &record.OpenClients{Rows: []record.ClientData{{
			Number: 1, Class: custody.Person, Document: 1, Branch: 8, ID: state.KeyOf(1, 2), Name: state.KeyOf(1, 3), Mobile: state.KeyOf(1, 4), Risk: 5, RiskUntil: 20240825,
			Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		}}}},
		{"", &record.OpenFunds{Rows: []record.FundData{{Number: 1001, Client: 1, Currency: money.CNY, Main: 1}}}},
		{"", &record.SignContracts{Rows: []record.ContractData{{Fund: 1001, Bank: 1, Card: state.KeyOf(1, 5)}}}},
		{"", &record.TakeOver{Rows: []record.OpeningBalance{{Fund: 1001, Amount: 10_000_00}}}},
		{"", &record.OpenSecurities{Rows: []record.SecuritiesData{account}}},
		{"", load(date)},
		{"", &record.StopDay{Date: date}},
		{"entered", buy(10_0000)}, {"", buy(20_0000)}, {"", buy(9_0000)},
		{"cancelled", &record.CancelOrder{Order: 3, Fund: 1001}},
	}
	for n := range uint16(custody.StepsOfDay) {
		steps = append(steps, step{"", &record.StepDone{Date: date, Step: n + 1, OK: 1}})
	}
	steps = append(steps, step{"", &record.DayCleared{Date: date}}, step{"", &record.OpenDay{Date: next, Next: 20230829}}, step{"", load(next)},
		step{"released", &record.ReleaseOrders{Date: next, Market: uint8(market.Shanghai), Count: 1}},
		step{"refused", &record.ReleaseOrders{Date: next, Market: uint8(market.Shanghai), First: 1, Count: 9}},
		step{"stopped", &record.StopDay{Date: next}})
	m := custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100})
	at = map[string]int{}
	var head journal.Position
	for i, s := range steps {
		m.Begin(nil, head.Height+1, int64(i))
		if a := m.Decide(record.Request{Cmd: s.cmd}); a.Code != 0 {
			t.Fatalf("step %d %T: %s", i, s.cmd, record.Code(a.Code))
		}
		h := journal.Header{Kind: journal.SHA256, Epoch: 1, Height: head.Height + 1, Time: int64(i), Previous: head.Hash, HasStateRoot: true, StateRoot: journal.Hash(m.Root())}
		b, err := journal.Seal(h, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		at[s.name] = i
		blocks, head = append(blocks, &b), b.Position()
	}
	return blocks, at
}

// rowOf returns where the bytes of the first row of a table lie in a record.
func rowOf(t *testing.T, body []byte, table uint16) []byte {
	t.Helper()
	head := binary.LittleEndian.AppendUint16([]byte{byte(record.EffectPut)}, table)
	at := bytes.Index(body[record.HeadBytes:], head)
	if at < 0 {
		t.Fatalf("the record writes no row of table %d", table)
	}
	return body[record.HeadBytes+at+9:]
}

func TestOrdersForTheNextDay(t *testing.T) {
	blocks, at := evening(t)
	v, err := Journal(blocks, nil)
	if err != nil || !v.OK() || v.Laws[lawAhead].Checked != 7 {
		t.Fatalf("a sound evening: %v, %+v", err, v.Laws)
	}
	for _, c := range []struct {
		name  string
		block string
		forge func(body []byte)
	}{
		{"for another date", "entered", func(b []byte) { rowOf(t, b, tableNextOrders)[orderDate]++ }},
		{"decided when it is entered", "entered", func(b []byte) { rowOf(t, b, tableNextOrders)[orderState] = 7 }},
		{"waits after it was cancelled", "cancelled", func(b []byte) { rowOf(t, b, tableNextOrders)[orderState] = stateWaiting }},
		{"released into another order", "released", func(b []byte) { rowOf(t, b, tableOrders)[0]++ }},
		{"released on another day", "released", func(b []byte) { rowOf(t, b, tableNextOrders)[0] = 2 }},
		{"lost: neither released nor refused", "refused", func(b []byte) { rowOf(t, b, tableNextOrders)[orderState] = stateWaiting }},
	} {
		forged := reseal(t, blocks, at[c.block], c.forge)
		v, err := Journal(forged, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if v.OK() || v.Laws[lawAhead].Broken == "" {
			t.Errorf("%s was not seen: %+v", c.name, v.Laws[lawAhead])
		}
	}
}

// A hold taken for an order while it waits is seen, and so is one that is cleared
// away.
func TestAheadSeesAccountsAndLosses(t *testing.T) {
	row := make([]byte, 160)
	row[0], row[orderState] = 1, stateWaiting
	binary.LittleEndian.PutUint32(row[orderDate:], 20230828)
	day := make([]byte, 64)
	binary.LittleEndian.PutUint32(day, 20230825)
	binary.LittleEndian.PutUint32(day[dayNext:], 20230828)
	day[dayPhase] = 2
	enter := record.Effect{Kind: record.EffectPut, Code: tableNextOrders, Bytes: row}
	stopped := record.Effect{Kind: record.EffectPut, Code: tableDay, Bytes: day}
	for _, c := range []struct {
		name    string
		effects [][]record.Effect
		wrong   bool
	}{
		{"entered", [][]record.Effect{{stopped}, {enter}}, false},
		{"entered with a hold", [][]record.Effect{{stopped}, {enter, {Kind: record.EffectShift, Bucket: 1, Amount: 5}}}, true},
		{"cleared away", [][]record.Effect{{stopped}, {enter}, {{Kind: record.EffectClear, Code: tableNextOrders}}}, true},
		{"written twice", [][]record.Effect{{stopped}, {enter}, {enter}}, true},
	} {
		a, broken := newAhead(), false
		for _, effects := range c.effects {
			a.begin()
			for _, e := range effects {
				a.take(e)
			}
			_, wrong := a.verdict()
			broken = broken || wrong != ""
		}
		if broken != c.wrong {
			t.Errorf("%s: broken %v", c.name, broken)
		}
	}
}
