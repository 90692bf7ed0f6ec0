package exchange

import (
	"time"

	"sancun/market"
	"sancun/money"
)

// Bar is what traded of one security in a minute or a day (row K60).
type Bar struct {
	ID                     market.ID
	Start                  time.Time // of the minute, or the day's first snapshot with a trade
	Open, High, Low, Close money.Price
	Volume                 money.Quantity
	Turnover               money.Amount
}

// Bars makes minute and day bars of snapshots. A minute holds what was seen to
// trade in it: between two snapshots only the last price and a new high or low
// of the day can be seen. It is not safe for use by two goroutines.
type Bars struct {
	rows map[market.ID]*barRow
}

// barRow is the running minute and the day so far.
type barRow struct{ minute, day Bar }

// NewBars returns empty bars for a day.
func NewBars() *Bars { return &Bars{rows: map[market.ID]*barRow{}} }

// Add takes a snapshot. When it begins a new minute, Add returns the bar of the
// minute before in which the security traded. A snapshot that shows no new trade
// makes no bar; one whose volume goes back is passed over.
func (b *Bars) Add(s *Snapshot) (finished Bar, ok bool) {
	row := b.rows[s.ID]
	if row == nil {
		row = &barRow{}
		b.rows[s.ID] = row
	}
	start := s.At.Truncate(time.Minute)
	if row.minute.Volume > 0 && start.After(row.minute.Start) {
		finished, ok = row.minute, true
		row.minute = Bar{}
	}
	if s.Volume > row.day.Volume {
		row.trade(s, start)
	}
	return finished, ok
}

// trade adds what has traded since the snapshot before.
func (r *barRow) trade(s *Snapshot, start time.Time) {
	high, low := s.Last, s.Last
	if s.High > r.day.High {
		high = s.High
	}
	if s.Low < r.day.Low || r.day.Low == 0 {
		low = s.Low
	}
	if r.minute.Volume == 0 {
		open := s.Last
		if r.day.Volume == 0 {
			open = s.Open
		}
		r.minute = Bar{ID: s.ID, Start: start, Open: open, High: max(high, open), Low: min(low, open)}
	}
	m := &r.minute
	m.High, m.Low, m.Close = max(m.High, high), min(m.Low, low), s.Last
	m.Volume += s.Volume - r.day.Volume
	m.Turnover += s.Turnover - r.day.Turnover
	if r.day.Volume == 0 {
		r.day = Bar{ID: s.ID, Start: s.At}
	}
	r.day.Open, r.day.High, r.day.Low, r.day.Close = s.Open, s.High, s.Low, s.Last
	r.day.Volume, r.day.Turnover = s.Volume, s.Turnover
}

// Minute returns the running minute of a security; false when it has not traded in it.
func (b *Bars) Minute(id market.ID) (Bar, bool) {
	row := b.rows[id]
	if row == nil || row.minute.Volume == 0 {
		return Bar{}, false
	}
	return row.minute, true
}

// Day returns the day so far of a security; false when it has not traded.
func (b *Bars) Day(id market.ID) (Bar, bool) {
	row := b.rows[id]
	if row == nil || row.day.Volume == 0 {
		return Bar{}, false
	}
	return row.day, true
}
