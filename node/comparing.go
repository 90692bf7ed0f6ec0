package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sancun/api"
	"sancun/custody"
	"sancun/identity"
	"sancun/record"
	"sancun/state"
	"sancun/vault"
)

// comparing compares the clients there are with the name lists whenever these are
// others than those compared last (rows K13, K50): after a start with new files,
// when a version begins on the business date, and when a person has the files read
// again. Where it stands is in the journal, so it goes on after a stop.
type comparing struct {
	n    *Node
	wake chan struct{} // capacity 1
}

const (
	// compareStep is how many clients one step takes: their data are opened one by
	// one, and a step is over in some milliseconds.
	compareStep = 100
	// comparePause lies between two steps, so that business goes first.
	comparePause = 20 * time.Millisecond
	// compareBeat is how often is looked whether a version begins to hold.
	compareBeat = time.Second
)

var _ api.Lists = (*comparing)(nil)

// run compares whenever there is something to compare, until ctx ends.
func (c *comparing) run(ctx context.Context) error {
	for {
		more, err := c.next(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		wait := compareBeat
		if more {
			wait = comparePause
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-c.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// Compare reads the files of the lists again and begins a comparison for a person.
func (c *comparing) Compare(ctx context.Context, by record.Caller) (state.Answer, error) {
	if err := c.read(); err != nil {
		return state.Answer{}, err
	}
	today, err := c.today(ctx)
	if err != nil {
		return state.Answer{}, err
	}
	answers, err := c.n.Core.Submit(ctx, record.Request{Caller: by, Cmd: &record.BeginComparison{Lists: c.n.screen.Load().versions(today)}})
	if err != nil {
		return state.Answer{}, err
	}
	c.ring()
	return answers[0], nil
}

// read reads the files again. Files that are wrong change nothing.
func (c *comparing) read() error {
	s, err := openScreen(c.n.Vault, c.n.config.Identity.Lists)
	if err != nil {
		return fmt.Errorf("%w: %w", api.ErrLists, err)
	}
	c.n.screen.Store(s)
	return nil
}

func (c *comparing) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// ReloadLists reads the files of the name lists again; when they say something else
// than before, every client is compared with them. Files that are not acceptable
// change nothing. It may be called at any time from any goroutine.
func (n *Node) ReloadLists() error {
	if n.compare == nil {
		return nil
	}
	if err := n.compare.read(); err != nil {
		n.log.Error("the name lists were not read again, those of before hold", slog.Any("error", err))
		return err
	}
	n.log.Info("name lists read again")
	n.compare.ring()
	return nil
}

func (c *comparing) today(ctx context.Context) (today identity.Day, err error) {
	err = c.n.Core.Look(ctx, func(m *custody.Machine) { today = identity.Day(m.Today().Date) })
	return today, err
}

// next begins a comparison or takes a step of the one that goes on, and says
// whether there is more to do.
func (c *comparing) next(ctx context.Context) (more bool, err error) {
	var last custody.Comparison
	var number uint64
	var today uint32
	var clients uint32
	if err := c.n.Core.Look(ctx, func(m *custody.Machine) {
		today, number, clients = m.Today().Date, m.ComparisonCount(), m.ClientCount()
		if all := m.Comparisons(1); len(all) > 0 {
			last = all[0]
		}
	}); err != nil {
		return false, err
	}
	screen := c.n.screen.Load()
	lists := screen.versions(identity.Day(today))
	key, ok := custody.ListsKey(lists)
	if !ok || clients == 0 {
		return false, nil // before the first day, or no list holds yet, or nobody is there
	}
	switch {
	case last.Lists != key:
		answers, err := c.n.Core.Submit(ctx, record.Request{Cmd: &record.BeginComparison{Lists: lists}})
		if err != nil {
			return false, err
		}
		c.n.log.Info("clients are compared with the name lists", slog.Uint64("comparison", answers[0].Ref), slog.Int("lists", len(lists)))
		return record.Code(answers[0].Code) == record.Accepted, nil
	case last.Ended != 0:
		return false, nil
	}
	return c.step(ctx, screen, number, &last)
}

// step compares the next clients and journals what was found.
func (c *comparing) step(ctx context.Context, screen *screen, number uint64, at *custody.Comparison) (more bool, err error) {
	cmd := &record.ClientsCompared{Comparison: number, From: at.Reached, Through: min(at.Until, at.Reached+compareStep)}
	clients := make([]custody.Client, 0, compareStep)
	var today identity.Day
	if err := c.n.Core.Look(ctx, func(m *custody.Machine) {
		today = identity.Day(m.Today().Date)
		for row := cmd.From; row < cmd.Through; row++ {
			clients = append(clients, m.ClientAt(row))
		}
	}); err != nil {
		return false, err
	}
	for i := range clients {
		client := &clients[i]
		if client.State == custody.Closed {
			continue
		}
		result, err := c.one(ctx, screen, today, client)
		if err != nil {
			return false, err
		}
		if result.Outcome != record.CheckAgreed {
			cmd.Rows = append(cmd.Rows, record.CheckData{Client: client.Number, ID: client.ID, Name: client.Name, Results: []record.CheckResult{result}})
		}
	}
	answers, err := c.n.Core.Submit(ctx, record.Request{Cmd: cmd})
	if err != nil {
		return false, err
	}
	switch code := record.Code(answers[0].Code); {
	case code == record.ComparisonMoved:
		return true, nil // a person has begun another one meanwhile
	case code != record.Accepted:
		return false, fmt.Errorf("a step of comparison %d was refused: %s", number, code)
	}
	if len(cmd.Rows) > 0 || cmd.Through == at.Until {
		c.n.log.Info("clients compared with the name lists", slog.Uint64("comparison", number), slog.Uint64("clients", uint64(cmd.Through)),
			slog.Uint64("of", uint64(at.Until)), slog.Int("found", len(cmd.Rows)), slog.Uint64("held", answers[0].Ref))
	}
	return cmd.Through < at.Until, nil
}

// one compares one client. Name and number are opened, hashed and dropped; nobody
// reads them, so there is no record of a revelation.
func (c *comparing) one(ctx context.Context, screen *screen, today identity.Day, client *custody.Client) (record.CheckResult, error) {
	unread := record.CheckResult{Check: record.CheckList, Outcome: record.CheckUnknown}
	key, err := c.n.Vault.Key(client.Number)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrDestroyed) {
		return unread, nil
	}
	if err != nil {
		return unread, err
	}
	all, err := c.n.Owners.sealed(ctx, client.Number)
	if err != nil {
		return unread, err
	}
	names, err := unseal(key, vault.FieldName, all)
	if err != nil {
		return unread, err
	}
	numbers, err := unseal(key, vault.FieldDocument, all)
	if err != nil || len(names) == 0 || len(numbers) == 0 {
		return unread, err
	}
	return screen.check(today, vault.NewSecret(names[0]), vault.NewSecret(numbers[0])), nil
}
