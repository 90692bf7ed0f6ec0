package custody

import (
	"encoding/binary"
	"math"

	"sancun/calendar"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// Limit bounds transfers of a bank, a channel, a client or any of them together
// (row K25). A change is a new row; the rows of one scope are linked from the
// newest to the oldest, and the newest that has begun holds. A figure of zero is
// no limit.
type Limit struct {
	Client       uint64 // client number, 0 all
	Bank         uint16 // 0 all
	Channel      uint8  // 0 all
	From         uint32 // first business date it holds
	Earlier      uint32 // row + 1 of the limit of this scope before it, 0 none
	DailyCount   uint16
	SingleMin    money.Amount
	SingleMax    money.Amount
	DailyMax     money.Amount
	MinRemaining money.Amount
	SecondFactor money.Amount // above this a second factor is needed
	Source       [32]byte     // who decided it, cut to fit; the record has it in full
}

const limitWidth = 96

// Encode writes the row.
func (l *Limit) Encode(dst []byte) { f := state.Writing(dst); l.walk(&f) }

// Decode reads the row.
func (l *Limit) Decode(src []byte) { f := state.Reading(src); l.walk(&f) }

func (l *Limit) walk(f *state.Fields) {
	f.U64(&l.Client)
	f.U16(&l.Bank)
	f.U8(&l.Channel)
	f.U32(&l.From)
	f.U32(&l.Earlier)
	f.U16(&l.DailyCount)
	state.I64(f, &l.SingleMin)
	state.I64(f, &l.SingleMax)
	state.I64(f, &l.DailyMax)
	state.I64(f, &l.MinRemaining)
	state.I64(f, &l.SecondFactor)
	f.Bytes(l.Source[:])
}

func (l *Limit) scope() state.Key { return limitScope(l.Bank, l.Channel, l.Client) }

func limitScope(bank uint16, channel uint8, client uint64) (k state.Key) {
	binary.LittleEndian.PutUint64(k[0:], client)
	binary.LittleEndian.PutUint16(k[8:], bank)
	k[10] = channel
	return k
}

// setLimit adds a limit. It begins today or later and never before the newest of
// its scope, so that what held on a date in the past never changes.
func (m *Machine) setLimit(c *record.SetLimit) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	if c.Bank != 0 {
		if _, ok := m.bank(c.Bank); !ok {
			return record.UnknownRow
		}
	}
	if _, ok := m.index.clients.Find(state.KeyOf(c.Client, 0)); c.Client != 0 && !ok {
		return record.UnknownRow
	}
	switch {
	case c.Channel > record.ChannelBank || c.Source == "":
		return record.Malformed
	case c.SingleMin < 0 || c.SingleMax < 0 || c.DailyMax < 0 || c.MinRemaining < 0 || c.SecondFactor < 0,
		c.SingleMax != 0 && c.SingleMax < c.SingleMin:
		return record.BadAmount
	case c.From < m.today().Date || !calendar.Date(c.From).Valid():
		return record.WrongDate
	}
	l := Limit{
		Client: c.Client, Bank: c.Bank, Channel: c.Channel, From: c.From, DailyCount: c.DailyCount,
		SingleMin: c.SingleMin, SingleMax: c.SingleMax, DailyMax: c.DailyMax,
		MinRemaining: c.MinRemaining, SecondFactor: c.SecondFactor,
	}
	copy(l.Source[:], c.Source)
	if newest, ok := m.index.limits.Find(l.scope()); ok {
		if m.limits.At(newest).From > c.From {
			return record.WrongDate
		}
		l.Earlier = newest + 1
	}
	put(m, m.limits, m.limits.Len(), l)
	return record.Accepted
}

// terms are all limits that hold for one transfer, drawn together.
type terms struct {
	singleMin, singleMax, dailyMax money.Amount
	minRemaining, secondFactor     money.Amount
	dailyCount                     uint16
}

// termsFor draws the bank's terms and the limits of every scope together: the
// tightest figure of each holds.
func (m *Machine) termsFor(f *Fund, channel uint8) terms {
	row, _ := m.bank(f.Bank) // the caller has seen the bank
	b := m.banks.At(row)
	t := terms{singleMax: math.MaxInt64, dailyMax: math.MaxInt64, secondFactor: math.MaxInt64, dailyCount: math.MaxUint16}
	t.tighten(&Limit{SingleMin: b.SingleMin, SingleMax: b.SingleMax, DailyMax: b.DailyMax, DailyCount: b.DailyCount, MinRemaining: b.MinRemaining})
	if m.limits.Len() == 0 {
		return t
	}
	client := m.clients.At(f.Client).Number
	for _, bank := range [...]uint16{0, f.Bank} {
		for _, ch := range [...]uint8{0, channel} {
			for _, number := range [...]uint64{0, client} {
				m.tightenBy(&t, limitScope(bank, ch, number))
			}
		}
	}
	return t
}

// tightenBy applies the newest limit of a scope that has begun.
func (m *Machine) tightenBy(t *terms, scope state.Key) {
	row, ok := m.index.limits.Find(scope)
	for ok {
		l := m.limits.At(row)
		if l.From <= m.today().Date {
			t.tighten(l)
			return
		}
		row, ok = l.Earlier-1, l.Earlier != 0
	}
}

func (t *terms) tighten(l *Limit) {
	t.singleMin = max(t.singleMin, l.SingleMin)
	t.minRemaining = max(t.minRemaining, l.MinRemaining)
	t.singleMax = tighter(t.singleMax, l.SingleMax)
	t.dailyMax = tighter(t.dailyMax, l.DailyMax)
	t.secondFactor = tighter(t.secondFactor, l.SecondFactor)
	t.dailyCount = tighter(t.dailyCount, l.DailyCount)
}

// tighter returns the lower of two figures, the second of which is none when zero.
func tighter[T money.Amount | uint16](holding, other T) T {
	if other == 0 {
		return holding
	}
	return min(holding, other)
}

// allow checks a movement against the terms, given what the day counts already.
func (t *terms) allow(v *movement, c counters) record.Code {
	sum, count := c.inSum, c.inCount
	if v.direction == Withdrawal {
		sum, count = c.outSum, c.outCount
	}
	switch {
	case v.amount < t.singleMin:
		return record.BelowSingleMin
	case v.amount > t.singleMax:
		return record.AboveSingleMax
	case sum+v.amount > t.dailyMax:
		return record.AboveDailySum
	case count >= t.dailyCount:
		return record.AboveDailyCount
	case v.amount > t.secondFactor && !v.second:
		return record.SecondFactorNeeded
	}
	return record.Accepted
}
