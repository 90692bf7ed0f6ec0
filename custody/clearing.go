package custody

import (
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideClearing(cmd record.Command) (record.Code, uint64) {
	if !m.fromHouse() {
		return record.NotPermitted, 0
	}
	switch c := cmd.(type) {
	case *record.ClearOrders:
		return m.clearOrders(c)
	case *record.StepDone:
		return m.stepDone(c), 0
	case *record.DayCleared:
		return m.dayCleared(c), 0
	case *record.SettleNet:
		return m.settleNet(c), 0
	case *record.MoveReserve:
		return m.moveReserve(c), 0
	case *record.DrawFees:
		return m.drawFees(c), 0
	case *record.BookRounding:
		return m.bookRounding(c), 0
	case *record.Entitlement:
		return m.entitle(c), 0
	case *record.AdoptFiles:
		return m.adoptFiles(c), 0
	}
	return record.UnknownKind, 0
}

// clearOrdersMax bounds one command so that its record stays below a megabyte:
// an order takes up to ten effects of some 20 bytes and a row of 160.
const clearOrdersMax = 1_000

// bill is what clearing books for one order.
type bill struct {
	row  uint32
	fees market.Fees
}

// clearOrders books the fills of orders. The outcome's Ref counts the orders
// booked now.
func (m *Machine) clearOrders(c *record.ClearOrders) (record.Code, uint64) {
	d := m.today()
	if d.Phase != DayStopped || c.Date != d.Date {
		return record.DayNotStopped, 0
	}
	if len(c.Orders) == 0 || len(c.Orders) > clearOrdersMax {
		return record.Malformed, 0
	}
	bills := make([]bill, 0, len(c.Orders))
	for _, id := range c.Orders {
		row, ok := m.index.orders.Find(state.KeyOf(id, 0))
		if !ok {
			return record.UnknownOrder, 0
		}
		o := m.orders.At(row)
		if o.Open() {
			return record.OrderStillOpen, 0
		}
		in := m.instruments.At(o.Instrument).forRules()
		fees, err := m.rules.day.Fees(&in, market.Side(o.Side), o.Value, tariff(m.rules.day, m.funds.At(o.Fund), &in))
		if err != nil && o.Filled > 0 {
			return record.OutOfRange, 0
		}
		bills = append(bills, bill{row, fees})
	}
	// Sales first, so that purchases paid with the proceeds of the same day do not
	// look like debts.
	return record.Accepted, m.bookBills(bills, Sell) + m.bookBills(bills, Buy) + m.bookBills(bills, Subscribe)
}

// bookBills books the bills of one side that are not booked yet and counts them.
func (m *Machine) bookBills(bills []bill, side uint8) (booked uint64) {
	for i := range bills {
		o := *m.orders.At(bills[i].row)
		if o.Side != side || o.Cleared != 0 {
			continue
		}
		if o.Filled > 0 {
			m.bookOrder(&o, bills[i].fees)
		}
		o.Cleared = 1
		m.putOrder(bills[i].row, o)
		booked++
	}
	return booked
}

// bookOrder turns what an order's fills will take and bring into postings: the
// principal and the levies with the clearing house, the commission as due to the
// broker, the units with the clearing house.
func (m *Machine) bookOrder(o *Order, fees market.Fees) {
	f := m.funds.At(o.Fund)
	in := m.instruments.At(o.Instrument)
	cash, position := m.cashOf(o.Fund), o.Position-1
	unit := uint32(f.Currency)
	settlement := m.Ledger.Ensure(ledger.Key{Kind: ledger.InSettlement, Bank: f.Bank, Unit: unit, Owner: uint64(in.ID.Market())})
	due := m.Ledger.Ensure(ledger.Key{Kind: ledger.FeesDue, Bank: f.Bank, Unit: unit})
	units := m.Ledger.Ensure(custodyKey(in.ID.Market(), o.Instrument))

	m.Ledger.Shift(ledger.Payable, cash, -int64(o.Fees))
	if o.Side == Buy {
		m.Ledger.Shift(ledger.Payable, cash, -int64(o.Value))
		m.Ledger.Shift(ledger.Receivable, position, -int64(o.Filled))
		m.Ledger.Post(m.charge(ledger.CodeTradeCash, cash, int64(o.Value)), cash, settlement, int64(o.Value))
		m.Ledger.Post(ledger.CodeTradeUnits, units, position, int64(o.Filled))
	} else {
		m.Ledger.Shift(ledger.Receivable, cash, -int64(o.Value))
		m.Ledger.Shift(ledger.Payable, position, -int64(o.Filled))
		m.Ledger.Post(ledger.CodeTradeCash, settlement, cash, int64(o.Value))
		m.Ledger.Post(ledger.CodeTradeUnits, position, units, int64(o.Filled))
	}
	if levies := int64(fees.Total - fees.Commission); levies > 0 {
		m.Ledger.Post(m.charge(ledger.CodeTradeFees, cash, levies), cash, settlement, levies)
	}
	if fees.Commission > 0 {
		m.Ledger.Post(m.charge(ledger.CodeTradeFees, cash, int64(fees.Commission)), cash, due, int64(fees.Commission))
	}
	o.Fees = fees.Total
}

// charge returns the code of a charge on client cash: the given one, or
// CodeForced where the charge leaves the client in debt, as minimum fees on a
// tiny sale may, or purchases booked before the day's sales.
func (m *Machine) charge(code ledger.Code, cash uint32, amount int64) ledger.Code {
	if m.Ledger.At(cash).Balance < amount {
		return ledger.CodeForced
	}
	return code
}

// dayCleared ends the day when every filled order is booked and every step of
// the day end succeeded.
func (m *Machine) dayCleared(c *record.DayCleared) record.Code {
	d := m.today()
	if d.Phase != DayStopped || c.Date != d.Date {
		return record.DayNotStopped
	}
	for row := range m.orders.Len() {
		if o := m.orders.At(row); o.Open() || o.Filled > 0 && o.Cleared == 0 {
			return record.OrdersNotDone
		}
	}
	for step := range uint16(StepsOfDay) {
		row, ok := m.step(step + 1)
		if !ok || m.steps.At(row).Date != d.Date || m.steps.At(row).OK == 0 {
			return record.StepsMissing
		}
	}
	d.Phase = DayCleared
	put(m, m.day, 0, d)
	return record.Accepted
}

// adoptFiles lets the receiving side take a set of files in the place of the one
// accepted, while the day is not cleared: after that nothing reads them.
func (m *Machine) adoptFiles(c *record.AdoptFiles) record.Code {
	d := m.today()
	switch {
	case c.Date == 0 || c.Date != d.Date:
		return record.WrongDate
	case d.Phase == DayCleared:
		return record.DayClosed
	}
	return record.Accepted
}

// settleNet books final settlement with the clearing house.
func (m *Machine) settleNet(c *record.SettleNet) record.Code {
	if _, ok := m.bank(c.Bank); !ok || !market.Market(c.Market).Valid() {
		return record.UnknownRow
	}
	if c.Amount == 0 || !c.Currency.Valid() || !within(c.Amount) {
		return record.BadAmount
	}
	if !m.room(reserveKey(c.Bank, c.Market, c.Currency), settlementKey(c.Bank, c.Market, c.Currency)) {
		return record.OutOfRange
	}
	reserve, settlement := m.reserveOf(c.Bank, c.Market, c.Currency), m.settlementOf(c.Bank, c.Market, c.Currency)
	m.postSigned(ledger.CodeClearingNet, reserve, settlement, int64(c.Amount))
	return record.Accepted
}

// moveReserve moves client money between a pooled account and the reserve.
func (m *Machine) moveReserve(c *record.MoveReserve) record.Code {
	if _, ok := m.bank(c.Bank); !ok || !market.Market(c.Market).Valid() {
		return record.UnknownRow
	}
	if c.Amount == 0 || !c.Currency.Valid() || !within(c.Amount) {
		return record.BadAmount
	}
	pooled, ok := m.Ledger.Find(ledger.Key{Kind: ledger.Pooled, Bank: c.Bank, Unit: uint32(c.Currency)})
	if !ok || m.Ledger.At(pooled).Balance < int64(c.Amount) {
		return record.PooledTooSmall
	}
	if !m.room(reserveKey(c.Bank, c.Market, c.Currency), ledger.KeyFrom(m.Ledger.At(pooled).Key)) {
		return record.OutOfRange
	}
	m.postSigned(ledger.CodeReserve, m.reserveOf(c.Bank, c.Market, c.Currency), pooled, int64(c.Amount))
	return record.Accepted
}

// drawFees moves commission from client money to own money: two postings in two
// domains, never one across (law L2).
func (m *Machine) drawFees(c *record.DrawFees) record.Code {
	unit := uint32(c.Currency)
	due, ok := m.Ledger.Find(ledger.Key{Kind: ledger.FeesDue, Bank: c.Bank, Unit: unit})
	pooled, found := m.Ledger.Find(ledger.Key{Kind: ledger.Pooled, Bank: c.Bank, Unit: unit})
	switch {
	case !ok || !found:
		return record.UnknownRow
	case c.Amount <= 0:
		return record.BadAmount
	case m.Ledger.At(due).Balance < int64(c.Amount):
		return record.FeesExceedDue
	case m.Ledger.At(pooled).Balance < int64(c.Amount):
		return record.PooledTooSmall
	}
	m.Ledger.Post(ledger.CodeFeeDrawn, due, pooled, int64(c.Amount))
	own := m.Ledger.Ensure(ledger.Key{Kind: ledger.OwnBank, Bank: c.Bank, Unit: unit})
	income := m.Ledger.Ensure(ledger.Key{Kind: ledger.FeeIncome, Unit: unit})
	m.Ledger.Post(ledger.CodeFeeEarned, own, income, int64(c.Amount))
	return record.Accepted
}

// bookRounding squares cents between the clearing house's fees and ours with
// own money: what is left over in settlement goes to or comes from the broker.
func (m *Machine) bookRounding(c *record.BookRounding) record.Code {
	unit := uint32(c.Currency)
	pooled, ok := m.Ledger.Find(ledger.Key{Kind: ledger.Pooled, Bank: c.Bank, Unit: unit})
	switch {
	case !ok || !market.Market(c.Market).Valid():
		return record.UnknownRow
	case c.Amount == 0 || !within(c.Amount):
		return record.BadAmount
	case int64(c.Amount) > m.Ledger.At(pooled).Balance:
		return record.PooledTooSmall
	case !m.room(settlementKey(c.Bank, c.Market, c.Currency), ledger.KeyFrom(m.Ledger.At(pooled).Key),
		ledger.Key{Kind: ledger.OwnBank, Bank: c.Bank, Unit: unit}, ledger.Key{Kind: ledger.Rounding, Unit: unit}):
		return record.OutOfRange
	}
	// In our favour: the clearing house took less than the clients paid, so the
	// pool holds that much too much for them.
	m.postSigned(ledger.CodeRounding, m.settlementOf(c.Bank, c.Market, c.Currency), pooled, int64(c.Amount))
	own := m.Ledger.Ensure(ledger.Key{Kind: ledger.OwnBank, Bank: c.Bank, Unit: unit})
	rounding := m.Ledger.Ensure(ledger.Key{Kind: ledger.Rounding, Unit: unit})
	m.postSigned(ledger.CodeRounding, own, rounding, int64(c.Amount))
	return record.Accepted
}

// movementMax bounds a single movement, and twice as much the balances it meets, so
// that no sum leaves 64 bits.
const movementMax money.Amount = 1 << 60

func within(a money.Amount) bool { return a >= -movementMax && a <= movementMax }

// room says whether accounts that may not be open yet can take one more movement.
func (m *Machine) room(keys ...ledger.Key) bool {
	for _, k := range keys {
		if b := m.balanceOf(k); b < -2*int64(movementMax) || b > 2*int64(movementMax) {
			return false
		}
	}
	return true
}

// postSigned posts a positive amount as given and a negative one the other way.
func (m *Machine) postSigned(code ledger.Code, debit, credit uint32, amount int64) {
	if amount < 0 {
		debit, credit, amount = credit, debit, -amount
	}
	m.Ledger.Post(code, debit, credit, amount)
}

func reserveKey(bank uint16, of uint8, c money.Currency) ledger.Key {
	return ledger.Key{Kind: ledger.ClientReserve, Bank: bank, Unit: uint32(c), Owner: uint64(of)}
}

func settlementKey(bank uint16, of uint8, c money.Currency) ledger.Key {
	return ledger.Key{Kind: ledger.InSettlement, Bank: bank, Unit: uint32(c), Owner: uint64(of)}
}

func (m *Machine) reserveOf(bank uint16, of uint8, c money.Currency) uint32 {
	return m.Ledger.Ensure(reserveKey(bank, of, c))
}

func (m *Machine) settlementOf(bank uint16, of uint8, c money.Currency) uint32 {
	return m.Ledger.Ensure(settlementKey(bank, of, c))
}
