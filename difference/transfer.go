package difference

import (
	"slices"

	"sancun/money"
	"sancun/record"
)

// Scope says what a comparison is about. It is copied into every difference.
type Scope struct {
	Bank   uint16
	Market uint8
	Date   uint32 // business date, yyyymmdd
	File   string // where their rows come from
}

// Transfer is one of our transfers or reversals.
type Transfer struct {
	ID       uint64 // platform serial
	Reverses uint64 // platform serial of the original, 0 for a transfer
	Fund     uint64 // fund account number
	BankRef  string // the bank's serial, empty when we have none
	Amount   money.Amount
	// Posted is what stands in the ledger because of this row: a reversal posts
	// nothing itself but takes its original's posting away.
	Posted bool
	Out    bool // securities→bank; of a reversal: its original's
	Open   bool // the outcome is not known
}

// Detail is one row of a bank's transfer detail: an entry that stands there.
type Detail struct {
	BankRef string
	OurRef  uint64 // our platform serial as the bank repeats it, 0 when it does not
	Fund    uint64
	Move    money.Amount // signed as in Difference
	Line    int          // in the file, counted from 1
}

// Transfers compares our transfers of one bank, currency and date with the bank's
// detail. An original and its reversal are judged together, by what is left of
// them, unless one of them has no outcome yet: that is then the difference, also
// when the money agrees. A detail row that is nobody's is missing here.
func Transfers(scope Scope, ours []Transfer, theirs []Detail) []Difference {
	c := comparison{scope: scope, ours: ours, theirs: theirs}
	c.match()
	var found []Difference
	for i := range ours {
		if ours[i].Reverses == 0 || !c.known(ours[i].Reverses) {
			found = append(found, c.family(i)...)
		}
	}
	for j := range theirs {
		if c.owner[j] < 0 {
			found = append(found, c.stray(j))
		}
	}
	slices.SortFunc(found, Compare)
	return found
}

type comparison struct {
	scope   Scope
	ours    []Transfer
	theirs  []Detail
	byID    map[uint64]int
	reverse map[uint64][]int // serial of an original to its reversals
	owner   []int            // of each detail row: our row, −1 when nobody's
	rows    []int            // of each of our rows: its detail row + 1, 0 for none
}

// match finds the owner of every detail row: by our serial where the bank repeats
// it, otherwise by the bank's.
func (c *comparison) match() {
	c.byID, c.reverse = map[uint64]int{}, map[uint64][]int{}
	byRef := map[string]int{}
	for i := range c.ours {
		t := &c.ours[i]
		c.byID[t.ID] = i
		if t.BankRef != "" {
			byRef[t.BankRef] = i
		}
		if t.Reverses != 0 {
			c.reverse[t.Reverses] = append(c.reverse[t.Reverses], i)
		}
	}
	c.owner, c.rows = make([]int, len(c.theirs)), make([]int, len(c.ours))
	for j := range c.theirs {
		c.owner[j] = -1 // nobody's, or there twice at the bank
		d := &c.theirs[j]
		i, ok := c.byID[d.OurRef]
		if !ok {
			i, ok = byRef[d.BankRef]
		}
		if ok && c.rows[i] != 0 {
			i, ok = c.echo(i)
		}
		if ok {
			c.owner[j], c.rows[i] = i, j+1
		}
	}
}

// echo finds the reversal meant by a row under the serial of its original: some
// banks give a reversal no serial of its own.
func (c *comparison) echo(original int) (int, bool) {
	for _, r := range c.reverse[c.ours[original].ID] {
		if c.ours[r].BankRef == "" && c.rows[r] == 0 {
			return r, true
		}
	}
	return 0, false
}

func (c *comparison) known(id uint64) bool { _, ok := c.byID[id]; return ok }

// at returns the detail row of one of our rows, or the empty one.
func (c *comparison) at(i int) (d Detail) {
	if j := c.rows[i]; j != 0 {
		d = c.theirs[j-1]
	}
	return d
}

// family compares a transfer together with its reversal.
func (c *comparison) family(i int) (found []Difference) {
	members := append([]int{i}, c.reverse[c.ours[i].ID]...)
	var ours, theirs money.Amount
	open := false
	for _, m := range members {
		ours += c.ours[m].move()
		theirs += c.at(m).Move
		if c.ours[m].Open {
			open = true
			found = append(found, c.between(m, record.CaseState, c.ours[m].move(), c.at(m).Move))
		}
	}
	if open {
		return found
	}
	own, d := &c.ours[i], c.at(i)
	switch {
	case d.Fund != 0 && d.Fund != own.Fund && theirs != 0:
		return append(found, c.between(i, record.CaseAccount, ours, theirs))
	case ours == theirs:
		return nil
	case c.rows[i] == 0 && theirs == 0:
		return append(found, c.between(i, record.CaseMissingThere, ours, theirs))
	case ours != 0 && theirs != 0 && (ours < 0) == (theirs < 0):
		return append(found, c.between(i, record.CaseAmount, ours, theirs))
	}
	return append(found, c.between(i, record.CaseState, ours, theirs))
}

// move is what stands in the ledger because of a row.
func (t *Transfer) move() money.Amount {
	switch {
	case !t.Posted:
		return 0
	case t.Out:
		return -t.Amount
	}
	return t.Amount
}

func (c *comparison) between(i int, kind uint8, ours, theirs money.Amount) Difference {
	own, d := &c.ours[i], c.at(i)
	f := c.difference(kind, ours, theirs)
	f.Fund, f.OurRef, f.TheirRef, f.Line = own.Fund, own.ID, own.BankRef, d.Line
	if c.rows[i] != 0 {
		f.TheirRef = d.BankRef
		if d.Fund != 0 {
			f.Fund = d.Fund
		}
	}
	return f
}

func (c *comparison) stray(j int) Difference {
	d := &c.theirs[j]
	f := c.difference(record.CaseMissingHere, 0, d.Move)
	f.Fund, f.TheirRef, f.Line = d.Fund, d.BankRef, d.Line
	return f
}

func (c *comparison) difference(kind uint8, ours, theirs money.Amount) Difference {
	return c.scope.found(kind, record.CaseTransfer, ours, theirs)
}

func (s *Scope) found(kind, subject uint8, ours, theirs money.Amount) Difference {
	return Difference{
		Type: kind, Subject: subject, Bank: s.Bank, Market: s.Market, Date: s.Date, File: s.File, Ours: ours, Theirs: theirs,
	}
}
