package custody

import "sancun/calendar"

// rules are the effective-dated rules resolved for the business date. They are
// derived from the day row and from tables of rules in the program, so they are
// in no root: a change of a rule table is a new LogicVersion.
type rules struct {
	date uint32
}

func resolveRules(date uint32) rules {
	return rules{date: date}
}

// dayMillis is the length of a day in milliseconds.
const dayMillis = int64(calendar.DayEnd)

// beijing is the offset of the business's clock from UTC in milliseconds; China
// has one time zone and no summer time.
const beijing = 8 * 60 * 60 * 1000

// timeOfDay returns the time of day of the block in Beijing.
func (m *Machine) timeOfDay() calendar.TimeOfDay {
	return calendar.TimeOfDay((m.now/1_000_000 + beijing) % dayMillis)
}
