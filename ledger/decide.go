package ledger

import "sancun/record"

// DecideOpen opens an account for books without custody rules. The outcome's
// reference is the account's row + 1.
func (l *Ledger) DecideOpen(c *record.LedgerOpen) (record.Code, uint64) {
	n, ok := natureOf(Kind(c.AccountKind))
	if !ok || n.domain != domainGeneral {
		return record.NotPermitted, 0
	}
	key := Key{Kind(c.AccountKind), c.Bank, c.Unit, c.Owner}
	if _, exists := l.Find(key); exists {
		return record.AlreadyExists, 0
	}
	return record.Accepted, uint64(l.Ensure(key)) + 1
}

// DecideTransfer moves money between two general accounts.
func (l *Ledger) DecideTransfer(c *record.LedgerTransfer) record.Code {
	code := l.checkGeneral(c.Debit, c.Credit, c.Amount)
	if code != record.Accepted {
		return code
	}
	if code := l.covers(c.Debit, c.Credit, c.Amount, 0); code != record.Accepted {
		return code
	}
	l.Post(CodeTransfer, c.Debit, c.Credit, c.Amount)
	return record.Accepted
}

// DecideHold reserves money of a general account.
func (l *Ledger) DecideHold(c *record.LedgerHold) record.Code {
	if c.Account >= l.Len() {
		return record.UnknownRow
	}
	a := l.At(c.Account)
	if n, _ := natureOf(KeyFrom(a.Key).Kind); n.domain != domainGeneral {
		return record.NotPermitted
	}
	if c.Amount <= 0 {
		return record.BadAmount
	}
	if a.Available() < c.Amount {
		return record.Insufficient
	}
	l.Shift(HeldOther, c.Account, c.Amount)
	return record.Accepted
}

// DecideSettle releases a hold and moves all or part of it. From gives, To
// receives, as liabilities: From is debited.
func (l *Ledger) DecideSettle(c *record.LedgerSettle) record.Code {
	if c.Held <= 0 || c.Amount < 0 || c.Amount > c.Held {
		return record.BadAmount
	}
	if code := l.checkGeneral(c.From, c.To, max(1, c.Amount)); code != record.Accepted {
		return code
	}
	if l.At(c.From).In(HeldOther) < c.Held {
		return record.Insufficient
	}
	if code := l.covers(c.From, c.To, c.Amount, c.Held); code != record.Accepted {
		return code
	}
	l.Shift(HeldOther, c.From, -c.Held)
	if c.Amount > 0 {
		l.Post(CodeTransfer, c.From, c.To, c.Amount)
	}
	return record.Accepted
}

func (l *Ledger) checkGeneral(debit, credit uint32, amount int64) record.Code {
	if debit >= l.Len() || credit >= l.Len() {
		return record.UnknownRow
	}
	if amount <= 0 || debit == credit {
		return record.BadAmount
	}
	d, c := KeyFrom(l.At(debit).Key), KeyFrom(l.At(credit).Key)
	dn, _ := natureOf(d.Kind)
	cn, _ := natureOf(c.Kind)
	if dn.domain != domainGeneral || cn.domain != domainGeneral || d.Unit != c.Unit {
		return record.NotPermitted
	}
	return record.Accepted
}

// covers checks that a posting keeps bounded accounts from going below their
// holds and every balance in range; released is a hold of debit about to go.
func (l *Ledger) covers(debit, credit uint32, amount, released int64) record.Code {
	d, c := l.At(debit), l.At(credit)
	dn, _ := natureOf(KeyFrom(d.Key).Kind)
	cn, _ := natureOf(KeyFrom(c.Key).Kind)
	switch {
	case !dn.debit && dn.bounded && d.Available()+released < amount,
		cn.debit && cn.bounded && c.Available() < amount:
		return record.Insufficient
	case !inRange(d.Balance, dn.debit, amount), !inRange(c.Balance, !cn.debit, amount):
		return record.OutOfRange
	}
	return record.Accepted
}

// inRange says whether a balance can grow or fall by amount, which is not negative.
func inRange(balance int64, grows bool, amount int64) bool {
	if grows {
		return balance+amount >= balance
	}
	return balance-amount <= balance
}
