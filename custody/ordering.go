package custody

import (
	"sancun/calendar"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideOrder(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.NewOrder:
		return m.newOrder(c)
	case *record.DatedOrder:
		return m.datedOrder(c)
	case *record.ReleaseOrders:
		return m.releaseOrders(c)
	case *record.OrderFilled:
		return m.orderFilled(c)
	case *record.OrderReported:
		return m.orderReported(c)
	case *record.CancelOrder:
		return m.cancelOrder(c)
	case *record.OrderCancelled:
		return m.orderCancelled(c)
	case *record.OrderRefused:
		return m.orderRefused(c)
	case *record.CancelRefused:
		return m.cancelRefused(c)
	case *record.ExpireOrders:
		return m.expireOrders(c), 0
	case *record.Quotes:
		return m.enterQuotes(c), 0
	case *record.LoadInstruments:
		return m.loadInstruments(c), 0
	case *record.LoadIssues:
		return m.loadIssues(c), 0
	case *record.SecuritiesIn:
		return m.securitiesIn(c), 0
	}
	return record.UnknownKind, 0
}

// entry is an order on its way through the checks: what it resolved to.
type entry struct {
	fund       uint32
	account    uint32
	row        uint32 // of the instrument
	instrument *Instrument
	rules      market.Instrument
	position   uint32 // ledger row + 1, 0 when there is none
	hold       int64  // fen for a buy, units for a sell
	risk       judgement

	date  uint32             // the trading date it is for
	day   *market.Day        // the rules of that date
	at    calendar.TimeOfDay // the moment of the date as of which it is judged
	ahead uint32             // next-day orders in rows before this one keep what they reserve
	named bool               // entered for its date before the day opened
}

// entryNow is the entry of an order for the open day.
func (m *Machine) entryNow() entry {
	return entry{date: m.today().Date, day: m.rules.day, at: m.timeOfDay(), ahead: m.nextOrders.Len()}
}

// newOrder checks an order in the order of row K29: client and account state,
// permission and suitability, security, quantity, price, phase and cage, money
// or position, risk limits, front-end control. The first check that fails answers.
//
// Once business has stopped the order is one for the next trading day.
func (m *Machine) newOrder(c *record.NewOrder) (record.Code, uint64) {
	switch m.today().Phase {
	case DayOpen:
	case DayStopped, DayCleared:
		return m.newNextOrder(c)
	default:
		return record.NotOpenedDay, 0
	}
	e := m.entryNow()
	if code := m.checkOrder(c, &e); code != record.Accepted {
		return code, 0
	}
	d := m.today()
	d.Orders++
	put(m, m.day, 0, d)
	o := Order{
		ID: d.Orders, Fund: e.fund, Account: e.account, Instrument: e.row, Position: e.position,
		Side: c.Side, Category: c.Category, Type: market.OrderType(c.Type), State: e.risk.stateFor(), Channel: c.Channel,
		Date: d.Date, Placed: m.now, Price: c.Price, Quantity: c.Quantity, Held: e.hold, ClOrdID: clOrdID(d.Orders),
		By: m.caller, Risk: uint16(e.risk.code), Review: e.risk.review(),
	}
	m.enter(o, &e)
	return record.Accepted, o.ID
}

// enter holds what an order needs and puts it among those of the day.
func (m *Machine) enter(o Order, e *entry) {
	switch o.Side {
	case Buy:
		m.Ledger.Shift(ledger.HeldOrder, m.cashOf(e.fund), e.hold)
	case Sell:
		m.Ledger.Shift(ledger.HeldOrder, e.position-1, e.hold)
	}
	m.putOrder(m.orders.Len(), o)
	m.countOrder(e)
}

// checkOrder runs the checks in their order; they fill the entry. Before the day of
// an order those that need its prices are left out, and risk with them: all are
// asked when the order is released.
func (m *Machine) checkOrder(c *record.NewOrder, e *entry) record.Code {
	code := m.checkOrderClient(c, e)
	if code == record.Accepted {
		code = m.checkOrderInstrument(c, e)
	}
	if code == record.Accepted {
		code = m.checkOrderRules(c, e)
	}
	if code == record.Accepted {
		code = m.checkOrderCover(c, e)
	}
	switch {
	case code != record.Accepted:
		return code
	case m.before(e):
		return m.checkNextLimits(e)
	}
	if code := m.checkOrderRisk(c, e); code != record.Accepted {
		return code
	}
	return m.checkCeilings(c, e)
}

// orderAt returns the row of the order of the day that has our number at the
// exchange, which is the order's number.
func (m *Machine) orderAt(text [10]byte) (uint32, bool) {
	id := uint64(0)
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		id = id*10 + uint64(digit-'0')
	}
	row, ok := m.index.orders.Find(state.KeyOf(id, 0))
	return row, ok && m.orders.At(row).ClOrdID == text
}

// clOrdID writes an order number as the ten digits that go to the exchange.
func clOrdID(id uint64) (text [10]byte) {
	for i := len(text) - 1; i >= 0; i-- {
		text[i] = byte('0' + id%10)
		id /= 10
	}
	return text
}

func (m *Machine) checkOrderClient(c *record.NewOrder, e *entry) record.Code {
	row, ok := m.index.funds.Find(state.KeyOf(c.Fund, 0))
	if !ok {
		return record.UnknownRow
	}
	f := m.funds.At(row)
	client := m.clients.At(f.Client)
	switch {
	case !m.forClient(f):
		return record.NotPermitted
	case f.Main == 0:
		return record.NotMainAccount
	case f.State != Normal || f.Relation != RelationDesignated || f.ClosingDate != 0 || client.State != Normal:
		return record.FundNotUsable
	case c.Side == Buy && m.owes(row):
		return record.FundNotUsable // a client who owes us buys nothing until it is paid (B.7)
	}
	e.fund = row
	return record.Accepted
}

func (m *Machine) checkOrderInstrument(c *record.NewOrder, e *entry) record.Code {
	row, ok := m.instrument(market.ID(c.Instrument))
	if !ok {
		return record.UnknownInstrument
	}
	e.row, e.instrument = row, m.instruments.At(row)
	e.rules = e.instrument.forRules()
	if e.instrument.Date != m.today().Date {
		return record.OfVerdict(market.NotTradable)
	}
	client := m.clients.At(m.funds.At(e.fund).Client)
	need, risk := boardNeeds(e.instrument)
	switch {
	case e.instrument.Board == market.Index:
		return record.OfVerdict(market.NotTradable)
	case need == 0:
		return record.CategoryNotServed
	case e.rules.Currency() != m.funds.At(e.fund).Currency:
		return record.CurrencyDiffers
	case c.Side != Sell && client.Permissions&need != need: // what is held may be sold without
		return record.NoPermission
	case c.Side != Sell && (client.Risk < risk || client.RiskUntil < e.date):
		return record.RiskTooHigh
	}
	account, ok := m.securitiesFor(e.fund, e.instrument.ID.Market())
	if !ok {
		return record.NoSecuritiesAcct
	}
	e.account = account
	return record.Accepted
}

// boardNeeds returns the permissions a board asks for and the least risk class
// of a buyer (row K12, domain facts F.3). No permission means not served.
func boardNeeds(i *Instrument) (permissions uint32, risk uint8) {
	switch i.Board {
	case market.Main:
		permissions, risk = PermitMain, 3
	case market.ChiNext:
		permissions, risk = PermitChiNext, 3
	case market.STAR:
		permissions, risk = PermitSTAR, 4
	case market.BSE:
		permissions, risk = PermitBSE, 4
	case market.Fund:
		permissions, risk = PermitMain, 2
	case market.Convertible:
		permissions, risk = PermitMain, 3
	case market.Bond:
		permissions, risk = PermitMain, 1
	case market.BShare, market.Repo, market.Index:
		return 0, 0
	}
	if i.Standing != market.Ordinary {
		permissions |= PermitRisk
		risk = max(risk, 4)
	}
	return permissions, risk
}

func (m *Machine) checkOrderRules(c *record.NewOrder, e *entry) record.Code {
	switch {
	case c.Category == 0 || c.Category > CategoryNEEQ:
		return record.Malformed
	case c.Side == Subscribe || c.Category == CategoryNonTrading:
		return m.checkSubscription(c, e)
	case c.Category > CategoryAfterHours || c.Type == uint8(market.MarketOrder):
		return record.CategoryNotServed
	case m.issueOf(e.instrument) != nil:
		return record.OnlySubscription
	case (c.Category == CategoryAuction) != (c.Type == uint8(market.LimitOrder)):
		return record.OfVerdict(market.BadOrderType)
	}
	if c.Side == Sell {
		if row, ok := m.positionRow(e.fund, e.row); ok {
			e.position = row + 1
		}
	}
	return m.checkMarket(c, e, m.sellable(e))
}

// checkMarket asks the market's rules of the entry's moment, or before its day
// those that can be asked then.
func (m *Machine) checkMarket(c *record.NewOrder, e *entry, sellable money.Quantity) record.Code {
	o := market.Order{Side: market.Side(c.Side), Type: market.OrderType(c.Type), Price: c.Price, Quantity: c.Quantity, Sellable: sellable}
	if m.before(e) {
		return record.OfVerdict(e.day.CheckAhead(&e.rules, &o))
	}
	q := market.Quote{PrevClose: e.instrument.PrevClose, Last: e.instrument.Last, Bid: e.instrument.Bid, Ask: e.instrument.Ask}
	return record.OfVerdict(e.day.CheckOrder(&e.rules, &o, &q, e.at))
}

// sellable returns how many units the entry's position may sell now.
func (m *Machine) sellable(e *entry) money.Quantity {
	if e.position == 0 {
		return 0
	}
	days, _, _, ok := e.day.Settlement(&e.rules)
	bought := ok && days == 0 || m.before(e) // what was bought today may be sold on the next day
	return money.Quantity(m.Ledger.At(e.position-1).Sellable(bought) - m.reservedUnits(e.fund, e.row, e.ahead))
}

// checkOrderCover checks that money with all fees covers a buy (row K30), and says
// how much will be held. That the units cover a sell, the rules of lots have checked.
func (m *Machine) checkOrderCover(c *record.NewOrder, e *entry) record.Code {
	switch c.Side {
	case Sell:
		e.hold = int64(c.Quantity)
	case Buy:
		cost, ok := m.costOf(e, c.Price, c.Quantity, 0)
		if !ok {
			return record.OutOfRange
		}
		if m.Ledger.At(m.cashOf(e.fund)).Available()-m.reservedCash(e.fund, e.ahead) < cost {
			return record.Insufficient
		}
		e.hold = cost
	}
	return record.Accepted
}

// costOf returns what it takes to buy quantity at price on top of value bought
// already by the same order: principal, and fees on the whole less nothing.
func (m *Machine) costOf(e *entry, price money.Price, quantity money.Quantity, value money.Amount) (int64, bool) {
	principal, err := price.Times(quantity)
	if err != nil {
		return 0, false
	}
	turnover, err := principal.Add(value)
	if err != nil {
		return 0, false
	}
	fees, err := e.day.Fees(&e.rules, market.Buy, turnover, tariff(e.day, m.funds.At(e.fund), &e.rules))
	if err != nil {
		return 0, false
	}
	total, err := principal.Add(fees.Total)
	return int64(total), err == nil
}

// tariff returns the commission of a fund account on a date: its own rate with the
// default minimum, or the default.
func tariff(day *market.Day, f *Fund, in *market.Instrument) market.Tariff {
	t, _ := day.DefaultTariff(in)
	if f.Commission > 0 {
		t.Rate = f.Commission
	}
	return t
}

// cashOf returns the ledger row of a fund account's cash.
func (m *Machine) cashOf(fund uint32) uint32 { return m.funds.At(fund).Cash - 1 }
