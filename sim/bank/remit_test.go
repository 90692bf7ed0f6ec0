package bank

import (
	"testing"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// What the evening's files told moves on the next day: interest and payments with the
// opening, receipts when the clearing house has paid, each once.
func TestWhatFilesToldMoves(t *testing.T) {
	for _, c := range []struct {
		due, interest   money.Amount
		opening, atFour []Movement
	}{
		{-900, 0, []Movement{{Kind: MovedBySettlement, Amount: -900}}, nil},
		{900, 0, nil, []Movement{{Kind: MovedBySettlement, Amount: 900}}},
		{-900, 40, []Movement{{Kind: MovedAsInterest, Amount: 40}, {Kind: MovedBySettlement, Amount: -940}}, nil},
		{940, 40, []Movement{{Kind: MovedAsInterest, Amount: 40}}, []Movement{{Kind: MovedBySettlement, Amount: 900}}},
		{40, 40, []Movement{{Kind: MovedAsInterest, Amount: 40}}, nil},
		{0, 0, nil, nil},
	} {
		p := open(t, wire.Delim(), nil)
		b, ctl := p.b, p.b.Control()
		before := b.pool(money.CNY).balance
		b.pool(money.CNY).due, b.pool(money.CNY).inCourse = c.due, c.due
		b.effects[effectTag(effectInterest, firstDay)] = []effect{{account: b.managed[0], net: c.interest}}
		same := func(what string, got, want []Movement) {
			t.Helper()
			for i := range got {
				got[i].At, got[i].Currency = time.Time{}, 0
			}
			if len(got) != len(want) || len(got) > 0 && got[0] != want[0] || len(got) > 1 && got[1] != want[1] {
				t.Errorf("%+v %s: moved %+v, want %+v", c, what, got, want)
			}
		}
		if err := ctl.OpenDay(firstDay + 3); err != nil {
			t.Fatal(err)
		}
		same("at the opening", ctl.Movements(0), c.opening)
		day := p.b.now.AddDate(0, 0, 3)
		for _, hour := range []int{15, 17} {
			if err := ctl.Advance(time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, day.Location())); err != nil {
				t.Fatal(err)
			}
		}
		same("after four", ctl.Movements(len(c.opening)), c.atFour)
		if pool := b.pool(money.CNY); pool.balance != before+c.due || pool.inCourse != 0 || pool.due != 0 {
			t.Errorf("%+v: %+v", c, pool)
		}
	}
}

// A remittance that cannot be is refused; one under a known key is answered once more
// and moves nothing.
func TestRemittancesThatCannotBe(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		p.refused(&wire.Remit{Market: 1, Currency: money.CNY, Amount: 0}, wire.Refused)
		p.refused(&wire.Remit{Market: 1, Currency: money.CNY, Amount: 1 << 40}, wire.Refused)
		good := p.head(&wire.Remit{Market: 2, Currency: money.CNY, Amount: 5})
		frame := p.frame(good)
		for range 2 {
			p.write(frame)
			if got := p.read().Result().Final(); got != wire.Success {
				t.Errorf("%v", got)
			}
		}
		if moved := p.b.Control().Movements(0); len(moved) != 1 || moved[0].Amount != -5 || moved[0].Market != 2 {
			t.Errorf("moved %+v", moved)
		}
		if total := p.b.Control().Total(money.CNY); total.Reserve != 5 {
			t.Errorf("total %+v", total)
		}
	})
}
