package bank

import (
	"fmt"

	"sancun/money"
	wire "sancun/wire/bank"
)

// triesMax is how often the bank enquires by itself before it leaves a piece of
// business to people.
const triesMax = 3

// ask is a piece of business the bank started.
type ask struct {
	message wire.Message
	reply   wire.Message // first answer, nil while there is none
	entry   *Entry       // of a transfer or reversal; of an enquiry: the one asked about
	fault   Fault
	tries   int
}

// begin heads a message of the bank and remembers it.
func (b *Bank) begin(m wire.Message, e *Entry, f Fault) *ask {
	serial := ""
	if e != nil && e.Key.Initiator == wire.Bank && e.Function == m.Function() {
		serial = e.BankSerial
	} else {
		serial = b.nextSerial()
	}
	*m.Head() = wire.Header{
		Version: wire.Version, Sender: b.config.Code, Receiver: b.config.Broker, Date: b.date, Time: b.clock(),
		Initiator: wire.Bank, BankSerial: serial, Epoch: b.epoch,
	}
	a := &ask{message: m, entry: e, fault: f}
	b.asks[serial] = a
	return a
}

// ready says why the bank cannot start anything, or nil.
func (b *Bank) ready() error {
	switch {
	case b.closed:
		return ErrClosed
	case b.active == nil || b.signedIn == 0 || b.keySet == 0:
		return ErrNoLine
	}
	return nil
}

// startTransfer starts a deposit or withdrawal at the bank's own counter.
func (b *Bank) startTransfer(f wire.Function, card, password string, amount money.Amount) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	k := b.cards[card]
	if k == nil || k.account == nil || k.account.state != wire.CustodyDesignated || amount <= 0 {
		return "", fmt.Errorf("no relation of this card, or amount %s: %w", amount, ErrConfig)
	}
	if f == wire.FunctionDeposit && k.Balance < amount {
		return "", fmt.Errorf("the card does not cover %s: %w", amount, ErrConfig)
	}
	serial := b.nextSerial()
	e := b.record(&Entry{
		Key: wire.Key{Initiator: wire.Bank, Date: b.date, Serial: serial}, Function: f, BankSerial: serial, Card: card, Fund: k.account.fund,
		Currency: k.Currency, Amount: amount, Date: b.date, Time: b.clock(), State: wire.TransferProcessing,
	})
	t := wire.Transfer{FundAccount: e.Fund, BankAccount: card, Currency: e.Currency, Amount: amount, Name: k.Name, IDKind: k.IDKind, IDNumber: k.IDNumber}
	if password != "" {
		block, err := b.codec.SealPIN(b.keySet, e.Fund, wire.NewSecret(password))
		if err != nil {
			return "", fmt.Errorf("seal the fund password: %w", err)
		}
		t.FundPassword = block
	}
	fault := b.faultOf(f, e.Key)
	var m wire.Message
	if f == wire.FunctionDeposit {
		m = &wire.Deposit{Transfer: t}
		b.book(e) // the card is debited before the broker is asked
	} else {
		m = &wire.Withdrawal{Transfer: t}
	}
	b.send(b.begin(m, e, fault))
	return serial, nil
}

// startReversal starts the reversal of a transfer by the bank's serial of it.
func (b *Bank) startReversal(of string) (string, error) {
	if err := b.ready(); err != nil {
		return "", err
	}
	o := b.bySerial[of]
	if o == nil || o.Hidden || (o.Function != wire.FunctionDeposit && o.Function != wire.FunctionWithdrawal) {
		return "", fmt.Errorf("no transfer %s to reverse: %w", of, ErrConfig)
	}
	serial := b.nextSerial()
	f := wire.FunctionReverseDeposit
	if o.Function == wire.FunctionWithdrawal {
		f = wire.FunctionReverseWithdrawal
	}
	e := b.record(&Entry{
		Key: wire.Key{Initiator: wire.Bank, Date: b.date, Serial: serial}, Function: f, BankSerial: serial, Card: o.Card, Fund: o.Fund,
		Currency: o.Currency, Amount: o.Amount, Date: b.date, Time: b.clock(), State: wire.TransferProcessing, Reverses: o.Key,
	})
	r := wire.Reversal{
		Original: wire.Original{
			Initiator: o.Key.Initiator, Date: o.Date, PlatformSerial: o.PlatformSerial, BankSerial: o.BankSerial, BrokerSerial: o.BrokerSerial,
		},
		FundAccount: o.Fund, BankAccount: o.Card, Currency: o.Currency, Amount: o.Amount,
	}
	var m wire.Message
	if f == wire.FunctionReverseDeposit {
		m = &wire.ReverseDeposit{Reversal: r}
	} else {
		m = &wire.ReverseWithdrawal{Reversal: r}
	}
	fault := b.faultOf(f, e.Key)
	if fault == FaultBankOnly || fault == FaultBrokerOnly {
		fault = FaultNone // the original carries the single-sided faults of this side
	}
	b.send(b.begin(m, e, fault))
	return serial, nil
}

// send says what an ask says, as its fault lets it.
func (b *Bank) send(a *ask) {
	e := a.entry
	switch a.fault {
	case FaultBankOnly:
		if !e.Booked {
			b.book(e)
		}
		e.State, e.Hidden = wire.TransferDone, true
		b.note(a.fault, FindBankHas, e)
		return
	case FaultSilent, FaultDropBefore:
		b.note(a.fault, FindNothing, e)
		if a.fault == FaultDropBefore {
			b.active.end()
		}
	case FaultDelay:
		b.note(a.fault, FindNothing, e)
		b.at(b.now.Add(b.faults.DelayBy), func() {
			if e.State != wire.TransferRefused { // an enquiry said "absent" meanwhile: it must not arrive any more
				b.tell(a.message)
			}
		})
	case FaultTwice:
		b.note(a.fault, FindNothing, e)
		b.tell(a.message)
		b.tell(a.message)
	case FaultDropAfter:
		b.note(a.fault, FindNothing, e)
		b.tell(a.message)
		b.active.end()
	default:
		b.tell(a.message)
	}
	b.watch(a)
}

// watch sets the time after which the bank enquires by itself.
func (b *Bank) watch(a *ask) {
	if b.config.ReplyWithin == 0 || a.entry == nil {
		return
	}
	b.at(b.now.Add(b.config.ReplyWithin), func() {
		if a.entry.State != wire.TransferProcessing || a.tries >= triesMax {
			return
		}
		a.tries++
		b.enquireOf(a.entry)
		b.watch(a)
	})
}

// enquireOf asks the broker what became of an entry.
func (b *Bank) enquireOf(e *Entry) string {
	m := &wire.QueryTransfer{Original: wire.Original{
		Initiator: e.Key.Initiator, Date: e.Date, PlatformSerial: e.PlatformSerial, BankSerial: e.BankSerial, BrokerSerial: e.BrokerSerial,
	}}
	a := b.begin(m, e, FaultNone)
	b.tell(m)
	return a.message.Head().BankSerial
}

// answeredTo takes an answer of the broker.
func (b *Bank) answeredTo(m wire.Message) {
	if b.fileConfirmed(m) {
		return
	}
	a := b.asks[m.Head().BankSerial]
	if a == nil || a.message.Function() != m.Function() {
		return
	}
	if a.reply == nil {
		a.reply = m
	}
	status := m.Result().Final()
	switch m := m.(type) {
	case *wire.Deposit, *wire.Withdrawal, *wire.ReverseDeposit, *wire.ReverseWithdrawal:
		a.entry.PlatformSerial, a.entry.BrokerSerial = m.Head().PlatformSerial, m.Head().BrokerSerial
		b.conclude(a.entry, status, a.fault)
	case *wire.QueryTransfer:
		if status == wire.Success && a.entry != nil {
			b.concludeState(a.entry, m.State)
		}
	case *wire.KeyExchange:
		if status == wire.Success {
			b.keySet = m.Keys.Generation
		}
	default:
		if status == wire.Success && !enquiry(m.Function()) {
			_ = b.change(a.message, false) // what the bank could not carry out it would not have asked
		}
	}
}

func (b *Bank) concludeState(e *Entry, s wire.TransferState) {
	fault := FaultNone
	if a := b.asks[e.BankSerial]; a != nil {
		fault = a.fault
	}
	switch s {
	case wire.TransferDone:
		b.conclude(e, wire.Success, fault)
	case wire.TransferRefused, wire.TransferAbsent:
		b.conclude(e, wire.Refused, fault)
	case wire.TransferReversed:
		if e.State == wire.TransferProcessing {
			if e.Booked {
				b.unbook(e)
			}
			e.State = wire.TransferReversed
		}
	}
}

// conclude ends an entry the bank started. Only the first definite word counts.
func (b *Bank) conclude(e *Entry, status wire.Status, f Fault) {
	if e.State != wire.TransferProcessing || status == wire.Unknown {
		return
	}
	if status != wire.Success {
		if e.Booked {
			b.unbook(e)
		}
		e.State = wire.TransferRefused
		return
	}
	e.State = wire.TransferDone
	if o := b.byKey[e.Reverses]; e.Reverses != (wire.Key{}) && o != nil {
		if o.Phantom {
			b.heal(o.Key)
		} else if o.Booked {
			b.book(e)
		}
		o.State = wire.TransferReversed
		return
	}
	switch {
	case f == FaultBrokerOnly:
		if e.Booked {
			b.unbook(e)
		}
		e.Phantom = true
		b.note(f, FindBrokerHas, e)
	case !e.Booked:
		b.book(e)
	}
}
