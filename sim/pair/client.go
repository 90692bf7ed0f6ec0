package pair

import (
	"errors"
	"fmt"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	"sancun/sequencer"
)

// client is somebody who asks, one thing after another, and asks again under the
// same key until there is an answer.
type client struct {
	w       *world
	n       int
	believe int // which centre writes
	serial  int
	op      *op
	wave    int // counts what was asked, so that a late answer is known
}

// op is one thing a client wants.
type op struct {
	name    string
	request record.Request
	tries   int
}

const (
	patience = 1500 * ms // then the client asks again
)

// live asks on until the run ends; in the calm a little while.
func (c *client) live() {
	if c.op == nil && c.w.now < troubleFor+3*second {
		c.serial++
		c.op = c.wish()
		c.ask()
	}
	c.w.after(c.w.between(50*ms, 400*ms), c.live)
}

// wish draws what a client wants.
func (c *client) wish() *op {
	fund, amount := fundOf(c.n), money.Amount(100+c.w.rng.IntN(1_000_00))
	own := fmt.Sprintf("%d-%d", c.n, c.serial)
	caller := record.CallerOf(record.CallerClient, uint64(c.n+1))
	o := &op{}
	switch c.w.rng.IntN(6) {
	case 0:
		o.name = "withdrawal " + own
		o.request.Cmd = &record.AskWithdrawal{Fund: fund, Amount: amount, Channel: record.ChannelWeb, PasswordOK: 1}
	case 1:
		o.name = "deposit " + own
		o.request.Cmd = &record.AskDeposit{Fund: fund, Amount: amount, Channel: record.ChannelWeb}
	case 2:
		o.name = "look " + own
		return o
	default:
		o.name = "bank deposit " + own
		caller = record.CallerOf(record.CallerBank, bankOfRun)
		o.request.Cmd = &record.BankDeposit{
			Bank: bankOfRun, Date: dayOfRun, BankRef: own, Fund: fund, Currency: money.CNY, Amount: amount, Card: cardOf(c.n), Name: nameOf(c.n),
		}
	}
	o.request.Caller, o.request.Key = caller, record.KeyFor(caller, own)
	return o
}

// ask asks the centre that the client believes to write, and again later.
func (c *client) ask() {
	if c.op == nil {
		return
	}
	c.op.tries++
	c.wave++
	wave, o, s := c.wave, c.op, c.w.sites[c.believe]
	c.w.travel(c.w.net.cut[s.i][s.i], nil, func() { s.asked(c, o) })
	c.w.after(patience, func() {
		if c.wave == wave && c.op == o {
			c.believe = c.w.rng.IntN(2)
			c.ask()
		}
	})
}

// asked is a request that arrives at a centre.
func (s *site) asked(c *client, o *op) {
	s.then(0, func() {
		reply := func(do func()) { s.w.travel(s.w.net.cut[s.i][s.i], nil, do) }
		batch := &sequencer.Batch{}
		seen := uint64(0)
		if o.request.Cmd != nil {
			batch.Requests = []record.Request{o.request}
		} else {
			batch.Read = func() { seen = s.hand.Deciding() }
		}
		err := s.submit(batch, func(b *sequencer.Batch) {
			switch {
			case b.Err != nil:
				reply(func() { c.refused(o, b.Err) })
			case o.request.Cmd == nil:
				s.w.oracle.looked(s, seen)
				reply(func() { c.told(o) })
			default:
				s.w.oracle.answered(s, o, b.Answers[0])
				reply(func() { c.told(o) })
			}
		})
		if err != nil {
			reply(func() { c.refused(o, err) })
		}
	})
}

// told is an answer that arrives at the client.
func (c *client) told(o *op) {
	if c.op == o {
		c.op = nil
	}
}

// refused is an answer without one: the outcome is unknown, or nothing was done.
func (c *client) refused(o *op, err error) {
	if c.op != o {
		return
	}
	if errors.Is(err, errNotServed) || errors.Is(err, sequencer.ErrStopped) {
		c.believe = 1 - c.believe
	}
	c.wave++
	wave := c.wave
	c.w.after(c.w.between(20*ms, 200*ms), func() {
		if c.wave == wave {
			c.ask()
		}
	})
}

// balance is the cash of a client by the state of a machine.
func balance(m *custody.Machine, client int) int64 {
	_, row, ok := m.Fund(fundOf(client))
	if !ok {
		return 0
	}
	return m.CashOf(row).Balance
}
