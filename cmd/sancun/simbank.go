package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/money"
	"sancun/node"
	"sancun/sim/bank"
	wire "sancun/wire/bank"
)

type simBankCmd struct {
	Profile string         `enum:"fixed24,fixed10,delim,xml,xml-utf8" required:"" help:"Format of its messages: fixed24, fixed10, delim, xml or xml-utf8."`
	Listen  string         `default:"127.0.0.1:0" help:"Address for the broker's line."`
	Number  uint16         `default:"1" help:"Number of the bank in the centre: 1 to 9."`
	Code    string         `help:"Institution code; BANK and two digits of the number when not given."`
	Keys    string         `required:"" help:"Key file with the master key shared with the centre; sancun keys bank makes one." type:"path"`
	Detail  string         `default:"16:05" help:"Time of day at which the bank sends the day's transfers and the states of the contracts; empty sends none."`
	Counter int            `default:"0" help:"Transfers a minute that customers start at the bank's own counter."`
	Faults  map[string]int `mapsep:"," help:"Chances in a million transfers, such as late=3000,bank-only=2000."`
	Script  string         `help:"File of commands by the bank's clock on the first day, a line each, such as 09:35:00 fault deposit late 3; docs/simulators/bank.md lists them." type:"path"`
	drillFlags
	clockFlags
}

// bankTick is how often the bank's clock is moved, in its own time.
const bankTick = 100 * time.Millisecond

// The hours of the bank's counter, those in which brokers take transfers.
const (
	counterOpens  = calendar.TimeOfDay(9 * calendar.Hour)
	counterCloses = calendar.TimeOfDay(16 * calendar.Hour)
)

// Run plays a bank until Ctrl-C.
func (c *simBankCmd) Run(ctx context.Context) error {
	drill, err := c.drill()
	if err != nil {
		return err
	}
	if c.Number < 1 || int(c.Number) > drill.Banks {
		return fmt.Errorf("--number %d; give 1 to %d, or another --banks", c.Number, drill.Banks)
	}
	clock, err := c.clock(drill.Date)
	if err != nil {
		return err
	}
	if c.Code == "" {
		c.Code = fmt.Sprintf("BANK%02d", c.Number)
	}
	keys, err := wire.OpenKeyFile(c.Keys, rand.Reader)
	if err != nil {
		return err
	}
	f := bank.Faults{Seed: drill.Seed ^ uint64(c.Number)<<32}
	if err := chances(c.Faults, map[string]*int{
		"delay": &f.Delay, "late": &f.Late, "silent": &f.Silent, "no-answer": &f.NoAnswer, "twice": &f.Twice, "drop-before": &f.DropBefore,
		"drop-after": &f.DropAfter, "refuse": &f.Refuse, "unsure": &f.Unsure, "bank-only": &f.BankOnly, "broker-only": &f.BrokerOnly,
	}); err != nil {
		return err
	}
	format, _ := wire.FormatOf(c.Profile) // the enum lists what there is
	b, err := bank.New(bank.Config{
		Code: c.Code, Broker: day.DrillBroker, Number: fmt.Sprintf("%04d", c.Number), Format: format, Keys: keys, Start: clock.Now(),
		Customers: drill.BankCustomers(c.Number), ReplyWithin: time.Minute, Faults: f,
	})
	if err != nil {
		return err
	}
	plan, err := readScript(c.Script, bankVerbs(b.Control()))
	if err != nil {
		return errors.Join(err, b.Close())
	}
	line, err := listen(c.Listen)
	if err != nil {
		return errors.Join(err, b.Close())
	}
	served := make(chan error, 1)
	go func() { served <- b.Serve(line) }()
	say(fmt.Sprintf("bank %d %s: line on %s, format %s, %d customers", c.Number, c.Code, line.Addr(), c.Profile, len(drill.BankCustomers(c.Number))), clock)
	err = c.play(ctx, b.Control(), clock, drill, plan)
	total := b.Control().Total(money.CNY)
	fmt.Printf("bank %d holds %s yuan of customers, its pooled account %s, after %d transfers\n", c.Number, total.LedgerTotal, total.Pooled, len(b.Control().Entries()))
	return errors.Join(err, b.Close(), <-served)
}

// play moves the bank's clock, opens its days, does what its script says and starts
// transfers at its counter.
func (c *simBankCmd) play(ctx context.Context, control *bank.Control, clock node.Clock, drill day.Drill, plan *script) error {
	china, err := calendar.China()
	if err != nil {
		return err
	}
	var detail calendar.TimeOfDay
	if c.Detail != "" {
		if detail, err = calendar.ParseTimeOfDay(c.Detail); err != nil {
			return fmt.Errorf("--detail %s; give a time of day like 16:05", c.Detail)
		}
	}
	customers := drill.BankCustomers(c.Number)
	dice := mathrand.New(mathrand.NewPCG(drill.Seed, uint64(c.Number)))
	ticks, stop := clock.Every(bankTick)
	defer stop()
	today, next := wire.DateOf(clock.Now()), clock.Now()
	var told wire.Date // of the last day whose lists were sent
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks:
		}
		now := clock.Now()
		if err := control.Advance(now); err != nil {
			return err
		}
		if date := wire.DateOf(now); date != today && china.IsTradingDay(calendar.Date(date)) {
			if err := control.OpenDay(date); err != nil {
				return err
			}
			today = date
		}
		plan.until(timeOn(clock, drill.Date)())
		if date, at := calendar.AtUnixMilli(now.UnixMilli()); c.Detail != "" && told != today && wire.Date(date) == today && at >= detail {
			control.SendDetail()
			told = today
		}
		if date, at := calendar.AtUnixMilli(now.UnixMilli()); wire.Date(date) != today || at < counterOpens || at >= counterCloses {
			continue
		}
		if c.Counter > 0 && len(customers) > 0 && !next.After(now) {
			next = now.Add(time.Minute / time.Duration(c.Counter)) // nobody makes up for a time that was passed over
			if err := atCounter(control, dice, &customers[dice.IntN(len(customers))]); err != nil {
				return err
			}
		}
	}
}

// atCounter starts a deposit or withdrawal of up to 10,000 yuan. Without a line, or
// when the customer may not, nothing happens.
func atCounter(control *bank.Control, dice *mathrand.Rand, customer *bank.Customer) error {
	amount := money.Amount(1+dice.IntN(100)) * 100_00
	var err error
	if dice.IntN(3) > 0 {
		_, err = control.Deposit(customer.Card, amount)
	} else {
		_, err = control.Withdraw(customer.Card, day.DrillFundPassword, amount)
	}
	if errors.Is(err, bank.ErrNoLine) || errors.Is(err, bank.ErrConfig) {
		return nil
	}
	return err
}
