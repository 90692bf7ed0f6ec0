package exchange

import (
	"sancun/calendar"
	"sancun/wire/frame"
)

// wireQuote is a snapshot as the quote formats of both markets state it.
func wireQuote(s *Snapshot) frame.Quote {
	q := frame.Quote{
		SecurityID: s.Code.String(), Phase: phaseLetter(s), Suspended: s.Suspended, PrevClose: s.PreviousClose,
		Open: s.Open, High: s.High, Low: s.Low, Last: s.Last, Volume: s.Volume,
	}
	for i := range Depth {
		q.Bids[i], q.Offers[i] = frame.Level(s.Bids[i]), frame.Level(s.Asks[i])
	}
	return q
}

// wireListing is a line of the day's list of size securities.
func wireListing(s *Security, date calendar.Date, size int) frame.Listing {
	return frame.Listing{
		TradeDate: frame.Date(date), ListSize: uint32(size), SecurityID: s.Code.String(), Name: s.Name,
		PrevClose: s.PreviousClose, LimitUp: s.LimitUp, LimitDown: s.LimitDown, Lot: s.BuyMinimum, Tick: s.Tick,
		Flags: s.flags(),
	}
}

// phaseLetter is the trading phase of both quote formats.
func phaseLetter(s *Snapshot) frame.Phase {
	switch {
	case s.Interrupted:
		return frame.PhaseVolatility
	case s.Halted:
		return frame.PhaseHalt
	}
	switch s.Phase {
	case calendar.PreOpen:
		return frame.PhaseStart
	case calendar.OpeningAuction, calendar.OpeningLocked, calendar.OpeningGap:
		return frame.PhaseOpening
	case calendar.MorningTrading, calendar.Afternoon:
		return frame.PhaseContinuous
	case calendar.Lunch:
		return frame.PhaseBreak
	case calendar.ClosingAuction:
		return frame.PhaseClosing
	case calendar.AfterHours:
		return frame.PhaseAfterHours
	}
	return frame.PhaseEnd
}

// flags are the properties of a security in both quote formats.
func (s *Security) flags() frame.SecurityFlags {
	var f frame.SecurityFlags
	for _, p := range []struct {
		on  bool
		bit frame.SecurityFlags
	}{
		{s.LimitUp == 0, frame.FlagNoLimit}, {s.RiskWarning, frame.FlagRiskWarning}, {s.Suspended, frame.FlagSuspended},
		{s.SameDay, frame.FlagSameDay}, {s.Delisting, frame.FlagDelisting},
	} {
		if p.on {
			f |= p.bit
		}
	}
	return f
}

// sendStatic sends a new quote session the day's list, and the picture of every
// security if snapshots have been published already. Those carry the number of
// the latest one published, so that the numbers of the stream stay without gaps.
func (x *Exchange) sendStatic(s *session) {
	size := len(x.venue.books)
	for i := range x.venue.books {
		s.append(s.dialect.static(s.out, &x.venue.books[i].Security, size))
	}
	if x.quotes == 0 {
		return
	}
	for i := range x.venue.books {
		snap := x.venue.snapshot(&x.venue.books[i])
		s.append(s.dialect.quote(s.out, &snap, x.quotes))
		s.shown++
	}
}

// publish sends the snapshots of all securities that have changed.
func (x *Exchange) publish() {
	var to []*session
	for _, s := range x.sessions {
		if s.line == lineQuotes && s.loggedOn && !s.ended && !s.closing {
			to = append(to, s)
		}
	}
	for _, i := range x.venue.dirty {
		b := &x.venue.books[i]
		b.dirty = false
		x.quotes++
		if len(to) == 0 {
			continue
		}
		snap := x.venue.snapshot(b)
		for _, s := range to {
			if !s.ended {
				s.append(s.dialect.quote(s.out, &snap, x.quotes))
				s.shown++
			}
		}
	}
	x.venue.dirty = x.venue.dirty[:0]
}
