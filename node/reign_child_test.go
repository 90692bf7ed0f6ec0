package node

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"sancun/custody"
	"sancun/journal/postgres"
	"sancun/record"
)

// The environment of a process that is one of two nodes on one journal.
const (
	nodeName  = "SANCUN_REIGN_NAME" // makes this test's program such a process
	nodeDSN   = "SANCUN_REIGN_DSN"
	nodeDir   = "SANCUN_REIGN_DIR"
	nodeLease = "SANCUN_REIGN_LEASE"
)

// reignConfig is a core that shares its journal.
func reignConfig(dsn, dir, name string, lease time.Duration) CoreConfig {
	return CoreConfig{Dir: dir, Answers: 100_000, Postgres: &PostgresPlace{
		DSN: dsn, Promise: postgres.OnServer, Patience: 20 * time.Second, Holder: name, Lease: lease,
	}}
}

// oneOfTwo waits for its turn and then answers lines until it is killed, loses the
// lease or its input ends. A line is "pay N", which transfers under the key N, or
// "look N"; the answer is the line, and what came of it.
func oneOfTwo() error {
	lease, err := time.ParseDuration(os.Getenv(nodeLease))
	if err != nil {
		return err
	}
	config := reignConfig(os.Getenv(nodeDSN), os.Getenv(nodeDir), os.Getenv(nodeName), lease)
	config.Standby = true
	core, err := OpenCore(config)
	if err != nil {
		return err
	}
	v := &voice{}
	v.say("waits")
	if err := core.Await(context.Background()); err != nil {
		return err
	}
	v.say(fmt.Sprintf("serves %d", core.Epoch()))
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			lines <- in.Text()
		}
	}()
	var open sync.WaitGroup
	for {
		select {
		case <-core.Sequencer().Failed():
			open.Wait()
			v.say(fmt.Sprintf("deposed %v", core.Failure()))
			return fmt.Errorf("failed: %w", core.Abandon())
		case line, ok := <-lines:
			if !ok {
				open.Wait()
				return core.Close()
			}
			open.Go(func() { v.say(line + " " + payOrLook(core, line)) })
		}
	}
}

func payOrLook(core *Core, line string) string {
	what, key, _ := strings.Cut(line, " ")
	if what == "look" {
		var accounts int
		if err := core.Look(context.Background(), func(m *custody.Machine) { accounts = int(m.Ledger.Len()) }); err != nil {
			return "error " + err.Error()
		}
		return fmt.Sprint("sees ", accounts)
	}
	answers, err := core.Submit(context.Background(), record.Request{
		Key: record.KeyFor(9, key), Cmd: &record.LedgerTransfer{Debit: 0, Credit: 1, Amount: 1},
	})
	if err != nil {
		return "error " + err.Error()
	}
	return fmt.Sprintf("paid %d:%d", answers[0].Code, answers[0].Height)
}
