package day

import (
	"context"
	"fmt"
	"net"
	"time"

	"sancun/calendar"
	"sancun/market"
	"sancun/node"
	"sancun/record"
	"sancun/sim/exchange"
)

// venue is one exchange of the day and our gateway to it.
type venue struct {
	market  market.Market
	sim     *exchange.Exchange
	control *exchange.Control
	gateway *node.Exchange
	after   *node.Exchange // Shanghai's line for after-hours orders, else nil
	quotes  *node.Quotes
	conns   net.Listener
	quoting net.Listener
	ezstep  net.Listener
}

// The trading units and gateway names of the invented broker. The forms are the
// exchanges': five digits in Shanghai, six characters in Shenzhen.
const (
	compID     = "SANCUN01"
	secondFeed = "SANCUN02" // the second source of market data
	password   = "drill-only"
	shanghaiPU = "50001"
	shenzhenPU = "500100"
)

// The chances of faults at the exchanges, parts per million of messages: some of
// every kind in a day of a few hundred thousand orders.
func exchangeFaults(c Config) exchange.Faults {
	if !c.Faults {
		return exchange.Faults{}
	}
	return exchange.Faults{
		Seed: c.Seed, Delay: 60, Late: 20, Silent: 20, Twice: 40, Lose: 40, DropBefore: 12, DropAfter: 12, Refuse: 150, Halt: 6,
	}
}

// openVenue starts a simulated exchange on loopback and a gateway to it.
func (p *player) openVenue(of market.Market, d venueDay) (*venue, error) {
	conf := exchange.Config{
		Market: exchange.Shenzhen, Date: d.date, QuoteEvery: quoteEvery, Faults: d.faults,
		Members: []exchange.Member{
			{CompID: compID, Password: password, PBUs: []string{shenzhenPU}},
			{CompID: secondFeed, Password: password, PBUs: []string{"500199"}},
		},
	}
	if of == market.Shanghai {
		conf.Market, conf.Members[0].PBUs, conf.Members[1].PBUs = exchange.Shanghai, []string{shanghaiPU}, []string{"50019"}
	}
	street := &exchange.StreetConfig{Seed: p.config.Seed, Every: streetEvery}
	for i := range d.stocks {
		s := &d.stocks[i]
		if s.rules.ID.Market() != of {
			continue
		}
		listed, err := exchange.Listing(d.rules, s.rules, s.prevClose)
		if err != nil {
			return nil, err
		}
		conf.Securities = append(conf.Securities, listed)
		if s.traded {
			street.Bars = append(street.Bars, exchange.Bar{Code: listed.Code, Open: s.open, High: s.high, Low: s.low, Close: s.close, Volume: s.volume})
		}
	}
	issues, err := IssueListings(p.issues, d.date, of)
	if err != nil {
		return nil, err
	}
	conf.Securities = append(conf.Securities, issues...)
	if len(street.Bars) > 0 {
		conf.Street = street
	}
	sim, err := exchange.New(conf)
	if err != nil {
		return nil, fmt.Errorf("exchange %s: %w", of, err)
	}
	v := &venue{market: of, sim: sim, control: sim.Control()}
	if err := v.listen(); err != nil {
		return nil, fmt.Errorf("listen for exchange %s: %w", of, err)
	}
	p.running.Go(func() error { return sim.Serve(v.conns, v.quoting, v.ezstep) })
	o := node.ExchangeOptions{
		Market: of, Dial: dial(v.conns.Addr()), Logon: node.ExchangeLogon{CompID: compID, Target: "EXCHANGE", Password: password, Heartbeat: time.Minute},
		Now: p.clock.Now, Duplicates: duplicates(of), LockStep: true,
	}
	if v.gateway, err = p.core.NewExchange(o); err != nil {
		return nil, err
	}
	if v.ezstep != nil {
		o.Format, o.Dial = node.EzSTEP, dial(v.ezstep.Addr())
		if v.after, err = p.core.NewExchange(o); err != nil {
			return nil, err
		}
	}
	feed := func(as string) node.QuoteSource {
		return node.QuoteSource{Dial: dial(v.quoting.Addr()), Logon: node.ExchangeLogon{CompID: as, Target: "QUOTES", Password: password, Heartbeat: time.Minute}}
	}
	v.quotes, err = p.core.NewQuotes(node.QuoteOptions{
		Market: of, Sources: []node.QuoteSource{feed(compID), feed(secondFeed)}, Now: p.clock.Now, LockStep: true,
		Issues: node.IssuesOf(p.calendar, p.config.Log),
	})
	return v, err
}

// listen opens the exchange's lines.
func (v *venue) listen() error {
	lines := []*net.Listener{&v.conns, &v.quoting}
	if v.market == market.Shanghai {
		lines = append(lines, &v.ezstep)
	}
	for _, line := range lines {
		var err error
		if *line, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	return nil
}

// orders is where orders and cancels for the exchange go.
func (v *venue) orders() node.OrderGateway {
	if v.after == nil {
		return v.gateway
	}
	return node.ExchangePair{Trading: v.gateway, AfterHours: v.after}
}

// drain brings what is at the gateways to the exchange and takes what it says.
func (v *venue) drain(ctx context.Context) error {
	if err := v.gateway.Drain(ctx); err != nil || v.after == nil {
		return err
	}
	return v.after.Drain(ctx)
}

// close ends the gateways and the exchange.
func (v *venue) close() error {
	v.gateway.Close()
	if v.after != nil {
		v.after.Close()
	}
	v.quotes.Close()
	return v.sim.Close()
}

// quoteEvery and streetEvery pace the market: prices move and are published
// twice a minute, which is what the investors of this day see.
const (
	quoteEvery  = 30 * calendar.Second
	streetEvery = 2 * calendar.Minute
)

// duplicates are the codes by which the simulators refuse a ClOrdID used before.
func duplicates(of market.Market) []uint32 {
	if of == market.Shenzhen {
		return []uint32{30_001}
	}
	return []uint32{11_270}
}

func dial(to net.Addr) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, to.Network(), to.String())
	}
}

// loadInstruments enters the static data of the day.
func (p *player) loadInstruments(ctx context.Context) error {
	row := func(i int) (record.InstrumentData, error) {
		s := &p.stocks[i]
		return record.InstrumentData{
			ID: uint32(s.rules.ID), Board: uint8(s.rules.Board), Standing: uint8(s.rules.Standing), Status: uint8(s.rules.Status),
			Listed: uint32(s.rules.Listed), PrevClose: s.prevClose,
		}, nil
	}
	return batches(len(p.stocks), row, func(rows []record.InstrumentData) error {
		return p.system(ctx, &record.LoadInstruments{Date: uint32(p.config.Date), Rows: rows})
	})
}
