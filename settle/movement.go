package settle

import (
	"sancun/custody"
	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// movement is what the day did to one client's cash at one bank, by what stood on
// the other side of each posting. Positive is in the client's favour.
type movement struct {
	trade    money.Amount // principal and levies
	fees     money.Amount // commission, negative
	dividend money.Amount
	interest money.Amount // of the batch
	closing  money.Amount // interest at closing, which the bank was told on line
	internal money.Amount // to and from other fund accounts
	other    money.Amount
	bank     money.Amount // what the bank knows: transfers, and what follows its books
	opened   money.Amount // of bank: opening balances taken over
}

// told is what the bank must be told of: everything but what it knows already and
// the interest, which has a file of its own.
func (m *movement) told() money.Amount {
	return m.trade + m.fees + m.dividend + m.internal + m.other
}

// movements are the day's movements on clients' cash, read from the effects of
// records: what was really booked, not what should have been.
type movements struct {
	keys []ledger.Key // of ledger rows
	by   map[cashKey]*movement
}

// newMovements starts at a machine whose accounts are all those that the records
// up to it know.
func newMovements(m *custody.Machine) *movements {
	x := &movements{keys: make([]ledger.Key, 0, m.Ledger.Len()), by: map[cashKey]*movement{}}
	for row := range m.Ledger.Len() {
		x.keys = append(x.keys, ledger.KeyFrom(m.Ledger.At(row).Key))
	}
	return x
}

// add takes the postings of a record.
func (x *movements) add(v record.View) error {
	return v.EachEffect(func(e record.Effect) error {
		switch e.Kind {
		case record.EffectOpen:
			if int(e.Row) == len(x.keys) {
				x.keys = append(x.keys, ledger.KeyFrom(e.Key))
			}
		case record.EffectPost:
			debit, credit := x.keys[e.Debit], x.keys[e.Credit]
			// Clients' cash is credit-natured: a debit takes.
			x.post(v.Kind, e, debit, credit, -e.Amount)
			x.post(v.Kind, e, credit, debit, e.Amount)
		case record.EffectShift, record.EffectPut, record.EffectClear:
		}
		return nil
	})
}

func (x *movements) post(kind record.Kind, e record.Effect, own, other ledger.Key, amount int64) {
	if own.Kind != ledger.ClientCash {
		return
	}
	m := x.by[cashOf(own)]
	if m == nil {
		m = &movement{}
		x.by[cashOf(own)] = m
	}
	a := money.Amount(amount) // bounded by the ledger's own checks
	switch {
	case ledger.Code(e.Code) == ledger.CodeInternal:
		m.internal += a
	case other.Kind == ledger.Pooled:
		m.bank += a
		if ledger.Code(e.Code) == ledger.CodeOpening {
			m.opened += a
		}
	case other.Kind == ledger.InterestDue && kind == record.KindCloseInterest:
		m.closing += a
	case other.Kind == ledger.InterestDue:
		m.interest += a
	case other.Kind == ledger.FeesDue:
		m.fees += a
	case ledger.Code(e.Code) == ledger.CodeDividend:
		m.dividend += a
	case other.Kind == ledger.InSettlement:
		m.trade += a
	default:
		m.other += a
	}
}
