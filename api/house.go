package api

import (
	"context"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/record"
)

// Bank is a custodian bank with its terms.
type Bank struct {
	Number       uint16 `json:"number"`
	Code         string `json:"code"`
	Name         string `json:"name"`
	Service      string `json:"service"`
	SignedIn     uint32 `json:"signed_in,omitempty" doc:"Business date of its sign-in"`
	WindowFrom   string `json:"window_from" doc:"Transfers from this time of day"`
	WindowTo     string `json:"window_to"`
	SingleMin    int64  `json:"single_min"`
	SingleMax    int64  `json:"single_max"`
	DailyMax     int64  `json:"daily_max"`
	DailyCount   uint16 `json:"daily_count"`
	MinRemaining int64  `json:"min_remaining"`
}

// Totals is the total-to-detail identity of one bank and currency, read from the
// machine: ledger = pooled + reserve + in settlement.
type Totals struct {
	Bank         uint16 `json:"bank"`
	Currency     string `json:"currency"`
	Ledger       int64  `json:"ledger" doc:"Sum of the clients' ledgers, minor units"`
	Pooled       int64  `json:"pooled"`
	Reserve      int64  `json:"reserve"`
	InSettlement int64  `json:"in_settlement"`
	Balanced     bool   `json:"balanced"`
}

// Day is one business date.
type Day struct {
	Date    uint32     `json:"date"`
	Next    uint32     `json:"next"`
	Phase   string     `json:"phase"`
	Opened  time.Time  `json:"opened"`
	Stopped *time.Time `json:"stopped,omitempty"`
}

// Step is the last outcome of one step of a day end.
type Step struct {
	Number uint16    `json:"number"`
	Name   string    `json:"name"`
	OK     bool      `json:"ok"`
	Rows   uint64    `json:"rows"`
	Runs   uint32    `json:"runs"`
	Ended  time.Time `json:"ended"`
	Input  string    `json:"input" doc:"Hash of everything the step read"`
}

// Case is a difference found by reconciliation.
type Case struct {
	Number   uint64     `json:"number"`
	Date     uint32     `json:"date" doc:"Of the entries that differ"`
	Found    uint32     `json:"found" doc:"Its age counts from here"`
	Type     string     `json:"type"`
	Subject  string     `json:"subject"`
	State    string     `json:"state"`
	Resolved string     `json:"resolved,omitempty"`
	Bank     uint16     `json:"bank,omitempty"`
	Market   string     `json:"market,omitempty"`
	Fund     uint64     `json:"fund,omitempty"`
	Ours     int64      `json:"ours"`
	Theirs   int64      `json:"theirs"`
	OurRef   uint64     `json:"our_ref,omitempty"`
	TheirRef string     `json:"their_ref,omitempty"`
	Opened   time.Time  `json:"opened"`
	Closed   *time.Time `json:"closed,omitempty"`
}

// CaseAnswer is a case with its freshness.
type CaseAnswer struct {
	Fresh
	Case
}

// Deed is one line of the audit trail.
type Deed struct {
	Height uint64    `json:"height"`
	At     uint32    `json:"at" doc:"Place in the block"`
	Time   time.Time `json:"time"`
	Caller string    `json:"caller" doc:"Class and number, as staff/1001"`
	Act    string    `json:"act"`
	Code   string    `json:"code"`
	Ref    uint64    `json:"ref,omitempty"`
}

// Block is the head of one block.
type Block struct {
	Height  uint64    `json:"height"`
	Time    time.Time `json:"time"`
	Records uint32    `json:"records"`
	Hash    string    `json:"hash"`
}

// timeOfDay writes milliseconds of the day.
func timeOfDay(milliseconds uint32) string {
	return time.UnixMilli(int64(milliseconds)).UTC().Format("15:04:05")
}

func bankOf(b books.Bank) Bank {
	return Bank{
		b.Number, b.Code, b.Name, word(serviceWords, b.Service), b.SignedIn, timeOfDay(b.WindowFrom), timeOfDay(b.WindowTo),
		int64(b.SingleMin), int64(b.SingleMax), int64(b.DailyMax), b.DailyCount, int64(b.MinRemaining),
	}
}

func caseOf(c books.Case) Case {
	k := Case{
		Number: c.Number, Date: c.Date, Found: c.Found, Type: word(caseWords, c.Type), Subject: word(subjectWords, c.Subject), State: word(caseStateWords, c.State),
		Resolved: word(resolvedWords, c.Resolved), Bank: c.Bank, Fund: c.Fund, Ours: int64(c.Ours), Theirs: int64(c.Theirs), OurRef: c.OurRef, TheirRef: c.TheirRef,
		Opened: c.Opened, Closed: ended(c.Closed),
	}
	if c.Market != 0 {
		k.Market = word(marketWords, c.Market)
	}
	return k
}

func (a *API) mountHouse() {
	const tag = "House"
	hang(a, route{method: "GET", path: "/v1/banks", summary: "The custodian banks and their terms", tag: tag},
		func(ctx context.Context, _ *pass, _ *nothing) (Page[Bank], error) {
			l, err := a.config.Books.Banks(ctx)
			return list(l, bankOf), err
		})
	hang(a, route{method: "GET", path: "/v1/issues", summary: "The new issues that take subscriptions today, never behind", tag: tag},
		func(ctx context.Context, _ *pass, _ *nothing) (Page[Issue], error) { return a.issues(ctx) })
	hang(a, route{method: "GET", path: "/v1/banks/{bank}/totals", summary: "Total against detail of a bank, never behind", tag: tag},
		func(ctx context.Context, p *pass, in *OfBank) (Page[Totals], error) {
			return a.totals(ctx, p, uint16(in.Bank))
		})
	hang(a, route{method: "GET", path: "/v1/days", summary: "The business Dates, the newest first", tag: tag},
		func(ctx context.Context, _ *pass, in *Paged) (Page[Day], error) {
			l, err := a.config.Books.Days(ctx, in.page())
			return list(l, func(d books.Day) Day {
				return Day{d.Date, d.Next, word(phaseWords, d.Phase), d.Opened, ended(d.Stopped)}
			}), err
		})
	hang(a, route{method: "GET", path: "/v1/days/{date}/steps", summary: "The steps of a day end", tag: tag},
		func(ctx context.Context, _ *pass, in *struct {
			Date uint32 `path:"date" minimum:"19000101" maximum:"99991231"`
		}) (Page[Step], error) {
			l, err := a.config.Books.Steps(ctx, in.Date)
			return list(l, func(s books.Step) Step {
				return Step{s.Number, word(stepWords, s.Number), s.OK, s.Rows, s.Runs, s.Ended, s.Input.String()}
			}), err
		})
	hang(a, route{method: "GET", path: "/v1/cases", summary: "Differences, the newest first", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			Paged
			State string `query:"state" enum:"open,closed"`
		}) (Page[Case], error) {
			var bank uint16
			if p.may(bankDesk) {
				bank = p.user.Bank
			}
			l, err := a.config.Books.Cases(ctx, number(caseStateWords, in.State), bank, in.page())
			return list(l, caseOf), err
		})
	hang(a, route{method: "GET", path: "/v1/cases/{case}", summary: "A difference", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			Case uint64 `path:"case" minimum:"1"`
		}) (CaseAnswer, error) {
			c, r, err := a.config.Books.Case(ctx, in.Case)
			if err == nil {
				err = a.ownBank(p, c.Bank)
			}
			return CaseAnswer{fresh(r), caseOf(c)}, err
		})
	a.mountTrail()
}

func (a *API) mountTrail() {
	hang(a, route{method: "GET", path: "/v1/audit", summary: "What staff and bank desks did, and what anybody was refused, the newest first", tag: "Trail"},
		func(ctx context.Context, _ *pass, in *struct {
			Paged
			Class  string `query:"class" enum:"client,staff,bank,exchange,bank-desk" doc:"With number: of one caller only"`
			Number uint64 `query:"number" maximum:"72057594037927935"`
		}) (Page[Deed], error) {
			var caller record.Caller
			if class := number(callerWords, in.Class); class != 0 {
				caller = record.CallerOf(class, in.Number)
			}
			l, err := a.config.Books.Audit(ctx, caller, in.page())
			return list(l, func(d books.Deed) Deed {
				return Deed{d.Height, d.At, d.Time, callerName(d.Caller), kindName(d.Kind), d.Code.String(), d.Ref}
			}), err
		})
	hang(a, route{method: "GET", path: "/v1/blocks", summary: "The blocks of the journal, the newest first", tag: "Trail"},
		func(ctx context.Context, _ *pass, in *Paged) (Page[Block], error) {
			l, err := a.config.Books.Blocks(ctx, in.page())
			return list(l, func(b books.Block) Block { return Block{b.Height, b.Time, b.Records, b.Hash.String()} }), err
		})
}

func (a *API) totals(ctx context.Context, p *pass, bank uint16) (Page[Totals], error) {
	page := Page[Totals]{Rows: []Totals{}}
	if err := a.ownBank(p, bank); err != nil {
		return page, err
	}
	var all []custody.Totals
	err := a.config.Core.Look(ctx, func(m *custody.Machine) { all = m.Totals() })
	for _, t := range all {
		if t.Bank == bank {
			page.Rows = append(page.Rows, Totals{t.Bank, t.Currency.String(), int64(t.Ledger), int64(t.Pooled), int64(t.Reserve), int64(t.InSettlement), t.Balanced()})
		}
	}
	page.Fresh = a.now()
	return page, err
}
