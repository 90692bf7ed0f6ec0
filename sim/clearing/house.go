package clearing

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// House is the clearing house. It is for one goroutine. After an error other
// than ErrOrder, ErrFile and ErrConfig its books may be half changed: build a
// new one.
type House struct {
	config      Config
	members     []Member // with the state of their accounts
	instruments map[market.ID]*market.Instrument
	units       map[unit]int
	holdings    register
	owed        []obligation
	events      []Event
	grants      []grant
	months      map[*Account]*monthly
	orders      []Injection // for days to come
	log         []Injected
	day         *day
}

// unit is a trading unit of a market.
type unit struct {
	market market.Market
	pbu    string
}

// New builds a house that has not opened a day yet. It returns ErrConfig, or
// ErrShort for a negative holding.
func New(c Config) (*House, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	h := &House{
		config: c, instruments: map[market.ID]*market.Instrument{}, units: map[unit]int{},
		holdings: register{}, months: map[*Account]*monthly{},
	}
	for id, in := range c.Instruments {
		h.instruments[id] = &in
	}
	for i, m := range c.Members {
		m.Accounts = slices.Clone(m.Accounts)
		h.members = append(h.members, m)
		for _, mk := range markets {
			for _, pbu := range m.units(mk) {
				if _, taken := h.units[unit{mk, pbu}]; taken || pbu == "" || !fits(pbu, textMax[mk].unit) {
					return nil, fmt.Errorf("trading unit %q on %s: %w", pbu, mk, ErrConfig)
				}
				h.units[unit{mk, pbu}] = i
			}
		}
	}
	for _, p := range c.Holdings {
		if err := h.open(p); err != nil {
			return nil, err
		}
	}
	for _, e := range c.Events {
		if err := h.Announce(e); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *House) open(p Holding) error {
	mk := p.Security.Market()
	member, ok := h.units[unit{mk, p.Unit}]
	switch {
	case !ok:
		return fmt.Errorf("holding of %s in %s lies at unit %q of nobody: %w", p.Account, p.Security, p.Unit, ErrConfig)
	case p.Account == "" || !fits(p.Account, textMax[mk].account):
		return fmt.Errorf("securities account %q: %w", p.Account, ErrConfig)
	case p.Quantity < 0 || p.Quantity > money.Quantity(amountMax):
		return fmt.Errorf("%s holds %d of %s: %w", p.Account, p.Quantity, p.Security, ErrShort)
	}
	if _, err := h.instrument(p.Security); err != nil {
		return err
	}
	_, err := h.holdings.add(place{member, p.Security, p.Account}, p.Unit, p.Quantity)
	return err
}

// day is the state of the date that is open.
type day struct {
	date     calendar.Date
	previous calendar.Date // trading day before
	trading  bool
	rules    *market.Day
	now      calendar.TimeOfDay
	events   []event // what is still to come, in order
	ended    bool

	cleared  bool     // Clear has been called
	closed   bool     // the books have the day's trades
	legs     [4][]leg // the receiver's, by market, as they are
	sides    int
	nets     nets
	changes  map[place]position // of all accounts, by trades
	granted  []grant
	truth    [4]*picture // what is so, by market
	told     [4]*picture // what the files say
	orders   []Injection // trade faults by command
	faults   map[csdc.Layout]*fileFault
	gap      *fileFault
	controls map[csdc.Layout]csdc.Control // of what was, or would have been, sent
	versions map[string]int
	signed   bool // the control file has gone out
	report   Report
}

func (d *day) csdcDate() csdc.Date { return csdcDate(d.date) }

func csdcDate(d calendar.Date) csdc.Date {
	if d == 0 {
		return ""
	}
	return csdc.Date(d.Compact())
}

// Open begins a date, trading day or not, after everything of the date before
// has been released. Days may be left out, trading days may not: their nets
// would never be paid. It returns ErrOrder for a date out of turn.
func (h *House) Open(date calendar.Date) error {
	cal := h.config.Calendar
	if !cal.Covers(date) {
		return fmt.Errorf("%s: %w", date, calendar.ErrCoverage)
	}
	last := h.day
	if last != nil {
		if err := h.Release(calendar.DayEnd); err != nil {
			return err
		}
		next, err := last.date.AddDays(1)
		if err != nil {
			return err
		}
		between, err := cal.CountTradingDays(next, date)
		if cal.IsTradingDay(date) {
			between--
		}
		if err != nil || date <= last.date || between > 0 {
			return errors.Join(fmt.Errorf("%s follows %s, %d trading days left out: %w", date, last.date, between, ErrOrder), err)
		}
	}
	rules, err := h.config.Rules.On(date)
	if err != nil {
		return err
	}
	previous, err := cal.Prev(date)
	if err != nil && !errors.Is(err, calendar.ErrCoverage) {
		return err
	}
	h.day = &day{
		date: date, previous: previous, trading: cal.IsTradingDay(date), rules: rules, nets: nets{},
		changes: map[place]position{}, faults: map[csdc.Layout]*fileFault{}, controls: map[csdc.Layout]csdc.Control{}, versions: map[string]int{},
		report: Report{Date: date, Trading: cal.IsTradingDay(date)},
	}
	if last != nil {
		if err := h.endDaysBetween(last.date); err != nil {
			return err
		}
	}
	if h.day.trading {
		if err := errors.Join(h.newMonth(), h.dueToday()); err != nil {
			return err
		}
		h.drawFileFaults()
	}
	return h.plan()
}

// endDaysBetween ends the calendar days that nobody opened: minimum reserve and
// penalties count on those too.
func (h *House) endDaysBetween(last calendar.Date) error {
	for {
		next, err := last.AddDays(1)
		if err != nil || next >= h.day.date {
			return err
		}
		if err := h.endCalendarDay(next); err != nil {
			return err
		}
		last = next
	}
}

// Clear takes executions of the open day; it may be called several times, for
// one market after the other, until the first file is released. A trading day
// without trades needs a call too, with none. It returns ErrTrade with the place
// of the trade, counted from 1, or ErrOrder.
func (h *House) Clear(trades iter.Seq[Trade]) error {
	d := h.day
	if d == nil || !d.trading || d.closed {
		return fmt.Errorf("trades can be cleared on a trading day before its first file: %w", ErrOrder)
	}
	d.cleared = true
	number := 0
	for t := range trades {
		number++
		both, err := h.legs(&t)
		if err == nil && d.sides+2 > legsMax {
			err = fmt.Errorf("over %d sides: %w", legsMax, ErrTrade)
		}
		if err != nil {
			return fmt.Errorf("trade %d, %s of %s: %w", number, t.Exec, t.Security, err)
		}
		d.sides += 2
		d.report.Trades++
		for i := range both {
			d.take(&both[i], h.config.Receiver)
		}
	}
	return nil
}

func (d *day) take(l *leg, receiver int) {
	d.nets.add(l)
	if l.account != "" {
		at := l.place()
		p := d.changes[at]
		if p.unit == "" {
			p.unit = l.unit
		}
		p.quantity += l.change() // cannot overflow: legsMax × quantityMax
		d.changes[at] = p
	}
	if l.member == receiver {
		d.legs[l.security.Market()] = append(d.legs[l.security.Market()], *l)
	}
}

// close books the day's trades: securities at once (T evening), cash as
// obligations for the settlement day.
func (h *House) close() error {
	d := h.day
	if d.closed {
		return nil
	}
	if !d.cleared {
		return fmt.Errorf("no trades of %s have come, not even none: %w", d.date, ErrOrder)
	}
	d.closed = true
	var short []place
	for at, change := range d.changes {
		left, err := h.holdings.add(at, change.unit, change.quantity)
		if err != nil {
			return err
		}
		if left < 0 {
			short = append(short, at)
		}
	}
	if len(short) > 0 {
		first := slices.MinFunc(short, func(a, b place) int { return byAccount(row{place: a}, row{place: b}) })
		return fmt.Errorf("%d positions, first %s in %s by %d: %w", len(short), first.account, first.security, -h.holdings[first].quantity, ErrShort)
	}
	for _, n := range d.nets.sorted() {
		if err := h.owe(n); err != nil {
			return err
		}
	}
	return h.paint()
}

// owe turns a net into an obligation of its member.
func (h *House) owe(n *Net) error {
	d, m := h.day, &h.members[n.member]
	days := settleDaysUsual
	if n.Currency != money.CNY {
		days = settleDaysBShare
	}
	settles, err := h.config.Calendar.SettlementDay(d.date, days)
	if err != nil {
		return err
	}
	n.Member, n.TradeDate, n.Settles = m.Name, d.date, settles
	a := m.account(n.Market, n.Currency, Client)
	if a == nil {
		if n.member == h.config.Receiver {
			return fmt.Errorf("%s has no cash account for %s on %s: %w", m.Name, n.Currency, n.Market, ErrTrade)
		}
		return nil
	}
	h.owed = append(h.owed, obligation{*n})
	if months := h.months[a]; months != nil {
		sum, err := months.now.amount.Add(n.Bought)
		if err != nil {
			return err
		}
		months.now.amount = sum
	}
	return nil
}

// paint makes the pictures that the files are drawn from.
func (h *House) paint() error {
	d := h.day
	for _, mk := range markets {
		mine := register{}
		for at, p := range h.holdings {
			if at.member == h.config.Receiver && at.security.Market() == mk {
				mine[at] = p
			}
		}
		truth := h.picture(mk, d.legs[mk], mine)
		d.truth[mk], d.told[mk] = truth, truth
		legs, changed, err := h.falsify(mk, mine)
		if err != nil {
			return err
		}
		if !changed {
			continue
		}
		wrong := maps.Clone(mine)
		if err := errors.Join(wrong.move(truth.legs, -1), wrong.move(legs, 1)); err != nil {
			return err
		}
		d.told[mk] = h.picture(mk, legs, wrong)
	}
	return nil
}
