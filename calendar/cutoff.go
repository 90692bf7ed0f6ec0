package calendar

import "fmt"

// Cutoff is a fixed time of a trading day's settlement. The numbers are written
// to records and never change.
type Cutoff uint8

// The cut-offs of a day's end.
const (
	FundCheck         Cutoff = 1 // 资金核验: the clearing house looks at the reserve accounts
	ExchangeReporting Cutoff = 2 // all reporting to exchanges and clearing house is done
	BankFiles         Cutoff = 3 // the banks have their files
	FinalSettlement   Cutoff = 4 // 最终交收: the net of the trading day is paid
)

// CutoffRule is when a cut-off falls: settlement days after the trading day, at
// a time of day.
type CutoffRule struct {
	Cutoff   Cutoff
	From, To Date // in force on [From, To]; a zero To means until further notice
	Days     int  // settlement days after the trading day
	At       TimeOfDay
	Source   string
	Verified bool
}

var builtinCutoffs = []CutoffRule{
	{Cutoff: FundCheck, From: 20080101, Days: 0, At: 17 * Hour, Source: "CSDC clearing guides 2025, domain facts E.2", Verified: true},
	{Cutoff: ExchangeReporting, From: 20080101, Days: 0, At: 21 * Hour, Source: "backup-capability requirement 5.5, domain facts A.2 and E.2", Verified: true},
	{Cutoff: BankFiles, From: 20080101, Days: 0, At: 23 * Hour, Source: "backup-capability requirement 5.5, domain facts A.2 and E.2", Verified: true},
	{Cutoff: FinalSettlement, From: 20080101, Days: 1, At: 16 * Hour, Source: "CSDC clearing guides 2025, domain facts E.2", Verified: true},
}

// BuiltinCutoffs returns a copy of the built-in cut-offs.
func BuiltinCutoffs() []CutoffRule { return append([]CutoffRule(nil), builtinCutoffs...) }

// CutoffFor returns the date and time of day at which a cut-off of the given
// trading day falls. It returns ErrNoSession when no rule covers that day,
// ErrNotTradingDay or ErrCoverage from the calendar.
func (c *Calendar) CutoffFor(rules []CutoffRule, cutoff Cutoff, trade Date) (Date, TimeOfDay, error) {
	for _, r := range rules {
		if r.Cutoff == cutoff && trade >= r.From && (r.To == 0 || trade <= r.To) {
			d, err := c.SettlementDay(trade, r.Days)
			return d, r.At, err
		}
	}
	return 0, 0, fmt.Errorf("cut-off %d on %s: %w", cutoff, trade, ErrNoSession)
}

// TransferWindow is when one bank takes bank–securities transfers on a trading
// day: from From until just before To. Banks differ by agreement, so this is
// configuration; DefaultTransferWindow is where none was agreed.
type TransferWindow struct {
	From, To TimeOfDay
}

// DefaultTransferWindow is 9:00–16:00, the longest window common to the banks
// we read about (domain facts B.5; unverified for any single bank).
func DefaultTransferWindow() TransferWindow { return TransferWindow{From: 9 * Hour, To: 16 * Hour} }

// TransfersOpen says whether w is open at t on d. Transfers run on trading days
// only.
func (c *Calendar) TransfersOpen(w TransferWindow, d Date, t TimeOfDay) bool {
	return c.IsTradingDay(d) && t >= w.From && t < w.To
}
