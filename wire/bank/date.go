package bank

import (
	"fmt"
	"time"
)

// Date is a calendar day written as the number YYYYMMDD. Zero is no date.
type Date uint32

// Time is a time of day written as the number HHMMSS. Zero is midnight.
type Time uint32

// DateOf returns the calendar day of t in t's own zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date(year*10_000 + int(month)*100 + day)
}

// TimeOf returns the time of day of t in t's own zone, fractions cut off.
func TimeOf(t time.Time) Time {
	hour, minute, second := t.Clock()
	return Time(hour*10_000 + minute*100 + second)
}

// Valid says whether d is a day of the years 1900 to 9999.
func (d Date) Valid() bool {
	year, month, day := int(d/10_000), time.Month(d/100%100), int(d%100)
	if year < 1900 || year > 9999 {
		return false
	}
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return t.Month() == month && t.Day() == day
}

// Valid says whether t is a time of day. There are no leap seconds here.
func (t Time) Valid() bool {
	return t/10_000 < 24 && t/100%100 < 60 && t%100 < 60
}

func (d Date) String() string { return fmt.Sprintf("%08d", uint32(d)) }

func (t Time) String() string { return fmt.Sprintf("%06d", uint32(t)) }

// monthDay returns MMDD, the date part of the file names of set 1.
func (d Date) monthDay() string { return fmt.Sprintf("%04d", uint32(d)%10_000) }
