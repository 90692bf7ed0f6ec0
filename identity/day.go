package identity

// Day is a date as the decimal number yyyymmdd, as documents print it. It is not
// a count of days: subtracting two gives nothing useful.
type Day uint32

// Valid says whether d is a date of the Gregorian calendar from 1800 to 9999.
func (d Day) Valid() bool {
	year, month, day := d.parts()
	if year < 1800 || year > 9999 || month < 1 || month > 12 {
		return false
	}
	return day >= 1 && day <= monthDays(year, month)
}

// Age is the number of full years from d to the day on. Somebody born on
// 29 February grows older on 1 March in a common year. It is zero when on is
// before d.
func (d Day) Age(on Day) int {
	if on < d {
		return 0
	}
	years := int(on/10000) - int(d/10000)
	if on%10000 < d%10000 {
		years--
	}
	return years
}

func (d Day) parts() (year, month, day int) {
	return int(d / 10000), int(d / 100 % 100), int(d % 100)
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
	default:
		return 31
	}
}

// dayAfter counts n days on from 1 January of year. The walk over years and
// months is short because synthetic people live within a century.
func dayAfter(year, n int) Day {
	for {
		length := 365
		if monthDays(year, 2) == 29 {
			length = 366
		}
		if n < length {
			break
		}
		n -= length
		year++
	}
	month := 1
	for n >= monthDays(year, month) {
		n -= monthDays(year, month)
		month++
	}
	return Day(year*10000 + month*100 + n + 1)
}
