package clearing

import (
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/wire/csdc"
)

// Config is a clearing house and its participants.
type Config struct {
	// Members are all participants of the trades that will come.
	Members []Member
	// Receiver is the place in Members of the one that gets files.
	Receiver int
	// Calendar and Rules are the mainland's and the built-in ones if nil.
	Calendar *calendar.Calendar
	Rules    *market.Rules
	// Instruments overrides what a security's code says about it.
	Instruments map[market.ID]market.Instrument
	// Holdings are what the accounts hold when the house opens its first day.
	Holdings []Holding
	// Times is when files go out; DefaultTimes if empty.
	Times Timetable
	// Cutoffs are the receiver's deadlines, which a late file misses;
	// csdc.DefaultCutoffs if empty.
	Cutoffs []csdc.Cutoff
	// Events are entitlements known from the beginning.
	Events []Event
	// ReserveRatio is the rate of the minimum reserve; 16 % if zero.
	ReserveRatio money.Rate
	Faults       Faults
	Sink         Sink
}

// Holding is what a securities account holds of one security.
type Holding struct {
	Unit     string // designated trading unit (Shanghai) or custody unit (Shenzhen)
	Account  string
	Security market.ID
	Quantity money.Quantity
}

// Timetable is when the files of an evening go out, on the trading day itself.
type Timetable struct {
	Files   map[csdc.Layout]calendar.TimeOfDay
	Control calendar.TimeOfDay // not before the last file
}

// DefaultTimes is a usual evening: the exchange's trade file first, then from
// about 17:20 the clearing files (domain facts E.2: they come between 16:30 and
// 22:00; the times within are ours).
func DefaultTimes() Timetable {
	return Timetable{
		Files: map[csdc.Layout]calendar.TimeOfDay{
			csdc.LayoutGH:     calendar.Clock(16, 10, 0),
			csdc.LayoutSJSMX1: calendar.Clock(17, 20, 0),
			csdc.LayoutJsmx:   calendar.Clock(17, 30, 0),
			csdc.LayoutZqbd:   calendar.Clock(17, 35, 0),
			csdc.LayoutZjhz:   calendar.Clock(17, 40, 0),
			csdc.LayoutSJSJG:  calendar.Clock(18, 0, 0),
			csdc.LayoutSJSQS:  calendar.Clock(18, 5, 0),
			csdc.LayoutZqye:   calendar.Clock(18, 30, 0),
			csdc.LayoutSJSDZ:  calendar.Clock(18, 45, 0),
		},
		Control: calendar.Clock(19, 0, 0),
	}
}

// defaultReserveRatio is the ratio of a broker that pays late and withdraws
// early (domain facts E.3).
const defaultReserveRatio money.Rate = 160_000_000

func (c *Config) fill() error {
	if c.Calendar == nil {
		built, err := calendar.China()
		if err != nil {
			return err
		}
		c.Calendar = built
	}
	if c.Rules == nil {
		c.Rules = market.Builtin(c.Calendar)
	}
	if len(c.Times.Files) == 0 {
		c.Times = DefaultTimes()
	}
	if len(c.Cutoffs) == 0 {
		c.Cutoffs = csdc.DefaultCutoffs()
	}
	if c.ReserveRatio == 0 {
		c.ReserveRatio = defaultReserveRatio
	}
	return c.check()
}

func (c *Config) check() error {
	if c.Receiver < 0 || c.Receiver >= len(c.Members) || c.Sink == nil {
		return fmt.Errorf("no receiver or nowhere to put its files: %w", ErrConfig)
	}
	accounts := map[string]bool{}
	for i := range c.Members {
		for j := range c.Members[i].Accounts {
			a := &c.Members[i].Accounts[j]
			if err := a.check(); err != nil {
				return err
			}
			key := fmt.Sprint(a.No, a.Currency, a.Purpose)
			if accounts[key] || c.Members[i].account(a.Market, a.Currency, a.Purpose) != a {
				return fmt.Errorf("cash account %s stands twice: %w", a.No, ErrConfig)
			}
			accounts[key] = true
		}
	}
	receiver := &c.Members[c.Receiver]
	for _, mk := range markets {
		if receiver.account(mk, money.CNY, Client) == nil {
			return fmt.Errorf("%s has no client cash account on %s: %w", receiver.Name, mk, ErrConfig)
		}
	}
	if _, err := csdc.NewManifest(receiver.Participant, "20230825", "", nil); err != nil {
		return fmt.Errorf("%s: %w: %w", receiver.Name, ErrConfig, err)
	}
	if c.ReserveRatio < 0 || c.ReserveRatio > money.RateUnit {
		return fmt.Errorf("reserve ratio %d: %w", c.ReserveRatio, ErrConfig)
	}
	if err := c.Times.check(); err != nil {
		return err
	}
	return c.Faults.check()
}

func (t *Timetable) check() error {
	for _, l := range csdc.Layouts() {
		at, ok := t.Files[l]
		if !ok || at > t.Control {
			return fmt.Errorf("%s goes out at %s, control file at %s: %w", l, at, t.Control, ErrConfig)
		}
		// The evening's files tell what the day brought, so none may be due before
		// the exchanges have closed; and the fund check must know them.
		if at < closeOfTrading || at >= calendar.DayEnd {
			return fmt.Errorf("%s goes out at %s: %w", l, at, ErrConfig)
		}
	}
	return nil
}

// closeOfTrading is when the last after-hours trade may have been made.
const closeOfTrading = 15*calendar.Hour + 30*calendar.Minute

// markets are those whose files the house writes. Beijing's are not available yet.
var markets = []market.Market{market.Shanghai, market.Shenzhen}

// marketOf says which exchange's trades a layout is about.
func marketOf(l csdc.Layout) market.Market {
	if slices.Contains([]csdc.Layout{csdc.LayoutSJSMX1, csdc.LayoutSJSJG, csdc.LayoutSJSQS, csdc.LayoutSJSDZ}, l) {
		return market.Shenzhen
	}
	return market.Shanghai
}
