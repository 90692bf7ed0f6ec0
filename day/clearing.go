package day

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"

	"sancun/calendar"
	"sancun/internal/durable"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/sim/clearing"
	"sancun/sim/exchange"
	"sancun/wire/csdc"
)

// openClearing builds the clearing house with what the investors hold.
func (p *player) openClearing() error {
	minimum, err := minimumReserves(p.investors, p.config.Date)
	if err != nil {
		return err
	}
	account := func(no string, of market.Market) clearing.Account {
		return clearing.Account{No: no, Market: of, Currency: money.CNY, Purpose: clearing.Client, Minimum: minimum}
	}
	conf := clearing.Config{
		Members: []clearing.Member{
			{
				Name: "Sancun drill broker", Participant: participant, ShanghaiUnits: []string{shanghaiPU}, ShenzhenUnits: []string{shenzhenPU},
				Accounts: []clearing.Account{account(shanghaiCash, market.Shanghai), account(shenzhenCash, market.Shenzhen)},
			},
			{Name: "the rest of the market", ShanghaiUnits: []string{shanghaiStreet}, ShenzhenUnits: []string{shenzhenStreet}},
		},
		Instruments: map[market.ID]market.Instrument{},
		Sink:        clearing.DirSink{Root: p.config.Dir + "/files/clearing/outbox"},
	}
	for i := range p.stocks {
		conf.Instruments[p.stocks[i].rules.ID] = p.stocks[i].rules
	}
	for i := range p.investors {
		for _, h := range p.investors[i].opening {
			id := p.stocks[h.stock].rules.ID
			d := securitiesOf(&p.investors[i], i, id.Market())
			conf.Holdings = append(conf.Holdings, clearing.Holding{
				Unit: strings.TrimRight(string(d.PBU[:]), "\x00"), Account: string(d.Account[:]), Security: id, Quantity: h.units,
			})
		}
	}
	if conf.Events, err = p.inventEvents(); err != nil {
		return err
	}
	p.dusk.events = len(conf.Events)
	p.dusk.findings = map[string]bool{}
	if p.dusk.house, err = clearing.New(conf); err != nil {
		return err
	}
	if err := p.dusk.house.Open(p.config.Date); err != nil {
		return err
	}
	return p.clearingFaults()
}

// clearingFaults makes the clearing house err: four of Shenzhen's files are wrong
// each in its way, and its details tell some trades wrongly until it sends them
// again. Which trades is drawn from the seed.
func (p *player) clearingFaults() error {
	if !p.config.Faults {
		return nil
	}
	for _, i := range []clearing.Injection{
		{Fault: clearing.FaultTruncated, Layout: csdc.LayoutSJSMX1},
		{Fault: clearing.FaultBadRecord, Layout: csdc.LayoutSJSJG},
		{Fault: clearing.FaultWrongTotal, Layout: csdc.LayoutSJSQS},
		{Fault: clearing.FaultMissing, Layout: csdc.LayoutSJSDZ},
		{Fault: clearing.FaultLate, Layout: csdc.LayoutZqbd, By: 20 * calendar.Minute},
		{Fault: clearing.FaultDrop, Market: tradeFaultsAt},
		{Fault: clearing.FaultExtra, Market: tradeFaultsAt},
		{Fault: clearing.FaultAmount, Market: tradeFaultsAt},
		{Fault: clearing.FaultAccount, Market: tradeFaultsAt},
	} {
		if err := p.dusk.house.Inject(i); err != nil {
			return fmt.Errorf("make the clearing house err by %s: %w", i.Fault, err)
		}
	}
	return nil
}

// tradeFaultsAt is the market whose trades are told wrongly.
const tradeFaultsAt = market.Shanghai

// resender asks the simulated clearing house for a file again.
type resender struct{ house *clearing.House }

// Resend asks for a file of a date again.
func (r resender) Resend(_ context.Context, _ calendar.Date, name string) error {
	return r.house.Resend(name)
}

// trades hands the exchanges' executions to the clearing house.
func (p *player) trades() iter.Seq[clearing.Trade] {
	return func(yield func(clearing.Trade) bool) {
		for _, v := range p.venues {
			for t := range v.control.Trades(0) {
				id, err := market.ParseID(t.Code.String() + "." + v.market.String())
				if err != nil {
					panic("day: the exchange trades a code that is none: " + t.Code.String())
				}
				out := clearing.Trade{
					Security: id, Exec: fmt.Sprintf("%016d", t.Number), Price: t.Price, Quantity: t.Quantity, At: t.At,
					Buy: sideOf(v.market, t.Buy), Sell: sideOf(v.market, t.Sell),
				}
				if !yield(out) {
					return
				}
			}
		}
	}
}

// sideOf is one party of an execution as the clearing house knows it.
func sideOf(of market.Market, x exchange.Party) clearing.Side {
	if x.Street {
		pbu := shanghaiStreet
		if of == market.Shenzhen {
			pbu = shenzhenStreet
		}
		return clearing.Side{PBU: pbu}
	}
	return clearing.Side{
		PBU: x.PBU, Account: strings.TrimRight(string(x.Ticket.Account[:]), "\x00 "), ClOrdID: x.Ticket.ClOrdID.String(), OrderID: fmt.Sprintf("%016d", x.OrderNo),
		Ordered: x.Quantity, Entered: x.Entered,
	}
}

// collect receives the clearing house's files as they come, asking again for
// what is damaged, until the day's set is accepted.
func (p *player) collect(ctx context.Context) error {
	outbox := p.config.Dir + "/files/clearing/outbox"
	if err := os.MkdirAll(outbox, 0o700); err != nil {
		return err
	}
	if p.dusk.intake != nil {
		if err := p.dusk.intake.Close(); err != nil {
			return err
		}
	}
	intake, err := node.OpenIntake(node.IntakeConfig{
		Participant: participant, Inbox: os.DirFS(outbox), FS: durable.OS{}, Archive: p.config.Dir + "/files/clearing/archive",
		Requester: resender{p.dusk.house},
	}, p.today())
	if err != nil {
		return err
	}
	p.dusk.intake = intake
	for at := p.clock.at; at <= eveningEndsAt; at += collectEvery {
		p.clock.set(at)
		if err := p.dusk.house.Release(at); err != nil {
			return fmt.Errorf("release at %s: %w", at, err)
		}
		status, err := intake.Collect(ctx, p.clock.Now())
		if err != nil {
			return fmt.Errorf("collect at %s: %w", at, err)
		}
		for _, f := range status.Findings {
			p.dusk.findings[f.File] = true
		}
		if _, ok := intake.Accepted(); ok {
			return nil
		}
	}
	return fmt.Errorf("the clearing house's files were not whole at %s: %+v", eveningEndsAt, intake.Status())
}
