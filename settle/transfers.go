package settle

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/record"
	wire "sancun/wire/bank"
)

// bankFile reads a file of a bank's and holds it against its control totals.
// Without totals it is taken as it is; with wrong ones it is damaged.
func (r *run) bankFile(bank uint16, layout string) (name string, content []byte, err error) {
	l, _ := layoutOf(layout) // Options.check knows it
	name = l.FileName(wire.Date(r.o.Date))
	fail := func(err error) (string, []byte, error) {
		return name, nil, &FileError{Bank: bank, File: name, Err: err}
	}
	dir, ok := r.in.Banks[bank]
	if !ok {
		return fail(ErrMissing)
	}
	content, err = fs.ReadFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(ErrMissing)
	}
	if err != nil {
		return fail(err)
	}
	side, err := fs.ReadFile(dir, wire.ControlName(name))
	if errors.Is(err, fs.ErrNotExist) {
		return name, content, nil
	}
	if err != nil {
		return fail(err)
	}
	announced, err := wire.ParseControl(side)
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	have := wire.Control{File: name, Rows: announced.Rows, Amount: announced.Amount, Bytes: uint64(len(content)), SHA256: sha256.Sum256(content)}
	if err := have.Check(announced); err != nil {
		return fail(fmt.Errorf("%w: %w", ErrDamaged, err))
	}
	return name, content, nil
}

// rowsOf reads the rows of a bank's file.
func rowsOf[R any, P interface {
	*R
	wire.Row
}](r *run, bank uint16, layout string) (string, []R, error) {
	name, content, err := r.bankFile(bank, layout)
	if err != nil {
		return name, nil, err
	}
	l, _ := layoutOf(layout)
	rows, _, err := wire.ReadRows[R, P](bytes.NewReader(content), l, name)
	if err != nil {
		return name, nil, &FileError{Bank: bank, File: name, Err: fmt.Errorf("%w: %w", ErrDamaged, err)}
	}
	return name, rows, nil
}

// partsOf are the files of some layouts that the banks have agreed to send.
func (r *run) partsOf(layouts ...string) ([]part, error) {
	var parts []part
	for _, b := range r.o.Banks {
		for _, layout := range layouts {
			if !slices.Contains(b.In, layout) {
				continue
			}
			name, content, err := r.bankFile(b.Number, layout)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part{fmt.Sprintf("%d/%s", b.Number, name), sha256.Sum256(content)})
		}
	}
	return parts, nil
}

func (r *run) transferParts() ([]part, error) { return r.partsOf("strans", "chk02") }

// transferLists is what the comparison of transfers found out.
type transferLists struct {
	rows  uint64
	links []Link
	found []difference.Difference
}

// compareTransfers is step 4: every transfer of the day against the bank's list,
// which prevails for transfers (domain facts B.7), and the states of relations
// where a bank tells them. Its rows are those of the lists.
func (r *run) compareTransfers(bool) (uint64, error) {
	lists, err := r.transferLists()
	if err != nil {
		return 0, err
	}
	r.found = append(r.found, lists.found...)
	return lists.rows, nil
}

func (r *run) transferLists() (*transferLists, error) {
	if r.lists != nil {
		return r.lists, nil
	}
	c, err := r.picture()
	if err != nil {
		return nil, err
	}
	lists := &transferLists{}
	for _, b := range r.o.Banks {
		if slices.Contains(b.In, "strans") {
			name, rows, err := rowsOf[wire.TransferDetail](r, b.Number, "strans")
			if err != nil {
				return nil, err
			}
			x := newComparison(c, b.Number, r.o.Date, name)
			x.compare(rows)
			lists.rows += uint64(len(rows))
			lists.links = append(lists.links, x.links...)
			lists.found = append(lists.found, x.found...)
		}
		if slices.Contains(b.In, "chk02") {
			name, rows, err := rowsOf[wire.ClientStatus](r, b.Number, "chk02")
			if err != nil {
				return nil, err
			}
			lists.rows += uint64(len(rows))
			lists.found = append(lists.found, compareStates(c, b.Number, r.o.Date, name, rows)...)
		}
	}
	r.lists = lists
	return lists, nil
}

// comparison holds one bank's list of transfers against ours.
type comparison struct {
	c       *cut
	bank    uint16
	date    uint32
	file    string
	ours    []custody.Transfer
	byID    map[uint64]int
	byRef   map[string]int
	matched []int // line, 0 when not in the list
	links   []Link
	found   []difference.Difference
}

func newComparison(c *cut, bank uint16, date uint32, file string) *comparison {
	x := &comparison{c: c, bank: bank, date: date, file: file, byID: map[uint64]int{}, byRef: map[string]int{}}
	for _, t := range c.transfers {
		if t.Bank != bank || t.Date != date {
			continue
		}
		x.byID[t.ID] = len(x.ours)
		if ref := trimmed(t.BankRef[:]); ref != "" {
			x.byRef[ref] = len(x.ours)
		}
		x.ours = append(x.ours, t)
	}
	x.matched = make([]int, len(x.ours))
	return x
}

// compare goes through the bank's rows, then through what they left of ours.
func (x *comparison) compare(rows []wire.TransferDetail) {
	for i := range rows {
		row, line := &rows[i], i+1
		at, ok := x.match(row)
		if !ok || x.matched[at] != 0 {
			x.add(record.CaseMissingHere, nil, row, line)
			continue
		}
		x.matched[at] = line
		t := &x.ours[at]
		x.links = append(x.links, Link{
			Kind: LinkTransfer, Fund: x.c.funds[t.Fund].Number, Transfer: t.ID, Ref: row.BankSerial, Bank: x.bank, File: x.file, Line: line,
		})
		switch {
		case strconv.FormatUint(x.c.funds[t.Fund].Number, 10) != row.FundAccount:
			x.add(record.CaseAccount, t, row, line)
		case signed(t) != theirs(row):
			x.add(record.CaseAmount, t, row, line)
		case t.State != custody.TransferDone && t.State != custody.TransferReversed:
			x.add(record.CaseState, t, row, line)
		}
	}
	for at := range x.ours {
		if t := &x.ours[at]; x.matched[at] == 0 && x.expected(t) {
			kind := record.CaseMissingThere
			if t.Open() {
				kind = record.CaseState // whether anything moved we do not know; the bank says it did not
			}
			x.add(kind, t, nil, 0)
		}
	}
}

// match finds our transfer of a bank's row: by the bank's serial where that stands
// for an entry that is done, also one booked by the handling of differences in
// place of the transfer first asked for; otherwise by the serial of whoever began
// it.
func (x *comparison) match(row *wire.TransferDetail) (int, bool) {
	byRef, okRef := x.byRef[row.BankSerial]
	id, err := strconv.ParseUint(row.BrokerSerial, 10, 64)
	byID, okID := x.byID[id]
	okID = okID && err == nil
	if okRef && (!okID || row.Initiator == wire.Bank || x.ours[byRef].State == custody.TransferDone) {
		return byRef, true
	}
	return byID, okID
}

// expected says whether a transfer that the bank's list does not have should be
// there. A transfer reversed before anything moved at the bank is in the list
// neither itself nor with its reversal; one half alone is a difference.
func (x *comparison) expected(t *custody.Transfer) bool {
	switch {
	case t.Reverses != 0 && t.State == custody.TransferDone:
		at, ok := x.byID[t.Reverses]
		return ok && x.matched[at] != 0
	case t.State == custody.TransferReversed:
		at, ok := x.byID[t.ReversedBy]
		return ok && x.matched[at] != 0
	}
	return t.State == custody.TransferDone || t.Open()
}

// signed is a transfer's effect on the client's money: a reversal undoes its
// original.
func signed(t *custody.Transfer) money.Amount {
	if (t.Direction == custody.Deposit) == (t.Reverses == 0) {
		return t.Amount
	}
	return -t.Amount
}

func theirs(row *wire.TransferDetail) money.Amount {
	if row.Function == wire.FunctionDeposit || row.Function == wire.FunctionReverseWithdrawal {
		return row.Amount
	}
	return -row.Amount
}

// add lists a difference of a transfer of ours, a row of theirs, or both.
func (x *comparison) add(kind uint8, t *custody.Transfer, row *wire.TransferDetail, line int) {
	d := difference.Difference{Type: kind, Subject: record.CaseTransfer, Bank: x.bank, Date: x.date, File: x.file, Line: line}
	if t != nil {
		d.Ours, d.OurRef, d.Fund, d.TheirRef = signed(t), t.ID, x.c.funds[t.Fund].Number, trimmed(t.BankRef[:])
	}
	if row != nil { // the account is the one they have it under
		d.Theirs, d.TheirRef, d.Detail = theirs(row), row.BankSerial, "their fund account "+row.FundAccount
		if fund, err := strconv.ParseUint(row.FundAccount, 10, 64); err == nil {
			d.Fund = fund
		}
	}
	x.found = append(x.found, d)
}

// stateOf is a custody relation as the banks count it (domain facts B.10).
var stateOf = map[wire.CustodyState]uint8{
	wire.CustodyDesignated: custody.RelationDesignated, wire.CustodyPreDesignated: custody.RelationPreDesignated,
	wire.CustodyCancelled: custody.RelationCancelled,
}

// compareStates holds a bank's list of relations against ours.
func compareStates(c *cut, bank uint16, date uint32, file string, rows []wire.ClientStatus) (found []difference.Difference) {
	byNumber := map[string]*custody.Fund{}
	for i := range c.funds {
		if f := &c.funds[i]; f.Bank == bank && (f.Relation == custody.RelationDesignated || f.Relation == custody.RelationCancelled) {
			byNumber[strconv.FormatUint(f.Number, 10)] = f
		}
	}
	seen := map[string]bool{}
	for i := range rows {
		row := &rows[i]
		f := byNumber[row.FundAccount]
		seen[row.FundAccount] = true
		d := difference.Difference{
			Type: record.CaseState, Subject: record.CaseData, Bank: bank, Date: date, TheirRef: row.FundAccount, File: file, Line: i + 1,
			Theirs: money.Amount(stateOf[row.State]), Detail: "state of the custody relation",
		}
		switch {
		case f == nil && row.State != wire.CustodyDesignated:
			continue // pre-designated or over there, and not in force here either
		case f == nil:
			d.Type = record.CaseMissingHere
		case f.Relation == stateOf[row.State]:
			continue
		default:
			d.Fund, d.Ours = f.Number, money.Amount(f.Relation)
		}
		found = append(found, d)
	}
	for i := range c.funds {
		f := &c.funds[i]
		number := strconv.FormatUint(f.Number, 10)
		if byNumber[number] == f && f.Relation == custody.RelationDesignated && !seen[number] {
			found = append(found, difference.Difference{
				Type: record.CaseMissingThere, Subject: record.CaseData, Bank: bank, Date: date, Fund: f.Number, TheirRef: number,
				Ours: money.Amount(f.Relation), File: file, Detail: "state of the custody relation",
			})
		}
	}
	return found
}
