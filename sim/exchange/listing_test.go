package exchange

import (
	"errors"
	"testing"

	"sancun/calendar"
	"sancun/market"
	"sancun/money"
)

func dayOf(t *testing.T, d calendar.Date) *market.Day {
	t.Helper()
	c, err := calendar.China()
	if err != nil {
		t.Fatal(err)
	}
	day, err := market.Builtin(c).On(d)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// The static data follow the rules of the date: limits, lots, cages, after hours.
func TestListing(t *testing.T) {
	before, after := dayOf(t, 20230825), dayOf(t, 20260707)
	for _, c := range []struct {
		day                 *market.Day
		id, name            string
		up, down            money.Price
		least, step, most   money.Quantity
		afterHours, sameDay bool
		noCall              bool
	}{
		{before, "000001.SZ", "平安银行", 11_0000, 9_0000, 100, 100, 1_000_000, false, false, false},
		{after, "000001.SZ", "平安银行", 11_0000, 9_0000, 100, 100, 1_000_000, true, false, false},
		{before, "600696.SH", "*ST岩石", 10_5000, 9_5000, 100, 100, 1_000_000, false, false, false},
		{before, "300001.SZ", "特锐德", 12_0000, 8_0000, 100, 100, 300_000, true, false, false},
		{before, "688001.SH", "华兴源创", 12_0000, 8_0000, 200, 1, 100_000, true, false, false},
		{before, "510050.SH", "50ETF", 11_0000, 9_0000, 100, 100, 1_000_000, false, false, true},
	} {
		id, err := market.ParseID(c.id)
		if err != nil {
			t.Fatal(err)
		}
		in, err := market.NewInstrument(id, c.name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Listing(c.day, in, 10*money.PriceUnit)
		if err != nil {
			t.Fatal(err)
		}
		if s.LimitUp != c.up || s.LimitDown != c.down || s.BuyMinimum != c.least || s.Step != c.step || s.OrderMaximum != c.most ||
			s.AfterHours != c.afterHours || s.SameDay != c.sameDay || s.NoClosingCall != c.noCall {
			t.Errorf("%s on %s: %+v, want %+v", c.id, c.day.Date(), s, c)
		}
	}
	fresh, _ := market.ParseID("688591.SH")
	in, err := market.NewInstrument(fresh, "泰凌微")
	if err != nil {
		t.Fatal(err)
	}
	in.Listed = 20230825
	if s, err := Listing(before, in, 24*money.PriceUnit); err != nil || s.LimitUp != 0 || s.Volatility.Moves[0] != money.RateUnit*3/10 || s.Volatility.For != 10*calendar.Minute {
		t.Errorf("a new listing: %+v, %v", s, err)
	}
	id, _ := market.ParseID("000001.SH")
	if _, err := Listing(before, market.Instrument{ID: id, Board: market.Index, Status: market.Trading}, 1); !errors.Is(err, ErrSecurity) {
		t.Errorf("an index: %v", err)
	}
}

// A fund without a closing call trades continuously to the close.
func TestNoClosingCall(t *testing.T) {
	s := plain("510050")
	s.NoClosingCall = true
	v := venueOf(t, Shanghai, s)
	_ = v.Advance(calendar.Clock(14, 58, 0))
	for i, side := range []Side{Buy, Sell} {
		v.Submit(&Order{PBU: 1, Business: BusinessAuction, Code: s.Code, Side: side, Type: TypeLimit,
			Price: 100_000, Quantity: 100, Ticket: Ticket{ClOrdID: number(i)}})
	}
	if p := v.books[0].prints; p.volume != 100 {
		t.Errorf("traded %d before the close", p.volume)
	}
	_ = v.Advance(calendar.Clock(15, 0, 0))
	if p := v.books[0].prints; p.close != 100_000 {
		t.Errorf("closed at %s", p.close)
	}
}
