package reconcile

import (
	"cmp"
	"slices"

	"sancun/custody"
	"sancun/ledger"
	"sancun/money"
	"sancun/record"
)

// Figures are what a bank says of one currency after it applied the day's files,
// in fen.
type Figures struct {
	Bank       uint16
	Currency   money.Currency
	Management money.Amount // sum of the management accounts
	Pooled     money.Amount // balance of the pooled account
	// Pending is the net of our settlement files that the bank has not applied to
	// its management accounts yet, signed as clients' money.
	Pending money.Amount
}

// Class is what explains a part of a gap (domain facts B.9).
type Class uint8

// The classes.
const (
	InFlight    Class = 1 // transfers without a known outcome
	InCourse    Class = 2 // settlement that moves on the next day
	Accrual     Class = 3 // commission and interest charged or received, not yet moved
	KnownCase   Class = 4 // open cases of transfers
	Unexplained Class = 5 // the alarm
)

var classNames = [...]string{
	InFlight: "in flight", InCourse: "in course of settlement", Accrual: "accrued", KnownCase: "open cases",
	Unexplained: "unexplained",
}

// String names the class.
func (c Class) String() string { return nameIn(classNames[:], uint8(c)) }

// Residual is a part of a gap.
type Residual struct {
	Class  Class
	Amount money.Amount
}

// Check is the three-way comparison of one bank and currency, in fen: what we owe
// clients, what the bank keeps for them, and where the money lies.
type Check struct {
	Bank       uint16
	Currency   money.Currency
	Ledger     money.Amount // sum of clients' ledgers here
	Management money.Amount // as the bank says
	Pooled     money.Amount // as the bank says
	Reserve    money.Amount // at the clearing house, by our books
	// Against are Ledger − Management and Funds Ledger − (Pooled + Reserve), each
	// taken apart; the parts add up to the gap, and zero parts are left out.
	Against []Residual
	Funds   []Residual
}

// Holds says whether nothing is unexplained.
func (c *Check) Holds() bool {
	for _, part := range [...][]Residual{c.Against, c.Funds} {
		for _, r := range part {
			if r.Class == Unexplained {
				return false
			}
		}
	}
	return true
}

// books are our side of a check.
type books struct {
	ledger, reserve, course, accrued money.Amount
	cases                            money.Amount // what open cases of transfers make our side larger by
	open                             money.Amount // transfers without an outcome that no case speaks of
	remitting                        money.Amount // remittances without an outcome
}

type place struct {
	bank     uint16
	currency money.Currency
}

// ThreeWay compares clients' ledgers, banks' management accounts and the money
// (row K41, domain facts B.9), for the banks and currencies given, in ascending
// order. The bank's pooled balance counts, not ours, so that a difference that is
// not worked off yet shows. Cash deducted by order that the bank has not paid out
// lies there still and belongs to no client any more: it is in course.
func ThreeWay(m *custody.Machine, theirs []Figures) []Check {
	all := sumBooks(m)
	checks := make([]Check, 0, len(theirs))
	for _, f := range theirs {
		b := all[place{f.Bank, f.Currency}]
		if b == nil {
			b = &books{}
		}
		c := Check{Bank: f.Bank, Currency: f.Currency, Ledger: b.ledger, Management: f.Management, Pooled: f.Pooled, Reserve: b.reserve}
		c.Against = b.explain(c.Ledger-c.Management, b.open, Residual{InCourse, f.Pending})
		c.Funds = b.explain(c.Ledger-c.Pooled-c.Reserve, b.open+b.remitting, Residual{InCourse, b.course}, Residual{Accrual, -b.accrued})
		checks = append(checks, c)
	}
	slices.SortStableFunc(checks, func(a, b Check) int {
		return cmp.Or(cmp.Compare(a.Bank, b.Bank), cmp.Compare(a.Currency, b.Currency))
	})
	return checks
}

// explain takes a gap apart: what is known exactly first, then open cases, then
// what transfers and remittances without an outcome can explain, and the rest is
// unexplained.
func (b *books) explain(gap, underWay money.Amount, known ...Residual) []Residual {
	var parts []Residual
	add := func(class Class, amount money.Amount) {
		if amount != 0 {
			parts = append(parts, Residual{class, amount})
			gap -= amount
		}
	}
	for _, k := range known {
		add(k.Class, k.Amount)
	}
	add(KnownCase, b.cases)
	// A deposit without an outcome may be at the bank and not here, a withdrawal
	// here and not at the bank, a deposit's reversal the same, a withdrawal's
	// reversal at the bank and not here: all make our side smaller or change nothing.
	// A remittance out may be in our reserve and still at the bank, one back at the
	// bank and still in our reserve: the money side is larger or nothing changes.
	add(InFlight, max(min(gap, 0), -underWay))
	add(Unexplained, gap)
	return parts
}

// sumBooks adds our side up in one pass over the ledger.
func sumBooks(m *custody.Machine) map[place]*books {
	all := map[place]*books{}
	at := func(bank uint16, c money.Currency) *books {
		p := place{bank, c}
		if all[p] == nil {
			all[p] = &books{}
		}
		return all[p]
	}
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		k := ledger.KeyFrom(a.Key)
		balance := money.Amount(a.Balance)
		switch k.Kind {
		case ledger.ClientCash:
			at(k.Bank, money.Currency(k.Unit)).ledger += balance
		case ledger.ClientReserve:
			at(k.Bank, money.Currency(k.Unit)).reserve += balance
		case ledger.InSettlement, ledger.Suspense:
			at(k.Bank, money.Currency(k.Unit)).course += balance
		case ledger.InterestDue, ledger.FeesDue:
			at(k.Bank, money.Currency(k.Unit)).accrued += balance
		}
	}
	cased := map[uint64]bool{}
	for _, k := range m.Cases() {
		if k.State == custody.CaseOpen && k.Subject == record.CaseTransfer && k.OurRef != 0 {
			cased[k.OurRef] = true
		}
	}
	for _, t := range m.Transfers() {
		if t.Open() && !cased[t.ID] {
			at(t.Bank, m.FundAt(t.Fund).Currency).open += t.Amount
		}
	}
	for _, r := range m.Remittances() {
		if r.Open() {
			at(r.Bank, r.Currency).remitting += max(r.Amount, -r.Amount)
		}
	}
	for _, k := range m.Cases() {
		if k.State != custody.CaseOpen || k.Subject != record.CaseTransfer {
			continue
		}
		currency := money.CNY
		if f, _, ok := m.Fund(k.Fund); ok {
			currency = f.Currency
		}
		at(k.Bank, currency).cases += gapOf(m, &k)
	}
	return all
}

// standingOf is what a row of ours has in the ledger, counted row by row as the bank
// lists them: an original counts also when it was reversed, and its reversal takes
// it away.
func standingOf(m *custody.Machine, t *custody.Transfer) money.Amount {
	if t.Reverses == 0 {
		if t.State == custody.TransferReversed {
			return signed(t.Direction, t.Amount)
		}
		return moved(t)
	}
	o, ok := m.TransferBy(t.Reverses)
	switch {
	case ok && o.State == custody.TransferPoisoned:
		return 0 // nothing ever stood that it could take away
	case t.State == custody.TransferDone, t.Open() && ok && o.State == custody.TransferDone && o.Booked == 0:
		return -signed(t.Direction, t.Amount)
	}
	return 0
}

// gapOf is what an open case of a transfer makes our side larger by.
func gapOf(m *custody.Machine, k *custody.Case) money.Amount {
	if k.OurRef == 0 {
		return -k.Theirs
	}
	t, ok := m.TransferBy(k.OurRef)
	if !ok {
		return k.Ours - k.Theirs
	}
	if t.State == custody.TransferPoisoned && !missingThere(m, t.ReversedBy) {
		return 0 // the bank has its reversal too
	}
	return standingOf(m, &t) - k.Theirs
}

// missingThere says whether a transfer has a case that the bank has not got it.
func missingThere(m *custody.Machine, id uint64) bool {
	for _, k := range m.Cases() {
		if k.Subject == record.CaseTransfer && k.OurRef == id && k.Theirs == 0 {
			return true
		}
	}
	return false
}
