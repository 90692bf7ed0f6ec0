package api_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"sancun/api"
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
