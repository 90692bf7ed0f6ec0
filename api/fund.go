package api

import (
	"context"

	"sancun/books"
	"sancun/money"
	"sancun/record"
)

// amount is money as it comes in JSON, in minor units.
func amount(fen int64) money.Amount { return money.Amount(fen) }

// NewFund is a fund account to open. The first one of a client and currency is the
// main one.
type NewFund struct {
	Number     uint64 `json:"number" minimum:"1" maximum:"99999999999999" doc:"Fund account number, at most 14 digits"`
	Client     uint64 `json:"client" minimum:"1" maximum:"999999999999"`
	Currency   string `json:"currency" enum:"CNY,HKD,USD" default:"CNY"`
	Main       bool   `json:"main" doc:"Main account: it trades and settles"`
	Commission int64  `json:"commission,omitempty" minimum:"0" maximum:"3000000" doc:"Rate in thousand-millionths, 0 takes the default"`
}

// Fund is a fund account with its relation to a bank.
type Fund struct {
	Number       uint64 `json:"number"`
	Client       uint64 `json:"client"`
	Currency     string `json:"currency"`
	Main         bool   `json:"main"`
	State        string `json:"state"`
	Bank         uint16 `json:"bank,omitempty"`
	Relation     string `json:"relation"`
	RelationDate uint32 `json:"relation_date,omitempty"`
	Asked        string `json:"asked,omitempty" doc:"change-of-bank or closing, when one was asked for"`
	AskedOn      uint32 `json:"asked_on,omitempty"`
	CardDate     uint32 `json:"card_changed_on,omitempty" doc:"No transfer on that date"`
	Commission   int64  `json:"commission" doc:"Rate in thousand-millionths, 0 is the default"`
	Unconfirmed  bool   `json:"unconfirmed" doc:"The bank has other data of the client"`
	NextBank     uint16 `json:"next_bank,omitempty" doc:"Bank it is pre-designated with"`
}

func fundOf(f books.Fund) Fund {
	return Fund{
		Number: f.Number, Client: f.Client, Currency: f.Currency.String(), Main: f.Main, State: word(stateWords, f.State), Bank: f.Bank,
		Relation: word(relationWords, f.Relation), RelationDate: f.RelationDate, Asked: word(closingWords, f.Closing), AskedOn: f.ClosingDate,
		CardDate: f.CardDate, Commission: int64(f.Commission), Unconfirmed: f.Unconfirmed, NextBank: f.NextBank,
	}
}

// FundAnswer is a fund account with its freshness.
type FundAnswer struct {
	Fresh
	Fund
}

// NewSecurities is a securities account to join to a fund account.
type NewSecurities struct {
	Fund    uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Market  string `json:"market" enum:"SH,SZ,BJ"`
	Account string `json:"account" minLength:"10" maxLength:"10" pattern:"^[A-Z0-9]{10}$" doc:"股东账户"`
	PBU     string `json:"pbu" minLength:"6" maxLength:"6" pattern:"^[A-Z0-9]{6}$" doc:"Trading unit"`
}

// Securities is a securities account of a fund account.
type Securities struct {
	Market  string `json:"market"`
	State   string `json:"state"`
	Account string `json:"account"`
	PBU     string `json:"pbu"`
}

// OfFund names the fund account of a path.
type OfFund struct {
	Fund uint64 `path:"fund" minimum:"1" maximum:"99999999999999" doc:"Fund account number"`
}

// OfBank names the bank of a path.
type OfBank struct {
	Bank uint64 `path:"bank" minimum:"1" maximum:"255" doc:"Number of the custodian bank"`
}

// onFund is the request of an act on one fund account.
type onFund[B any] struct {
	OfFund
	Keyed
	Body B
}

// hangOnFund hangs an act on one fund account that needs nothing but its fields.
func hangOnFund[B any](a *API, tag, path, summary string, make func(p *pass, fund uint64, b *B) record.Command) {
	hang(a, route{method: "POST", path: "/v1/funds/{fund}/" + path, summary: summary, tag: tag},
		func(ctx context.Context, p *pass, in *onFund[B]) (Outcome, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Outcome{}, err
			}
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, make(p, in.Fund, &in.Body))
		})
}

// hangRows hangs an act of many rows, all or none.
func hangRows[B any](a *API, tag, path, summary string, make func(rows []B) record.Command) {
	hang(a, route{method: "POST", path: path, summary: summary, tag: tag, status: 201, bodyMax: batchBodyMax},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body struct {
				Rows []B `json:"rows" minItems:"1" maxItems:"500"`
			}
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, make(in.Body.Rows))
		})
}

func openFunds(rows []NewFund) record.Command {
	cmd := &record.OpenFunds{}
	for i := range rows {
		r := &rows[i]
		cmd.Rows = append(cmd.Rows, record.FundData{Number: r.Number, Client: r.Client, Currency: currency(r.Currency), Main: bit(r.Main), Commission: money.Rate(r.Commission)})
	}
	return cmd
}

func openSecurities(rows []NewSecurities) record.Command {
	cmd := &record.OpenSecurities{}
	for i := range rows {
		r := &rows[i]
		d := record.SecuritiesData{Fund: r.Fund, Market: number(marketWords, r.Market)}
		copy(d.Account[:], r.Account)
		copy(d.PBU[:], r.PBU)
		cmd.Rows = append(cmd.Rows, d)
	}
	return cmd
}

func (a *API) mountFunds() {
	const tag = "Fund accounts"
	hang(a, route{method: "POST", path: "/v1/funds", summary: "Open a fund account", tag: tag, status: 201},
		func(ctx context.Context, p *pass, in *struct {
			Keyed
			Body NewFund
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, openFunds([]NewFund{in.Body}))
		})
	hangRows(a, tag, "/v1/funds/batch", "Open up to 500 fund accounts, all or none", openFunds)
	hangRows(a, tag, "/v1/securities-accounts", "Join up to 500 securities accounts, all or none", openSecurities)
	hang(a, route{method: "GET", path: "/v1/funds/{fund}", summary: "A fund account", tag: tag},
		func(ctx context.Context, p *pass, in *OfFund) (FundAnswer, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return FundAnswer{}, err
			}
			f, r, err := a.config.Books.Fund(ctx, in.Fund)
			return FundAnswer{fresh(r), fundOf(f)}, err
		})
	hang(a, route{method: "GET", path: "/v1/banks/{bank}/funds", summary: "The fund accounts in custody with a bank", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfBank
			Paged
		}) (Page[Fund], error) {
			if err := a.ownBank(p, uint16(in.Bank)); err != nil {
				return Page[Fund]{}, err
			}
			l, err := a.config.Books.FundsAt(ctx, uint16(in.Bank), in.page())
			return list(l, fundOf), err
		})
	hangOnFund(a, tag, "state", "Report loss, move to the dormant library, mark, bring back", func(_ *pass, fund uint64, b *NewState) record.Command {
		return &record.ChangeFundState{Fund: fund, To: number(stateWords, b.To), Verified: bit(b.Verified), Reference: b.Reference}
	})
	hangOnFund(a, tag, "commission", "Agree a rate of commission", func(_ *pass, fund uint64, b *struct {
		Rate      int64  `json:"rate" minimum:"0" maximum:"3000000" doc:"In thousand-millionths, 0 takes the default"`
		Reference string `json:"reference" maxLength:"200" doc:"The agreement it rests on"`
	}) record.Command {
		return &record.SetCommission{Fund: fund, Rate: money.Rate(b.Rate), Reference: b.Reference}
	})
	hangOnFund(a, tag, "securities-accounts/close", "Take a securities account off", func(_ *pass, fund uint64, b *struct {
		Market string `json:"market" enum:"SH,SZ,BJ"`
	}) record.Command {
		return &record.CloseSecurities{Fund: fund, Market: number(marketWords, b.Market)}
	})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/securities-accounts", summary: "The securities accounts of a fund account", tag: tag},
		func(ctx context.Context, p *pass, in *OfFund) (Page[Securities], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Securities]{}, err
			}
			l, err := a.config.Books.Securities(ctx, in.Fund)
			return list(l, func(s books.Securities) Securities {
				return Securities{word(marketWords, s.Market), word(stateWords, s.State), s.Account, s.PBU}
			}), err
		})
}
