package bank

import (
	"slices"
	"time"

	"sancun/money"
	wire "sancun/wire/bank"
)

// MovementKind says why money moved over the pooled account other than to or from a
// client's card.
type MovementKind uint8

// The kinds of movements.
const (
	MovedToReserve    MovementKind = 1 // paid into the reserve of a market
	MovedFromReserve  MovementKind = 2 // arrived from there
	MovedBySettlement MovementKind = 3 // the net that the broker's files told the evening before
	MovedAsInterest   MovementKind = 4 // the bank's own interest, posted to clients the evening before
)

// Movement is money that came to the pooled account from outside, positive, or left
// it, negative. What the outside makes of it is the caller's.
type Movement struct {
	Kind     MovementKind
	At       time.Time
	Market   uint8 // of the reserve; 0 otherwise
	Currency money.Currency
	Amount   money.Amount
}

// receiptsAt is when a net in the clients' favour comes in on the settlement day:
// the clearing house pays at 16:00. What must be paid goes out with the opening.
const receiptsAt = 16*time.Hour + 10*time.Minute

// expected is a remittance back that the bank will confirm when the money is there.
type expected struct {
	entry *Entry
	ask   *wire.Remit
}

func (b *Bank) moved(kind MovementKind, market uint8, c money.Currency, amount money.Amount) {
	b.pool(c).balance += amount
	b.movements = append(b.movements, Movement{kind, b.now, market, c, amount})
}

// remit pays into the reserve, or confirms what came back. It returns nil when the
// answer must wait for the money.
func (b *Bank) remit(m *wire.Remit, f Fault) wire.Message {
	key, _ := m.Key() // take has checked it
	e := b.record(&Entry{
		Key: key, Function: m.Function(), BrokerSerial: m.BrokerSerial, PlatformSerial: m.PlatformSerial,
		Currency: m.Currency, Amount: m.Amount, Date: m.Date, Time: b.clock(), State: wire.TransferProcessing,
	})
	p := b.pool(m.Currency)
	switch {
	case m.Amount <= 0:
		e.State = wire.TransferRefused
		return b.reply(m, wire.Refused, "金额错误")
	case !m.Back && p.balance < m.Amount:
		e.State = wire.TransferRefused
		return b.reply(m, wire.Refused, "汇总账户余额不足")
	case int(m.Market) >= len(p.arrived):
		e.State = wire.TransferRefused
		return b.reply(m, wire.Refused, "市场代码错误")
	case m.Back && p.arrived[m.Market] < m.Amount:
		b.expects = append(b.expects, expected{e, m})
		return nil
	}
	return b.remitted(m, e, f)
}

// remitted does what a remittance asks, as its fault lets it. Money that came back
// is on the pooled account already; it only stops waiting for its confirmation.
func (b *Bank) remitted(m *wire.Remit, e *Entry, f Fault) wire.Message {
	p := b.pool(m.Currency)
	e.BankSerial, e.State = b.nextSerial(), wire.TransferDone
	b.bySerial[e.BankSerial] = e
	switch {
	case f == FaultBrokerOnly:
		e.Phantom = true
		b.note(f, FindBrokerHas, e)
	case m.Back:
		p.arrived[m.Market] -= m.Amount
	default:
		e.Booked = true
		p.reserve += m.Amount
		b.moved(MovedToReserve, m.Market, m.Currency, -m.Amount)
	}
	if f == FaultBankOnly {
		e.Hidden = true
		b.note(f, FindBankHas, e)
	}
	reply := b.reply(m, wire.Success, "")
	reply.Head().BankSerial = e.BankSerial
	return reply
}

// arrive books money that the clearing house paid back, and answers who waits for it.
func (b *Bank) arrive(market uint8, c money.Currency, amount money.Amount) {
	p := b.pool(c)
	p.reserve -= amount
	p.arrived[market] += amount
	b.moved(MovedFromReserve, market, c, amount)
	b.expects = slices.DeleteFunc(b.expects, func(x expected) bool {
		if x.ask.Market != market || x.ask.Currency != c || p.arrived[market] < x.ask.Amount {
			return false
		}
		reply := b.remitted(x.ask, x.entry, FaultNone)
		if a := b.answers[x.entry.Key]; a != nil {
			a.reply = reply
		}
		b.tell(reply)
		return true
	})
}

// settleDue lets move what the evening's files told: interest that the bank owes and
// payments at once, receipts when the clearing house has paid.
func (b *Bank) settleDue(c money.Currency, interest money.Amount) {
	p := b.pool(c)
	net := p.due - interest
	p.due = 0
	if interest != 0 {
		p.inCourse -= interest
		b.moved(MovedAsInterest, 0, c, interest)
	}
	pay := func() {
		p.inCourse -= net
		b.moved(MovedBySettlement, 0, c, net)
	}
	switch {
	case net < 0:
		pay()
	case net > 0:
		midnight := time.Date(int(b.date/10_000), time.Month(b.date/100%100), int(b.date%100), 0, 0, 0, 0, b.now.Location())
		b.at(midnight.Add(receiptsAt), pay)
	}
}

// interestOf is what the broker's files of a date posted to clients.
func (b *Bank) interestOf(date wire.Date, c money.Currency) (sum money.Amount) {
	for _, e := range b.effects[effectTag(effectInterest, date)] {
		if e.account.currency == c {
			sum += e.net
		}
	}
	return sum
}

// Arrive tells the bank that money came back from the reserve of a market.
func (c *Control) Arrive(market uint8, currency money.Currency, amount money.Amount) {
	locked(c, func(b *Bank) error { b.arrive(market, currency, amount); return nil })
}

// Movements returns what moved over the pooled account to and from outside, other
// than transfers, from a place in their order on.
func (c *Control) Movements(from int) []Movement {
	return locked(c, func(b *Bank) []Movement { return slices.Clone(b.movements[min(from, len(b.movements)):]) })
}
