package clearing

import (
	"sancun/calendar"
	"sancun/money"
)

// The minimum reserve since 2023-10-01 (domain facts E.3): what was bought in
// the last month, divided by its calendar days, times a ratio. It is recomputed
// on the first trading day of a month and in force from the sixth.
const minimumInForceFrom = 6

// PayHabit is when a member usually pays its net payable: the time before which
// it has paid on at least nine days of ten. The numbers never change.
type PayHabit uint8

// The habits.
const (
	PaysByNine   PayHabit = 1
	PaysByEleven PayHabit = 2
	PaysLater    PayHabit = 3
)

// EquityRatio is the ratio for equities: seven tenths by when the member pays
// (13, 15 or 16 %), three tenths by whether it withdraws before nine (16 %, else
// 13 %).
func EquityRatio(habit PayHabit, withdrawsEarly bool) money.Rate {
	pays, withdraws := 1_600, 1_300
	switch habit {
	case PaysByNine:
		pays = 1_300
	case PaysByEleven:
		pays = 1_500
	}
	if withdrawsEarly {
		withdraws = 1_600
	}
	return money.Rate(pays*7+withdraws*3) * money.BasisPoint / 10
}

// BondRatio is the ratio for bonds.
const BondRatio = 1_000 * money.BasisPoint

// MinimumReserve is the reserve that must be there at the end of every day:
// bought ÷ calendar days of the month × ratio, rounded half up.
func MinimumReserve(bought money.Amount, days int, ratio money.Rate) (money.Amount, error) {
	return bought.AtRateDays(ratio, 1, int64(days))
}

// bought is what an account paid for purchases, by month of trade.
type bought struct {
	month  int // year × 100 + month
	amount money.Amount
	whole  bool // the house has seen the month from its first trading day
}

// monthly keeps the turnover of purchases of one account and its next minimum.
type monthly struct {
	now, last bought
	next      money.Amount // in force from the sixth trading day
	pending   bool
}

func monthOf(d calendar.Date) int { return d.Year()*100 + d.Month() }

// newMonth recomputes and puts in force minimum reserves. A month that the house
// has not seen whole gives no new figure: the configured one stays.
func (h *House) newMonth() error {
	first, err := calendar.NewDate(h.day.date.Year(), h.day.date.Month(), 1)
	if err != nil {
		return err
	}
	number, err := h.config.Calendar.CountTradingDays(first, h.day.date)
	if err != nil {
		return err
	}
	for i := range h.members {
		for j := range h.members[i].Accounts {
			a := &h.members[i].Accounts[j]
			if a.Purpose != Client {
				continue
			}
			m := h.months[a]
			if m == nil {
				m = &monthly{}
				h.months[a] = m
			}
			if month := monthOf(h.day.date); m.now.month != month {
				m.last, m.now = m.now, bought{month: month, whole: number == 1}
				if m.pending = m.last.whole && number == 1; m.pending {
					days, err := daysOfMonth(m.last.month)
					if err == nil {
						m.next, err = MinimumReserve(m.last.amount, days, h.config.ReserveRatio)
					}
					if err != nil {
						return err
					}
				}
			}
			if m.pending && number >= minimumInForceFrom {
				a.Minimum, m.pending = m.next, false
			}
		}
	}
	return nil
}

func daysOfMonth(month int) (int, error) {
	first, err := calendar.NewDate(month/100, month%100, 1)
	if err != nil {
		return 0, err
	}
	next, err := calendar.NewDate(month/100+month%100/12, month%100%12+1, 1)
	if err != nil {
		return 0, err
	}
	return first.DaysUntil(next), nil
}
