package exchange

import (
	"slices"
	"time"

	"sancun/market"
	"sancun/record"
	"sancun/wire/frame"
)

// references turn snapshots into commands of reference prices: only what changed,
// at most once an interval of exchange time (row K60).
type references struct {
	every   time.Duration
	rowsMax int

	loaded  map[market.ID]bool // the machine knows it: a row of another would refuse its whole command
	sent    map[market.ID]record.QuoteData
	changed map[market.ID]record.QuoteData
	newest  time.Time // of the snapshots seen
	last    time.Time // when commands were last made
}

func newReferences(every time.Duration, rowsMax int) *references {
	return &references{
		every: every, rowsMax: rowsMax, loaded: map[market.ID]bool{},
		sent: map[market.ID]record.QuoteData{}, changed: map[market.ID]record.QuoteData{},
	}
}

// add takes a snapshot.
func (r *references) add(s *Snapshot) {
	if s.At.After(r.newest) {
		r.newest = s.At
	}
	q := quoteOf(s)
	if before, ok := r.sent[s.ID]; ok && before == q {
		delete(r.changed, s.ID)
		return
	}
	r.changed[s.ID] = q
}

// quoteOf is what checks need of a snapshot. In an auction the first level is
// not an order but the price at which it would end, so it is left out.
func quoteOf(s *Snapshot) record.QuoteData {
	q := record.QuoteData{ID: uint32(s.ID), Status: uint8(market.Trading), Last: s.Last, Bid: s.Bids[0].Price, Ask: s.Offers[0].Price}
	switch s.Phase {
	case frame.PhaseHalt, frame.PhaseVolatility:
		q.Status = uint8(market.Halted)
	case frame.PhaseStart, frame.PhaseOpening, frame.PhaseClosing:
		q.Bid, q.Ask = 0, 0
	case frame.PhaseAfterHours, frame.PhaseEnd:
		q.Bid, q.Ask = 0, 0
		if q.Close = s.Last; q.Close == 0 {
			q.Close = s.PrevClose
		}
	case frame.PhaseContinuous, frame.PhaseBreak:
	}
	if s.Suspended {
		q.Status = uint8(market.Suspended)
	}
	return q
}

// due says whether there are changes and the interval has passed at time now.
func (r *references) due(now time.Time) bool {
	if r.newest.After(now) {
		now = r.newest
	}
	return len(r.changed) > 0 && now.Sub(r.last) >= r.every
}

// take makes commands of the changes of loaded securities, in order of their
// IDs, and forgets them. What is not loaded waits.
func (r *references) take(now time.Time) (out []record.Command) {
	ids := make([]market.ID, 0, len(r.changed))
	for id := range r.changed {
		if r.loaded[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(ids, r.rowsMax) {
		c := &record.Quotes{Rows: make([]record.QuoteData, len(chunk))}
		for i, id := range chunk {
			c.Rows[i] = r.changed[id]
			r.sent[id] = c.Rows[i]
			delete(r.changed, id)
		}
		out = append(out, c)
	}
	if r.last = now; r.newest.After(now) {
		r.last = r.newest
	}
	return out
}
