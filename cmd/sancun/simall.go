package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"sancun/calendar"
	"sancun/day"
	"sancun/market"
	"sancun/node"
	"sancun/sim/clearing"
)

type simAllCmd struct {
	Config  string         `arg:"" help:"Configuration file of the centre: it says which counterparties there are and where they listen." type:"path"`
	Counter int            `default:"6" help:"Transfers a minute that customers start at each bank's own counter."`
	Top     int            `default:"100" help:"Only so many securities of each exchange, those with the greatest turnover; 0 is all."`
	Faults  map[string]int `name:"bank-faults" mapsep:"," help:"Chances in a million transfers that a bank misbehaves, as for sim bank: bank-only=20000,broker-only=20000 leaves differences to work off."`
	Data    string         `default:".cache/market-data" help:"Folder of the market data; scripts/fetch-market-data.sh fills it." type:"path"`
	drillFlags

	clock node.Clock
}

// Run plays every counterparty of a configuration until Ctrl-C, day after day.
func (c *simAllCmd) Run(ctx context.Context) error {
	config, err := node.ReadConfig(c.Config)
	if err != nil {
		return exitError{node.ExitCode(err), err}
	}
	c.clock, c.Banks = config.Clock.Clock(), len(config.Banks)
	if c.clock.Drill.IsZero() {
		return fmt.Errorf("%s has no clock of a drill; simulators do not run beside the real world", c.Config)
	}
	if err := c.clock.Begin(); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	trades := &traded{of: map[calendar.Date]map[market.Market][]clearing.Trade{}, came: make(chan struct{}, 1)}
	var parts []func(context.Context) error
	for i := range config.Exchanges {
		parts = append(parts, c.exchange(&config.Exchanges[i], trades).Run)
	}
	for i := range config.Banks {
		parts = append(parts, c.bank(&config.Banks[i]).Run)
	}
	if config.Clearing.Inbox != "" {
		parts = append(parts, func(ctx context.Context) error { return c.clearing(ctx, &config, trades) })
	}
	failures := make(chan error, len(parts))
	var running sync.WaitGroup
	for _, run := range parts {
		running.Go(func() {
			if err := run(ctx); err != nil {
				failures <- err
				stop()
			}
		})
	}
	running.Wait()
	close(failures)
	for failure := range failures {
		err = errors.Join(err, failure)
	}
	return err
}

func (c *simAllCmd) clockFlags() clockFlags { return clockFlags{ClockOf: c.Config, Speed: 1} }

func (c *simAllCmd) exchange(x *node.ExchangeConfig, trades *traded) *simExchangeCmd {
	e := &simExchangeCmd{
		Market: x.Market, Listen: string(x.Address), Quotes: "127.0.0.1:0", EzSTEP: "127.0.0.1:0", Data: c.Data, Top: c.Top, Seed: c.Seed, Date: c.Date,
		clockFlags: c.clockFlags(), traded: trades.add,
	}
	if len(x.Quotes) > 0 {
		e.Quotes = string(x.Quotes[0].Address)
	}
	if x.AfterHours.Address != "" {
		e.EzSTEP = string(x.AfterHours.Address)
	}
	return e
}

func (c *simAllCmd) bank(b *node.BankConfig) *simBankCmd {
	return &simBankCmd{
		Profile: b.Format, Listen: string(b.Address), Number: b.Number, Code: b.Code, Keys: b.KeyFile, Detail: "16:05", Counter: c.Counter, Faults: c.Faults,
		drillFlags: c.drillFlags, clockFlags: c.clockFlags(),
	}
}

// traded are the trades of the exchanges by date, until the clearing house takes them.
type traded struct {
	mu   sync.Mutex
	of   map[calendar.Date]map[market.Market][]clearing.Trade // guarded by mu
	came chan struct{}                                        // capacity 1
}

func (t *traded) add(of market.Market, date calendar.Date, trades iter.Seq[clearing.Trade]) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[date] == nil {
		t.of[date] = map[market.Market][]clearing.Trade{}
	}
	t.of[date][of] = slices.AppendSeq([]clearing.Trade{}, trades)
	select {
	case t.came <- struct{}{}:
	default:
	}
	return nil
}

// take returns the trades of a date once so many exchanges have closed.
func (t *traded) take(date calendar.Date, exchanges int) ([]clearing.Trade, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.of[date]) < exchanges {
		return nil, false
	}
	var all []clearing.Trade
	for of := market.Shanghai; of <= market.Shenzhen; of++ {
		all = append(all, t.of[date][of]...)
	}
	return all, true
}

// clearing plays the clearing house over the days: it clears what the exchanges
// traded when they have closed, and sends its files at their times.
func (c *simAllCmd) clearing(ctx context.Context, config *node.Config, trades *traded) error {
	date, err := calendar.ParseDate(c.Date)
	if err != nil {
		return err
	}
	china, err := calendar.China()
	if err != nil {
		return err
	}
	house, err := clearing.New(day.Drill{Date: date}.ClearingHouse(nil, clearing.Faults{}, clearing.DirSink{Root: config.Clearing.Inbox}))
	if err != nil {
		return err
	}
	if today, _ := calendar.AtUnixMilli(c.clock.Now().UnixMilli()); today > date && china.IsTradingDay(today) {
		date = today // what was held and owed before is not known any more
	}
	say(fmt.Sprintf("clearing house: files go to %s, requests come from %s", config.Clearing.Inbox, config.Clearing.Requests), c.clock)
	for ctx.Err() == nil {
		if err := c.clearingDay(ctx, config, house, date, trades); err != nil {
			return err
		}
		if date, err = china.Next(date); err != nil {
			return err
		}
	}
	return nil
}

func (c *simAllCmd) clearingDay(ctx context.Context, config *node.Config, house *clearing.House, date calendar.Date, trades *traded) error {
	if err := house.Open(date); err != nil {
		return err
	}
	ctx, over := context.WithCancel(ctx)
	defer over()
	var all []clearing.Trade
	for done := false; !done; {
		if all, done = trades.take(date, len(config.Exchanges)); done {
			break
		}
		select {
		case <-trades.came:
		case <-ctx.Done():
			return nil
		}
	}
	if err := house.Clear(slices.Values(all)); err != nil {
		return err
	}
	fmt.Printf("clearing house: %d trades of %s\n", len(all), date)
	ticks, stop := c.clock.Every(requestsTick)
	defer stop()
	at := timeOn(c.clock, date)
	return house.Follow(ctx, clearing.RequestDir{Root: config.Clearing.Requests}, ticks, func() calendar.TimeOfDay {
		if today, _ := calendar.AtUnixMilli(c.clock.Now().UnixMilli()); today > date {
			over()
		}
		return at()
	}, func(name string, err error) {
		if err == nil {
			fmt.Printf("clearing house: %s was asked for and is sent again\n", name)
			return
		}
		fmt.Printf("clearing house: %s was asked for: %v\n", name, err)
	})
}
