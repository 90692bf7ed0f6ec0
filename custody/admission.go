package custody

import (
	"sancun/money"
	"sancun/record"
)

// movement is a transfer that asks to be let in. All transfers of both
// directions and initiators go through admit, so that there is one place for
// states, windows, limits and counters.
type movement struct {
	fund      uint32 // row
	direction uint8
	channel   uint8
	second    bool // a second factor was checked, or the bank's own rules stand for it
	amount    money.Amount
}

// admit checks a movement from the general to the particular. The first check
// that fails answers.
func (m *Machine) admit(v *movement) record.Code {
	if code := m.takesBusiness(); code != record.Accepted {
		return code
	}
	if v.amount <= 0 || v.amount > amountMax {
		return record.BadAmount
	}
	f := m.funds.At(v.fund)
	if code := m.usable(f, v.direction); code != record.Accepted {
		return code
	}
	if code := m.bankTakes(f.Bank); code != record.Accepted {
		return code
	}
	t := m.termsFor(f, v.channel)
	if code := t.allow(v, m.counted(f)); code != record.Accepted {
		return code
	}
	if v.direction == Deposit {
		return m.takesIn(v.fund, f.Bank, v.amount)
	}
	return m.covers(v, &t)
}

// takesBusiness says whether the business day is open.
func (m *Machine) takesBusiness() record.Code {
	switch m.today().Phase {
	case DayOpen:
		return record.Accepted
	case DayStopped, DayCleared:
		return record.DayClosed
	}
	return record.NotOpenedDay
}

// usable checks the states of fund account, client and custody relation.
func (m *Machine) usable(f *Fund, direction uint8) record.Code {
	client := m.clients.At(f.Client)
	if code := stateTakes(f.State); code != record.Accepted {
		return code
	}
	if code := stateTakes(client.State); code != record.Accepted {
		return code
	}
	switch {
	case f.Relation != RelationDesignated || f.Bank == 0:
		return record.NotDesignated
	case client.Mismatch != 0:
		return record.DataMismatch
	case f.CardDate == m.today().Date:
		return record.CardChangedToday
	case direction == Deposit && f.ClosingDate != 0:
		return record.ClosingAsked
	}
	return record.Accepted
}

// stateTakes says whether an account or client in this state takes transfers.
func stateTakes(state uint8) record.Code {
	switch state {
	case Normal:
		return record.Accepted
	case Frozen:
		return record.AccountFrozen
	case LossReported:
		return record.AccountLossReported
	case Dormant:
		return record.AccountDormant
	case Unqualified:
		return record.AccountUnqualified
	case Closed:
		return record.AccountClosed
	case Held:
		return record.ClientHeld
	}
	return record.NotDesignated
}

// bankTakes checks that the bank is in service, signed in and within its hours.
func (m *Machine) bankTakes(number uint16) record.Code {
	row, ok := m.bank(number)
	if !ok {
		return record.UnknownRow
	}
	b := m.banks.At(row)
	at := uint32(m.timeOfDay())
	switch {
	case b.Service != BankOpen:
		return record.BankOutOfService
	case b.SignedIn != m.today().Date:
		return record.BankSignedOut
	case at < b.WindowFrom || at >= b.WindowTo:
		return record.OutsideWindow
	}
	return record.Accepted
}

// covers checks that a withdrawal leaves what it must. Who asked for closing may
// take everything out.
func (m *Machine) covers(v *movement, t *terms) record.Code {
	f := m.funds.At(v.fund)
	cash, ok := m.findCash(v.fund, f.Bank)
	if !ok || m.withdrawable(v.fund, cash) < int64(v.amount) {
		return record.NotWithdrawable
	}
	if f.ClosingDate == 0 && m.free(v.fund, cash)-int64(v.amount) < int64(t.minRemaining) {
		return record.BelowMinRemaining
	}
	if m.pooledBalance(f.Bank, f.Currency) < int64(v.amount) {
		return record.PoolShort
	}
	return record.Accepted
}

// counters are a fund account's sums and numbers of the business date.
type counters struct {
	inSum, outSum     money.Amount
	inCount, outCount uint16
}

// counted returns today's counters, which are zero until the first transfer.
func (m *Machine) counted(f *Fund) counters {
	if f.Counted != m.today().Date {
		return counters{}
	}
	return counters{f.InSum, f.OutSum, f.InCount, f.OutCount}
}

// count enters an admitted movement into the counters of the day.
func (m *Machine) count(v *movement) {
	f := *m.funds.At(v.fund)
	c := m.counted(&f)
	if v.direction == Deposit {
		c.inSum, c.inCount = c.inSum+v.amount, c.inCount+1
	} else {
		c.outSum, c.outCount = c.outSum+v.amount, c.outCount+1
	}
	m.putCounters(v.fund, f, c)
}

// uncount takes a transfer that came to nothing out of the counters, unless they
// have gone on to another day. Corrections were never counted.
func (m *Machine) uncount(t *Transfer) {
	f := *m.funds.At(t.Fund)
	if t.Date != m.today().Date || f.Counted != t.Date || t.Initiator == ByCorrection {
		return
	}
	c := counters{f.InSum, f.OutSum, f.InCount, f.OutCount}
	if t.Direction == Deposit {
		c.inSum, c.inCount = c.inSum-t.Amount, c.inCount-1
	} else {
		c.outSum, c.outCount = c.outSum-t.Amount, c.outCount-1
	}
	m.putCounters(t.Fund, f, c)
}

// recount is the opposite of uncount, for a transfer that stands again. Limits
// are not asked: the bank's books decided.
func (m *Machine) recount(t *Transfer) {
	if t.Date == m.today().Date && t.Initiator != ByCorrection {
		m.count(&movement{fund: t.Fund, direction: t.Direction, amount: t.Amount})
	}
}

func (m *Machine) putCounters(row uint32, f Fund, c counters) {
	f.Counted = m.today().Date
	f.InSum, f.OutSum, f.InCount, f.OutCount = c.inSum, c.outSum, c.inCount, c.outCount
	put(m, m.funds, row, f)
}
