package calendar

import (
	"errors"
	"fmt"
)

// ErrTimeOfDay reports text that is not a time of day.
var ErrTimeOfDay = errors.New("not a time of day")

// TimeOfDay is milliseconds after midnight in Beijing.
type TimeOfDay int32

// The units of TimeOfDay. Midnight at the end of a day is 24 hours.
const (
	Millisecond TimeOfDay = 1
	Second                = 1_000 * Millisecond
	Minute                = 60 * Second
	Hour                  = 60 * Minute
	DayEnd                = 24 * Hour
)

// beijingOffset is UTC+8 in milliseconds. China has kept no summer time since
// 1991, so the offset is a constant and no time zone table is needed.
const beijingOffset = int64(8 * Hour)

// Clock returns the time of day of hours, minutes and seconds. It does not
// check them; it is for the literals of tables.
func Clock(hour, minute, second int32) TimeOfDay {
	return TimeOfDay(hour)*Hour + TimeOfDay(minute)*Minute + TimeOfDay(second)*Second
}

// Valid says whether t lies in [00:00:00.000, 24:00:00.000].
func (t TimeOfDay) Valid() bool { return t >= 0 && t <= DayEnd }

// String prints t as "09:15:00", with ".250" behind when it has milliseconds.
func (t TimeOfDay) String() string {
	text := fmt.Sprintf("%02d:%02d:%02d", t/Hour, t/Minute%60, t/Second%60)
	if ms := t % Second; ms != 0 {
		text += fmt.Sprintf(".%03d", ms)
	}
	return text
}

// ParseTimeOfDay reads "09:15", "09:15:00" or "09:15:00.250", up to "24:00".
// It returns ErrTimeOfDay for all else.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	wrong := fmt.Errorf("time %q: %w", text, ErrTimeOfDay)
	if n := len(text); n != 5 && n != 8 && n != 12 {
		return 0, wrong
	}
	const form = "00:00:00.000"
	var digits [9]TimeOfDay
	n := 0
	for i := range len(text) {
		c := text[i]
		if form[i] != '0' {
			if c != form[i] {
				return 0, wrong
			}
			continue
		}
		if c < '0' || c > '9' {
			return 0, wrong
		}
		digits[n] = TimeOfDay(c - '0')
		n++
	}
	hour, minute, second := digits[0]*10+digits[1], digits[2]*10+digits[3], digits[4]*10+digits[5]
	t := hour*Hour + minute*Minute + second*Second + digits[6]*100 + digits[7]*10 + digits[8]
	if minute > 59 || second > 59 || !t.Valid() {
		return 0, wrong
	}
	return t, nil
}

// MarshalText writes the form of String.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what ParseTimeOfDay reads.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	v, err := ParseTimeOfDay(string(text))
	if err == nil {
		*t = v
	}
	return err
}

// AtUnixMilli returns the Beijing date and time of day of an instant given in
// milliseconds since 1970-01-01 UTC, the form of a block's time.
func AtUnixMilli(instant int64) (Date, TimeOfDay) {
	local := instant + beijingOffset
	day := local / int64(DayEnd)
	rest := local % int64(DayEnd)
	if rest < 0 {
		day--
		rest += int64(DayEnd)
	}
	year, month, dayOfMonth := civil(int(day))
	return Date(year*10_000 + month*100 + dayOfMonth), TimeOfDay(rest)
}

// UnixMilli returns the instant at which Beijing shows t on d, in milliseconds
// since 1970-01-01 UTC.
func (d Date) UnixMilli(t TimeOfDay) int64 {
	return int64(dayNumber(d))*int64(DayEnd) + int64(t) - beijingOffset
}
