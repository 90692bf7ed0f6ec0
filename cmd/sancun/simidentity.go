package main

import (
	"context"
	"fmt"
	"time"

	"sancun/node"
	"sancun/sim/identity"
)

type simIdentityCmd struct {
	Listen string         `default:"127.0.0.1:0" help:"Address to listen on, of this machine."`
	Token  string         `default:"drill-only" help:"What callers must show; it protects nobody here."`
	Delay  time.Duration  `default:"5s" help:"How long a late answer takes."`
	Faults map[string]int `mapsep:"," help:"Chances in a thousand questions, such as silent=5,contrary=10."`
	drillFlags
}

// identityStop is how long questions under way may take when it stops.
const identityStop = 2 * time.Second

// Run plays the register until Ctrl-C.
func (c *simIdentityCmd) Run(ctx context.Context) error {
	drill, err := c.drill()
	if err != nil {
		return err
	}
	var rates []identity.Rate
	given := c.Faults
	for f := identity.Silent; f <= identity.Late; f++ {
		if n, ok := given[f.String()]; ok {
			rates = append(rates, identity.Rate{Fault: f, PerMille: n})
		}
	}
	for name := range given {
		if _, ok := identity.ParseFault(name); !ok {
			return fmt.Errorf("--faults %s: there is no such fault; docs/formats/identity-register.md names them", name)
		}
	}
	l, err := listen(c.Listen)
	if err != nil {
		return err
	}
	s, err := identity.Start(l, identity.Config{Truth: identity.Among(drill.People()), Token: c.Token, Seed: drill.Seed, Rates: rates, Delay: c.Delay})
	if err != nil {
		_ = l.Close() // Start has said what is wrong
		return err
	}
	say(fmt.Sprintf("identity register: %s, %d people", s.URL(), drill.Customers), node.Clock{})
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), identityStop)
	defer cancel()
	return s.Stop(end)
}
