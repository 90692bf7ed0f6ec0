package api

import (
	"context"

	"sancun/custody"
	"sancun/market"
	"sancun/record"
)

// NextDayOrders is what became so far of the orders that were entered for one
// trading day before it opened.
type NextDayOrders struct {
	Fresh
	Date    uint32          `json:"date" doc:"The trading day they are for; it has opened once the business date is this one"`
	Markets []NextDayMarket `json:"markets" doc:"Those with orders"`
}

// NextDayMarket counts the orders of one market.
type NextDayMarket struct {
	Market    string `json:"market" enum:"SH,SZ,BJ"`
	Waiting   int    `json:"waiting"`
	Released  int    `json:"released" doc:"Orders of the day now"`
	Refused   int    `json:"refused" doc:"On their day"`
	Cancelled int    `json:"cancelled"`
}

func (a *API) mountNextOrders() {
	const tag = "Orders"
	hang(a, route{method: "GET", path: "/v1/next-day-orders", summary: "Orders for the next trading day, by market and state", tag: tag, about: "From the evening on until that day stops."},
		func(ctx context.Context, _ *pass, _ *struct{}) (NextDayOrders, error) { return a.nextDayOrders(ctx) })
	hang(a, route{
		method: "POST", path: "/v1/next-day-orders/release", summary: "Decide the waiting orders of a market", tag: tag,
		about: "The centre does it by itself when it holds the whole list of a market. This is for a list that never came: whoever asks says that what the centre knows of the market's securities is whole. " +
			"It may be repeated.",
	}, func(ctx context.Context, p *pass, in *struct {
		Body struct {
			Market string `json:"market" enum:"SH,SZ,BJ"`
		}
	}) (NextDayOrders, error) {
		return a.releaseOrders(ctx, p, number(marketWords, in.Body.Market))
	})
}

// releaseOrders decides what waits, in the name of who asks, command by command.
func (a *API) releaseOrders(ctx context.Context, p *pass, of uint8) (NextDayOrders, error) {
	var date uint32
	if err := a.config.Core.Look(ctx, func(m *custody.Machine) { date = m.Today().Date }); err != nil {
		return NextDayOrders{}, err
	}
	for first := uint32(0); ; {
		outcome, err := a.decide(ctx, p, "", &record.ReleaseOrders{Date: date, Market: of, First: first, Count: record.ReleaseMax})
		if err != nil {
			return NextDayOrders{}, err
		}
		if first = uint32(outcome.Ref); first == 0 {
			return a.nextDayOrders(ctx)
		}
	}
}

func (a *API) nextDayOrders(ctx context.Context) (NextDayOrders, error) {
	all := NextDayOrders{Markets: []NextDayMarket{}}
	var counts [market.Beijing + 1]NextDayMarket
	err := a.config.Core.Look(ctx, func(m *custody.Machine) {
		d := m.Today()
		all.Date = d.Next
		if d.Phase == custody.DayOpen {
			all.Date = d.Date
		}
		for _, o := range m.NextOrders() {
			c := &counts[m.InstrumentAt(o.Instrument).ID.Market()]
			switch o.State {
			case custody.OrderNew:
				c.Waiting++
			case custody.OrderReleased:
				c.Released++
			case custody.OrderRefused:
				c.Refused++
			case custody.OrderCancelled:
				c.Cancelled++
			}
		}
	})
	for of, c := range counts {
		if c != (NextDayMarket{}) {
			c.Market = word(marketWords, uint8(of))
			all.Markets = append(all.Markets, c)
		}
	}
	all.Fresh = a.now()
	return all, err
}
