package custody

import (
	"maps"
	"slices"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// The figures of the fixture: clients 1, 2, …; client n has the main fund account
// 1000+n at bank 1 or 2 and has brought in openingCash.
const (
	testDate    = 20230825
	testNext    = 20230828
	openingCash = money.Amount(1_000_000)
)

func cardOf(fund uint64) state.Key { return state.KeyOf(fund, 0xca4d) }
func nameOf(client uint64) state.Key {
	return state.KeyOf(client, 0x4a3e)
}

// bankOf returns the bank of a client's main fund account.
func bankOf(client uint64) uint16 { return uint16(1 + (client-1)%2) }

// change writes rows past the rules and lets the replay follow, for states that
// the command under test does not bring about itself.
func (r *run) change(edit func(m *Machine)) {
	r.t.Helper()
	r.height++
	r.live.Begin(nil, r.height, r.now)
	cmd := &record.LedgerTransfer{}
	r.live.out.Begin(0, state.Key{}, cmd)
	edit(r.live)
	r.live.out.End(record.Accepted, 0)
	r.follow(cmd)
}

// withClients opens the day with two banks and n clients, each with a main fund
// account and an opening deposit.
func withClients(t reporter, r *run, n uint64) {
	t.Helper()
	r.must(0, &record.OpenDay{Date: testDate, Next: testNext})
	for i, code := range []string{"ICBC", "CCB"} {
		number := uint16(i + 1)
		r.must(0, &record.SetBank{
			Number: number, Service: BankOpen, WindowFrom: 9 * 3600_000, WindowTo: 16 * 3600_000,
			SingleMin: 100, SingleMax: 50_000_000, DailyMax: 100_000_000, Code: code, Name: code,
		})
		r.must(0, &record.BankSession{Bank: number, Date: testDate})
	}
	for client := uint64(1); client <= n; client++ {
		r.change(func(m *Machine) {
			put(m, m.clients, m.clients.Len(), Client{
				Number: client, Class: 1, State: Normal, ID: state.KeyOf(client, 0x1d), Name: nameOf(client), Risk: 5, RiskUntil: 20991231,
				Permissions: PermitMain | PermitChiNext, Opened: testDate,
			})
		})
		fund := 1000 + client
		r.addFund(fund, uint32(client-1), bankOf(client), 1)
		r.must(0, &record.BankDeposit{
			Bank: bankOf(client), Date: testDate, BankRef: "open" + money.Amount(fund).String(), Fund: fund,
			Currency: money.CNY, Amount: openingCash, Card: cardOf(fund), Name: nameOf(client),
		})
	}
}

// addFund opens a designated fund account of a client row.
func (r *run) addFund(number uint64, client uint32, bank uint16, main uint8) {
	r.t.Helper()
	r.change(func(m *Machine) {
		row := m.funds.Len()
		cash := m.Ledger.Ensure(ledger.Key{Kind: ledger.ClientCash, Bank: bank, Unit: uint32(money.CNY), Owner: uint64(row)})
		put(m, m.funds, row, Fund{
			Number: number, Client: client, Bank: bank, Currency: money.CNY, Main: main, State: Normal,
			Relation: RelationDesignated, Cash: cash + 1, Card: cardOf(number), RelationDate: testDate, Earlier: m.clients.At(client).Funds,
		})
		c := *m.clients.At(client)
		c.Funds = row + 1
		put(m, m.clients, client, c)
	})
}

// cashFor returns the cash account of a fund account number.
func (r *run) cashFor(number uint64) *ledger.Account {
	r.t.Helper()
	row, ok := r.live.fund(number)
	if !ok {
		r.t.Fatalf("no fund account %d", number)
	}
	return r.live.Ledger.At(r.live.funds.At(row).Cash - 1)
}

// checkIdentity checks row K7: per bank and currency, what clients are owed is
// what banks and clearing house hold of theirs.
func (r *run) checkIdentity() {
	r.t.Helper()
	type place struct {
		bank uint16
		unit uint32
	}
	open := map[place]int64{}
	for row := range r.live.Ledger.Len() {
		a := r.live.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		switch k.Kind {
		case ledger.ClientCash, ledger.FeesDue, ledger.InterestDue:
			open[place{k.Bank, k.Unit}] += a.Balance
		case ledger.Pooled, ledger.ClientReserve, ledger.InSettlement, ledger.Suspense:
			open[place{k.Bank, k.Unit}] -= a.Balance
		}
	}
	for _, p := range slices.SortedFunc(maps.Keys(open), func(a, b place) int { return int(a.bank) - int(b.bank) }) {
		if open[p] != 0 {
			r.t.Fatalf("bank %d unit %d is out of balance by %d", p.bank, p.unit, open[p])
		}
	}
}
