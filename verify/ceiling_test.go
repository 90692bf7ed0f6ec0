package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/risk"
	"sancun/state"
)

// ceilingMorning is a morning with a ceiling on net buying: an order before it is set, one
// up to it, a fill and a cancel that make room, and one more. A block a command; the
// blocks of interest are named.
func ceilingMorning(t *testing.T) (chain, map[string]int) {
	t.Helper()
	const date, stock = 20230825, 1_600_000
	account := record.SecuritiesData{Fund: 1001, Market: uint8(market.Shanghai), Account: [10]byte([]byte("A000000001")), PBU: [6]byte([]byte("123456"))}
	buy := func(quantity money.Quantity) record.Command {
		return &record.NewOrder{
			Fund: 1001, Instrument: stock, Side: custody.Buy, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder), Channel: 1, Price: 10_0000, Quantity: quantity,
		}
	}
	report := func(index uint64, order string) record.Report {
		return record.Report{Market: uint8(market.Shanghai), Partition: 1, Index: index, ClOrdID: [10]byte([]byte(order))}
	}
	set := func(c record.SetCeiling) []byte { return record.Encode(nil, &c) }
	whole := set(record.SetCeiling{Market: uint8(market.Shanghai), Of: risk.CeilingHighest, Amount: 400_000, From: date, Source: "letter"})
	unit := set(record.SetCeiling{Market: uint8(market.Shanghai), Unit: account.PBU, Of: risk.CeilingOwn, Amount: 350_000, From: date, Source: "house"})
	clerk, other := record.CallerOf(record.CallerStaff, 1), record.CallerOf(record.CallerStaff, 2)
	m := custody.New(custody.Options{Sum: sha256.Sum256, Answers: 100})
	return played(t, m, []act{
		{"", 0, &record.OpenDay{Date: date, Next: 20230828}},
		{"", 0, &record.SetBank{Number: 1, Service: custody.BankOpen, WindowTo: 1, SingleMax: 1, Code: "ICBC", Name: "ICBC"}},
		{"", 0, &record.OpenClients{Rows: []record.ClientData{{
			Number: 1, Class: custody.Person, Document: 1, Branch: 8, ID: state.KeyOf(1, 2), Name: state.KeyOf(1, 3), Mobile: state.KeyOf(1, 4), Risk: 5, RiskUntil: 20240825,
			Permissions: custody.PermitMain, Sealed: []byte("sealed"),
		}}}},
		{"", 0, &record.OpenFunds{Rows: []record.FundData{{Number: 1001, Client: 1, Currency: money.CNY, Main: 1}}}},
		{"", 0, &record.SignContracts{Rows: []record.ContractData{{Fund: 1001, Bank: 1, Card: state.KeyOf(1, 5)}}}},
		{"", 0, &record.TakeOver{Rows: []record.OpeningBalance{{Fund: 1001, Amount: 1_000_000}}}},
		{"", 0, &record.OpenSecurities{Rows: []record.SecuritiesData{account}}},
		{"", 0, &record.LoadInstruments{Date: date, Rows: []record.InstrumentData{{ID: stock, Board: uint8(market.Main), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: 10_0000}}}},
		{"", 0, buy(100)},
		{"", clerk, &record.Propose{Act: record.KindSetCeiling, Payload: whole, Reason: "letter"}},
		{"set", other, &record.Approve{Proposal: 1, Payload: whole}},
		{"", clerk, &record.Propose{Act: record.KindSetCeiling, Payload: unit, Reason: "house"}},
		{"unit", other, &record.Approve{Proposal: 2, Payload: unit}},
		{"bought", 0, buy(200)},
		{"filled", 0, &record.OrderFilled{Report: report(1, "0000000001"), Price: 9_9900, Quantity: 100}},
		{"cancelled", 0, &record.OrderCancelled{Report: report(2, "0000000002"), Quantity: 200}},
		{"again", 0, buy(200)},
	})
}

// putBytes returns the bytes of the n-th row that a block writes into a table.
func putBytes(t *testing.T, body []byte, table uint16, n int) (row []byte) {
	t.Helper()
	for at := record.HeadBytes; at+9 < len(body); at++ {
		if body[at] == byte(record.EffectPut) && binary.LittleEndian.Uint16(body[at+1:]) == table && binary.LittleEndian.Uint32(body[at+3:]) < 8 {
			width := int(binary.LittleEndian.Uint16(body[at+7:]))
			if width > 0 && at+9+width <= len(body) {
				if n == 0 {
					return body[at+9 : at+9+width]
				}
				n--
			}
		}
	}
	t.Fatalf("the block writes no such row of table %d", table)
	return nil
}

func TestCeilingsHold(t *testing.T) {
	blocks, _ := ceilingMorning(t)
	v, err := Journal(blocks, nil)
	if err != nil || !v.OK() {
		t.Fatalf("%v %+v", err, v)
	}
	if got := v.Laws[lawCeilings].Checked; got != 6 {
		t.Errorf("the law was checked %d times", got)
	}
}

// A machine that let a buy over the ceiling, counted wrongly, or did not count, is
// seen through, whatever its own rows say.
func TestPassedCeilingIsSeen(t *testing.T) {
	le := binary.LittleEndian
	for name, c := range map[string]struct {
		block string
		forge func(body []byte)
		want  string
	}{
		"the participant's ceiling was lower": {"set", func(b []byte) { le.PutUint64(putBytes(t, b, tableCeilings, 0)[16:], 250_000) }, "over the ceiling of 250000"},
		"the unit's ceiling was lower":        {"unit", func(b []byte) { le.PutUint64(putBytes(t, b, tableCeilings, 0)[16:], 299_999) }, "over the ceiling of 299999"},
		"a buy is counted too low":            {"bought", func(b []byte) { le.PutUint64(putBytes(t, b, tableNetBuys, 0)[12:], 1) }, "counted as 1"},
		"a fill gives too much back":          {"filled", func(b []byte) { le.PutUint64(putBytes(t, b, tableNetBuys, 1)[20:], 5) }, "is 299900 and counted as 200005"},
		"a larger order than was counted":     {"again", func(b []byte) { le.PutUint64(putBytes(t, b, tableOrders, 0)[53:], 300) }, "is 399900 and counted as 299900"},
	} {
		blocks, at := ceilingMorning(t)
		v, err := Journal(reseal(t, blocks, at[c.block], c.forge), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if broken := v.Laws[lawCeilings].Broken; !strings.Contains(broken, c.want) {
			t.Errorf("%s: %q", name, broken)
		}
	}
}
