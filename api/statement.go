package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"sancun/books"
	"sancun/custody"
	"sancun/money"
	"sancun/paper"
	"sancun/statement"
)

// Closing is the block at which a date's final figures are read.
type Closing struct {
	Date   uint32    `json:"date"`
	Height uint64    `json:"height"`
	Hash   string    `json:"hash" doc:"Of that block"`
	Time   time.Time `json:"time" doc:"Of that block"`
}

// CashDay is what a closed date did to the cash of a fund account at one bank.
type CashDay struct {
	Date        uint32       `json:"date"`
	Height      uint64       `json:"height" doc:"Of the closing"`
	Bank        uint16       `json:"bank"`
	Opening     money.Amount `json:"opening" doc:"Minor units"`
	Deposits    money.Amount `json:"deposits" doc:"Less what was reversed"`
	Withdrawals money.Amount `json:"withdrawals" doc:"Negative, less what was reversed or refused"`
	Trades      money.Amount `json:"trades" doc:"Net of sales, purchases and their charges, as the bank is told at the day end"`
	Interest    money.Amount `json:"interest"`
	Dividends   money.Amount `json:"dividends"`
	Other       money.Amount `json:"other" doc:"Internal transfers, opening balances, corrections, deductions"`
	Closing     money.Amount `json:"closing"`
	Held        money.Amount `json:"held" doc:"Reserved of the closing"`
}

// CashDays are the closed dates of a range.
type CashDays struct {
	Fund uint64    `json:"fund"`
	Rows []CashDay `json:"rows" doc:"The oldest first"`
	Next string    `json:"next,omitempty" doc:"Mark of the next page; absent on the last"`
}

// revealReason is the header that asks for personal data in clear.
const revealReason = "Reveal-Reason"

func (a *API) mountStatements() {
	const tag = "Statements"
	hang(a, route{method: "GET", path: "/v1/closings", summary: "The closed business dates, the newest first: of these there are final statements", tag: tag},
		func(ctx context.Context, _ *pass, in *Paged) (Page[Closing], error) {
			l, err := a.config.Books.Closings(ctx, in.page())
			return list(l, func(c books.Closing) Closing { return Closing{c.Date, c.Height, c.Hash.String(), c.Time} }), err
		})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/cash-days", summary: "What each closed date did to the cash, the oldest first", tag: tag,
		about: "At most 31 dates a page. For the client's second look at his money on the bank's side (另路查询): no orders, no securities."},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Between
			After string `query:"after" maxLength:"8" doc:"Mark of the page before"`
		}) (CashDays, error) {
			if err := errors.Join(a.ownFund(ctx, p, in.Fund), in.check()); err != nil {
				return CashDays{}, err
			}
			return a.cashDays(ctx, p, in.Fund, in.From, in.To, in.After)
		})
	number := &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	a.hangRaw(route{
		method: "GET", path: "/v1/funds/{fund}/statements/{period}", summary: "The statement of a business date or month, as JSON, workbook or PDF", tag: tag,
		about: "As of the closing of the date, or of the last closed date of the month; of the date that is open as it is now, and marked so. Names, documents and cards " +
			"are masked. With the header " + revealReason + " a broker-checker or operations get them in clear; who, what and why is journaled first.",
	}, func(o *huma.Operation) {
		describePaper[statement.Statement](a, o, []*huma.Param{
			pathParam("fund", number, "Fund account number"), pathParam("period", &huma.Schema{Type: huma.TypeString}, "Business date yyyymmdd or month yyyymm"),
		}, &huma.Param{Name: revealReason, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(int(200))}, Description: "4 to 200 characters: a case number or the like, never personal data itself"})
	}, a.handStatement)
}

// handStatement answers with one statement.
func (a *API) handStatement(w http.ResponseWriter, r *http.Request, p *pass) error {
	ctx := r.Context()
	fund, err := strconv.ParseUint(chi.URLParam(r, "fund"), 10, 64)
	if err != nil {
		return fieldProblem("path.fund", "a number", "须为数字")
	}
	want, err := wishOf(r)
	if err != nil {
		return err
	}
	if err := a.ownFund(ctx, p, fund); err != nil {
		return err
	}
	period, err := statement.ParsePeriod(chi.URLParam(r, "period"))
	if err != nil {
		return paperFault(err)
	}
	who, err := a.person(ctx, p, fund, r.Header.Get(revealReason))
	if err != nil {
		return err
	}
	s, err := a.makes.Of(ctx, fund, period, who)
	if err != nil {
		return paperFault(err)
	}
	if p.may(bankDesk) {
		s = s.ForBank(p.user.Bank)
	}
	name := fmt.Sprintf("statement-%d-%s", fund, period)
	return paperFault(a.hand(w, r, want, name, s, func() *paper.Document { return s.Paper(paper.Plain(a.config.Broker)) }))
}

// person is how a statement names the client: masked, or with a reason in clear.
func (a *API) person(ctx context.Context, p *pass, fund uint64, reason string) (statement.Person, error) {
	var who statement.Person
	client, err := a.owner(ctx, fund)
	if err != nil || client == 0 {
		return who, errors.Join(err, problemIf(client == 0 && err == nil, notThere))
	}
	if reason != "" {
		return a.revealed(ctx, p, client, reason)
	}
	var document uint8
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		c, _ := m.Client(client)
		document = c.Document
	}); err != nil {
		return who, err
	}
	m, err := a.masked(ctx, client, document)
	return statement.Person{Name: m.Name, Document: m.Document, Card: m.Card}, err
}

// revealed opens what a statement names. Each field has its record before its text
// is there; one that the client has not is left out.
func (a *API) revealed(ctx context.Context, p *pass, client uint64, reason string) (who statement.Person, err error) {
	if !p.may(checker | operations) {
		return who, notPermitted.problem("personal data in clear")
	}
	for _, f := range []struct {
		field string
		into  *string
	}{{"name", &who.Name}, {"document", &who.Document}, {"card", &who.Card}} {
		one, err := a.reveal(ctx, p, client, &Reveal{Field: f.field, Reason: reason})
		var missing *Problem
		if asProblem(err, &missing) && missing.Code == notThere.Name {
			continue
		}
		if err != nil {
			return who, err
		}
		*f.into = one.Text
	}
	return who, nil
}

// problemIf is a door's problem under a condition.
func problemIf(wrong bool, d door) error {
	if wrong {
		return d.problem("")
	}
	return nil
}

// cashDaysMax bounds a page of days: a month.
const cashDaysMax = 31

// cashDays makes a page of the closed dates of a range.
func (a *API) cashDays(ctx context.Context, p *pass, fund uint64, from, to uint32, after string) (CashDays, error) {
	days := CashDays{Fund: fund, Rows: []CashDay{}}
	if after != "" {
		mark, err := strconv.ParseUint(after, 10, 32)
		if err != nil {
			return days, badPage.problem("")
		}
		from = max(from, uint32(mark)+1)
	}
	rows, more, err := a.makes.Days(ctx, fund, from, to, cashDaysMax)
	if err != nil {
		return days, paperFault(err)
	}
	for i := range rows {
		d := &rows[i]
		if p.may(bankDesk) && d.Bank != p.user.Bank {
			continue
		}
		days.Rows = append(days.Rows, CashDay{
			Date: d.Date, Height: d.Height, Bank: d.Bank, Opening: d.Opening, Deposits: d.Deposits, Withdrawals: d.Withdrawals,
			Trades: d.Sold + d.Bought + d.Levies + d.Commission, Interest: d.Interest, Dividends: d.Dividends, Other: d.Internal + d.Other, Closing: d.Closing,
			Held: d.HeldOrder + d.HeldTransfer + d.HeldOther,
		})
	}
	if more && len(rows) > 0 {
		days.Next = strconv.Itoa(int(rows[len(rows)-1].Date))
	}
	return days, nil
}
