package ledger

import (
	"testing"

	"pgregory.net/rapid"
)

// What a client may use, take out and sell, as a person would work it out: the
// proceeds of today's sales can be used today and taken out tomorrow.
func TestViewsOfCash(t *testing.T) {
	for _, c := range []struct {
		name                         string
		balance                      int64
		order, transfer, other       int64
		payable, receivable          int64
		wantAvailable, wantWithdraws int64
	}{
		{name: "nothing"},
		{name: "money", balance: 100, wantAvailable: 100, wantWithdraws: 100},
		{name: "an order is open", balance: 100, order: 30, wantAvailable: 70, wantWithdraws: 70},
		{name: "a withdrawal is under way", balance: 100, transfer: 30, wantAvailable: 70, wantWithdraws: 70},
		{name: "a court has frozen some", balance: 100, other: 30, wantAvailable: 70, wantWithdraws: 70},
		{name: "sold today: usable now, not to be taken out", balance: 100, receivable: 50, wantAvailable: 150, wantWithdraws: 100},
		{name: "sold today without money", receivable: 50, wantAvailable: 50},
		{name: "bought today", balance: 100, payable: 40, wantAvailable: 60, wantWithdraws: 60},
		{name: "bought with the proceeds of today", balance: 100, payable: 40, receivable: 50, wantAvailable: 110, wantWithdraws: 100},
		{name: "bought for more than the proceeds of today", balance: 100, payable: 70, receivable: 50, wantAvailable: 80, wantWithdraws: 80},
		{name: "an open order waits for the proceeds first", balance: 100, order: 20, receivable: 50, wantAvailable: 130, wantWithdraws: 100},
		{name: "an open order takes proceeds and money", balance: 100, order: 70, receivable: 50, wantAvailable: 80, wantWithdraws: 80},
		{name: "a transfer does not use up proceeds", balance: 100, transfer: 20, receivable: 50, wantAvailable: 130, wantWithdraws: 80},
		{name: "frozen whole, then sold", balance: 100, other: 100, receivable: 50, wantAvailable: 50},
		{name: "in debt", balance: -10, wantAvailable: -10},
		{name: "in debt, then sold", balance: -10, receivable: 50, wantAvailable: 40},
	} {
		a := Account{Balance: c.balance, Buckets: [5]int64{c.order, c.transfer, c.other, c.payable, c.receivable}}
		if got := a.Available(); got != c.wantAvailable {
			t.Errorf("%s: available %d, want %d", c.name, got, c.wantAvailable)
		}
		if got := a.Withdrawable(); got != c.wantWithdraws {
			t.Errorf("%s: withdrawable %d, want %d", c.name, got, c.wantWithdraws)
		}
	}
}

func TestViewsOfUnits(t *testing.T) {
	for _, c := range []struct {
		name                  string
		balance, order, other int64
		payable, receivable   int64
		sellable, sameDay     int64
	}{
		{name: "held since yesterday", balance: 500, sellable: 500, sameDay: 500},
		{name: "bought today", receivable: 500, sameDay: 500},
		{name: "both", balance: 300, receivable: 500, sellable: 300, sameDay: 800},
		{name: "an order to sell is open", balance: 500, order: 200, sellable: 300, sameDay: 300},
		{name: "sold today", balance: 500, payable: 200, sellable: 300, sameDay: 300},
		{name: "sold, bought back and frozen", balance: 500, other: 100, payable: 400, receivable: 400, sameDay: 400},
	} {
		a := Account{Balance: c.balance, Buckets: [5]int64{c.order, 0, c.other, c.payable, c.receivable}}
		if got := a.Sellable(false); got != c.sellable {
			t.Errorf("%s: sellable %d, want %d", c.name, got, c.sellable)
		}
		if got := a.Sellable(true); got != c.sameDay {
			t.Errorf("%s: sellable on the same day %d, want %d", c.name, got, c.sameDay)
		}
	}
}

// What may be taken out is never above what may be used nor below zero, a sale
// today never lets more be taken out today, and a purchase never more be used.
func TestViewsBoundEachOther(t *testing.T) {
	figure := rapid.Int64Range(0, 1<<50)
	rapid.Check(t, func(t *rapid.T) {
		a := Account{Balance: rapid.Int64Range(-1<<50, 1<<50).Draw(t, "balance")}
		for i := range a.Buckets {
			a.Buckets[i] = figure.Draw(t, "bucket")
		}
		available, withdrawable := a.Available(), a.Withdrawable()
		if withdrawable < 0 || withdrawable > max(0, available) {
			t.Fatalf("%+v: withdrawable %d, available %d", a, withdrawable, available)
		}
		if cap := max(0, a.Balance-a.In(HeldTransfer)-a.In(HeldOther)); withdrawable > cap {
			t.Fatalf("%+v: withdrawable %d of a settled %d", a, withdrawable, cap)
		}
		owing := a
		owing.Buckets[Receivable-1] = 0
		if owing.Available() > available || owing.Withdrawable() > withdrawable {
			t.Fatalf("%+v: without its sales it could do more", a)
		}
	})
}

// Rows and keys read back as written.
func TestAccountsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Make[Account]().Draw(t, "account")
		b := make([]byte, AccountWidth)
		a.Encode(b)
		var back Account
		if back.Decode(b); back != a {
			t.Fatalf("%+v read back as %+v", a, back)
		}
		k := rapid.Make[Key]().Draw(t, "key")
		if got := KeyFrom(k.Bytes()); got != k {
			t.Fatalf("%+v read back as %+v", k, got)
		}
	})
}

// Every reason of a posting has a name of its own, and only one is forced.
func TestCodesAreNamed(t *testing.T) {
	names := map[string]Code{}
	for c := range Code(100) {
		name, ok := codeNames[c]
		if !ok {
			continue
		}
		if other, taken := names[name]; taken || c.String() != name {
			t.Errorf("code %d: name %q, taken by %d: %v", c, name, other, taken)
		}
		names[name] = c
		if c.Forced() != (c == CodeForced) {
			t.Errorf("code %s: forced %v", c, c.Forced())
		}
	}
	if got := Code(999).String(); got != "code 999" {
		t.Errorf("unknown code: %q", got)
	}
}
