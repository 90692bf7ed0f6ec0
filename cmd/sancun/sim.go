package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/day"
	"sancun/node"
)

type simCmd struct {
	Prepare  simPrepareCmd  `cmd:"" help:"Make the folder of a whole drill: keys, configuration, users, invented clients."`
	All      simAllCmd      `cmd:"" help:"Play every counterparty of a configuration, day after day."`
	Clock    simClockCmd    `cmd:"" help:"Show the time of a drill, bring it forward, or let it pass faster or slower."`
	Exchange simExchangeCmd `cmd:"" help:"Play the Shanghai or Shenzhen exchange on real prices."`
	Bank     simBankCmd     `cmd:"" help:"Play a custodian bank with invented customers."`
	Clearing simClearingCmd `cmd:"" help:"Play the clearing house for a day's trades: writes its files."`
	Identity simIdentityCmd `cmd:"" help:"Play the register that people's identities are checked against."`
	Pair     simPairCmd     `cmd:"" help:"Play two whole centres with everything failing around them, from a seed."`
	Clients  simClientsCmd  `cmd:"" help:"Enter the invented customers into a centre that is not running."`
}

// drillFlags say who is invented. Every simulator and the centre of a drill get
// the same ones.
type drillFlags struct {
	Seed      uint64 `default:"1" help:"The same seed invents the same people."`
	Date      string `default:"20230825" help:"Trading day, yyyymmdd."`
	Customers int    `default:"1000" help:"How many invented customers there are."`
	Banks     int    `default:"2" help:"At how many banks they are: customer n at bank 1 + n mod this."`
}

func (f *drillFlags) drill() (day.Drill, error) {
	date, err := calendar.ParseDate(f.Date)
	if err != nil {
		return day.Drill{}, err
	}
	if f.Customers < 1 || f.Customers > 1_000_000 || f.Banks < 1 || f.Banks > 9 {
		return day.Drill{}, fmt.Errorf("%d customers at %d banks; give 1 to 1000000 customers and 1 to 9 banks", f.Customers, f.Banks)
	}
	return day.Drill{Seed: f.Seed, Date: date, Customers: f.Customers, Banks: f.Banks}, nil
}

// clockFlags say what time it is in the simulation.
type clockFlags struct {
	ClockOf string    `help:"Take the clock of this configuration file, so that the centre and the simulators agree." type:"path"`
	Real    time.Time `help:"Wall-clock time at which it was the time of --drill; now when not given."`
	Drill   time.Time `help:"Time of the simulation at that moment; 09:00 of the trading day when not given."`
	Speed   int       `default:"1" help:"How many seconds of the simulation pass in one, 1 to 60."`
}

func (f *clockFlags) clock(date calendar.Date) (node.Clock, error) {
	if f.ClockOf != "" {
		config, err := node.ReadConfig(f.ClockOf)
		return config.Clock.Clock(), err
	}
	c := node.Clock{Real: f.Real, Drill: f.Drill, Speed: f.Speed}
	if c.Speed < 1 || c.Speed > node.SpeedMax {
		return c, fmt.Errorf("--speed %d; give 1 to %d", c.Speed, node.SpeedMax)
	}
	if c.Real.IsZero() {
		c.Real = time.Now().Truncate(time.Second)
	}
	if c.Drill.IsZero() {
		c.Drill = time.UnixMilli(date.UnixMilli(calendar.Clock(9, 0, 0)))
	}
	return c, nil
}

// say prints where a simulator listens and its clock as a configuration has it.
func say(what string, clock node.Clock) {
	fmt.Printf("%s\n", what)
	switch {
	case clock.Hand() != "":
		fmt.Printf("  it is %s in the drill\n", clock.Now().Format(drillTime))
	case !clock.Drill.IsZero():
		fmt.Printf("  clock: {real: %s, drill: %s, speed: %d}\n", clock.Real.Format(time.RFC3339), clock.Drill.In(beijing).Format(time.RFC3339), clock.Speed)
	}
	fmt.Println("  ready; Ctrl-C stops")
}

// listen opens a listener. Simulators speak of nobody real, but they are no
// services either: they listen on this machine unless told otherwise.
func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w; give another address, such as 127.0.0.1:0 for any free port", err)
	}
	return l, nil
}

// chances sets the fields of faults by their names.
func chances(given map[string]int, fields map[string]*int) error {
	for name, n := range given {
		into, ok := fields[name]
		if !ok {
			known := make([]string, 0, len(fields))
			for name := range fields {
				known = append(known, name)
			}
			slices.Sort(known)
			return fmt.Errorf("--faults %s: there is no such fault; there are %s", name, strings.Join(known, ", "))
		}
		*into = n
	}
	return nil
}

type simClientsCmd struct {
	Config string `arg:"" help:"Configuration file of the centre." type:"path"`
	drillFlags
}

// Run enters the invented customers.
func (c *simClientsCmd) Run(ctx context.Context) error {
	drill, err := c.drill()
	if err != nil {
		return err
	}
	return enter(ctx, c.Config, drill)
}
