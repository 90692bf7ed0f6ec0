package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	wire "sancun/wire/bank"
)

// noRate is no rejection: the machine was not asked.
var noRate = door{http.StatusNotImplemented, record.Sentence{Name: "no-interest-rate", ZH: "未配置该币种的利率", EN: "no interest rate of the currency is in force", AdviceZH: "请运维人员在day_end.rates中填写已公布的利率", AdviceEN: "have operations enter the published rate in day_end.rates"}}

// mountClosingInterest hangs the posting of interest before a relation ends. The
// bank is told under a serial of the fund account, not of the key: whoever asks, it
// counts once a day there.
func (a *API) mountClosingInterest() {
	hangAtBank(a, "interest", "Post the interest of a fund account before its relation ends, at the rate in force, at the bank too (销户结息); ref is the amount", func(ctx context.Context, _ *pass, fund uint64, _ *struct{}) (asking, error) {
		bank, err := a.partner(ctx, fund)
		if err != nil {
			return asking{}, err
		}
		var f custody.Fund
		var date uint32
		if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
			f, _, _ = m.Fund(fund)
			date = m.Today().Date
		}); err != nil {
			return asking{}, err
		}
		x, err := settle.RateOn(a.config.Rates, f.Currency, date)
		if errors.Is(err, settle.ErrNoRate) {
			return asking{}, noRate.problem("")
		}
		return asking{
			bank: bank, cmd: &record.CloseInterest{Fund: fund, Rate: x.Rate, Base: x.Base}, q: BankQuestion{Serial: "I" + strconv.FormatUint(fund, 10)},
		}, err
	})
}

// closingInterest makes the message of some closing interest; nil for none, of which
// the bank need not know. Tax on it has been nil since 2008.
func closingInterest(amount uint64) func(p wire.Party) wire.Message {
	if amount == 0 {
		return nil
	}
	return func(p wire.Party) wire.Message {
		return &wire.PostInterest{FundAccount: p.FundAccount, BankAccount: p.BankAccount, Currency: p.Currency, Kind: wire.InterestClosing, Interest: money.Amount(amount)}
	}
}
