package custody

import (
	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Instrument is a security with its static data of the day and the reference
// prices that checks use. Both enter through records (rows K60, K61).
type Instrument struct {
	ID            market.ID
	Board         market.Board
	Standing      market.Standing
	Status        market.Status
	Flags         uint16
	Date          uint32 // of the static data
	Listed        uint32 // listing date, 0 when long ago or unknown
	DelistingFrom uint32
	Lot           uint32      // 0: the board's rule
	Tick          money.Price // 0: the board's rule
	LimitRate     money.Rate  // 0: the board's rule
	PrevClose     money.Price
	Last          money.Price
	Bid           money.Price
	Ask           money.Price
	Close         money.Price // closing price of the day, 0 before
	Issue         uint32      // row of its issue + 1, 0 when it never was one
}

// FlagSameDay is the flag of an instrument that may be sold on the day of purchase
// (T+0). The next bit once said what the calendar of issues says now: it stays
// unused.
const FlagSameDay uint16 = 1 << 0

const instrumentWidth = 96

// Encode writes the row.
func (i *Instrument) Encode(dst []byte) { f := state.Writing(dst); i.walk(&f) }

// Decode reads the row.
func (i *Instrument) Decode(src []byte) { f := state.Reading(src); i.walk(&f) }

func (i *Instrument) walk(f *state.Fields) {
	f.U32((*uint32)(&i.ID))
	f.U8((*uint8)(&i.Board))
	f.U8((*uint8)(&i.Standing))
	f.U8((*uint8)(&i.Status))
	f.U16(&i.Flags)
	f.U32(&i.Date)
	f.U32(&i.Listed)
	f.U32(&i.DelistingFrom)
	f.U32(&i.Lot)
	state.I64(f, &i.Tick)
	state.I64(f, &i.LimitRate)
	state.I64(f, &i.PrevClose)
	state.I64(f, &i.Last)
	state.I64(f, &i.Bid)
	state.I64(f, &i.Ask)
	state.I64(f, &i.Close)
	f.U32(&i.Issue)
}

// forRules returns the instrument as the market rules see it.
func (i *Instrument) forRules() market.Instrument {
	return market.Instrument{
		ID: i.ID, Board: i.Board, Standing: i.Standing, Status: i.Status,
		SameDay: i.Flags&FlagSameDay != 0, Listed: calendar.Date(i.Listed), DelistingFrom: calendar.Date(i.DelistingFrom),
		Tick: i.Tick, Lot: money.Quantity(i.Lot), LimitRate: i.LimitRate,
	}
}

// loadRowsMax bounds one load command so that its record stays below a megabyte.
const loadRowsMax = 1_000

// loadInstruments enters static data. A security not loaded for the date of an
// order cannot be traded on it.
func (m *Machine) loadInstruments(c *record.LoadInstruments) record.Code {
	if !m.fromHouse() && m.caller.Class() != record.CallerExchange {
		return record.NotPermitted
	}
	if c.Date != m.today().Date {
		return record.WrongDate
	}
	if len(c.Rows) == 0 || len(c.Rows) > loadRowsMax {
		return record.Malformed
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		known := market.ID(d.ID).Valid() && market.Board(d.Board).Valid() &&
			market.Standing(d.Standing).Valid() && market.Status(d.Status).Valid()
		if !known || d.PrevClose < 0 || d.Tick < 0 || d.LimitRate < 0 {
			return record.Malformed
		}
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		in := Instrument{
			ID: market.ID(d.ID), Board: market.Board(d.Board), Standing: market.Standing(d.Standing), Status: market.Status(d.Status),
			Flags: d.Flags, Date: c.Date, Listed: d.Listed, DelistingFrom: d.DelistingFrom, Lot: d.Lot,
			Tick: d.Tick, LimitRate: d.LimitRate, PrevClose: d.PrevClose,
		}
		row, known := m.instrument(in.ID)
		if !known {
			row = m.instruments.Len()
		} else {
			old := m.instruments.At(row)
			in.Issue = old.Issue
			if old.Date == c.Date { // corrected during the day: quotes stand
				in.Last, in.Bid, in.Ask, in.Close = old.Last, old.Bid, old.Ask, old.Close
			}
		}
		put(m, m.instruments, row, in)
	}
	return record.Accepted
}

// quotesMax bounds one command of quotes.
const quotesMax = 5_000

func (m *Machine) enterQuotes(c *record.Quotes) record.Code {
	if !m.fromHouse() && m.caller.Class() != record.CallerExchange {
		return record.NotPermitted
	}
	if len(c.Rows) == 0 || len(c.Rows) > quotesMax {
		return record.Malformed
	}
	for i := range c.Rows {
		q := &c.Rows[i]
		if _, known := m.instrument(market.ID(q.ID)); !known {
			return record.UnknownInstrument
		}
		if q.Last < 0 || q.Bid < 0 || q.Ask < 0 || q.Close < 0 {
			return record.BadAmount
		}
	}
	for i := range c.Rows {
		q := &c.Rows[i]
		row, _ := m.instrument(market.ID(q.ID))
		in := *m.instruments.At(row)
		in.Status, in.Last, in.Bid, in.Ask, in.Close = market.Status(q.Status), q.Last, q.Bid, q.Ask, q.Close
		put(m, m.instruments, row, in)
	}
	return record.Accepted
}

// instrument returns the row of a security.
func (m *Machine) instrument(id market.ID) (uint32, bool) {
	return m.index.instruments.Find(state.KeyOf(uint64(id), 0))
}
