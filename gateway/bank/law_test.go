package bank

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sancun/custody"
	"sancun/money"
	"sancun/record"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

// chaos is a day of random business over banks that misbehave by seed.
type chaos struct {
	*world
	pick    func(n int) int // a number below n
	ours    []uint64
	theirs  [][]string // bank serials by place of the bank
	ordered bool       // nothing is left to chance
}

const chaosClients = 3

func newChaos(t reporter, seed uint64, pick func(int) int) *chaos {
	t.Helper()
	c := &chaos{world: newWorld(t, chaosClients, wire.Fixed24(), wire.XML()), pick: pick}
	const often = 60_000 // parts per million: two messages in three are treated well
	for i, s := range c.banks {
		s.must(s.ctl.SetFaults(sim.Faults{
			Seed: seed + uint64(i), Delay: often, Late: often, Silent: often, NoAnswer: often, Twice: often / 2, DropBefore: often / 2,
			DropAfter: often / 2, Refuse: often / 2, Unsure: often / 2, BankOnly: often / 2, BrokerOnly: often / 2,
		}))
		c.theirs = append(c.theirs, nil)
	}
	c.drain()
	return c
}

// step does one random thing.
func (c *chaos) step() {
	c.t.Helper()
	at := c.pick(len(c.banks))
	s := c.banks[at]
	fund := uint64(s.number)*1000 + 1 + uint64(c.pick(chaosClients))
	amount := money.Amount(100 + c.pick(50_000))
	key := c.key()
	remember := func(serial string, err error) {
		if err == nil {
			c.theirs[at] = append(c.theirs[at], serial)
		}
	}
	some := func() (string, bool) {
		if all := c.theirs[at]; len(all) > 0 {
			return all[c.pick(len(all))], true
		}
		return "", false
	}
	switch c.pick(16) {
	case 0, 1:
		if id, code := c.ask(key, &record.AskDeposit{Fund: fund, Amount: amount, Channel: record.ChannelWeb}); code == record.Accepted {
			c.ours = append(c.ours, id)
		}
	case 2, 3:
		if id, code := c.ask(key, &record.AskWithdrawal{Fund: fund, Amount: amount, Channel: record.ChannelWeb, PasswordOK: 1}); code == record.Accepted {
			c.ours = append(c.ours, id)
		}
	case 4, 5:
		if len(c.ours) > 0 {
			t := c.transfer(c.ours[c.pick(len(c.ours))])
			c.ask(key, &record.AskReversal{Transfer: t.ID, Amount: t.Amount})
		}
	case 6:
		remember(s.ctl.Deposit(cardNumber(fund), amount))
	case 7:
		remember(s.ctl.Withdraw(cardNumber(fund), fundPIN, amount))
	case 8:
		if of, ok := some(); ok {
			remember(s.ctl.Reverse(of))
		}
	case 9:
		if of, ok := some(); ok {
			_ = s.ctl.Resend(of) // there may be no line
		}
	case 10:
		s.ctl.Disconnect()
	case 11:
		if c.ordered { // what a crash leaves on the line is chance
			c.drain()
		}
		s.restart()
		if c.ordered {
			c.drain()
		}
	case 12:
		s.gw.EnquireAll()
	case 13, 14:
		c.drain()
	default:
		c.pass(time.Duration(1+c.pick(8)) * 5 * time.Second)
	}
}

// end lets everything come to its outcome: no more faults, all lines up, the bank
// enquires after what it started.
func (c *chaos) end() {
	c.t.Helper()
	for _, s := range c.banks {
		s.must(s.ctl.SetFaults(sim.Faults{}))
	}
	c.settle()
	for range 3 {
		if c.quiet() {
			break
		}
		for _, s := range c.banks {
			for _, e := range s.ctl.Entries() {
				if e.State == wire.TransferProcessing && e.Key.Initiator == wire.Bank {
					_, err := s.ctl.Enquire(e.BankSerial)
					s.must(err)
				}
			}
			s.gw.EnquireAll()
		}
		c.settle()
	}
	for _, s := range c.banks {
		if h := s.gw.Health(); h.Waiting+h.Flying+h.Unknown != 0 || !h.Up {
			c.t.Fatalf("bank %d has not come to an end: %+v\n%s\n%s", s.number, h, s.story(), strings.Join(c.log, "\n"))
		}
		if !s.ctl.Settled() {
			c.t.Fatalf("bank %d has open business\n%s", s.number, s.story())
		}
		seen := map[wire.Key]bool{}
		for _, e := range s.ctl.Entries() {
			if e.Booked && seen[e.Key] {
				c.t.Fatalf("%v was booked twice", e.Key)
			}
			seen[e.Key] = seen[e.Key] || e.Booked
		}
	}
	for _, id := range c.ours {
		if t := c.transfer(id); t.Open() {
			c.t.Fatalf("transfer %d is open: %d", id, t.State)
		}
	}
	c.compare()
}

// quiet says whether nothing is open anywhere.
func (c *chaos) quiet() bool {
	return !slices.ContainsFunc(c.banks, func(s *side) bool {
		h := s.gw.Health()
		return h.Waiting+h.Flying+h.Unknown != 0 || !h.Up || !s.ctl.Settled()
	})
}

// Whatever goes wrong, in the end the bank's books and ours differ by exactly the
// single-sided entries of the bank's log.
func TestBooksDifferByTheLogOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64Range(1, 1<<40).Draw(t, "seed")
		pick := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "pick") }
		c := newChaos(t, seed, pick)
		defer c.close()
		for range rapid.IntRange(5, 60).Draw(t, "steps") {
			c.step()
		}
		c.end()
	})
}

// The same seed gives the same commands in the same order, and the same books.
func TestSameSeedSameCommands(t *testing.T) {
	play := func(seed uint64) ([]string, []string) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := newChaos(t, seed, r.IntN)
		c.ordered = true
		defer c.close()
		for range 120 {
			c.step()
		}
		c.end()
		var stories []string
		for _, s := range c.banks {
			stories = append(stories, s.story())
		}
		return c.log, stories
	}
	for seed := range uint64(4) {
		log, stories := play(seed)
		again, told := play(seed)
		if !slices.Equal(log, again) {
			t.Errorf("seed %d: %d commands, then %d, or others", seed, len(log), len(again))
		}
		if !slices.Equal(stories, told) {
			t.Errorf("seed %d: the banks tell another story", seed)
		}
		if len(log) < 100 || custody.TransferDone == 0 {
			t.Errorf("seed %d: only %d commands", seed, len(log))
		}
	}
}
