package market

import (
	"errors"

	"sancun/calendar"
	"sancun/money"
)

// ErrRules reports rule tables that contradict themselves, or a date they do
// not speak of.
var ErrRules = errors.New("trading rules")

// FirstDay is the first day the built-in tables speak of, the ChiNext reform.
// For earlier days they have no rules.
const FirstDay calendar.Date = 20200824

// Scope says when and for what a rule is in force, and how we know.
type Scope struct {
	From, To calendar.Date // in force on [From, To]; a zero To means until further notice
	Market   Market        // zero: all markets
	Boards   []Board
	Source   string
	Verified bool // seen in a rule text, on real prices or in two independent sources; false is memory or a single page
}

func (s *Scope) covers(d calendar.Date) bool { return d >= s.From && (s.To == 0 || d <= s.To) }

// LimitRule is how far a price may move from the previous close. The days count
// from the listing or, in the delisting period, from its beginning: the first
// is 1. With FirstDay and LastDay zero the rule is for all days that no other
// rule names.
type LimitRule struct {
	Scope
	Standing          Standing // zero: every standing that no other rule names
	FirstDay, LastDay int      // 1 to newDaysMax
	Free              bool     // no limit; Up and Down are then zero
	Up, Down          money.Rate
}

// newDaysMax is the largest number of first days with rules of their own.
const newDaysMax = 5

// OrderRule is the lot, the tick and the largest order. A buy is Minimum plus a
// multiple of Step; a sell is that too, or a whole odd lot.
type OrderRule struct {
	Scope
	Minimum, Step money.Quantity
	LimitMax      money.Quantity // of a limit order
	MarketMax     money.Quantity // of a market order
	FixedMax      money.Quantity // of an after-hours fixed-price order
	Tick          money.Price
}

// CageRule bounds limit orders in continuous trading around the market: a buy
// by the larger of reference × (1 + Rate) and reference + Ticks ticks, a sell
// mirrored.
type CageRule struct {
	Scope
	Rate  money.Rate
	Ticks money.Price // zero: the rate alone
}

// HaltRule says when the exchange interrupts trading in a new listing by itself
// (盘中临时停牌): in continuous trading without a price limit, the first time the price
// has moved by First from the day's opening price, and again by Second, up or down.
type HaltRule struct {
	Scope
	FirstDay, LastDay int // of the listing, 1 to newDaysMax
	First, Second     money.Rate
	For               calendar.TimeOfDay // how long an interruption lasts
	Until             calendar.TimeOfDay // when it ends at the latest
}

// SessionRule says which parts of the day a class of security has beyond the
// opening auction and continuous trading.
type SessionRule struct {
	Scope
	ClosingAuction bool // else continuous trading runs to the close
	AfterHours     bool // 盘后固定价格
}

// SettleRule says after how many settlement days bought securities may be sold,
// and sale proceeds used and withdrawn.
type SettleRule struct {
	Scope
	SellDays     int
	UseDays      int
	WithdrawDays int
}

// FeeKind is a levy on a trade. The numbers are written to records and never
// change.
type FeeKind uint8

// The levies. Commission is the broker's own and has rules apart.
const (
	Stamp      FeeKind = 1 // 印花税, tax
	Transfer   FeeKind = 2 // 过户费, clearing house
	Handling   FeeKind = 3 // 经手费, exchange
	Regulatory FeeKind = 4 // 证管费, supervisor

	feeKindCount = 5
)

var feeKindNames = [feeKindCount]string{Stamp: "stamp duty", Transfer: "transfer fee", Handling: "handling fee", Regulatory: "regulatory fee"}

// String names k in English.
func (k FeeKind) String() string {
	if k >= Stamp && k <= Regulatory {
		return feeKindNames[k]
	}
	return "unknown fee"
}

// FeeRule is the rate of one levy on turnover, by side.
type FeeRule struct {
	Scope
	Kind      FeeKind
	Buy, Sell money.Rate
}

// CommissionRule is the broker's tariff where a client has none of his own, and
// the cap on every tariff.
type CommissionRule struct {
	Scope
	Default Tariff
	Cap     money.Rate // of commission with handling and regulatory fee, on turnover
}

// Rules are all tables together. They are read-only after they were given to
// On.
type Rules struct {
	Calendar    *calendar.Calendar
	Sessions    []calendar.Session
	Limits      []LimitRule
	Orders      []OrderRule
	Cages       []CageRule
	Halts       []HaltRule
	Features    []SessionRule
	Settles     []SettleRule
	Fees        []FeeRule
	Commissions []CommissionRule
}

// Builtin returns the built-in rules on the given calendar.
func Builtin(c *calendar.Calendar) *Rules {
	return &Rules{
		Calendar:    c,
		Sessions:    calendar.BuiltinSessions(),
		Limits:      append([]LimitRule(nil), builtinLimits...),
		Orders:      append([]OrderRule(nil), builtinOrders...),
		Cages:       append([]CageRule(nil), builtinCages...),
		Halts:       append([]HaltRule(nil), builtinHalts...),
		Features:    append([]SessionRule(nil), builtinFeatures...),
		Settles:     append([]SettleRule(nil), builtinSettles...),
		Fees:        append([]FeeRule(nil), builtinFees...),
		Commissions: append([]CommissionRule(nil), builtinCommissions...),
	}
}
