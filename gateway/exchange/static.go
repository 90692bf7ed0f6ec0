package exchange

import (
	"maps"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// Known is what the machine holds of a security before the list of the day is
// loaded.
type Known struct {
	record.InstrumentData
	Date  uint32      // of the static data
	Close money.Price // the last closing price, 0 when unknown
}

// DifferenceKind is how a line of the day's list differs from yesterday's.
type DifferenceKind uint8

// The differences.
const (
	Added         DifferenceKind = 1  // not known yesterday
	Removed       DifferenceKind = 2  // known yesterday, not in the list
	CloseDiffers  DifferenceKind = 3  // the previous close is not yesterday's close, without an ex-right mark
	ExRight       DifferenceKind = 4  // the previous close is adjusted
	StandingMoved DifferenceKind = 5  // risk warning or delisting period begins or ends
	StatusMoved   DifferenceKind = 6  // suspended or resumed
	FlagsMoved    DifferenceKind = 7  // turnover on the day
	LimitsDiffer  DifferenceKind = 8  // the published limits follow from no rule we have
	Unclassified  DifferenceKind = 9  // a code no board uses: not loaded
	LotOrTick     DifferenceKind = 10 // lot or tick is not the board's
	IssueUnlisted DifferenceKind = 11 // an issue of the calendar is not in the list: not open
	IssuesUnknown DifferenceKind = 12 // the calendar of issues does not speak of the date: none is open
)

var differenceNames = [...]string{"", "added", "removed", "close-differs", "ex-right", "standing-moved", "status-moved", "flags-moved", "limits-differ", "unclassified", "lot-or-tick", "issue-unlisted", "issues-unknown"}

// String names the difference.
func (k DifferenceKind) String() string {
	if int(k) < len(differenceNames) {
		return differenceNames[k]
	}
	return "unknown"
}

// Difference is one thing for people to look at before the open (row K61).
// Before and Now are the figures concerned: prices in ten-thousandths, else the
// numbers of the record.
type Difference struct {
	ID     market.ID
	Kind   DifferenceKind
	Before int64
	Now    int64
}

// Static is the list of a day as rows for the machine, with what differs.
type Static struct {
	Date        calendar.Date
	Rows        []record.InstrumentData // in the order of the exchange's list
	Issues      []record.IssueData      // of the market and in the list, in the order of the calendar
	Differences []Difference
}

// flagSameDay is the flag of record.InstrumentData; a test compares it with the
// machine's.
const flagSameDay uint16 = 1 << 0

// limitRates are the rates tried when the published limits are not the board's:
// a fund that follows a 20 % board, for example.
var limitRates = []money.Rate{money.RateUnit / 20, money.RateUnit / 10, money.RateUnit / 5, 3 * money.RateUnit / 10}

// BuildStatic makes rows of the exchange's list. Yesterday is what the machine
// knows; issues lists what takes subscriptions on a date, and may be nil.
func BuildStatic(list []Security, day *market.Day, yesterday []Known, issues func(calendar.Date) ([]record.IssueData, error)) Static {
	known := make(map[market.ID]*Known, len(yesterday))
	for i := range yesterday {
		known[market.ID(yesterday[i].ID)] = &yesterday[i]
	}
	out := Static{Date: day.Date()}
	listed := make(map[market.ID]bool, len(list))
	open := out.calendar(issues)
	for i := range list {
		s := &list[i]
		listed[s.ID] = true
		row, ok := out.row(s, day, open[s.ID])
		if !ok {
			out.note(s.ID, Unclassified, 0, 0)
			continue
		}
		out.Rows = append(out.Rows, row)
		out.compare(s, &row, known[s.ID])
	}
	out.listedIssues(list, listed, open)
	for i := range yesterday {
		if id := market.ID(yesterday[i].ID); !listed[id] {
			out.note(id, Removed, 0, 0)
		}
	}
	return out
}

func (out *Static) note(id market.ID, kind DifferenceKind, before, now int64) {
	out.Differences = append(out.Differences, Difference{id, kind, before, now})
}

// row makes the record of one line. Lot, tick and limit rate stay zero, the
// board's rule, where the published figures are the rule's.
// An issue, nil for none, has the board of the security it will be, and figures of
// its own, which are no board's.
func (out *Static) row(s *Security, day *market.Day, issue *record.IssueData) (record.InstrumentData, bool) {
	board, ok := market.Classify(s.ID)
	if !ok && issue != nil {
		board, ok = market.Classify(market.ID(issue.Security))
	}
	if !ok {
		return record.InstrumentData{}, false
	}
	if issue != nil {
		return record.InstrumentData{
			ID: uint32(s.ID), Board: uint8(board), Standing: uint8(market.Ordinary), Status: uint8(market.Trading), PrevClose: issue.Price,
		}, true
	}
	in := market.Instrument{ID: s.ID, Board: board, Standing: market.Ordinary, Status: market.Trading, SameDay: s.SameDay}
	switch {
	case s.Delisting:
		in.Standing = market.Delisting
	case s.RiskWarning:
		in.Standing = market.RiskWarning
	}
	if _, _, limited := day.Limits(&in, max(s.PrevClose, 1)); s.NoLimit && limited {
		// The first day of the listing or of the delisting period, as the rules see it.
		if s.Delisting {
			in.DelistingFrom = day.Date()
		} else {
			in.Listed = day.Date()
		}
	}
	out.overrides(&in, s, day)
	row := record.InstrumentData{
		ID: uint32(s.ID), Board: uint8(board), Standing: uint8(in.Standing), Status: uint8(in.Status),
		Listed: uint32(in.Listed), DelistingFrom: uint32(in.DelistingFrom), Lot: uint32(in.Lot), Tick: in.Tick,
		LimitRate: in.LimitRate, PrevClose: s.PrevClose,
	}
	if s.Suspended {
		row.Status = uint8(market.Suspended)
	}
	if s.SameDay {
		row.Flags |= flagSameDay
	}
	return row, true
}

// calendar asks for the issues of the date and notes when nobody knows.
func (out *Static) calendar(issues func(calendar.Date) ([]record.IssueData, error)) map[market.ID]*record.IssueData {
	if issues == nil {
		return nil
	}
	rows, err := issues(out.Date)
	if err != nil {
		out.note(0, IssuesUnknown, 0, int64(out.Date))
		return nil
	}
	open := make(map[market.ID]*record.IssueData, len(rows))
	for i := range rows {
		open[market.ID(rows[i].Code)] = &rows[i]
	}
	return open
}

// listedIssues keeps the issues of the list's market that are in the list, and
// notes the others.
func (out *Static) listedIssues(list []Security, listed map[market.ID]bool, open map[market.ID]*record.IssueData) {
	for _, id := range slices.Sorted(maps.Keys(open)) {
		switch {
		case listed[id]:
			out.Issues = append(out.Issues, *open[id])
		case len(list) > 0 && id.Market() == list[0].ID.Market():
			out.note(id, IssueUnlisted, 0, int64(open[id].Price))
		}
	}
}

// overrides sets what the exchange publishes differently from the board's rule.
func (out *Static) overrides(in *market.Instrument, s *Security, day *market.Day) {
	if tick := day.Tick(in); tick != s.Tick && s.Tick > 0 {
		in.Tick = s.Tick
		out.note(s.ID, LotOrTick, int64(tick), int64(s.Tick))
	}
	if s.Lot > 0 && !leastLot(day, in, s.Lot) {
		in.Lot = s.Lot
		out.note(s.ID, LotOrTick, 0, int64(s.Lot))
	}
	if s.NoLimit || s.PrevClose == 0 {
		return
	}
	up, down, ok := day.Limits(in, s.PrevClose)
	if ok && up == s.LimitUp && down == s.LimitDown {
		return
	}
	for _, rate := range limitRates {
		in.LimitRate = rate
		if u, d, ok := day.Limits(in, s.PrevClose); ok && u == s.LimitUp && d == s.LimitDown {
			return
		}
	}
	in.LimitRate = 0
	out.note(s.ID, LimitsDiffer, int64(up), int64(s.LimitUp))
}

// leastLot says whether lot is the smallest buy the board's rule lets pass.
func leastLot(day *market.Day, in *market.Instrument, lot money.Quantity) bool {
	for q := money.Quantity(1); q < lot; q++ {
		if day.CheckLot(in, &market.Order{Side: market.Buy, Type: market.LimitOrder, Quantity: q}) == market.OK {
			return false
		}
	}
	return day.CheckLot(in, &market.Order{Side: market.Buy, Type: market.LimitOrder, Quantity: lot}) == market.OK
}

// compare notes what differs from yesterday.
func (out *Static) compare(s *Security, row *record.InstrumentData, before *Known) {
	if before == nil {
		out.note(s.ID, Added, 0, int64(s.PrevClose))
		return
	}
	switch {
	case s.ExRight:
		out.note(s.ID, ExRight, int64(before.Close), int64(s.PrevClose))
	case before.Close != 0 && before.Date < uint32(out.Date) && before.Close != s.PrevClose:
		out.note(s.ID, CloseDiffers, int64(before.Close), int64(s.PrevClose))
	}
	if before.Standing != row.Standing {
		out.note(s.ID, StandingMoved, int64(before.Standing), int64(row.Standing))
	}
	if before.Status != row.Status {
		out.note(s.ID, StatusMoved, int64(before.Status), int64(row.Status))
	}
	if before.Flags != row.Flags {
		out.note(s.ID, FlagsMoved, int64(before.Flags), int64(row.Flags))
	}
}

// unloaded lists the rows the machine does not hold for the day already: after a
// restart a loaded row must not be loaded again, which would empty its prices.
func (out *Static) unloaded(known []Known) []record.InstrumentData {
	held := make(map[uint32]*Known, len(known))
	for i := range known {
		held[known[i].ID] = &known[i]
	}
	var rows []record.InstrumentData
	for _, row := range out.Rows {
		if k := held[row.ID]; k == nil || k.Date != uint32(out.Date) || k.InstrumentData != row {
			rows = append(rows, row)
		}
	}
	return rows
}
