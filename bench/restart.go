package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"sancun/node"
	"sancun/record"
)

// Restart measures how long a centre takes from its start to its first decision:
// behind commands commands a snapshot was taken, and a tenth as many follow it.
func Restart(c Conditions, accounts, commands int, hot bool) (Result, error) {
	r := Result{Name: "restart, snapshot and tail", Size: commands + commands/10, Unit: "commands"}
	core, err := openLedger(c, accounts)
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(c.Dir)
	from := chest{rng: rand.New(rand.NewPCG(c.Seed, 5)), accounts: accounts, hot: hot}
	pour := func(count int) error {
		return prepareAll(core, rounds((count+batchRequests-1)/batchRequests, func() []record.Request { return from.transfers(batchRequests) }))
	}
	err = pour(commands)
	if err == nil {
		_, err = core.Snapshot(context.Background())
	}
	if err == nil {
		err = pour(commands / 10)
	}
	if err = errors.Join(err, core.Abandon()); err != nil {
		return r, err
	}
	forgetPeak()
	began := startClock()
	core, err = node.OpenCore(node.CoreConfig{Dir: c.Dir, Answers: cellAnswers})
	if err != nil {
		return r, err
	}
	r.timed(began, r.Size)
	r.Note = fmt.Sprintf("%.2f s until the first decision: snapshot at block %d, %d commands replayed", r.Seconds, core.Recovery.Snapshot, core.Recovery.Replayed)
	return r, core.Abandon()
}
