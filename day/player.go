package day

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/issues"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/record"
	"sancun/state"
)

// player plays one day.
type player struct {
	config    Config
	clock     *clock
	core      *node.Core
	stocks    []stock
	investors []investor
	sealer    *sealer
	flow      *flow
	issues    *issues.Calendar
	calendar  string // the file of issues
	subscribe subscriber
	venues    []*venue
	past      []*venue // of the day that has ended
	ahead     ahead
	banks     []*house
	dusk      dusk
	treasury  treasury
	products  dayProducts
	outbound  *node.Outbound
	running   group
	counts    counts
	image     func(context.Context) error // called once, at the instant before clearing; may be nil
	transfers *rand.Rand
}

// counts are what the report counts from answers.
type counts struct {
	orders, cancels, rejects uint64
	byCode                   map[record.Code]uint64
}

// group runs the servers of a day and waits for them.
type group struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []error
}

// Go runs f until the group waits.
func (g *group) Go(f func() error) {
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.errs = append(g.errs, err)
		}
	})
}

// Wait waits for all and returns what went wrong.
func (g *group) Wait() error {
	g.wg.Wait()
	return errors.Join(g.errs...)
}

// fill puts in what the caller left out.
func (c *Config) fill() error {
	if c.Clients == 0 {
		c.Clients = DefaultClients
	}
	if c.Orders == 0 {
		c.Orders = DefaultOrders
	}
	if c.Banks == 0 {
		c.Banks = DefaultBanks
	}
	if c.Date == 0 {
		c.Date = 20230825
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Progress == nil {
		c.Progress = func(float64, string) {}
	}
	if c.Quiet < 0 || c.Quiet > QuietMax {
		return fmt.Errorf("%d quiet days; give 0 to %d, a quarter has fewer trading days", c.Quiet, QuietMax)
	}
	if c.Clients < 10 || c.Banks < 1 || c.Banks > 9 || c.Orders < 0 || c.Speed < 0 {
		return fmt.Errorf("a day needs at least 10 clients and 1 to 9 banks, got %d and %d", c.Clients, c.Banks)
	}
	return checkDate(c.Date)
}

// newPlayer prepares everything that is there before the day begins.
func newPlayer(c Config) (*player, error) {
	if err := c.fill(); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, fmt.Errorf("clear the folder of the last run: %w", err)
	}
	stocks, err := loadStocks(c)
	if err != nil {
		return nil, err
	}
	p := &player{config: c, clock: &clock{date: c.Date, at: calendar.Clock(7, 0, 0)}, stocks: stocks, transfers: dice(c.Seed, diceTransfers)}
	p.counts.byCode = map[record.Code]uint64{}
	p.clock.pace = paced(c.Speed, p.clock)
	if p.sealer, err = newSealer(c); err != nil {
		return nil, err
	}
	p.treasury.seen, p.products = map[uint16]int{}, dayProducts{}
	p.investors = invent(c, stocks)
	p.flow = newFlow(c, p.investors, stocks)
	if p.issues, err = inventIssues(c, stocks); err != nil {
		return nil, err
	}
	if p.calendar, err = writeIssues(c, p.issues); err != nil {
		return nil, err
	}
	p.subscribe = subscriber{rng: dice(c.Seed, diceSubscriptions), investors: p.investors, open: p.issues.Issues}
	p.core, err = node.OpenCore(node.CoreConfig{Dir: c.Dir + "/centre", Now: p.clock.Now, Log: c.Log})
	return p, err
}

// paced makes the clock wait so that the day runs at speed times real time.
func paced(speed int, c *clock) func(calendar.TimeOfDay) {
	if speed == 0 {
		return nil
	}
	return func(to calendar.TimeOfDay) {
		time.Sleep(time.Duration(to-c.at) * time.Millisecond / time.Duration(speed))
	}
}

// system submits a command of the house itself, which must be accepted.
func (p *player) system(ctx context.Context, cmds ...record.Command) error {
	requests := make([]record.Request, len(cmds))
	for i, cmd := range cmds {
		requests[i].Cmd = cmd
	}
	answers, err := p.core.Submit(ctx, requests...)
	if err != nil {
		return err
	}
	for i, a := range answers {
		if a.Code != 0 {
			return refused(cmds[i], a)
		}
	}
	return nil
}

func refused(cmd record.Command, a state.Answer) error {
	code := record.Code(a.Code)
	s, _ := code.Sentence()
	return fmt.Errorf("%T was refused: %d %s (%s), row %d", cmd, a.Code, s.Name, s.EN, a.Ref)
}

// genesis opens the first day: banks, own money, clients, securities, positions.
func (p *player) genesis(ctx context.Context) error {
	years, err := calendar.China()
	if err != nil {
		return err
	}
	next, err := years.Next(p.config.Date)
	if err != nil {
		return err
	}
	if err := p.system(ctx, &record.OpenDay{Date: uint32(p.config.Date), Next: uint32(next)}); err != nil {
		return err
	}
	for bank := range p.config.Banks {
		number := uint16(bank + 1)
		if err := p.system(ctx, &record.SetBank{
			Number: number, Service: custody.BankOpen, WindowFrom: uint32(calendar.Clock(9, 0, 0)), WindowTo: uint32(calendar.Clock(16, 0, 0)),
			SingleMin: 1, SingleMax: 500_000_000_00, DailyMax: 2_000_000_000_00, DailyCount: 50,
			Code: fmt.Sprintf("BANK%02d", number), Name: fmt.Sprintf("示例银行%d号", number),
		}, &record.FundOwn{Bank: number, Currency: money.CNY, Amount: 50_000_000_00}); err != nil {
			return err
		}
	}
	if err := p.openClients(ctx); err != nil {
		return err
	}
	if err := p.loadInstruments(ctx); err != nil {
		return err
	}
	return p.openPositions(ctx)
}

// openPositions opens securities accounts and books what is in them.
func (p *player) openPositions(ctx context.Context) error {
	for _, of := range []market.Market{market.Shanghai, market.Shenzhen} {
		row := func(i int) (record.SecuritiesData, error) { return securitiesOf(&p.investors[i], i, of), nil }
		if err := batches(len(p.investors), row, func(rows []record.SecuritiesData) error {
			return p.system(ctx, &record.OpenSecurities{Rows: rows})
		}); err != nil {
			return err
		}
	}
	var all []record.Command
	for i := range p.investors {
		for _, h := range p.investors[i].opening {
			all = append(all, &record.SecuritiesIn{Fund: p.investors[i].fund, Instrument: uint32(p.stocks[h.stock].rules.ID), Quantity: h.units})
		}
	}
	for len(all) > 0 {
		n := min(len(all), 4_000)
		if err := p.system(ctx, all[:n]...); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// securitiesOf is the invented account of an investor in a market: A and nine
// digits in Shanghai, ten digits in Shenzhen.
func securitiesOf(v *investor, n int, of market.Market) record.SecuritiesData {
	d := record.SecuritiesData{Fund: v.fund, Market: uint8(of)}
	account, pbu := fmt.Sprintf("A%09d", 900_000_000+n), shanghaiPU
	if of == market.Shenzhen {
		account, pbu = fmt.Sprintf("09%08d", n), shenzhenPU
	}
	copy(d.Account[:], account)
	copy(d.PBU[:], pbu)
	return d
}
