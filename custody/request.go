package custody

import (
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// bankRequest is a transfer that began at the bank, of either direction.
type bankRequest struct {
	bank      uint16
	date      uint32
	ref       [record.BankRefMax]byte
	fund      uint32 // row
	direction uint8
	currency  money.Currency
	amount    money.Amount
	card      state.Key
	name      state.Key // zero when the bank does not say it
	id        state.Key // zero when the bank does not say it
}

// repeated looks for an earlier use of the bank's serial. A request with the same
// content gets the first answer again, so that a bank that lost it may ask again
// even when the key is no longer remembered.
func (m *Machine) repeated(q *bankRequest) (code record.Code, id uint64, found bool) {
	row, found := m.byBankRef(q.bank, q.date, q.ref)
	if !found {
		return record.Accepted, 0, false
	}
	t := m.transfers.At(row)
	same := t.Reverses == 0 && t.Initiator == ByBank && t.Fund == q.fund && t.Direction == q.direction && t.Amount == q.amount
	switch {
	case t.State == TransferPoisoned:
		return record.ReversedBefore, 0, true
	case !same:
		return record.BankSerialUsed, 0, true
	case t.State == TransferReversed:
		return record.AlreadyReversed, 0, true
	case t.State != TransferDone:
		return record.OutcomeKnown, 0, true
	}
	return record.Accepted, t.ID, true
}

// verify compares what the bank says of its client with what we have: the
// account's bank, currency and card, and name and document as far as the bank's
// format has them (B.4, B.5). Where it has neither, the card alone tells.
func (m *Machine) verify(q *bankRequest) record.Code {
	f := m.funds.At(q.fund)
	client := m.clients.At(f.Client)
	none := state.Key{}
	switch {
	case f.Bank != q.bank:
		return record.WrongBank
	case f.Currency != q.currency:
		return record.CurrencyDiffers
	case f.Card != q.card:
		return record.CardDiffers
	case q.name != none && client.Name != q.name:
		return record.NameDiffers
	case q.id != none && client.ID != q.id:
		return record.DocumentDiffers
	}
	return record.Accepted
}

// movement is how the request asks to be let in. The bank has its own second
// factor, which stands for ours.
func (q *bankRequest) movement() movement {
	return movement{fund: q.fund, direction: q.direction, channel: record.ChannelBank, second: true, amount: q.amount}
}

// carryOut books an admitted request at once and returns its platform serial.
func (m *Machine) carryOut(q *bankRequest) uint64 {
	v := q.movement()
	m.count(&v)
	t := Transfer{
		Fund: q.fund, Bank: q.bank, Direction: q.direction, Initiator: ByBank, State: TransferDone,
		Channel: record.ChannelBank, Amount: q.amount, BankRef: q.ref,
	}
	m.book(&t, reasonOf(q.direction))
	return m.newTransfer(t)
}

// handle decides a request: repetition, comparison, admission, booking.
func (m *Machine) handle(q *bankRequest, passwordOK bool) (record.Code, uint64) {
	if code, id, found := m.repeated(q); found {
		return code, id
	}
	if code := m.verify(q); code != record.Accepted {
		return code, 0
	}
	if q.direction == Withdrawal {
		if code := m.passwordAllows(q.fund, passwordOK); code != record.Accepted {
			return code, 0
		}
	}
	v := q.movement()
	if code := m.admit(&v); code != record.Accepted {
		return code, 0
	}
	return record.Accepted, m.carryOut(q)
}

// resolve fills the request from the fields both directions share.
func (m *Machine) resolve(q *bankRequest, ref string, fund uint64) record.Code {
	if !m.fromBank(q.bank) {
		return record.NotPermitted
	}
	if code := m.takesBusiness(); code != record.Accepted {
		return code
	}
	if q.date != m.today().Date {
		return record.WrongDate
	}
	var ok bool
	if q.ref, ok = bankRef(ref); !ok {
		return record.Malformed
	}
	if q.fund, ok = m.fund(fund); !ok {
		return record.UnknownRow
	}
	return record.Accepted
}
