package paper

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sancun/money"
)

// A cell is one of these types, and how it is printed follows from it:
//
//	money.Amount    1,234,567.89, right
//	money.Price     12.3450 as 12.345, at least two decimals, right
//	money.Quantity  1,200, right
//	uint64, int     a count with thousands separated, right
//	Date            2023-08-25
//	time.Time       2023-08-25 14:56:03 of Beijing, blank when zero
//	Clock           14:56:03 of Beijing
//	Code            a number or name of a thing: left, never separated
//	Words           text in the copy's language
//	nil             blank
type (
	// Date is a business date as yyyymmdd; 0 prints blank.
	Date uint32
	// Clock is the time of day of a moment; the zero time prints blank.
	Clock time.Time
	// Code is the number or name of a thing.
	Code string
)

// Beijing is the business's time.
var Beijing = time.FixedZone("CST", 8*60*60)

// dateTime is how moments are printed.
const dateTime = "2006-01-02 15:04:05"

// printed returns a cell's text and whether it stands on the right.
func printed(cell any, l Language) (text string, right bool, err error) {
	switch v := cell.(type) {
	case nil:
		return "", false, nil
	case money.Amount:
		return separated(v.String()), true, nil
	case money.Price:
		return separated(shortPrice(v)), true, nil
	case money.Quantity:
		return separated(strconv.FormatInt(int64(v), 10)), true, nil
	case uint64:
		return separated(strconv.FormatUint(v, 10)), true, nil
	case int:
		return separated(strconv.Itoa(v)), true, nil
	case Date:
		return v.String(), false, nil
	case time.Time:
		if v.IsZero() {
			return "", false, nil
		}
		return v.In(Beijing).Format(dateTime), false, nil
	case Clock:
		if time.Time(v).IsZero() {
			return "", false, nil
		}
		return time.Time(v).In(Beijing).Format(time.TimeOnly), false, nil
	case Code:
		return string(v), false, nil
	case Words:
		return v.In(l), false, nil
	}
	return "", false, fmt.Errorf("%T: %w", cell, ErrCell)
}

// String returns the date with its parts apart, blank for 0.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d/10000, d/100%100, d%100)
}

// shortPrice leaves out decimals that say nothing, but not the first two.
func shortPrice(p money.Price) string {
	text := p.String()
	for range 2 {
		text = strings.TrimSuffix(text, "0")
	}
	return text
}

// separated puts a comma between every three digits before the point.
func separated(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	whole, rest, point := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + rest
	}
	return sign + whole
}

// Figure writes an amount as a cell does, for the words beside a table.
func Figure(a money.Amount) string { return separated(a.String()) }
