package csdc

import (
	"fmt"
	"time"
)

// Date is a day as the files write it, YYYYMMDD. The empty Date is a blank column.
type Date string

// beijing is the only time zone of the clearing house; China has had no summer
// time since 1991, so a fixed offset is exact for every file we can meet.
var beijing = time.FixedZone("CST", 8*60*60)

// Valid says whether d is a day of the calendar between 1900 and 2099.
func (d Date) Valid() bool { return len(d) == 8 && validDate(string(d)) }

// At returns the moment of d at hour:minute Beijing time. d must be valid.
func (d Date) At(hour, minute int) time.Time {
	return time.Date(digits(string(d[:4])), time.Month(digits(string(d[4:6]))), digits(string(d[6:])), hour, minute, 0, 0, beijing)
}

func (d Date) check() error {
	if !d.Valid() {
		return fmt.Errorf("%q: %w", string(d), ErrDate)
	}
	return nil
}

// validDate is written without the time package because it runs six times a row.
func validDate[T ~string | ~[]byte](text T) bool {
	for i := range 8 {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	year, month, day := digits(text[:4]), digits(text[4:6]), digits(text[6:8])
	return year >= 1900 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= monthDays(year, month)
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

// digits reads text that is known to be digits.
func digits[T ~string | ~[]byte](text T) int {
	n := 0
	for i := range len(text) {
		n = n*10 + int(text[i]-'0')
	}
	return n
}
