package custody

import (
	"iter"

	"sancun/approval"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/state"
)

// The read side. Everything returned is a copy: a reader outside the loop keeps
// it as long as it likes.

// Today returns the business day.
func (m *Machine) Today() Day { return m.today() }

// Instrument returns a security.
func (m *Machine) Instrument(id market.ID) (Instrument, bool) {
	row, ok := m.instrument(id)
	if !ok {
		return Instrument{}, false
	}
	return *m.instruments.At(row), true
}

// InstrumentAt returns the security of a row, as orders and positions name it.
func (m *Machine) InstrumentAt(row uint32) Instrument { return *m.instruments.At(row) }

// BankBy returns a custodian bank by its number.
func (m *Machine) BankBy(number uint16) (Bank, bool) {
	row, ok := m.bank(number)
	if !ok {
		return Bank{}, false
	}
	return *m.banks.At(row), true
}

// Client returns a client by number.
func (m *Machine) Client(number uint64) (Client, bool) {
	row, ok := m.index.clients.Find(state.KeyOf(number, 0))
	if !ok {
		return Client{}, false
	}
	return *m.clients.At(row), true
}

// ClientAt returns the client of a row, as fund accounts name it.
func (m *Machine) ClientAt(row uint32) Client { return *m.clients.At(row) }

// Fund returns a fund account by number, and its row.
func (m *Machine) Fund(number uint64) (Fund, uint32, bool) {
	row, ok := m.index.funds.Find(state.KeyOf(number, 0))
	if !ok {
		return Fund{}, 0, false
	}
	return *m.funds.At(row), row, true
}

// FundAt returns the fund account of a row.
func (m *Machine) FundAt(row uint32) Fund { return *m.funds.At(row) }

// CashOf returns the cash of a fund account at its present bank: zero before a
// bank is designated.
func (m *Machine) CashOf(fund uint32) ledger.Account {
	f := m.funds.At(fund)
	if f.Cash == 0 {
		return ledger.Account{}
	}
	return *m.Ledger.At(f.Cash - 1)
}

// OrderBy returns an order of the day by number.
func (m *Machine) OrderBy(id uint64) (Order, bool) {
	row, ok := m.index.orders.Find(state.KeyOf(id, 0))
	if !ok {
		return Order{}, false
	}
	return *m.orders.At(row), true
}

// NextOrderBy returns an order entered for the next trading day, by number: while
// it waits, and until that day stops what became of it. One that was released is
// OrderReleased here and stands among the orders of the day.
func (m *Machine) NextOrderBy(id uint64) (Order, bool) {
	row, ok := m.nextOrder(id)
	if !ok {
		return Order{}, false
	}
	return *m.nextOrders.At(row), true
}

// Reserved returns what the orders of a fund account that wait for the next day
// keep of its cash, in minor units. It is in no bucket of the account.
func (m *Machine) Reserved(fund uint32) int64 { return m.reservedCash(fund, m.nextOrders.Len()) }

// Usable returns what is available (可用) and what is withdrawable (可取) of a fund
// account's cash beside what its orders for the next day keep.
func (m *Machine) Usable(fund uint32) (available, withdrawable int64) {
	f := m.funds.At(fund)
	if f.Cash == 0 {
		return 0, 0
	}
	return m.free(fund, f.Cash-1), m.withdrawable(fund, f.Cash-1)
}

// ReservedUnits returns what they keep of its units of a security.
func (m *Machine) ReservedUnits(fund uint32, id market.ID) int64 {
	in, ok := m.instrument(id)
	if !ok {
		return 0
	}
	return m.reservedUnits(fund, in, m.nextOrders.Len())
}

// OrderByClOrdID returns an order of the day by our number at the exchange.
func (m *Machine) OrderByClOrdID(id [10]byte) (Order, bool) {
	row, ok := m.orderAt(id)
	if !ok {
		return Order{}, false
	}
	return *m.orders.At(row), true
}

// TransferBy returns a transfer of the open day, or one without a known outcome,
// by its platform serial.
func (m *Machine) TransferBy(id uint64) (Transfer, bool) {
	row, ok := m.transfer(id)
	if !ok {
		return Transfer{}, false
	}
	return *m.transfers.At(row), true
}

// SecuritiesAt returns the securities account of a row, as orders name it.
func (m *Machine) SecuritiesAt(row uint32) SecuritiesAccount { return *m.securities.At(row) }

// SecuritiesOf returns the securities account of a fund account in a market.
func (m *Machine) SecuritiesOf(fund uint32, of market.Market) (SecuritiesAccount, bool) {
	row, ok := m.index.ofFund.Find(state.KeyOf(uint64(fund), uint64(of)))
	if !ok {
		return SecuritiesAccount{}, false
	}
	return *m.securities.At(row), true
}

// Holding is one position of a fund account.
type Holding struct {
	Fund       uint32 // row of the fund account
	Instrument uint32 // row of the instrument
	Units      ledger.Account
}

// Holdings goes through all positions in the order they were opened.
func (m *Machine) Holdings() iter.Seq[Holding] {
	return func(yield func(Holding) bool) {
		for row := range m.Ledger.Len() {
			a := m.Ledger.At(row)
			k := ledger.KeyFrom(a.Key)
			if k.Kind != ledger.Position {
				continue
			}
			if !yield(Holding{Fund: uint32(k.Owner - 1), Instrument: k.Unit - ledger.UnitSecurity, Units: *a}) {
				return
			}
		}
	}
}

// HoldingOf returns the position of a fund account in a security.
func (m *Machine) HoldingOf(fund uint32, id market.ID) (Holding, bool) {
	in, ok := m.instrument(id)
	if !ok {
		return Holding{}, false
	}
	row, ok := m.positionRow(fund, in)
	if !ok {
		return Holding{}, false
	}
	return Holding{Fund: fund, Instrument: in, Units: *m.Ledger.At(row)}, true
}

// Every row of a table, with its number, in order.

// Banks goes through the custodian banks.
func (m *Machine) Banks() iter.Seq2[uint32, Bank] { return rows(m.banks) }

// Clients goes through the clients.
func (m *Machine) Clients() iter.Seq2[uint32, Client] { return rows(m.clients) }

// Funds goes through the fund accounts.
func (m *Machine) Funds() iter.Seq2[uint32, Fund] { return rows(m.funds) }

// Instruments goes through the securities.
func (m *Machine) Instruments() iter.Seq2[uint32, Instrument] { return rows(m.instruments) }

// Orders goes through the orders of the day.
func (m *Machine) Orders() iter.Seq2[uint32, Order] { return rows(m.orders) }

// NextOrders goes through the orders entered for the next trading day, see
// NextOrderBy.
func (m *Machine) NextOrders() iter.Seq2[uint32, Order] { return rows(m.nextOrders) }

// Transfers goes through the transfers of the day and those left unknown.
func (m *Machine) Transfers() iter.Seq2[uint32, Transfer] { return rows(m.transfers) }

// Cases goes through the difference cases, case 1 first; none is ever deleted.
func (m *Machine) Cases() iter.Seq2[uint32, Case] { return rows(m.cases) }

// CaseBy returns a difference case by number.
func (m *Machine) CaseBy(number uint64) (Case, bool) {
	row, ok := m.caseRow(number)
	if !ok {
		return Case{}, false
	}
	return *m.cases.At(row), true
}

// Proposals goes through the proposals, proposal 1 first; none is ever deleted.
func (m *Machine) Proposals() iter.Seq2[uint32, approval.Proposal] { return rows(m.proposals) }

// TransferOfBank returns the transfer that has a bank's serial of a date: one of
// the open day, or one without a known outcome.
func (m *Machine) TransferOfBank(bank uint16, date uint32, serial string) (Transfer, bool) {
	ref, ok := bankRef(serial)
	if !ok {
		return Transfer{}, false
	}
	row, ok := m.byBankRef(bank, date, ref)
	if !ok {
		return Transfer{}, false
	}
	return *m.transfers.At(row), true
}

// Steps goes through the steps of the day end.
func (m *Machine) Steps() iter.Seq2[uint32, Step] { return rows(m.steps) }

// Cursors goes through the cursors of execution reports.
func (m *Machine) Cursors() iter.Seq2[uint32, ReportCursor] { return rows(m.reports) }

func rows[R any, P state.Bytes[R]](t *state.Table[R, P]) iter.Seq2[uint32, R] {
	return func(yield func(uint32, R) bool) {
		for row := range t.Len() {
			if !yield(row, *t.At(row)) {
				return
			}
		}
	}
}

// Totals is the total-to-detail identity of one bank and currency, in minor
// units: Ledger = Pooled + Reserve + InSettlement (row K7).
type Totals struct {
	Bank         uint16
	Currency     money.Currency
	Ledger       money.Amount // sum of clients' ledgers
	Pooled       money.Amount
	Reserve      money.Amount
	InSettlement money.Amount // due from the clearing house and suspense, less commission and interest due
}

// Balanced says whether the total equals the detail.
func (t Totals) Balanced() bool { return t.Ledger == t.Pooled+t.Reserve+t.InSettlement }

// Totals adds up every bank and currency, in the order of bank and currency.
func (m *Machine) Totals() []Totals {
	var all []Totals
	find := func(k ledger.Key) *Totals {
		for i := range all {
			if all[i].Bank == k.Bank && uint32(all[i].Currency) == k.Unit {
				return &all[i]
			}
		}
		at := 0
		for at < len(all) && (all[at].Bank < k.Bank || all[at].Bank == k.Bank && uint32(all[at].Currency) < k.Unit) {
			at++
		}
		all = append(all, Totals{})
		copy(all[at+1:], all[at:])
		all[at] = Totals{Bank: k.Bank, Currency: money.Currency(k.Unit)}
		return &all[at]
	}
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		balance := money.Amount(a.Balance)
		switch k.Kind {
		case ledger.ClientCash:
			find(k).Ledger += balance
		case ledger.Pooled:
			find(k).Pooled += balance
		case ledger.ClientReserve:
			find(k).Reserve += balance
		case ledger.InSettlement, ledger.Suspense:
			find(k).InSettlement += balance
		case ledger.InterestDue, ledger.FeesDue:
			find(k).InSettlement -= balance
		}
	}
	return all
}
