package calendar

import (
	"errors"
	"fmt"
)

// ErrNoSession reports a date for which no session timetable is in force.
var ErrNoSession = errors.New("no session timetable for this date")

// Phase is a part of a trading day. The numbers are written to records and
// never change.
type Phase uint8

// The phases of a trading day, in their order. A security class without a
// closing auction or after-hours trading passes over those phases; which class
// has them is a rule of package market.
const (
	Closed         Phase = 1  // 闭市: after the day's end, and all of a day that is no trading day
	PreOpen        Phase = 2  // 开市前: before the opening auction of a trading day
	OpeningAuction Phase = 3  // 开盘集合竞价, orders may be cancelled
	OpeningLocked  Phase = 4  // 开盘集合竞价, no cancel
	OpeningGap     Phase = 5  // the auction has printed; orders are accepted and wait
	MorningTrading Phase = 6  // 上午连续竞价
	Lunch          Phase = 7  // 午间休市
	Afternoon      Phase = 8  // 下午连续竞价
	ClosingAuction Phase = 9  // 收盘集合竞价, no cancel
	AfterClose     Phase = 10 // the close is known, fixed-price trading has not begun
	AfterHours     Phase = 11 // 盘后固定价格交易
)

var phaseNames = [...]struct{ zh, en string }{
	Closed:         {"闭市", "closed"},
	PreOpen:        {"开市前", "before the open"},
	OpeningAuction: {"开盘集合竞价", "opening auction"},
	OpeningLocked:  {"开盘集合竞价不可撤单", "opening auction, no cancel"},
	OpeningGap:     {"开盘集合竞价后", "between opening auction and trading"},
	MorningTrading: {"上午连续竞价", "morning continuous trading"},
	Lunch:          {"午间休市", "lunch break"},
	Afternoon:      {"下午连续竞价", "afternoon continuous trading"},
	ClosingAuction: {"收盘集合竞价", "closing auction"},
	AfterClose:     {"收盘后", "after the close"},
	AfterHours:     {"盘后固定价格交易", "after-hours fixed-price trading"},
}

// Valid says whether p is one of the phases above.
func (p Phase) Valid() bool { return p >= Closed && p <= AfterHours }

// String names p in English.
func (p Phase) String() string {
	if p.Valid() {
		return phaseNames[p].en
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// Chinese names p in Chinese.
func (p Phase) Chinese() string {
	if p.Valid() {
		return phaseNames[p].zh
	}
	return fmt.Sprintf("阶段 %d", uint8(p))
}

// Auction says whether orders are collected for one price.
func (p Phase) Auction() bool {
	return p == OpeningAuction || p == OpeningLocked || p == ClosingAuction
}

// Continuous says whether orders trade as they come, which is when price cages
// apply and market orders are allowed.
func (p Phase) Continuous() bool { return p == MorningTrading || p == Afternoon }

// Window is a stretch of a day, from its start to the start of the next window.
type Window struct {
	Start  TimeOfDay
	Phase  Phase
	Orders bool // the exchange takes auction and continuous orders
	Fixed  bool // the exchange takes after-hours fixed-price orders
	Cancel bool // the exchange takes cancels
}

// Session is the timetable of the cash auction platform in force on the dates
// [From, To]; a zero To means until further notice.
type Session struct {
	From, To Date
	Source   string
	Verified bool
	Windows  []Window // ascending, the first starts at midnight
}

const sessionSource = "SSE and SZSE trading rules 2026, compared with 2023: domain facts D.3; 9:25–9:30 and the fixed-price entry hours from memory"

var builtinSessions = []Session{{
	From: 20080101, Source: sessionSource, Verified: false,
	Windows: []Window{
		{Start: 0, Phase: PreOpen},
		{Start: 9*Hour + 15*Minute, Phase: OpeningAuction, Orders: true, Cancel: true},
		{Start: 9*Hour + 20*Minute, Phase: OpeningLocked, Orders: true},
		{Start: 9*Hour + 25*Minute, Phase: OpeningGap, Orders: true, Cancel: true},
		{Start: 9*Hour + 30*Minute, Phase: MorningTrading, Orders: true, Fixed: true, Cancel: true},
		{Start: 11*Hour + 30*Minute, Phase: Lunch},
		{Start: 13 * Hour, Phase: Afternoon, Orders: true, Fixed: true, Cancel: true},
		{Start: 14*Hour + 57*Minute, Phase: ClosingAuction, Orders: true, Fixed: true},
		{Start: 15 * Hour, Phase: AfterClose, Fixed: true},
		{Start: 15*Hour + 5*Minute, Phase: AfterHours, Fixed: true, Cancel: true},
		{Start: 15*Hour + 30*Minute, Phase: Closed},
	},
}}

// BuiltinSessions returns a copy of the built-in timetables.
func BuiltinSessions() []Session { return append([]Session(nil), builtinSessions...) }

// SessionOn returns the timetable of sessions in force on d, or ErrNoSession.
func SessionOn(sessions []Session, d Date) (Session, error) {
	for _, s := range sessions {
		if d >= s.From && (s.To == 0 || d <= s.To) && len(s.Windows) > 0 {
			return s, nil
		}
	}
	return Session{}, fmt.Errorf("%s: %w", d, ErrNoSession)
}

// At returns the window that holds t on a trading day.
func (s *Session) At(t TimeOfDay) Window {
	for i := len(s.Windows) - 1; i > 0; i-- {
		if t >= s.Windows[i].Start {
			return s.Windows[i]
		}
	}
	return s.Windows[0]
}
