package api

import (
	"context"

	"sancun/books"
	"sancun/market"
	"sancun/record"
)

// NewFreeze is an order to freeze a fund account, its cash or units.
type NewFreeze struct {
	Reason     string `json:"reason" enum:"court,supervisor,risk,deceased,pledge"`
	Whole      bool   `json:"whole,omitempty" doc:"Freezes the whole account"`
	Instrument string `json:"instrument,omitempty" pattern:"^[0-9]{6}\\.(SH|SZ|BJ)$" doc:"Security whose units are frozen; cash when empty"`
	Amount     int64  `json:"amount,omitempty" minimum:"0" doc:"Minor units, or units of the security"`
	Partial    bool   `json:"partial,omitempty" doc:"Holds what there is when it is less"`
	Until      uint32 `json:"until,omitempty" maximum:"99991231" doc:"Last date, none until released"`
	Order      string `json:"order" minLength:"1" maxLength:"40" doc:"Number of the order, at most 40 bytes"`
}

// Freeze is a freeze of a fund account.
type Freeze struct {
	Number     uint64 `json:"number"`
	Reason     string `json:"reason"`
	Whole      bool   `json:"whole"`
	Instrument string `json:"instrument,omitempty"`
	Date       uint32 `json:"date"`
	Until      uint32 `json:"until,omitempty"`
	Released   uint32 `json:"released,omitempty"`
	Amount     int64  `json:"amount" doc:"What the order asks to hold"`
	Held       int64  `json:"held" doc:"What is held now"`
	Deducted   int64  `json:"deducted"`
	Paid       int64  `json:"paid" doc:"Of what was deducted, paid by the bank"`
	Order      string `json:"order"`
}

// instrumentName writes a security, none for 0.
func instrumentName(id uint32) string {
	if id == 0 {
		return ""
	}
	return market.ID(id).String()
}

// OfFreeze names the freeze of a path.
type OfFreeze struct {
	Freeze uint64 `path:"freeze" minimum:"1" doc:"Number of the freeze"`
}

func (a *API) mountFreezes() {
	const tag = "Freezes"
	hangOnFund(a, tag, "freezes", "Freeze a fund account, its cash or units", func(_ *pass, fund uint64, b *NewFreeze) record.Command {
		id, _ := market.ParseID(b.Instrument) // empty is cash; the pattern has let the rest pass
		return &record.PlaceFreeze{
			Fund: fund, Reason: number(freezeWords, b.Reason), Whole: bit(b.Whole), Instrument: uint32(id), Amount: b.Amount,
			Partial: bit(b.Partial), Until: b.Until, Order: b.Order,
		}
	})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/freezes", summary: "The freezes of a fund account", tag: tag},
		func(ctx context.Context, p *pass, in *OfFund) (Page[Freeze], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Freeze]{}, err
			}
			l, err := a.config.Books.Freezes(ctx, in.Fund)
			return list(l, func(f books.Freeze) Freeze {
				return Freeze{f.Number, word(freezeWords, f.Reason), f.Whole, instrumentName(f.Instrument), f.Date, f.Until, f.Released, f.Amount, f.Held, f.Deducted, f.Paid, f.Order}
			}), err
		})
	hang(a, route{method: "POST", path: "/v1/freezes/{freeze}/release", summary: "End a freeze", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFreeze
			Keyed
			Body struct {
				Order string `json:"order,omitempty" maxLength:"40" doc:"Number of the order; may be empty after the last date"`
			}
		}) (Outcome, error) {
			if err := in.check(false); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.ReleaseFreeze{Freeze: in.Freeze, Order: in.Body.Order})
		})
	hang(a, route{method: "POST", path: "/v1/freezes/{freeze}/deduct", summary: "Take frozen cash out for the court", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFreeze
			Keyed
			Body struct {
				Amount int64  `json:"amount" minimum:"1" doc:"Minor units"`
				Order  string `json:"order" minLength:"1" maxLength:"40" doc:"Number of the order of deduction"`
			}
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.DeductFrozen{Freeze: in.Freeze, Amount: amount(in.Body.Amount), Order: in.Body.Order})
		})
	hang(a, route{method: "POST", path: "/v1/freezes/{freeze}/paid", summary: "Enter that the bank has paid what was deducted to the court", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFreeze
			Keyed
			Body struct {
				Amount        int64  `json:"amount" minimum:"1" doc:"Minor units"`
				BankReference string `json:"bank_reference" minLength:"1" maxLength:"20" doc:"The bank's serial of the payment"`
			}
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.DeductionPaid{Freeze: in.Freeze, Amount: amount(in.Body.Amount), BankRef: in.Body.BankReference})
		})
}
