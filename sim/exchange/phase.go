package exchange

import (
	"fmt"

	"sancun/calendar"
)

// Phase is a part of the trading day with one set of rules (domain facts D.3).
type Phase uint8

// The phases of an A-share day. The numbers appear in snapshots and stories and
// never change.
const (
	// PhaseBefore is before the opening call: nothing is accepted.
	PhaseBefore Phase = 0
	// PhaseOpenCall is 9:15-9:20: orders and cancels.
	PhaseOpenCall Phase = 1
	// PhaseOpenCallFirm is 9:20-9:25: orders, no cancels.
	PhaseOpenCallFirm Phase = 2
	// PhasePending is 9:25-9:30: orders and cancels are taken and processed at 9:30.
	PhasePending Phase = 3
	// PhaseContinuous is 9:30-11:30 and 13:00-14:57.
	PhaseContinuous Phase = 4
	// PhaseBreak is the noon break: nothing is accepted.
	PhaseBreak Phase = 5
	// PhaseCloseCall is 14:57-15:00: orders, no cancels.
	PhaseCloseCall Phase = 6
	// PhaseClosed is 15:00-15:05: the close is known, only after-hours orders are taken.
	PhaseClosed Phase = 7
	// PhaseAfterHours is 15:05-15:30: matching at the close.
	PhaseAfterHours Phase = 8
	// PhaseEnded is the end of the day: reports can still be synchronised.
	PhaseEnded Phase = 9
)

var phaseNames = [...]string{
	"before", "open-call", "open-call-firm", "pending", "continuous",
	"break", "close-call", "closed", "after-hours", "ended",
}

func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// Session says that a phase begins at a time of day.
type Session struct {
	From  calendar.TimeOfDay
	Phase Phase
}

// Schedule is the sessions of one day in order of time.
type Schedule []Session

// Schedule2018 is the A-share day since Shanghai took the closing call on
// 2018-08-20 (Shenzhen had it before); after-hours trading applies to the
// securities whose AfterHours flag is set. Source: domain facts D.3.
var Schedule2018 = Schedule{
	{calendar.Clock(9, 15, 0), PhaseOpenCall},
	{calendar.Clock(9, 20, 0), PhaseOpenCallFirm},
	{calendar.Clock(9, 25, 0), PhasePending},
	{calendar.Clock(9, 30, 0), PhaseContinuous},
	{calendar.Clock(11, 30, 0), PhaseBreak},
	{calendar.Clock(13, 0, 0), PhaseContinuous},
	{calendar.Clock(14, 57, 0), PhaseCloseCall},
	{calendar.Clock(15, 0, 0), PhaseClosed},
	{calendar.Clock(15, 5, 0), PhaseAfterHours},
	{calendar.Clock(15, 30, 0), PhaseEnded},
}

// check returns an error unless the sessions ascend in time.
func (s Schedule) check() error {
	for i := 1; i < len(s); i++ {
		if s[i].From <= s[i-1].From {
			return fmt.Errorf("session %s at %s does not follow %s", s[i].Phase, s[i].From, s[i-1].From)
		}
	}
	return nil
}

// accepts says whether business may be entered in the phase.
func (p Phase) accepts(b Business) bool {
	switch p {
	case PhaseBefore, PhaseBreak, PhaseEnded:
		return false
	case PhaseClosed, PhaseAfterHours:
		return b != BusinessAuction
	}
	return true
}

// firm says whether auction orders may not be cancelled in the phase.
func (p Phase) firm() bool { return p == PhaseOpenCallFirm || p == PhaseCloseCall }
