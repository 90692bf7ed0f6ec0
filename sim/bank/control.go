package bank

import (
	"fmt"
	"slices"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// Control moves, disturbs and looks at a Bank. Its methods may be called from any
// goroutine. What it makes the bank say is on its way when the method returns; a
// probe of the broker's sent afterwards is answered after it.
type Control struct{ b *Bank }

func locked[R any](c *Control, f func(b *Bank) R) R {
	c.b.mu.Lock()
	defer c.b.mu.Unlock()
	return f(c.b)
}

// ErrClock reports a clock that is set back.
var ErrClock = fmt.Errorf("the clock goes forward only: %w", ErrConfig)

// Advance moves the bank's clock and does what falls due on the way, in order of
// time. Midnight does not change the business date; OpenDay does.
func (c *Control) Advance(now time.Time) error {
	return locked(c, func(b *Bank) error {
		if now.Before(b.now) {
			return fmt.Errorf("%s after %s: %w", now, b.now, ErrClock)
		}
		for {
			i := b.nextTimer(now)
			if i < 0 {
				b.now = now
				return nil
			}
			t := b.timers[i]
			b.timers = slices.Delete(b.timers, i, i+1)
			if t.at.After(b.now) {
				b.now = t.at
			}
			t.do()
		}
	})
}

// nextTimer returns the place of the earliest timer up to now, or -1.
func (b *Bank) nextTimer(now time.Time) int {
	best := -1
	for i, t := range b.timers {
		if t.at.After(now) {
			continue
		}
		if best < 0 || t.at.Before(b.timers[best].at) || t.at.Equal(b.timers[best].at) && t.ticket < b.timers[best].ticket {
			best = i
		}
	}
	return best
}

// OpenDay begins a business date, and the broker must sign in again. What the files
// of the evening before told is to be paid leaves the pooled account now; what it is
// to get comes in the afternoon, when the clearing house has paid.
func (c *Control) OpenDay(date wire.Date) error {
	return locked(c, func(b *Bank) error {
		if date <= b.date || !date.Valid() {
			return fmt.Errorf("day %d after %d: %w", date, b.date, ErrConfig)
		}
		last := b.date
		b.date, b.signedIn = date, 0
		for _, c := range currencies {
			if b.pools[c] != nil {
				b.settleDue(c, b.interestOf(last, c))
			}
		}
		for _, a := range b.managed {
			a.told = false
		}
		return nil
	})
}

// Inject makes the next n messages of a function suffer a fault, before those of
// the seed; function 0 is any transfer or reversal.
func (c *Control) Inject(function wire.Function, f Fault, n int) error {
	return locked(c, func(b *Bank) error {
		if f >= faultKinds || n < 0 {
			return fmt.Errorf("%s %d times: %w", f, n, ErrConfig)
		}
		for range n {
			b.armed = append(b.armed, armedFault{function, f})
		}
		return nil
	})
}

// InjectFile makes the next file of a layout, by its short name, suffer a fault.
func (c *Control) InjectFile(layout string, f Fault) error {
	return locked(c, func(b *Bank) error {
		if !f.ofFile() {
			return fmt.Errorf("%s of a file: %w", f, ErrConfig)
		}
		b.fileFault[layout] = f
		return nil
	})
}

// SetFaults replaces the chances of faults from now on.
func (c *Control) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	return locked(c, func(b *Bank) error { b.faults = f.withDefaults(); return nil })
}

// Disconnect ends the line after what was said is written.
func (c *Control) Disconnect() {
	locked(c, func(b *Bank) error {
		if b.active != nil {
			b.active.end()
		}
		return nil
	})
}

// Mute makes the bank hear nothing, not even probes, or hear again. A broker in
// lock step cannot tell when a mute bank has said everything.
func (c *Control) Mute(on bool) {
	locked(c, func(b *Bank) error { b.muted = on; return nil })
}

type started struct {
	serial string
	err    error
}

// Deposit starts a deposit at the bank's counter and returns the bank's serial.
// The card is debited at once. It returns ErrNoLine or ErrConfig.
func (c *Control) Deposit(card string, amount money.Amount) (string, error) {
	r := locked(c, func(b *Bank) started {
		serial, err := b.startTransfer(wire.FunctionDeposit, card, "", amount)
		return started{serial, err}
	})
	return r.serial, r.err
}

// Withdraw starts a withdrawal with the client's fund password.
func (c *Control) Withdraw(card, fundPassword string, amount money.Amount) (string, error) {
	r := locked(c, func(b *Bank) started {
		serial, err := b.startTransfer(wire.FunctionWithdrawal, card, fundPassword, amount)
		return started{serial, err}
	})
	return r.serial, r.err
}

// Reverse starts the reversal of a transfer, by the bank's serial of it. A
// transfer kept back by FaultDelay is overtaken by its reversal.
func (c *Control) Reverse(of string) (string, error) {
	r := locked(c, func(b *Bank) started {
		serial, err := b.startReversal(of)
		return started{serial, err}
	})
	return r.serial, r.err
}

// Resend says what the bank started under a serial again, word for word.
func (c *Control) Resend(serial string) error {
	return locked(c, func(b *Bank) error {
		a := b.asks[serial]
		switch {
		case a == nil || a.entry != nil && a.entry.Hidden: // the front end knows nothing of a hidden entry
			return fmt.Errorf("nothing was started as %s: %w", serial, ErrConfig)
		case a.entry != nil && a.entry.State != wire.TransferProcessing && a.reply == nil:
			return fmt.Errorf("%s was concluded by an enquiry and must not arrive any more: %w", serial, ErrConfig)
		}
		if err := b.ready(); err != nil {
			return err
		}
		b.tell(a.message)
		return nil
	})
}

// Enquire asks the broker what became of a transfer the bank started, and acts on
// the answer. It returns the enquiry's own serial.
func (c *Control) Enquire(of string) (string, error) {
	r := locked(c, func(b *Bank) started {
		e := b.bySerial[of]
		if e == nil {
			return started{"", fmt.Errorf("no transfer %s: %w", of, ErrConfig)}
		}
		if err := b.ready(); err != nil {
			return started{"", err}
		}
		return started{b.enquireOf(e), nil}
	})
	return r.serial, r.err
}

// Ask starts business of the account class: m is filled but for its header. On
// success the bank changes its own records. See Party.
func (c *Control) Ask(m wire.Message) (string, error) {
	r := locked(c, func(b *Bank) started {
		if err := b.ready(); err != nil {
			return started{"", err}
		}
		if wire.PartyOf(m) == nil && !enquiry(m.Function()) && m.Function() != wire.FunctionQueryLedgerBalance {
			return started{"", fmt.Errorf("%v is not asked this way: %w", m.Function(), ErrConfig)}
		}
		a := b.begin(m, nil, FaultNone)
		b.tell(m)
		return started{a.message.Head().BankSerial, nil}
	})
	return r.serial, r.err
}

// AskLedger asks the broker for the balance of the fund account of a card.
func (c *Control) AskLedger(card, fundPassword string) (string, error) {
	k := locked(c, func(b *Bank) *wire.QueryLedgerBalance {
		k := b.cards[card]
		if k == nil || k.account == nil || b.ready() != nil {
			return nil
		}
		block, err := b.codec.SealPIN(b.keySet, k.account.fund, wire.NewSecret(fundPassword))
		if err != nil {
			return nil
		}
		return &wire.QueryLedgerBalance{FundAccount: k.account.fund, BankAccount: card, Currency: k.Currency, FundPassword: block}
	})
	if k == nil {
		return "", fmt.Errorf("no relation of this card, or no line: %w", ErrConfig)
	}
	return c.Ask(k)
}

// SealFund seals a fund password for a fund account under the keys in force.
func (c *Control) SealFund(fund, password string) (wire.PINBlock, error) {
	c.b.mu.Lock()
	defer c.b.mu.Unlock()
	return c.b.codec.SealPIN(c.b.keySet, fund, wire.NewSecret(password))
}

// ExchangeKeys makes the bank bring new working keys.
func (c *Control) ExchangeKeys() error {
	return locked(c, func(b *Bank) error {
		if err := b.ready(); err != nil {
			return err
		}
		keys, err := b.config.Keys.NewWorkingKeys(b.config.Code, b.keySet+1)
		if err != nil {
			return fmt.Errorf("make working keys: %w", err)
		}
		m := &wire.KeyExchange{Keys: keys}
		b.begin(m, nil, FaultNone)
		b.tell(m)
		return nil
	})
}

// SendDetail queues the day's transfers and the states of the relations, the
// files that open the day end.
func (c *Control) SendDetail() {
	locked(c, func(b *Bank) error { b.enqueue(b.detail(b.date)); return nil })
}

// Fetch asks the broker for a file by name.
func (c *Control) Fetch(name string) error {
	return locked(c, func(b *Bank) error {
		if err := b.ready(); err != nil {
			return err
		}
		b.tellFile(&wire.FileFetch{Name: name})
		return nil
	})
}

// AddCustomer gives someone a card.
func (c *Control) AddCustomer(k Customer) error {
	return locked(c, func(b *Bank) error { return b.addCustomer(k) })
}
