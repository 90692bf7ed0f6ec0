// Package ledger is the double-entry machine: accounts, postings and buckets.
//
// Its laws:
//
//	L1  Every posting moves one positive amount from one account to another of
//	    the same unit, so each unit balances at every record.
//	L2  Both accounts of a posting lie in the same domain: client money, own
//	    money, securities or general.
//	L3  A bounded account does not become negative, except by a posting whose
//	    code says that an outsider's books forced it (domain facts B.7).
//	L4  A bucket is never negative; holds of a bounded account never exceed what
//	    it has, except where L3 was forced.
//	L5  Accounts are opened once, in row order, and never closed by this package.
//
// The ledger knows nothing of clients, banks or days. It must never decide
// whether business is allowed: the caller checks first, and a broken law here
// is our bug and stops the process.
package ledger

import (
	"sancun/internal/invariant"
	"sancun/record"
	"sancun/state"
)

// Ledger is the set of accounts of one cell. It is owned by the sequencer's loop.
type Ledger struct {
	accounts *state.Table[Account, *Account]
	index    state.Index
	out      *record.Builder // nil while replaying
}

// New returns an empty ledger that records its effects into out.
func New(out *record.Builder) *Ledger {
	return &Ledger{accounts: state.NewTable[Account](TableAccounts, AccountWidth), out: out}
}

// Table returns the accounts for roots and snapshots.
func (l *Ledger) Table() state.Kept { return l.accounts }

// Reindex builds the index again after the table was loaded from a snapshot.
func (l *Ledger) Reindex() {
	l.index.Clear()
	for row := range l.accounts.Len() {
		l.index.Put(l.accounts.At(row).Key, row)
	}
}

// Find returns the row of the account with this key.
func (l *Ledger) Find(k Key) (uint32, bool) { return l.index.Find(k.Bytes()) }

// At returns an account for reading.
func (l *Ledger) At(row uint32) *Account { return l.accounts.At(row) }

// Len returns the number of accounts.
func (l *Ledger) Len() uint32 { return l.accounts.Len() }

// Ensure returns the row of the account with this key, opening it if need be.
func (l *Ledger) Ensure(k Key) uint32 {
	if row, ok := l.Find(k); ok {
		return row
	}
	_, known := natureOf(k.Kind)
	if !known {
		invariant.Broken("account kind %d has no nature", k.Kind)
	}
	row := l.accounts.Len()
	l.applyOpen(row, k.Bytes())
	l.out.Open(row, k.Bytes())
	return row
}

// Post moves amount (positive) from the credit to the debit side: the debited
// account grows when its kind is debit-natured, the credited one when it is not.
func (l *Ledger) Post(code Code, debit, credit uint32, amount int64) {
	l.applyPost(code, debit, credit, amount)
	l.out.Post(uint16(code), debit, credit, amount)
}

// Shift adds delta (which may be negative) to a bucket of an account.
func (l *Ledger) Shift(b Bucket, row uint32, delta int64) {
	if delta == 0 {
		return
	}
	l.applyShift(b, row, delta)
	l.out.Shift(uint8(b), row, delta)
}

// Apply repeats a recorded effect. It returns false for an effect that is not
// the ledger's.
func (l *Ledger) Apply(e record.Effect) bool {
	switch e.Kind {
	case record.EffectOpen:
		l.applyOpen(e.Row, e.Key)
	case record.EffectPost:
		l.applyPost(Code(e.Code), e.Debit, e.Credit, e.Amount)
	case record.EffectShift:
		l.applyShift(Bucket(e.Bucket), e.Row, e.Amount)
	case record.EffectPut, record.EffectClear:
		return false
	default:
		return false
	}
	return true
}

func (l *Ledger) applyOpen(row uint32, key state.Key) {
	if row != l.accounts.Len() {
		invariant.Broken("account %d opens after %d others", row, l.accounts.Len())
	}
	l.accounts.Append(Account{Key: key})
	l.index.Put(key, row)
}

func (l *Ledger) applyPost(code Code, debit, credit uint32, amount int64) {
	if amount <= 0 || debit == credit {
		invariant.Broken("posting of %d from %d to %d", amount, credit, debit)
	}
	d, c := l.accounts.Touch(debit), l.accounts.Touch(credit)
	dk, ck := KeyFrom(d.Key), KeyFrom(c.Key)
	dn, _ := natureOf(dk.Kind)
	cn, _ := natureOf(ck.Kind)
	if dk.Unit != ck.Unit || dn.domain != cn.domain {
		invariant.Broken("posting between unit %d domain %d and unit %d domain %d", dk.Unit, dn.domain, ck.Unit, cn.domain)
	}
	settle(d, dn, dn.debit, amount, code)
	settle(c, cn, !cn.debit, amount, code)
}

// settle adds or takes amount and checks law L3 on the way down.
func settle(a *Account, n nature, grows bool, amount int64, code Code) {
	if grows {
		sum := a.Balance + amount
		if sum <= a.Balance {
			invariant.Broken("balance %d + %d overflows", a.Balance, amount)
		}
		a.Balance = sum
		return
	}
	diff := a.Balance - amount
	if diff >= a.Balance {
		invariant.Broken("balance %d - %d overflows", a.Balance, amount)
	}
	if n.bounded && diff < 0 && !code.Forced() {
		invariant.Broken("posting %s takes %d from a balance of %d", code, amount, a.Balance)
	}
	a.Balance = diff
}

func (l *Ledger) applyShift(b Bucket, row uint32, delta int64) {
	if b < HeldOrder || b > Receivable {
		invariant.Broken("bucket %d", b)
	}
	a := l.accounts.Touch(row)
	a.Buckets[b-1] += delta
	if a.Buckets[b-1] < 0 {
		invariant.Broken("bucket %d of account %d becomes %d", b, row, a.Buckets[b-1])
	}
}
