package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"sancun/internal/planted"
	"sancun/sim/pair"
)

type simPairCmd struct {
	Seed    uint64 `default:"1" help:"The first seed; the same seed plays the same run."`
	Seeds   uint64 `default:"1" help:"How many seeds to play, one after another."`
	Planted string `help:"Play with this bug in the program, which must be found. Only a build with -tags planted has any."`
	Trace   bool   `help:"Write every event, to repeat a failing seed."`
}

// Help says what is played.
func (*simPairCmd) Help() string {
	return `Two centres, their disks, clocks, lines, clients, a bank and the people who give orders, in one goroutine and from one seed.
Everything fails for 30 seconds of simulated time and must be in order again within 30 more. A seed that breaks a promise is
printed as a command line that repeats it. docs/decisions/0010-planted-bugs.md says how the simulation itself is tested.`
}

// Run plays the seeds.
func (c *simPairCmd) Run(ctx context.Context) error {
	bug, known := planted.Parse(c.Planted)
	switch {
	case c.Planted != "" && !known:
		return fmt.Errorf("--planted %s: there is no such bug; there are %v", c.Planted, planted.All())
	case c.Planted != "" && !planted.Built:
		return fmt.Errorf("--planted %s: this build holds no bugs on purpose; build one with go build -tags planted", c.Planted)
	}
	planted.Plant(bug)
	defer planted.Plant(planted.None)
	var trace io.Writer
	if c.Trace {
		trace = os.Stdout
	}
	var failed, played uint64
	var all pair.Counts
	var simulated time.Duration
	for seed := c.Seed; played < c.Seeds && ctx.Err() == nil; seed++ {
		r := pair.Run(pair.Options{Seed: seed, Trace: trace})
		played++
		simulated += r.Simulated
		all.Add(r.Counts)
		if r.Failure != nil {
			failed++
			fmt.Printf("seed %d broke a promise after %v: %v\n  sancun sim pair --seed %d --trace%s\n", seed, r.Simulated, r.Failure, seed, plantedFlag(c.Planted))
		} else if c.Seeds == 1 {
			fmt.Printf("seed %d: trace %016x, %d events, in agreement %v after the last fault\n", seed, r.Hash, r.Events, r.Healed)
		}
	}
	fmt.Printf("%d seeds, %.1f simulated hours, %d broke a promise; %d answers, %d promotions, %d restarts, %d orphans (%d answers lost, all listed)\n",
		played, simulated.Hours(), failed, all.Answers, all.Promotions, all.Restarts, all.Orphans, all.Lost)
	if failed > 0 {
		return fmt.Errorf("%d of %d seeds broke a promise", failed, played)
	}
	return nil
}

func plantedFlag(name string) string {
	if name == "" {
		return ""
	}
	return " --planted " + name
}
