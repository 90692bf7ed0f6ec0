package frame

import (
	"fmt"
	"time"
)

// Beijing is the zone of every time on the wire. China keeps one offset and no
// summer time, so a fixed zone needs no zone database.
var Beijing = time.FixedZone("CST", 8*60*60)

// Date is a day of the form YYYYMMDD; 0 means not stated.
type Date uint32

// DateOf returns the day t falls on in Beijing.
func DateOf(t time.Time) Date {
	year, month, day := t.In(Beijing).Date()
	return Date(year*10_000 + int(month)*100 + day)
}

// Valid says whether d is 0 or a day of the calendar.
func (d Date) Valid() bool {
	if d == 0 {
		return true
	}
	year, month, day := int(d/10_000), time.Month(d/100%100), int(d%100)
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 {
		return false
	}
	lastOfMonth := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return day <= lastOfMonth
}

// Date visits a day.
func (w *Walk) Date(field string, v *Date) {
	w.Uint32(field, (*uint32)(v))
	if w.err == nil && !v.Valid() {
		w.Fail(field, ErrRange, fmt.Sprintf("%d is no date of the form YYYYMMDD", uint32(*v)))
	}
}
