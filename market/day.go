package market

import (
	"fmt"

	"sancun/calendar"
	"sancun/money"
)

// Day is the rules of one date, resolved for look-up without search. It is
// immutable, safe to share, and its checks allocate nothing. It has about 20
// KiB: make one a date and keep it.
type Day struct {
	date     calendar.Date
	trading  bool
	calendar *calendar.Calendar
	session  calendar.Session
	newSince calendar.Date // listings before it have left their first days
	classes  [marketCount][boardCount]class
}

// class is what holds for one board of one market on the day.
type class struct {
	limits     [standingCount][newDaysMax + 1]limit // day 0 is every day after the first ones
	order      OrderRule
	cage       CageRule
	halt       HaltRule
	feature    SessionRule
	settle     SettleRule
	commission CommissionRule
	fees       [feeKindCount]FeeRule
}

// limit is a LimitRule in its slot. Rank says how particular the rule was that
// filled it; zero means that none did.
type limit struct {
	rank     uint8
	free     bool
	up, down money.Rate
}

// On resolves the rules for a date. It returns ErrRules when two rows claim the
// same case, and the calendar's errors when it has no data for the date. For a
// day that is no trading day the Day says so in every phase.
func (r *Rules) On(d calendar.Date) (*Day, error) {
	if !r.Calendar.Covers(d) {
		return nil, fmt.Errorf("rules of %s: %w", d, calendar.ErrCoverage)
	}
	session, err := calendar.SessionOn(r.Sessions, d)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", d, err)
	}
	newSince, err := r.Calendar.AddTradingDays(d, -newDaysMax)
	if err != nil {
		return nil, fmt.Errorf("rules of %s: %w", d, err)
	}
	day := &Day{date: d, trading: r.Calendar.IsTradingDay(d), calendar: r.Calendar, session: session, newSince: newSince}
	if err := day.resolve(r); err != nil {
		return nil, fmt.Errorf("rules of %s: %w", d, err)
	}
	return day, nil
}

func (day *Day) resolve(r *Rules) error {
	for i := range r.Limits {
		rule := &r.Limits[i]
		if !rule.sound() {
			return fmt.Errorf("limit row %d, days %d to %d, +%d -%d: %w", i, rule.FirstDay, rule.LastDay, rule.Up, rule.Down, ErrRules)
		}
		if err := day.each(&rule.Scope, func(c *class) bool { return c.place(rule) }); err != nil {
			return fmt.Errorf("limit row %d: %w", i, err)
		}
	}
	for i := range r.Fees {
		if kind := r.Fees[i].Kind; kind == 0 || kind >= feeKindCount {
			return fmt.Errorf("fee row %d has kind %d: %w", i, kind, ErrRules)
		}
	}
	if err := place(day, r.Fees, func(c *class, row *FeeRule) *FeeRule { return &c.fees[row.Kind] }); err != nil {
		return fmt.Errorf("fees: %w", err)
	}
	if err := place(day, r.Orders, func(c *class, _ *OrderRule) *OrderRule { return &c.order }); err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	if err := place(day, r.Cages, func(c *class, _ *CageRule) *CageRule { return &c.cage }); err != nil {
		return fmt.Errorf("cages: %w", err)
	}
	for i := range r.Halts {
		if !r.Halts[i].sound() {
			return fmt.Errorf("halt row %d: %w", i, ErrRules)
		}
	}
	if err := place(day, r.Halts, func(c *class, _ *HaltRule) *HaltRule { return &c.halt }); err != nil {
		return fmt.Errorf("halts: %w", err)
	}
	if err := place(day, r.Features, func(c *class, _ *SessionRule) *SessionRule { return &c.feature }); err != nil {
		return fmt.Errorf("sessions: %w", err)
	}
	if err := place(day, r.Settles, func(c *class, _ *SettleRule) *SettleRule { return &c.settle }); err != nil {
		return fmt.Errorf("settlement: %w", err)
	}
	if err := place(day, r.Commissions, func(c *class, _ *CommissionRule) *CommissionRule { return &c.commission }); err != nil {
		return fmt.Errorf("commissions: %w", err)
	}
	return nil
}

// sound says whether the days and rates of a limit rule can be meant.
func (r *LimitRule) sound() bool {
	days := r.FirstDay == 0 && r.LastDay == 0 || r.FirstDay >= 1 && r.LastDay >= r.FirstDay && r.LastDay <= newDaysMax
	rates := r.Up > 0 && r.Up <= money.RateUnit && r.Down > 0 && r.Down < money.RateUnit
	return days && r.Standing < standingCount && rates != r.Free
}

// sound says whether the days, moves and times of a halt rule can be meant.
func (r *HaltRule) sound() bool {
	days := r.FirstDay >= 1 && r.LastDay >= r.FirstDay && r.LastDay <= newDaysMax
	return days && r.First > 0 && r.Second > r.First && r.Second <= 10*money.RateUnit && r.For > 0 && r.Until > 0 && r.Until < calendar.DayEnd
}

// Halts returns by which rule the exchange interrupts trading in an instrument on
// the day; ok is false when it does not.
func (day *Day) Halts(in *Instrument) (rule HaltRule, ok bool) {
	rule = day.at(in).halt
	n := day.dayOfTrading(in.Listed)
	standing := in.Standing == 0 || in.Standing == Ordinary
	return rule, rule.From != 0 && standing && n >= rule.FirstDay && n <= rule.LastDay
}

// scoped is a table row.
type scoped interface{ scope() *Scope }

func (s *Scope) scope() *Scope { return s }

// place puts each row in force into its slot of every class it covers. An empty
// slot is one whose rule has no From.
func place[T any, P interface {
	*T
	scoped
}](day *Day, rows []T, slot func(*class, *T) *T) error {
	for i := range rows {
		row := &rows[i]
		err := day.each(P(row).scope(), func(c *class) bool {
			to := slot(c, row)
			if P(to).scope().From != 0 {
				return false
			}
			*to = *row
			return true
		})
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}

// place puts a limit rule into its slots. The more particular rule wins: one
// for named days over one for all days, one for a standing over one for all.
func (c *class) place(rule *LimitRule) bool {
	rank := uint8(1)
	if rule.Standing != 0 {
		rank++
	}
	if rule.LastDay != 0 {
		rank += 2
	}
	for standing := Ordinary; standing < standingCount; standing++ {
		if rule.Standing != 0 && rule.Standing != standing {
			continue
		}
		for day := range c.limits[standing] {
			if rule.LastDay != 0 && (day < rule.FirstDay || day > rule.LastDay) {
				continue
			}
			to := &c.limits[standing][day]
			if to.rank == rank {
				return false
			}
			if to.rank < rank {
				*to = limit{rank: rank, free: rule.Free, up: rule.Up, down: rule.Down}
			}
		}
	}
	return true
}

// each calls visit with every class in the scope on the day. A false answer
// means that another row was there first.
func (day *Day) each(s *Scope, visit func(*class) bool) error {
	if s.Market >= marketCount || len(s.Boards) == 0 || !s.From.Valid() {
		return fmt.Errorf("scope from %s: %w", s.From, ErrRules)
	}
	if !s.covers(day.date) {
		return nil
	}
	for m := Shanghai; m <= Beijing; m++ {
		if s.Market != 0 && s.Market != m {
			continue
		}
		for _, b := range s.Boards {
			if !b.Valid() {
				return fmt.Errorf("%s: %w", b, ErrRules)
			}
			if !visit(&day.classes[m][b]) {
				return fmt.Errorf("two rows for %s on %s: %w", b, m, ErrRules)
			}
		}
	}
	return nil
}
