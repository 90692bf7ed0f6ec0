package custody

import (
	"sancun/record"
	"sancun/state"
)

// CheckRule says which checks a class of clients needs from a date on (row K11).
// Rules are only added; of one class the last that has begun holds. Without one
// nothing is required, and what was asked counts all the same.
type CheckRule struct {
	Class    uint8
	Required uint8  // bits: 1 << record.Check…
	Days     uint16 // how many days old an outcome may be, 0 of the same business date
	From     uint32
	Source   [40]byte
}

const checkRuleWidth = 48

// Encode writes the row.
func (r *CheckRule) Encode(dst []byte) { f := state.Writing(dst); r.walk(&f) }

// Decode reads the row.
func (r *CheckRule) Decode(src []byte) { f := state.Reading(src); r.walk(&f) }

func (r *CheckRule) walk(f *state.Fields) {
	f.U8(&r.Class)
	f.U8(&r.Required)
	f.U16(&r.Days)
	f.U32(&r.From)
	f.Bytes(r.Source[:])
}

// checkDaysMax bounds the age of an outcome: a person's name may change any day,
// and nobody opens an account for longer than this.
const checkDaysMax = 30

// checksAll are the bits of every check.
const checksAll = 1<<record.CheckCount - 1<<record.CheckName

func (m *Machine) setCheckRule(c *record.SetCheckRule) record.Code {
	switch {
	case !m.fromHouse():
		return record.NotPermitted
	case c.Class != Person && c.Class != Organisation:
		return record.BadClass
	case c.Required&^checksAll != 0, c.Days > checkDaysMax:
		return record.BadCheckRule
	case c.Source == "":
		return record.ReferenceMissing
	case c.From < m.today().Date || !validDate(c.From):
		return record.WrongDate
	}
	r := CheckRule{Class: c.Class, Required: c.Required, Days: c.Days, From: c.From}
	copy(r.Source[:], c.Source)
	put(m, m.checkRules, m.checkRules.Len(), r)
	return record.Accepted
}

// checkRule returns the rule of a class that holds today. There are a handful of
// rows, and openings are rare.
func (m *Machine) checkRule(class uint8) CheckRule {
	var holds CheckRule
	for row := range m.checkRules.Len() {
		if r := m.checkRules.At(row); r.Class == class && r.From <= m.today().Date && r.From >= holds.From {
			holds = *r
		}
	}
	return holds
}

// CheckRules returns every rule there ever was, in the order they were set.
func (m *Machine) CheckRules() []CheckRule {
	all := make([]CheckRule, 0, m.checkRules.Len())
	for row := range m.checkRules.Len() {
		all = append(all, *m.checkRules.At(row))
	}
	return all
}
