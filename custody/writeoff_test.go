package custody

import (
	"testing"

	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// tAccounts are the figures that a single-sided entry is about, kept by hand.
type tAccounts struct {
	clients, pooled, suspense money.Amount // our books
	atBank                    money.Amount // what the bank's pooled account really has
	ownBank, ownLoss          money.Amount
}

func (r *run) tAccounts(atBank money.Amount) (t tAccounts) {
	t.atBank = atBank
	for row := range r.live.Ledger.Len() {
		a := r.live.Ledger.At(row)
		k, balance := ledger.KeyFrom(a.Key), money.Amount(a.Balance)
		switch {
		case k.Kind == ledger.ClientCash && k.Bank == 1:
			t.clients += balance
		case k.Kind == ledger.Pooled && k.Bank == 1:
			t.pooled += balance
		case k.Kind == ledger.Suspense && k.Bank == 1:
			t.suspense += balance
		case k.Kind == ledger.OwnBank && k.Bank == 1:
			t.ownBank += balance
		case k.Kind == ledger.OwnLoss:
			t.ownLoss += balance
		}
	}
	return t
}

// A single-sided entry (单边账) of 700 is worked off in one of two ways: by an entry
// that follows the bank, or by own money that makes the bank follow us. Either way
// our pooled account, what the bank has, and what clients are owed are the same
// again, and nothing waits on the suspense account. Four kinds of entry times two
// corrections, each in T-accounts.
func TestSingleSidedEntryInAccounts(t *testing.T) {
	const move = 700
	deposit := func(r *run) uint64 {
		id := r.must(0, &record.AskDeposit{Fund: 1001, Amount: move, Channel: record.ChannelWeb}).Ref
		r.must(record.CallerOf(record.CallerBank, 1), &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: "A"})
		return id
	}
	withdrawal := func(r *run) uint64 {
		id := r.must(0, &record.AskWithdrawal{Fund: 1001, Amount: move, Channel: record.ChannelWeb, PasswordOK: 1}).Ref
		r.must(record.CallerOf(record.CallerBank, 1), &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: "A"})
		return id
	}
	nothing := func(*run) uint64 { return 0 }
	correct := func(direction uint8) func(uint64, uint64) record.Command {
		return func(_, number uint64) record.Command {
			return &record.CorrectTransfer{Bank: 1, Date: testDate, BankRef: "A", Fund: 1001, Direction: direction, Amount: move, Case: number}
		}
	}
	undo := func(id, number uint64) record.Command { return &record.UndoTransfer{Transfer: id, Case: number} }
	for _, c := range []struct {
		name  string
		ours  func(*run) uint64                      // what we have booked
		here  money.Amount                           // and by how much it moved our pooled account
		there money.Amount                           // by how much the bank's moved
		entry func(id, number uint64) record.Command // the correction by entry
	}{
		{"the bank has a withdrawal, we have not", nothing, 0, -move, correct(Withdrawal)},
		{"the bank has a deposit, we have not", nothing, 0, move, correct(Deposit)},
		{"we have a deposit, the bank has not", deposit, move, 0, undo},
		{"we have a withdrawal, the bank has not", withdrawal, -move, 0, undo},
	} {
		for _, byOwnMoney := range []bool{false, true} {
			r := newRun(t)
			withClients(r.t, r, 1)
			r.must(0, &record.FundOwn{Bank: 1, Currency: money.CNY, Amount: 10_000})
			id := c.ours(r)
			atBank := openingCash + c.there
			short := openingCash + c.here - atBank // what the bank has less than our books
			number := r.must(0, &record.OpenCase{
				Date: testDate, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Ours: openingCash + c.here, Theirs: atBank, TheirRef: "pooled CNY",
			}).Ref
			want := tAccounts{clients: openingCash + c.there, pooled: openingCash + c.there, atBank: atBank, ownBank: 10_000}
			if byOwnMoney {
				// The client keeps what our books say; the bank is paid, or pays, the gap.
				want = tAccounts{clients: openingCash + c.here, pooled: openingCash + c.here, atBank: atBank + short, ownBank: 10_000 - short, ownLoss: short}
				r.must(maker, &record.WriteOff{Case: number, Bank: 1, Currency: money.CNY, Amount: short})
				atBank += short
			} else {
				r.must(maker, c.entry(id, number))
			}
			got := r.tAccounts(atBank)
			if got != want || got.pooled != got.atBank || got.pooled != got.clients {
				t.Errorf("%s, by own money %v:\ngot  %+v\nwant %+v", c.name, byOwnMoney, got, want)
			}
			r.checkIdentity()
		}
	}
}

// A surplus may be larger than our pooled account, and a write-off says no more than
// an amount can hold.
func TestWriteOffLimits(t *testing.T) {
	r := newRun(t)
	withClients(r.t, r, 0)
	number := r.must(0, &record.OpenCase{Date: testDate, Type: record.CaseTotal, Subject: record.CaseCash, Bank: 1, Theirs: 900, TheirRef: "pooled CNY"}).Ref
	for _, c := range []struct {
		act  record.WriteOff
		want record.Code
	}{
		{record.WriteOff{Case: number, Bank: 1, Currency: money.CNY}, record.BadAmount},
		{record.WriteOff{Case: number, Bank: 1, Currency: money.CNY, Amount: movementMax + 1}, record.BadAmount},
		{record.WriteOff{Case: number, Bank: 9, Currency: money.CNY, Amount: 1}, record.UnknownRow},
		{record.WriteOff{Case: 99, Bank: 1, Currency: money.CNY, Amount: 1}, record.UnknownCase},
		{record.WriteOff{Case: number, Bank: 1, Currency: money.CNY, Amount: -900}, record.Accepted},
	} {
		if got := record.Code(r.do(maker, &c.act).Code); got != c.want {
			t.Errorf("%+v: %s, want %s", c.act, got, c.want)
		}
	}
	if got, want := r.tAccounts(0), (tAccounts{ownBank: 900, ownLoss: -900}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
