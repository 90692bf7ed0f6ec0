package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"sancun/custody"
	"sancun/market"
	"sancun/money"
	"sancun/node"
	"sancun/record"
)

// desk serves a centre and takes lines from its standard input, until that ends:
//
//	deposit KEY FUND FEN      buy KEY FUND SHARES
//	cash FUND                 bought FUND
//	transfer SERIAL           done N: waits until so many transfers are done
//	ledger BANK               the sum of its clients' ledgers, in fen
//	up                        waits until every line stands and prices are there
//	settled                   waits until no order and transfer is open
//
// Each answer is one line behind the first two words of its question, written
// after the answer is durable.
func desk(config string) int {
	c, err := node.ReadConfig(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	n, err := node.Open(c, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return node.ExitCode(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- n.Serve(ctx) }()
	var asked sync.WaitGroup
	var out sync.Mutex
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		asked.Go(func() {
			answer, err := ask(ctx, n, words)
			if err != nil {
				answer = "error " + err.Error()
			}
			out.Lock()
			defer out.Unlock()
			fmt.Println(strings.Join(words[:min(2, len(words))], " "), answer)
		})
	}
	asked.Wait()
	stop()
	return node.ExitCode(<-served)
}

func ask(ctx context.Context, n *node.Node, words []string) (string, error) {
	number := func(i int) (v uint64) {
		if i < len(words) {
			_, _ = fmt.Sscan(words[i], &v) // zero is refused by the machine
		}
		return v
	}
	switch words[0] {
	case "deposit":
		return submit(ctx, n, words[1], number(2), &record.AskDeposit{Fund: number(2), Amount: money.Amount(number(3)), Channel: record.ChannelMobile})
	case "buy":
		cmd, err := order(ctx, n, number(2), money.Quantity(number(3)))
		if err != nil {
			return "", err
		}
		return submit(ctx, n, words[1], number(2), cmd)
	case "cash", "bought":
		return figure(ctx, n, words[0], number(1))
	case "up":
		return "yes", await(ctx, n, func(s node.Status, m *custody.Machine) bool {
			priced := 0
			for _, i := range m.Instruments() {
				if i.Ask > 0 {
					priced++
				}
			}
			for _, l := range append(s.Exchanges, s.Banks...) {
				if !l.Up {
					return false
				}
			}
			return s.Ready && priced > 10
		})
	case "transfer":
		state := "unknown"
		err := n.Core.Look(ctx, func(m *custody.Machine) {
			if t, ok := m.TransferBy(number(1)); ok {
				state = map[uint8]string{custody.TransferDone: "done", custody.TransferRefused: "refused"}[t.State]
			}
		})
		return state, err
	case "ledger":
		sum := int64(-1)
		err := n.Core.Look(ctx, func(m *custody.Machine) {
			for _, t := range m.Totals() {
				if t.Bank == uint16(number(1)) && t.Balanced() {
					sum = int64(t.Ledger)
				}
			}
		})
		return fmt.Sprint(sum), err
	case "done":
		return "yes", await(ctx, n, func(_ node.Status, m *custody.Machine) bool {
			done := uint64(0)
			for _, t := range m.Transfers() {
				if t.State == custody.TransferDone {
					done++
				}
			}
			return done >= number(1)
		})
	case "settled":
		return "yes", await(ctx, n, func(_ node.Status, m *custody.Machine) bool {
			for _, o := range m.Orders() {
				if o.Open() {
					return false
				}
			}
			for _, t := range m.Transfers() {
				if t.Open() {
					return false
				}
			}
			return true
		})
	}
	return "", errors.New("what?")
}

// await looks again and again until what is waited for is there.
func await(ctx context.Context, n *node.Node, there func(node.Status, *custody.Machine) bool) error {
	for {
		s, err := n.Status(ctx)
		if err != nil {
			return err
		}
		done := false
		if err := n.Core.Look(ctx, func(m *custody.Machine) { done = there(s, m) }); err != nil || done {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func submit(ctx context.Context, n *node.Node, key string, fund uint64, cmd record.Command) (string, error) {
	caller := record.CallerOf(record.CallerClient, fund-880_000_000_000+100_000_000)
	answers, err := n.Core.Submit(ctx, record.Request{Caller: caller, Key: record.KeyFor(caller, key), Cmd: cmd})
	if err != nil {
		return "", err
	}
	return fmt.Sprint(record.Code(answers[0].Code), " ", answers[0].Ref), nil
}

// order buys the Shenzhen main-board security with the lowest number that has an
// offer, a hundredth above it, so that it fills although the market moves.
func order(ctx context.Context, n *node.Node, fund uint64, shares money.Quantity) (cmd *record.NewOrder, err error) {
	looked := n.Core.Look(ctx, func(m *custody.Machine) {
		for _, i := range m.Instruments() {
			if cmd == nil && i.ID.Market() == market.Shenzhen && i.Board == market.Main && i.Ask > 0 {
				cmd = &record.NewOrder{
					Fund: fund, Instrument: uint32(i.ID), Side: custody.Buy, Category: custody.CategoryAuction, Type: uint8(market.LimitOrder),
					Channel: record.ChannelMobile, Price: i.Ask * 101 / 100 / 100 * 100, Quantity: shares,
				}
			}
		}
	})
	if looked == nil && cmd == nil {
		looked = errors.New("no security has an offer")
	}
	return cmd, looked
}

func figure(ctx context.Context, n *node.Node, what string, fund uint64) (answer string, err error) {
	err = n.Core.Look(ctx, func(m *custody.Machine) {
		_, row, ok := m.Fund(fund)
		if !ok {
			answer = "unknown"
			return
		}
		if what == "cash" {
			a := m.CashOf(row)
			answer = fmt.Sprint(a.Balance, " ", a.Available())
			return
		}
		filled, value := money.Quantity(0), money.Amount(0)
		for _, o := range m.Orders() {
			if o.Fund == row {
				filled, value = filled+o.Filled, value+o.Value
			}
		}
		answer = fmt.Sprint(int64(filled), " ", int64(value))
	})
	return answer, err
}
