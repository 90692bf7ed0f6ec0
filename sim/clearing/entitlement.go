package clearing

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

// Event is what an issuer gives the holders of a security (row K43): cash per
// unit, bonus units per unit, or both. Tax on the cash is settled elsewhere:
// a dividend is paid whole, the differential tax is not available yet.
type Event struct {
	No       string // at most 12 letters, unique
	Security market.ID
	Record   calendar.Date // holders at the end of this trading day get it
	Pay      calendar.Date // trading day on which it comes; zero: the next one
	Cash     money.Price   // per unit, before tax
	Bonus    money.Rate    // units per unit; the fraction of a unit is dropped
}

// grant is what one position gets.
type grant struct {
	place
	unit     string
	event    Event
	held     money.Quantity
	cash     money.Amount
	units    money.Quantity
	currency money.Currency
}

// eventTextMax is the width that the number of an event has in a record.
const eventTextMax = 12

// Announce makes an entitlement known. Its record date must not be over.
func (h *House) Announce(e Event) error {
	switch {
	case e.No == "" || !fits(e.No, eventTextMax):
		return fmt.Errorf("event number %q: %w", e.No, ErrConfig)
	case slices.ContainsFunc(h.events, func(known Event) bool { return known.No == e.No }):
		return fmt.Errorf("event %s is known: %w", e.No, ErrConfig)
	case !slices.Contains(markets, e.Security.Market()) || e.Cash < 0 || e.Bonus < 0 || e.Cash == 0 && e.Bonus == 0:
		return fmt.Errorf("event %s gives %s and %d for %s: %w", e.No, e.Cash, e.Bonus, e.Security, ErrConfig)
	case !h.config.Calendar.IsTradingDay(e.Record) || h.day != nil && (e.Record < h.day.date || e.Record == h.day.date && h.day.ended):
		return fmt.Errorf("record date %s of event %s: %w", e.Record, e.No, ErrConfig)
	}
	if e.Pay == 0 {
		next, err := h.config.Calendar.Next(e.Record)
		if err != nil {
			return err
		}
		e.Pay = next
	}
	if e.Pay <= e.Record || !h.config.Calendar.IsTradingDay(e.Pay) {
		return fmt.Errorf("pay date %s of event %s: %w", e.Pay, e.No, ErrConfig)
	}
	if _, err := h.instrument(e.Security); err != nil {
		return fmt.Errorf("event %s: %w", e.No, err)
	}
	h.events = append(h.events, e)
	return nil
}

// recordHolders fixes who gets what from the events of which this is the record
// date.
func (h *House) recordHolders() error {
	for _, e := range h.events {
		if e.Record != h.day.date {
			continue
		}
		var got []grant
		for at, p := range h.holdings {
			if at.security != e.Security {
				continue
			}
			g, err := h.grant(e, at, p)
			if err != nil {
				return fmt.Errorf("event %s for %s: %w", e.No, at.account, err)
			}
			if g.cash > 0 || g.units > 0 {
				got = append(got, g)
			}
		}
		slices.SortFunc(got, func(a, b grant) int {
			return cmp.Or(cmp.Compare(a.member, b.member), cmp.Compare(a.account, b.account))
		})
		h.grants = append(h.grants, got...)
	}
	return nil
}

func (h *House) grant(e Event, at place, p position) (grant, error) {
	cash, err := e.Cash.Times(p.quantity)
	if err != nil || cash > legAmountMax {
		return grant{}, fmt.Errorf("cash %s: %w", cash, money.ErrOverflow)
	}
	hi, lo := bits.Mul64(uint64(p.quantity), uint64(e.Bonus))
	if hi >= uint64(money.RateUnit) {
		return grant{}, fmt.Errorf("bonus: %w", money.ErrOverflow)
	}
	units, _ := bits.Div64(hi, lo, uint64(money.RateUnit))
	if units > uint64(legAmountMax) {
		return grant{}, fmt.Errorf("bonus: %w", money.ErrOverflow)
	}
	in, err := h.instrument(e.Security)
	if err != nil {
		return grant{}, err
	}
	return grant{place: at, unit: p.unit, event: e, held: p.quantity, cash: cash, units: money.Quantity(units), currency: in.Currency()}, nil
}

// dueToday takes the grants out that are paid today and puts their units on the
// accounts, where they may be sold at once.
func (h *House) dueToday() error {
	var later []grant
	for _, g := range h.grants {
		if g.event.Pay != h.day.date {
			later = append(later, g)
			continue
		}
		h.day.granted = append(h.day.granted, g)
		if g.units > 0 {
			if _, err := h.holdings.add(g.place, g.unit, g.units); err != nil {
				return err
			}
		}
	}
	h.grants = later
	return nil
}

// DrawEvents invents entitlements for a record date from a seed: of rate
// securities in a million one pays 0.05 to 1.00 a unit, and every third of those
// gives one to five bonus units for ten.
func DrawEvents(seed uint64, record calendar.Date, securities []market.ID, rate int) []Event {
	faults, out := Faults{Seed: seed}, []Event(nil)
	for _, id := range securities {
		x := faults.chance(uint64(record), uint64(id))
		if x%ppm >= uint64(max(rate, 0)) {
			continue
		}
		x = mix(x)
		e := Event{
			No: record.Compact()[4:] + id.Digits() + id.Market().String(), Security: id, Record: record,
			Cash: money.Price(1+x%20) * money.PriceUnit / 20,
		}
		if x/20%3 == 0 {
			e.Bonus = money.Rate(1+x/60%5) * money.RateUnit / 10
		}
		out = append(out, e)
	}
	return out
}
