package day

import (
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
	"sancun/record"
	"sancun/sim/clearing"
)

// EntitlementReport is what issuers gave the clients on the settlement day, for what
// they held at the end of the played day (row K43). Amounts are in fen. Dividends are
// paid whole: the differential tax is not available yet.
type EntitlementReport struct {
	RecordDate string `json:"record_date"`
	PayDate    string `json:"pay_date"`
	Events     int    `json:"events"`    // that the clearing house announced
	Dividends  uint64 `json:"dividends"` // rows booked
	Cash       int64  `json:"cash"`
	Bonuses    uint64 `json:"bonuses"` // rows booked
	Units      int64  `json:"units"`
}

// The entitlements of a played day: so many securities a market pay cash, and one of
// them gives units too.
const payersPerMarket = 3

// inventEvents draws cash dividends and bonus issues with the played day as record
// date, for a few securities that clients hold.
func (p *player) inventEvents() ([]clearing.Event, error) {
	held := map[market.ID]int{}
	for i := range p.investors {
		for _, h := range p.investors[i].opening {
			held[p.stocks[h.stock].rules.ID]++
		}
	}
	var all []clearing.Event
	rng := dice(p.config.Seed, diceEvents)
	for _, of := range clearingMarkets {
		var ids []market.ID
		for id := range held {
			if id.Market() == of {
				ids = append(ids, id)
			}
		}
		// The most widely held, so that even a small day has rows of each kind.
		slices.SortFunc(ids, func(a, b market.ID) int {
			if held[a] != held[b] {
				return held[b] - held[a]
			}
			return int(a) - int(b)
		})
		ids = ids[:min(len(ids), 4*payersPerMarket)]
		rng.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		events := clearing.DrawEvents(p.config.Seed, p.config.Date, ids[:min(len(ids), payersPerMarket)], 1_000_000)
		for i := range events {
			if events[i].Bonus = 0; i == 0 {
				events[i].Bonus = money.Rate(1+rng.IntN(5)) * money.RateUnit / 10
			}
		}
		all = append(all, events...)
	}
	return all, nil
}

// announced notes what the clearing house was told to give.
func (e *EntitlementReport) announced(record, paid calendar.Date, events int) {
	e.RecordDate, e.PayDate, e.Events = record.Compact(), paid.Compact(), events
}

// entitled counts a booked entitlement.
func (e *EntitlementReport) entitled(v record.View) error {
	var cmd record.Entitlement
	if !record.Decode(v.Command, &cmd) {
		return fmt.Errorf("entitlement: %w", record.ErrMalformed)
	}
	if cmd.Cash > 0 {
		e.Dividends++
		e.Cash += int64(cmd.Cash)
	} else {
		e.Bonuses++
		e.Units += int64(cmd.Units)
	}
	return nil
}

// minimumReserves are what the clearing house asks of an invented broker: last month
// its clients bought for three times what they have now, and it pays before nine and
// draws nothing early.
func minimumReserves(investors []investor, date calendar.Date) (money.Amount, error) {
	var bought money.Amount
	for i := range investors {
		bought += 3 * investors[i].opened // at most a few times the money of all of them
	}
	first, err := calendar.NewDate(date.Year(), date.Month(), 1)
	if err != nil {
		return 0, err
	}
	before, err := first.AddDays(-1)
	if err != nil {
		return 0, err
	}
	return clearing.MinimumReserve(bought/2, before.Day(), clearing.EquityRatio(clearing.PaysByNine, false))
}
