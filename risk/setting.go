package risk

import (
	"sancun/calendar"
	"sancun/state"
)

// Setting is one limit of one rule from a date on. Settings are only added; of one
// rule and outcome the last that has begun holds.
type Setting struct {
	Rule    Rule
	Outcome Outcome
	From    uint32 // first business date it holds
	Limit   int64  // in the figure's unit, 0 none
	Source  [40]byte
}

// TableSettings is the number of the table of what the house set.
const TableSettings uint16 = 20

const settingWidth = 64

// Encode writes the row.
func (s *Setting) Encode(dst []byte) { f := state.Writing(dst); s.walk(&f) }

// Decode reads the row.
func (s *Setting) Decode(src []byte) { f := state.Reading(src); s.walk(&f) }

func (s *Setting) walk(f *state.Fields) {
	f.U8((*uint8)(&s.Rule))
	f.U8((*uint8)(&s.Outcome))
	f.U32(&s.From)
	state.I64(f, &s.Limit)
	f.Bytes(s.Source[:])
}

// NewSettings returns the empty table of what the house set.
func NewSettings() *state.Table[Setting, *Setting] {
	return state.NewTable[Setting](TableSettings, settingWidth)
}

// BuiltinRule is a limit that comes with the program.
type BuiltinRule struct {
	Rule    Rule
	Outcome Outcome
	From    calendar.Date
	Limit   int64
	Source  string
}

// The exchanges call an account high-frequency that has 300 orders and cancels in
// a second or 20,000 on a day. It must be reported before it trades so; until then
// the broker refuses. Amounts are the house's, far above what an ordinary day has.
const (
	programmeRules = "exchanges' rules for programme trading: 300 orders and cancels a second or 20,000 a day, in force from 2025-07-07"
	houseRule      = "house rule until the house sets its own"
)

var builtin = []BuiltinRule{
	{PerSecond, Warn, 20200824, 300, houseRule},
	{PerDay, Warn, 20200824, 20_000, houseRule},
	{PerSecond, Refuse, 20250707, 300, programmeRules},
	{PerDay, Refuse, 20250707, 20_000, programmeRules},
	{SingleAmount, Warn, 20200824, 5_000_000_000, houseRule},  // 50 million yuan
	{SingleAmount, Hold, 20200824, 50_000_000_000, houseRule}, // 500 million
	{DailyAmount, Warn, 20200824, 100_000_000_000, houseRule}, // a thousand million
	{DailyAmount, Hold, 20200824, 1_000_000_000_000, houseRule},
}

// Builtin returns a copy of the limits that come with the program.
func Builtin() []BuiltinRule { return append([]BuiltinRule(nil), builtin...) }

// On resolves the limits of a date: what the house set and has begun, otherwise
// what is built in. It is called when a day opens and when a setting is added.
func On(date uint32, house *state.Table[Setting, *Setting]) (l Limits) {
	var from [ruleCount][outcomeCount]uint32
	take := func(s *Setting) {
		if s.From <= date && s.From >= from[s.Rule][s.Outcome] {
			from[s.Rule][s.Outcome], l.at[s.Rule][s.Outcome] = s.From, s.Limit
		}
	}
	for i := range builtin {
		b := &builtin[i]
		take(&Setting{Rule: b.Rule, Outcome: b.Outcome, From: uint32(b.From), Limit: b.Limit})
	}
	from = [ruleCount][outcomeCount]uint32{} // the house's own go before, however old
	for row := range house.Len() {
		take(house.At(row))
	}
	for r := range l.at {
		for _, limit := range l.at[r] {
			l.watched[r] = l.watched[r] || limit != 0
		}
	}
	return l
}
