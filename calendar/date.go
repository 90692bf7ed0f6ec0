// Package calendar is the civil clock of the market: dates, times of day,
// trading days, settlement days, the phases of a session and the cut-offs of a
// day's end.
//
// It must never read a clock, a time zone database or a file: a date here is a
// number, a time of day is milliseconds after midnight in Beijing, and what is
// a trading day is data with a source.
package calendar

import (
	"errors"
	"fmt"
	"time"
)

// ErrDate reports text or numbers that are not a date of the civil calendar
// between the years 1900 and 9999.
var ErrDate = errors.New("not a civil date")

// Date is a civil day written as the number yyyymmdd, the form of every file
// and message of this market. The zero Date means that there is none. Dates
// compare as numbers; differences go through AddDays and DaysUntil.
type Date int32

// The years a Date may name. Earlier and later ones are typing errors here.
const (
	yearMin = 1900
	yearMax = 9999
)

// NewDate returns the date of a year, a month from 1 and a day from 1, or
// ErrDate when the calendar has no such day.
func NewDate(year, month, day int) (Date, error) {
	if year < yearMin || year > yearMax || month < 1 || month > 12 || day < 1 || day > monthDays(year, month) {
		return 0, fmt.Errorf("%d-%02d-%02d: %w", year, month, day, ErrDate)
	}
	return Date(year*10_000 + month*100 + day), nil
}

// ParseDate reads "2023-08-25" or "20230825". It returns ErrDate for all else.
func ParseDate(text string) (Date, error) {
	compact := text
	if len(text) == 10 && text[4] == '-' && text[7] == '-' {
		compact = text[:4] + text[5:7] + text[8:]
	}
	if len(compact) != 8 {
		return 0, fmt.Errorf("date %q: %w", text, ErrDate)
	}
	number := 0
	for _, c := range []byte(compact) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("date %q: %w", text, ErrDate)
		}
		number = number*10 + int(c-'0')
	}
	return NewDate(number/10_000, number/100%100, number%100)
}

// Valid says whether d is a day of the civil calendar; the zero Date is not.
func (d Date) Valid() bool {
	_, err := NewDate(d.Year(), d.Month(), d.Day())
	return err == nil
}

// Year returns the year of d.
func (d Date) Year() int { return int(d) / 10_000 }

// Month returns the month of d, from 1.
func (d Date) Month() int { return int(d) / 100 % 100 }

// Day returns the day of the month of d, from 1.
func (d Date) Day() int { return int(d) % 100 }

// String prints d as "2023-08-25", the zero Date as "-".
func (d Date) String() string {
	if d == 0 {
		return "-"
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year(), d.Month(), d.Day())
}

// Compact prints d as "20230825", the form of file names and message fields.
func (d Date) Compact() string { return fmt.Sprintf("%08d", int32(d)) }

// MarshalText writes the form of String; the zero Date is empty text.
func (d Date) MarshalText() ([]byte, error) {
	if d == 0 {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what ParseDate reads; empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(text))
	if err == nil {
		*d = v
	}
	return err
}

// AddDays returns the date n calendar days later; n may be negative. It
// returns ErrDate for an invalid d or when the result leaves the calendar.
func (d Date) AddDays(n int) (Date, error) {
	if !d.Valid() {
		return 0, fmt.Errorf("%d: %w", int32(d), ErrDate)
	}
	const span = (yearMax - yearMin + 1) * 366
	if n > span || n < -span {
		return 0, fmt.Errorf("%s %+d days: %w", d, n, ErrDate)
	}
	year, month, day := civil(dayNumber(d) + n)
	return NewDate(year, month, day)
}

// DaysUntil returns the calendar days from d to later, negative when later is
// earlier. Both must be valid dates.
func (d Date) DaysUntil(later Date) int { return dayNumber(later) - dayNumber(d) }

// Weekday returns the day of the week of a valid date.
func (d Date) Weekday() time.Weekday {
	// 1970-01-01, day number 0, was a Thursday.
	return time.Weekday(((dayNumber(d)+int(time.Thursday))%7 + 7) % 7)
}

func monthDays(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// The day number counts from 1970-01-01 in the Gregorian calendar. Years begin
// in March inside the arithmetic so that the leap day comes last.
const (
	daysPerEra     = 146_097 // 400 years
	daysToEpoch    = 719_468 // from 0000-03-01 to 1970-01-01
	yearsPerEra    = 400
	marchMonthDays = 153 // days of the five months from March to July
)

func dayNumber(d Date) int {
	year, month := d.Year(), d.Month()
	if month <= 2 {
		year--
		month += 12
	}
	era := year / yearsPerEra
	yearOfEra := year - era*yearsPerEra
	dayOfYear := (marchMonthDays*(month-3)+2)/5 + d.Day() - 1
	return era*daysPerEra + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - daysToEpoch
}

func civil(number int) (year, month, day int) {
	number += daysToEpoch
	era := number / daysPerEra
	dayOfEra := number - era*daysPerEra
	yearOfEra := (dayOfEra - dayOfEra/1_460 + dayOfEra/36_524 - dayOfEra/146_096) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*dayOfYear + 2) / marchMonthDays
	day = dayOfYear - (marchMonthDays*shifted+2)/5 + 1
	month = shifted + 3
	year = yearOfEra + era*yearsPerEra
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, day
}
