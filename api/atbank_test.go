package api_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"sancun/api"
	"sancun/custody"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	wire "sancun/wire/bank"
)

// counter is a bank that says what it is told to, or nothing before it is let go.
type counter struct {
	err    error
	status wire.Status
	asked  chan struct{} // one for every question; nil when nobody counts
	open   chan struct{} // closed when it answers; nil at once
}

func (c *counter) AskBank(_ context.Context, _ uint16, q api.BankQuestion) (api.BankWord, error) {
	if c.asked != nil {
		c.asked <- struct{}{}
		<-c.open
	}
	m := &wire.QueryBankBalance{Balance: 7, Available: 6}
	m.Status, m.ErrorCode = c.status, "9001"
	return api.BankWord{Message: m}, c.err
}

// How a bank's word ends is told apart: success, a definite refusal, nothing sent,
// and nobody knows.
func TestBankEnquiryOutcomes(t *testing.T) {
	bank := &counter{}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Banks = bank })
	withMoney(c)
	ask := func() reply {
		return c.send("ming", "POST", "/v1/funds/880001/at-bank/balance", "", map[string]any{"card_password": "246810"})
	}
	for _, w := range []struct {
		status wire.Status
		err    error
		http   int
		code   string
	}{
		{wire.Success, nil, 200, ""}, {wire.Refused, nil, 422, "bank-refused"}, {wire.NotProcessed, nil, 422, "bank-refused"}, {wire.Unknown, nil, 504, "outcome-unknown"},
		{wire.Duplicate, nil, 504, "outcome-unknown"}, {0, api.ErrBankUnreached, 503, "bank-unreached"}, {0, api.ErrBankUnsayable, 422, "bank-unsayable"}, {0, api.ErrBankSilent, 504, "outcome-unknown"},
	} {
		bank.status, bank.err = w.status, fmt.Errorf("bank: %w", w.err)
		if w.err == nil {
			bank.err = nil
		}
		if got := ask(); got.status != w.http || w.code != "" && got.code() != w.code {
			t.Errorf("%v %v: %d %s", w.status, w.err, got.status, got.raw)
		}
	}

	const places = 32
	bank.status, bank.err, bank.asked, bank.open = wire.Success, nil, make(chan struct{}, places), make(chan struct{})
	var all sync.WaitGroup
	for range places {
		all.Go(func() {
			if got := ask(); got.status != 200 {
				t.Errorf("a place: %d %s", got.status, got.raw)
			}
		})
	}
	for range places {
		<-bank.asked
	}
	if got := ask(); got.status != 503 || got.code() != "busy" {
		t.Errorf("beyond the places: %d %s", got.status, got.raw)
	}
	close(bank.open)
	all.Wait()
	if got := withClients(t, 1000).send("maker", "POST", "/v1/funds/880001/at-bank/identity", "", map[string]any{}); got.status != 501 || got.code() != "no-bank-to-ask" {
		t.Errorf("without banks: %d %s", got.status, got.raw)
	}
}

// mirror is a bank that does what it is told and remembers it.
type mirror struct {
	c    *centre
	told []wire.Message
	as   []string // serials
}

func (m *mirror) AskBank(ctx context.Context, _ uint16, q api.BankQuestion) (api.BankWord, error) {
	said := q.Say(wire.Party{FundAccount: fmt.Sprint(q.Fund), BankAccount: "1", Currency: money.CNY})
	said.Result().Status = wire.Success
	m.told, m.as = append(m.told, said), append(m.as, q.Serial)
	answers, err := m.c.sequencer.Submit(ctx, *q.Then)
	if err != nil {
		return api.BankWord{}, err
	}
	return api.BankWord{Message: said, Decided: true, Answer: answers[0]}, nil
}

// Interest before a relation ends is worked out at the rate in force, told to the
// bank and posted here, once; without a rate nothing is.
func TestClosingInterest(t *testing.T) {
	bank := &mirror{}
	c := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Banks, config.Rates = bank, settle.BuiltinRates() })
	bank.c = c
	withMoney(c)
	c.system(&record.StopDay{Date: today})
	c.system(&record.AccrueInterest{Date: today, Until: today + 2, Count: 10})
	for step := range uint16(custody.StepsOfDay) {
		c.system(&record.StepDone{Date: today, Step: step + 1, OK: 1})
	}
	c.system(&record.DayCleared{Date: today})
	c.system(&record.OpenDay{Date: next, Next: 20230829})
	post := func(key string) reply {
		return c.must("maker", "POST", "/v1/funds/880001/at-bank/interest", key, map[string]any{})
	}
	// 100,000.00 for three days at 0.35 % of a year of 360 days
	for i, want := range []int64{292, 292, 0} {
		got := post([]string{"i1", "i1", "i2"}[i])
		if got.number("ref") != want {
			t.Errorf("post %d: %s, want %v", i, got.raw, want)
		}
	}
	if len(bank.told) != 1 || bank.as[0] != "I880001" {
		t.Fatalf("the bank was told %v as %v", bank.told, bank.as)
	}
	if m, ok := bank.told[0].(*wire.PostInterest); !ok || m.Interest != 292 || m.Kind != wire.InterestClosing || m.FundAccount != "880001" {
		t.Errorf("told %+v", bank.told[0])
	}
	if got := c.send("checker", "POST", "/v1/funds/880001/at-bank/interest", "i3", map[string]any{}); got.status != 403 {
		t.Errorf("by a checker: %d %s", got.status, got.raw)
	}
	plain := openWith(t, 1000, &memory{}, func(config *api.Config) { config.Banks = bank })
	withMoney(plain)
	if got := plain.send("maker", "POST", "/v1/funds/880001/at-bank/interest", "i1", map[string]any{}); got.code() != "no-interest-rate" {
		t.Errorf("without a rate: %d %s", got.status, got.raw)
	}
}
