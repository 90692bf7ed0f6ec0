package api

import (
	"context"
	"errors"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/ledger"
	"sancun/market"
	"sancun/money"
)

// Balance is the cash of a fund account, read from the machine: who has just
// moved money sees it here.
type Balance struct {
	Fresh
	Fund         uint64 `json:"fund"`
	Bank         uint16 `json:"bank,omitempty"`
	Currency     string `json:"currency"`
	Balance      int64  `json:"balance" doc:"Minor units"`
	Available    int64  `json:"available" doc:"可用: what orders may use"`
	Withdrawable int64  `json:"withdrawable" doc:"可取: what may leave today"`
	NextDay      int64  `json:"held_for_next_day" doc:"What orders for the next trading day keep; it is out of available and withdrawable already, and in no posting or hold"`
	HeldOrder    int64  `json:"held_for_orders"`
	HeldTransfer int64  `json:"held_for_transfers"`
	HeldOther    int64  `json:"held_otherwise" doc:"Judicial and other freezes"`
	Payable      int64  `json:"payable" doc:"Today's trades will take it"`
	Receivable   int64  `json:"receivable" doc:"Today's trades will bring it"`
}

// Position is what a fund account holds of one security.
type Position struct {
	Instrument string `json:"instrument"`
	Units      int64  `json:"units"`
	Sellable   int64  `json:"sellable"`
	Held       int64  `json:"held"`
	NextDay    int64  `json:"held_for_next_day" doc:"What sales on the next trading day keep; it is out of sellable already"`
	Sold       int64  `json:"sold_today" doc:"Settlement will take it"`
	Bought     int64  `json:"bought_today" doc:"Settlement will bring it"`
	Price      int64  `json:"price" doc:"Last price, or the previous close; in ten-thousandths"`
	Value      int64  `json:"value" doc:"Units with today's trades at that price, minor units"`
}

// Line is one line of a statement.
type Line struct {
	Date    uint32    `json:"date"`
	Time    time.Time `json:"time"`
	Height  uint64    `json:"height"`
	Bank    uint16    `json:"bank"`
	Why     string    `json:"why" doc:"deposit, withdrawal, trade-cash, trade-fees, interest, …"`
	Amount  int64     `json:"amount" doc:"Minor units, signed"`
	Balance int64     `json:"balance" doc:"At this bank after it"`
	Ref     uint64    `json:"ref,omitempty" doc:"Transfer or order"`
}

// Statement is the lines between two business dates.
type Statement struct {
	Page[Line]
	Fund    uint64 `json:"fund"`
	From    uint32 `json:"from"`
	To      uint32 `json:"to"`
	Opening int64  `json:"opening" doc:"Before the first date"`
	Closing int64  `json:"closing" doc:"After the last date"`
}

// Fill is one fill.
type Fill struct {
	Date       uint32    `json:"date"`
	Time       time.Time `json:"time"`
	Height     uint64    `json:"height"`
	Order      uint64    `json:"order"`
	Instrument string    `json:"instrument"`
	Side       string    `json:"side"`
	Price      int64     `json:"price"`
	Quantity   int64     `json:"quantity"`
	Exec       string    `json:"exec_id,omitempty"`
}

// UnitLine is one posting on a position.
type UnitLine struct {
	Date       uint32    `json:"date"`
	Time       time.Time `json:"time"`
	Height     uint64    `json:"height"`
	Instrument string    `json:"instrument"`
	Why        string    `json:"why" doc:"trade-units, securities-in, securities-out, bonus, deduction, …"`
	Units      int64     `json:"units" doc:"Signed"`
	Balance    int64     `json:"balance" doc:"Of the position after it"`
	Cost       int64     `json:"cost" doc:"Of the position after it, minor units"`
	Order      uint64    `json:"order,omitempty"`
}

// Between bounds a statement; both dates are needed.
type Between struct {
	From uint32 `query:"from" required:"true" minimum:"19000101" maximum:"99991231" doc:"First business date"`
	To   uint32 `query:"to" required:"true" minimum:"19000101" maximum:"99991231" doc:"Last business date"`
}

func (b Between) check() error {
	if b.From > b.To {
		return fieldProblem("query.to", "the last date lies before the first", "截止日早于起始日")
	}
	return nil
}

func (a *API) mountEnquiries() {
	const tag = "Enquiries"
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/balance", summary: "The cash of a fund account, never behind", tag: tag},
		func(ctx context.Context, p *pass, in *OfFund) (Balance, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Balance{}, err
			}
			return a.balance(ctx, in.Fund)
		})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/positions", summary: "The securities of a fund account", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Paged
			Zero bool `query:"zero" doc:"Also those with no units left"`
		}) (Page[Position], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Position]{}, err
			}
			l, err := a.config.Books.Positions(ctx, in.Fund, in.Zero, in.page())
			if err != nil {
				return Page[Position]{}, err
			}
			all := list(l, positionOf)
			return all, a.keepForNextDay(ctx, in.Fund, all.Rows)
		})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/statement", summary: "The postings Between two business Dates", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Between
			Paged
		}) (Statement, error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Statement{}, err
			}
			if err := in.check(); err != nil {
				return Statement{}, err
			}
			s, err := a.config.Books.Statement(ctx, in.Fund, in.From, in.To, in.page())
			return Statement{list(s.List, lineOf), in.Fund, in.From, in.To, int64(s.Opening), int64(s.Closing)}, err
		})
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/fills", summary: "The fills Between two business Dates", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Between
			Paged
			Order uint64 `query:"order" doc:"Of one order only"`
		}) (Page[Fill], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Fill]{}, err
			}
			if err := in.check(); err != nil {
				return Page[Fill]{}, err
			}
			l, err := a.config.Books.Fills(ctx, in.Fund, in.Order, in.From, in.To, in.page())
			return list(l, func(f books.Fill) Fill {
				return Fill{f.Date, f.Time, f.Height, f.Order, instrumentName(f.Instrument), word(sideWords, f.Side), int64(f.Price), int64(f.Quantity), f.Exec}
			}), err
		})
	a.mountUnits(tag)
}

func (a *API) mountUnits(tag string) {
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/securities-ledger", summary: "The postings on positions Between two business Dates", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Between
			Paged
		}) (Page[UnitLine], error) {
			if err := errors.Join(a.ownFund(ctx, p, in.Fund), in.check()); err != nil {
				return Page[UnitLine]{}, err
			}
			l, err := a.config.Books.Units(ctx, in.Fund, in.From, in.To, in.page())
			return list(l, func(u books.UnitLine) UnitLine {
				return UnitLine{u.Date, u.Time, u.Height, instrumentName(u.Instrument), u.Code.String(), u.Amount, u.Balance, int64(u.Cost), u.Order}
			}), err
		})
}

func (a *API) balance(ctx context.Context, fund uint64) (Balance, error) {
	b := Balance{Fund: fund}
	there := false
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		var f custody.Fund
		var row uint32
		if f, row, there = m.Fund(fund); !there {
			return
		}
		cash := m.CashOf(row)
		b.Bank, b.Currency, b.Balance, b.NextDay = f.Bank, f.Currency.String(), cash.Balance, m.Reserved(row)
		b.Available, b.Withdrawable = m.Usable(row)
		b.HeldOrder, b.HeldTransfer, b.HeldOther = cash.In(ledger.HeldOrder), cash.In(ledger.HeldTransfer), cash.In(ledger.HeldOther)
		b.Payable, b.Receivable = cash.In(ledger.Payable), cash.In(ledger.Receivable)
	})
	if err == nil && !there {
		err = notThere.problem("")
	}
	b.Fresh = a.now()
	return b, err
}

// keepForNextDay takes what orders for the next day keep out of positions.
func (a *API) keepForNextDay(ctx context.Context, fund uint64, all []Position) error {
	return a.config.Core.Look(ctx, func(m *custody.Machine) {
		_, row, ok := m.Fund(fund)
		for i := range all {
			id, err := market.ParseID(all[i].Instrument)
			if !ok || err != nil {
				continue
			}
			all[i].NextDay = m.ReservedUnits(row, id)
			all[i].Sellable = max(0, all[i].Sellable-all[i].NextDay)
		}
	})
}

func positionOf(x books.Position) Position {
	units := x.Account()
	price := x.Last
	if price == 0 {
		price = x.PrevClose
	}
	value, err := price.Times(money.Quantity(x.Balance + x.Receivable - x.Payable))
	if err != nil {
		value = 0 // beyond any market; the units are shown
	}
	return Position{
		Instrument: market.ID(x.Instrument).String(), Units: x.Balance, Sellable: units.Sellable(x.Flags&custody.FlagSameDay != 0),
		Held: units.Held(), Sold: x.Payable, Bought: x.Receivable, Price: int64(price), Value: int64(value),
	}
}

func lineOf(l books.Line) Line {
	return Line{l.Date, l.Time, l.Height, l.Bank, l.Code.String(), int64(l.Amount), int64(l.Balance), l.Ref}
}
