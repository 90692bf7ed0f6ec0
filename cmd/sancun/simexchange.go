package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"path/filepath"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/internal/durable"
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
	Script string         `help:"File of commands by the exchange's clock on the first day, a line each, such as 10:05:00 halt 000001; docs/simulators/exchange.md lists them." type:"path"`
	Issues string         `help:"Calendar of issues (docs/formats/issues.md): what takes subscriptions on the day." type:"path"`
	Trades string         `help:"Write the members' trades to this file after the close and at the end, as sim clearing reads them; of later days to files with the date in their names." type:"path"`
	Seed   uint64         `default:"1" help:"Seed of prices and faults."`
	Date   string         `default:"20230825" help:"First trading day, yyyymmdd. There are prices of 20230825; on later days the members trade among themselves from the closing prices on."`
	clockFlags

	// traded is told of a day's trades after its close; nil writes them to Trades.
	traded func(of market.Market, date calendar.Date, trades iter.Seq[clearing.Trade]) error
}

// exchangeTick is how often the exchange's clock is moved, in its own time.
const exchangeTick = 100 * time.Millisecond

// tradesAt is when the trades of a day are written: nothing trades any more.
const tradesAt = calendar.TimeOfDay(15*calendar.Hour + 31*calendar.Minute)

// Run plays an exchange, day after day, until Ctrl-C.
func (c *simExchangeCmd) Run(ctx context.Context) error {
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return err
	}
	clock, err := c.clock(date)
	if err != nil {
		return err
	}
	china, err := calendar.China()
	if err != nil {
		return err
	}
	first := date
	if today, _ := calendar.AtUnixMilli(clock.Now().UnixMilli()); today > date && china.IsTradingDay(today) {
		date = today
	}
	for ctx.Err() == nil {
		if err := c.day(ctx, date, first, clock); err != nil {
			return err
		}
		if date, err = china.Next(date); err != nil {
			return err
		}
	}
	return nil
}

// conf is the exchange of a date.
func (c *simExchangeCmd) conf(of market.Market, date calendar.Date, clock node.Clock) (exchange.Config, error) {
	conf, err := day.Drill{Seed: c.Seed, Date: date}.Exchange(of, c.Data, c.Top)
	if err != nil {
		return conf, err
	}
	f := exchange.Faults{Seed: c.Seed}
	if err := chances(c.Faults, map[string]*int{
		"delay": &f.Delay, "late": &f.Late, "silent": &f.Silent, "twice": &f.Twice, "lose": &f.Lose, "drop-before": &f.DropBefore,
		"drop-after": &f.DropAfter, "refuse": &f.Refuse, "halt": &f.Halt,
	}); err != nil {
		return conf, err
	}
	if c.Issues != "" {
		issues, err := node.ReadIssues(c.Issues)
		if err != nil {
			return conf, err
		}
		listed, err := day.IssueListings(issues, date, of)
		if err != nil {
			return conf, err
		}
		conf.Securities = append(conf.Securities, listed...)
	}
	conf.Faults, conf.Ticks = f, clock.Every
	return conf, nil
}

// day plays one date, until the clock has come to another or ctx ends. The next one
// listens where this one did.
func (c *simExchangeCmd) day(ctx context.Context, date, first calendar.Date, clock node.Clock) error {
	of := map[string]market.Market{"SZ": market.Shenzhen, "SH": market.Shanghai}[c.Market]
	conf, err := c.conf(of, date, clock)
	if err != nil {
		return err
	}
	x, err := exchange.New(conf)
	if err != nil {
		return err
	}
	plan := &script{}
	if date == first {
		if plan, err = readScript(c.Script, exchangeVerbs(x.Control(), conf.Members)); err != nil {
			return errors.Join(err, x.Close())
		}
	}
	orders, quotes, after, err := c.lines(of)
	if err != nil {
		return errors.Join(err, x.Close())
	}
	served := make(chan error, 1)
	go func() { served <- x.Serve(orders, quotes, after) }()
	text := fmt.Sprintf("orders on %s, market data on %s", orders.Addr(), quotes.Addr())
	if after != nil {
		text += fmt.Sprintf(", after-hours orders on %s", after.Addr())
	}
	say(fmt.Sprintf("exchange %s: %s, %d securities on %s", of, text, len(conf.Securities), date), clock)
	name := c.Trades
	if name != "" && date != first {
		name = strings.TrimSuffix(name, filepath.Ext(name)) + "-" + date.Compact() + filepath.Ext(name)
	}
	late := timeOn(clock, date)() >= tradesAt // begun behind the close: nothing has been traded
	err = follow(ctx, x.Control(), clock, date, plan, func() error {
		switch {
		case c.traded != nil:
			return c.traded(of, date, day.Executions(of, x.Control().Trades(0)))
		case late:
			return nil // what an earlier run has written stays
		}
		return writeTrades(name, of, x)
	})
	if !late {
		err = errors.Join(err, writeTrades(name, of, x))
	}
	return errors.Join(err, x.Close(), <-served)
}

// lines listens for members. From the first time on the ports are known.
func (c *simExchangeCmd) lines(of market.Market) (orders, quotes, after net.Listener, err error) {
	if orders, err = listen(c.Listen); err != nil {
		return nil, nil, nil, err
	}
	if quotes, err = listen(c.Quotes); err != nil {
		return nil, nil, nil, errors.Join(err, orders.Close())
	}
	c.Listen, c.Quotes = orders.Addr().String(), quotes.Addr().String()
	if of != market.Shanghai {
		return orders, quotes, nil, nil
	}
	if after, err = listen(c.EzSTEP); err != nil {
		return nil, nil, nil, errors.Join(err, orders.Close(), quotes.Close())
	}
	c.EzSTEP = after.Addr().String()
	return orders, quotes, after, nil
}

// follow moves the exchange's clock until ctx ends or the clock has come to another
// date, does what its script says, and has what was traded written down once after
// the close.
func follow(ctx context.Context, control *exchange.Control, clock node.Clock, date calendar.Date, plan *script, closed func() error) error {
	ctx, over := context.WithCancel(ctx)
	defer over()
	ticks, stop := clock.Every(exchangeTick)
	defer stop()
	at, written, failed := timeOn(clock, date), false, error(nil)
	err := control.Follow(ctx, ticks, func() calendar.TimeOfDay {
		if today, _ := calendar.AtUnixMilli(clock.Now().UnixMilli()); today > date {
			over()
		}
		now := at()
		plan.until(now)
		if now >= tradesAt && !written {
			written = true
			if failed = closed(); failed != nil {
				over()
			}
		}
		return now
	})
	if errors.Is(err, context.Canceled) {
		err = nil // the day is over, or the play
	}
	return errors.Join(err, failed)
}

// timeOn tells the time of day on a date: its beginning before it, its end after it.
func timeOn(clock node.Clock, date calendar.Date) func() calendar.TimeOfDay {
	return func() calendar.TimeOfDay {
		today, at := calendar.AtUnixMilli(clock.Now().UnixMilli())
		switch {
		case today < date:
			return 0
		case today > date:
			return calendar.DayEnd
		}
		return at
	}
}

// writeTrades writes what the members have traded to a file that is whole at once.
func writeTrades(name string, of market.Market, x *exchange.Exchange) error {
	if name == "" {
		return nil
	}
	var text bytes.Buffer
	if err := clearing.WriteTrades(&text, day.Executions(of, x.Control().Trades(0))); err != nil {
		return err
	}
	return durable.ReplaceFile(durable.OS{}, filepath.ToSlash(name), text.Bytes())
}
