// Package difference is the neutral form of one difference between our books and
// an outsider's: what the day end finds, and what reconciliation makes a case of
// (row K41). Both share it so that neither has to know the other. It must never
// compare, decide, read or write anything.
package difference

import (
	"cmp"

	"sancun/money"
	"sancun/record"
)

// Difference is one entry, balance, total, position, trade or file that does not
// agree. Ours and Theirs are fen for money and units for securities. Those of
// transfers are signed by what the entry does to the client's ledger: a deposit and
// the reversal of a withdrawal are positive, a withdrawal and the reversal of a
// deposit negative; zero is an entry that does not stand.
type Difference struct {
	Type    uint8  // record.CaseMissingHere …
	Subject uint8  // record.CaseTransfer …
	Bank    uint16 // custodian bank on the other side, 0 when a clearing house is
	Market  uint8  // market of the clearing house, 0 when a bank is the other side
	Date    uint32 // business date of the entries that differ, yyyymmdd
	Fund    uint64 // fund account number as they say it where they have the entry; 0 when unknown or a total

	Ours   money.Amount
	Theirs money.Amount

	OurRef   uint64 // platform serial or order number, 0 when we have none
	TheirRef string // their serial or execution number, a security's code, a file's name; empty when there is none

	// Where it was seen, for the person who works it off. A case does not carry
	// these: the same difference in a file sent again is the same difference.
	File   string
	Line   int // counted from 1, 0 when it is not about a line
	Detail string
}

// Pooled is what the reference of a difference over a bank's pooled account begins
// with, before a space and the currency. Of all totals it alone is money at a bank.
const Pooled = "pooled"

// Case returns the command that registers the difference. Two differences with
// the same command are one case to the machine.
func (d *Difference) Case() *record.OpenCase {
	return &record.OpenCase{
		Date: d.Date, Type: d.Type, Subject: d.Subject, Bank: d.Bank, Market: d.Market, Fund: d.Fund,
		Ours: d.Ours, Theirs: d.Theirs, OurRef: d.OurRef, TheirRef: d.TheirRef,
	}
}

// Compare orders differences by subject, other side, date, account, references
// and type, so that a run over the same data lists them in the same order. It is
// made for slices.SortFunc.
func Compare(a, b Difference) int {
	return cmp.Or(
		cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Bank, b.Bank), cmp.Compare(a.Market, b.Market),
		cmp.Compare(a.Date, b.Date), cmp.Compare(a.Fund, b.Fund),
		cmp.Compare(a.OurRef, b.OurRef), cmp.Compare(a.TheirRef, b.TheirRef), cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Ours, b.Ours), cmp.Compare(a.Theirs, b.Theirs),
	)
}
