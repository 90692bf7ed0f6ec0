package api

import (
	"context"
	"time"

	"sancun/books"
	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/record"
)

// NewOrder asks to buy, sell or subscribe, on the open trading day or, once business
// has stopped, on the next one.
type NewOrder struct {
	Fund       uint64 `json:"fund" minimum:"1" maximum:"99999999999999"`
	Instrument string `json:"instrument" pattern:"^[0-9]{6}\\.(SH|SZ|BJ)$" example:"600000.SH"`
	Side       string `json:"side" enum:"buy,sell,subscribe"`
	Category   string `json:"category,omitempty" enum:"auction,after-hours,non-trading" default:"auction"`
	Type       string `json:"type,omitempty" enum:"limit,fixed" doc:"limit, or fixed for after-hours; follows from the category when empty"`
	Price      int64  `json:"price" minimum:"1" doc:"In ten-thousandths of a currency unit: 12.34 is 123400"`
	Quantity   int64  `json:"quantity" minimum:"1" doc:"Shares"`
	Date       uint32 `json:"date,omitempty" minimum:"19000101" maximum:"99991231" doc:"The trading day it must be for, else it is refused with wrong-date. Empty: the open one, or the next one once business has stopped"`
}

// Placed is the outcome of an order.
type Placed struct {
	Outcome
	Date uint32 `json:"date,omitempty" doc:"The trading day the order is for. Missing only when the centre was too busy to say; the order has it"`
}

// command turns a request into a command, or says which field is wrong.
func (o *NewOrder) command(p *pass, location string) (record.Command, *Problem) {
	id, err := market.ParseID(o.Instrument)
	if err != nil {
		return nil, fieldProblem(location+".instrument", "a security is written as 600000.SH", "证券代码应写作 600000.SH")
	}
	side := number(sideWords, o.Side)
	category, kind := custody.CategoryAuction, market.LimitOrder
	if o.Category != "" {
		category = number(categoryWords, o.Category)
	}
	if o.Type != "" {
		kind = market.OrderType(number(typeWords, o.Type))
	} else if category == custody.CategoryAfterHours {
		kind = market.FixedOrder
	}
	switch {
	case side == 0:
		return nil, fieldProblem(location+".side", "the side is buy, sell or subscribe", "方向应为buy、sell或subscribe")
	case category == 0:
		return nil, fieldProblem(location+".category", "this category is unknown", "业务类别未知")
	case kind == 0:
		return nil, fieldProblem(location+".type", "this order type is unknown", "委托类型未知")
	case o.Price <= 0:
		return nil, badAmount(location + ".price")
	case o.Quantity <= 0:
		return nil, badAmount(location + ".quantity")
	}
	return dated(record.NewOrder{
		Fund: o.Fund, Instrument: uint32(id), Side: side, Category: category, Type: uint8(kind), Channel: p.channel,
		Price: money.Price(o.Price), Quantity: money.Quantity(o.Quantity),
	}, o.Date), nil
}

// dated is an order for a date, or with none for whichever day takes orders.
func dated(o record.NewOrder, date uint32) record.Command {
	if date == 0 {
		return &o
	}
	return &record.DatedOrder{NewOrder: o, Date: date}
}

// Order is an order of any day.
type Order struct {
	ID         uint64    `json:"id"`
	Fund       uint64    `json:"fund"`
	Instrument string    `json:"instrument"`
	Side       string    `json:"side"`
	Category   string    `json:"category"`
	Type       string    `json:"type"`
	State      string    `json:"state"`
	Cancelling bool      `json:"cancelling" doc:"A cancel is under way"`
	Channel    string    `json:"channel"`
	Reason     uint16    `json:"reason,omitempty" doc:"Code of a refusal: the exchange's, or ours when refused_by_us is there"`
	RefusedBy  *Refusal  `json:"refused_by_us,omitempty" doc:"Why we refused it, as a next-day order on its day or after its review"`
	Date       uint32    `json:"date" doc:"The trading day it is for; later than the business date, it waits for that day to open"`
	Placed     time.Time `json:"placed"`
	Price      int64     `json:"price"`
	Quantity   int64     `json:"quantity"`
	Filled     int64     `json:"filled"`
	Cancelled  int64     `json:"cancelled"`
	Value      int64     `json:"value" doc:"Sum of the fills, minor units"`
	Fees       int64     `json:"fees"`
	Cleared    bool      `json:"cleared"`
	Exchange   string    `json:"exchange_id,omitempty"`
}

// Refusal is a rejection that stands in an order.
type Refusal struct {
	Code     string `json:"code" example:"price-above-limit"`
	ZH       string `json:"zh"`
	EN       string `json:"en"`
	AdviceZH string `json:"advice_zh,omitempty"`
	AdviceEN string `json:"advice_en,omitempty"`
}

// refusalOf says why we refused an order, nil when we did not: our codes are below
// a thousand, and the exchanges number theirs above.
func refusalOf(o *books.Order) *Refusal {
	s, ours := record.Code(o.Reason).Sentence()
	if o.State != custody.OrderRefused || o.Reason == 0 || !ours {
		return nil
	}
	return &Refusal{Code: s.Name, ZH: s.ZH, EN: s.EN, AdviceZH: s.AdviceZH, AdviceEN: s.AdviceEN}
}

func orderOf(o books.Order) Order {
	return Order{
		RefusedBy: refusalOf(&o),

		ID: o.ID, Fund: o.Fund, Instrument: instrumentName(o.Instrument), Side: word(sideWords, o.Side), Category: word(categoryWords, o.Category),
		Type: word(typeWords, o.Type), State: word(orderWords, o.State), Cancelling: o.Cancelling, Channel: word(channelWords, o.Channel), Reason: o.Reason,
		Date: o.Date, Placed: o.Placed, Price: int64(o.Price), Quantity: int64(o.Quantity), Filled: int64(o.Filled), Cancelled: int64(o.Cancelled),
		Value: int64(o.Value), Fees: int64(o.Fees), Cleared: o.Cleared, Exchange: o.Exchange,
	}
}

// OrderAnswer is an order with its freshness.
type OrderAnswer struct {
	Fresh
	Order
}

// OfOrder names the order of a path.
type OfOrder struct {
	Order uint64 `path:"order" minimum:"1" doc:"Order number"`
}

func (a *API) mountOrders() {
	const tag = "Orders"
	hangFast(a, route{method: "POST", path: "/v1/orders", summary: "Place an order", tag: tag, status: 201, about: "Ref is the order number, date the trading day it is for. " +
		"Once business has stopped that is the next one (隔日委托): the order is decided when that day has opened, by all checks, and shows then what became of it."},
		func(_ context.Context, p *pass, _ string, b *NewOrder) (uint64, record.Command, error) {
			cmd, wrong := b.command(p, "body")
			if wrong != nil {
				return 0, nil, wrong
			}
			return b.Fund, cmd, nil
		}, func(ctx context.Context, o Outcome) Placed { return Placed{o, a.tradeDates(ctx, []uint64{o.Ref})[0]} })
	hang(a, route{method: "POST", path: "/v1/orders/{order}/cancel", summary: "Cancel what is left of an order", tag: tag, about: "One that waits for the next day is cancelled at once."},
		func(ctx context.Context, p *pass, in *struct {
			OfOrder
			Keyed
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			fund, err := a.fundOfOrder(ctx, p, in.Order)
			if err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.CancelOrder{Order: in.Order, Fund: fund})
		})
	hang(a, route{method: "POST", path: "/v1/orders/{order}/review", summary: "Decide on an order that a risk rule holds", tag: tag, about: "By another person than who placed it."},
		func(ctx context.Context, p *pass, in *struct {
			OfOrder
			Keyed
			Body struct {
				Approve bool   `json:"approve" doc:"true lets it go to the exchange, false refuses it"`
				Reason  string `json:"reason" minLength:"1" maxLength:"400"`
			}
		}) (Outcome, error) {
			if err := in.check(true); err != nil {
				return Outcome{}, err
			}
			return a.decide(ctx, p, in.Key, &record.ReviewOrder{Order: in.Order, Approve: bit(in.Body.Approve), Reason: in.Body.Reason})
		})
	hang(a, route{method: "GET", path: "/v1/orders/{order}", summary: "An order", tag: tag, about: "One of today is read from the machine and is never behind."},
		func(ctx context.Context, p *pass, in *OfOrder) (OrderAnswer, error) { return a.order(ctx, p, in.Order) })
	hang(a, route{method: "GET", path: "/v1/funds/{fund}/orders", summary: "Orders of a fund account, the newest first", tag: tag},
		func(ctx context.Context, p *pass, in *struct {
			OfFund
			Paged
			Dates
			Open bool `query:"open" doc:"Only those that can still be filled or cancelled"`
		}) (Page[Order], error) {
			if err := a.ownFund(ctx, p, in.Fund); err != nil {
				return Page[Order]{}, err
			}
			l, err := a.config.Books.Orders(ctx, books.OrderQuery{Fund: in.Fund, Open: in.Open, From: in.From, To: in.To}, in.page())
			return list(l, orderOf), err
		})
}

// order reads an order from the machine, which has those of the day, or from the
// books.
func (a *API) order(ctx context.Context, p *pass, id uint64) (OrderAnswer, error) {
	var o OrderAnswer
	var live bool
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		var x custody.Order
		if x, live = m.OrderBy(id); !live {
			x, live = m.NextOrderBy(id)
		}
		if live {
			o.Order = orderOf(books.Order{
				ID: x.ID, Fund: m.FundAt(x.Fund).Number, Instrument: uint32(m.InstrumentAt(x.Instrument).ID), Side: x.Side, Category: x.Category, Type: uint8(x.Type),
				State: x.State, Channel: x.Channel, Cancelling: x.Cancelling != 0, Cleared: x.Cleared != 0, Reason: x.Reason, Date: x.Date, Placed: instant(x.Placed),
				Price: x.Price, Quantity: x.Quantity, Filled: x.Filled, Cancelled: x.Cancelled, Value: x.Value, Fees: x.Fees, Exchange: zeroed(x.OrderID[:]),
			})
		}
	})
	o.Fresh = a.now()
	if err == nil && !live {
		var x books.Order
		var r books.Reached
		x, r, err = a.config.Books.Order(ctx, id)
		o = OrderAnswer{fresh(r), orderOf(x)}
	}
	if err == nil {
		err = a.ownFund(ctx, p, o.Fund)
	}
	if err != nil {
		return OrderAnswer{}, err
	}
	return o, nil
}

// tradeDates returns the trading days of orders, 0 for number 0 and for what cannot
// be told now. The machine has those of the day and of the next, the books those of
// a request that is repeated days later.
func (a *API) tradeDates(ctx context.Context, orders []uint64) []uint32 {
	dates := make([]uint32, len(orders))
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		for i, id := range orders {
			o, ok := m.OrderBy(id)
			if !ok {
				o, _ = m.NextOrderBy(id)
			}
			dates[i] = o.Date
		}
	})
	if err != nil {
		return dates
	}
	for i, id := range orders {
		if id == 0 || dates[i] != 0 {
			continue
		}
		if o, _, err := a.config.Books.Order(ctx, id); err == nil {
			dates[i] = o.Date
		}
	}
	return dates
}

// fundOfOrder returns the fund account of an order that the caller may touch.
func (a *API) fundOfOrder(ctx context.Context, p *pass, id uint64) (uint64, error) {
	o, err := a.order(ctx, p, id)
	return o.Fund, err
}
