package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/market"
	"sancun/node"
	"sancun/sim/clearing"
	"sancun/sim/exchange"
)

type simExchangeCmd struct {
	Market string         `enum:"SZ,SH" required:"" help:"SZ or SH."`
	Listen string         `default:"127.0.0.1:0" help:"Address for orders."`
	Quotes string         `default:"127.0.0.1:0" help:"Address for market data."`
	EzSTEP string         `name:"ezstep" default:"127.0.0.1:0" help:"Address for after-hours orders in Shanghai."`
	Data   string         `default:".cache/market-data" help:"Folder of the market data; scripts/fetch-market-data.sh fills it." type:"path"`
	Top    int            `default:"0" help:"Only so many securities, those with the greatest turnover; 0 is all."`
	Faults map[string]int `mapsep:"," help:"Chances in a million messages, such as lose=200,twice=200,drop-after=20."`
	Issues string         `help:"Calendar of issues (docs/formats/issues.md): what takes subscriptions on the day." type:"path"`
	Trades string         `help:"Write the members' trades to this file at the end, as sim clearing reads them." type:"path"`
	Seed   uint64         `default:"1" help:"Seed of prices and faults."`
	Date   string         `default:"20230825" help:"Trading day, yyyymmdd; there are market data for 20230825."`
	clockFlags
}

// exchangeTick is how often the exchange's clock is moved, in its own time.
const exchangeTick = 100 * time.Millisecond

// Run plays an exchange until Ctrl-C.
func (c *simExchangeCmd) Run(ctx context.Context) error {
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return err
	}
	clock, err := c.clock(date)
	if err != nil {
		return err
	}
	of := map[string]market.Market{"SZ": market.Shenzhen, "SH": market.Shanghai}[c.Market]
	conf, err := day.Drill{Seed: c.Seed, Date: date}.Exchange(of, c.Data, c.Top)
	if err != nil {
		return err
	}
	f := exchange.Faults{Seed: c.Seed}
	if err := chances(c.Faults, map[string]*int{
		"delay": &f.Delay, "late": &f.Late, "silent": &f.Silent, "twice": &f.Twice, "lose": &f.Lose, "drop-before": &f.DropBefore,
		"drop-after": &f.DropAfter, "refuse": &f.Refuse, "halt": &f.Halt,
	}); err != nil {
		return err
	}
	if c.Issues != "" {
		issues, err := node.ReadIssues(c.Issues)
		if err != nil {
			return err
		}
		listed, err := day.IssueListings(issues, date, of)
		if err != nil {
			return err
		}
		conf.Securities = append(conf.Securities, listed...)
	}
	conf.Faults, conf.Ticks = f, clock.Every
	x, err := exchange.New(conf)
	if err != nil {
		return err
	}
	orders, err := listen(c.Listen)
	if err != nil {
		return err
	}
	quotes, err := listen(c.Quotes)
	if err != nil {
		return errors.Join(err, orders.Close())
	}
	var after net.Listener
	lines := fmt.Sprintf("orders on %s, market data on %s", orders.Addr(), quotes.Addr())
	if of == market.Shanghai {
		if after, err = listen(c.EzSTEP); err != nil {
			return errors.Join(err, orders.Close(), quotes.Close())
		}
		lines += fmt.Sprintf(", after-hours orders on %s", after.Addr())
	}
	served := make(chan error, 1)
	go func() { served <- x.Serve(orders, quotes, after) }()
	say(fmt.Sprintf("exchange %s: %s, %d securities", of, lines, len(conf.Securities)), clock)
	err = follow(ctx, x.Control(), clock, date)
	trades := c.writeTrades(of, x)
	return errors.Join(err, trades, x.Close(), <-served)
}

// follow moves the exchange's clock until ctx ends.
func follow(ctx context.Context, control *exchange.Control, clock node.Clock, date calendar.Date) error {
	ticks, stop := clock.Every(exchangeTick)
	defer stop()
	return control.Follow(ctx, ticks, func() calendar.TimeOfDay {
		today, at := calendar.AtUnixMilli(clock.Now().UnixMilli())
		switch {
		case today < date:
			return 0
		case today > date:
			return calendar.DayEnd
		}
		return at
	})
}

func (c *simExchangeCmd) writeTrades(of market.Market, x *exchange.Exchange) error {
	if c.Trades == "" {
		return nil
	}
	f, err := os.OpenFile(c.Trades, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = clearing.WriteTrades(f, day.Executions(of, x.Control().Trades(0)))
	return errors.Join(err, f.Close())
}
