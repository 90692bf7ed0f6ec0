package settle

import (
	"fmt"
	"slices"
	"strconv"

	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/record"
	wire "sancun/wire/bank"
)

func (r *run) totalParts() ([]part, error) { return r.partsOf("B04", "B05") }

// compareTotals is step 11 (总分核对): each bank's total against detail, and what
// its management accounts say of single clients, against our closing books. Our
// own identity is checked first: a house whose own figures disagree compares
// nothing. Its rows are those of the banks' files.
func (r *run) compareTotals(bool) (uint64, error) {
	books, err := r.closingBooks()
	if err != nil {
		return 0, err
	}
	for i := range books.totals {
		if t := &books.totals[i]; !t.Balanced() {
			r.find(difference.Difference{
				Type: record.CaseTotal, Subject: record.CaseCash, Bank: t.Bank, Ours: t.Ledger, Theirs: t.Pooled + t.Reserve + t.InSettlement,
				TheirRef: "identity", Detail: "our own total is not our detail in " + t.Currency.String(),
			})
		}
	}
	var rows uint64
	for _, b := range r.o.Banks {
		if slices.Contains(b.In, "B04") {
			name, list, err := rowsOf[wire.TotalDetail](r, b.Number, "B04")
			if err != nil {
				return rows, err
			}
			rows += uint64(len(list))
			r.compareTotal(b.Number, name, books.totals, list)
		}
		if slices.Contains(b.In, "B05") {
			name, list, err := rowsOf[wire.AbnormalBalance](r, b.Number, "B05")
			if err != nil {
				return rows, err
			}
			rows += uint64(len(list))
			r.listAbnormal(b.Number, name, list)
		}
	}
	return rows, nil
}

// compareTotal holds one bank's rows, one a currency, against our totals.
func (r *run) compareTotal(bank uint16, file string, ours []custody.Totals, rows []wire.TotalDetail) {
	seen := map[money.Currency]bool{}
	for i := range rows {
		row := &rows[i]
		seen[row.Currency] = true
		var t custody.Totals
		for j := range ours {
			if ours[j].Bank == bank && ours[j].Currency == row.Currency {
				t = ours[j]
			}
		}
		inCourse := row.InSettlement
		if row.NetBuy {
			inCourse = -inCourse
		}
		r.report.Totals = append(r.report.Totals, BankTotal{bank, row.Currency, row.LedgerTotal, row.Pooled, row.Reserve, inCourse})
		for _, x := range [...]struct {
			name         string
			ours, theirs money.Amount
		}{
			{"ledger total", t.Ledger, row.LedgerTotal}, {difference.Pooled, t.Pooled, row.Pooled},
			{"reserve", t.Reserve, row.Reserve}, {"in settlement", t.InSettlement, inCourse},
		} {
			if x.ours != x.theirs {
				r.findTotal(bank, file, i+1, x.name+" "+row.Currency.String(), x.ours, x.theirs)
			}
		}
		if off, err := row.Difference(); err != nil || off != 0 {
			r.findTotal(bank, file, i+1, "identity "+row.Currency.String(), 0, off)
		}
	}
	for i := range ours {
		if t := &ours[i]; t.Bank == bank && t.Ledger != 0 && !seen[t.Currency] {
			r.findTotal(bank, file, 0, "no row of "+t.Currency.String(), t.Ledger, 0)
		}
	}
}

func (r *run) findTotal(bank uint16, file string, line int, what string, ours, theirs money.Amount) {
	r.find(difference.Difference{
		Type: record.CaseTotal, Subject: record.CaseCash, Bank: bank, Ours: ours, Theirs: theirs,
		TheirRef: what, File: file, Line: line, Detail: fmt.Sprintf("%s: ours %s, the bank's %s", what, ours, theirs),
	})
}

// listAbnormal lists the clients whose management account differs at the bank.
func (r *run) listAbnormal(bank uint16, file string, rows []wire.AbnormalBalance) {
	for i := range rows {
		row := &rows[i]
		fund, err := strconv.ParseUint(row.FundAccount, 10, 64)
		d := difference.Difference{
			Type: record.CaseAmount, Subject: record.CaseCash, Bank: bank, Fund: fund, Ours: row.LedgerSays, Theirs: row.BankSays,
			TheirRef: row.FundAccount, File: file, Line: i + 1, Detail: "balance of the management account",
		}
		if err != nil {
			d.Type = record.CaseMissingHere
		}
		r.find(d)
	}
}

// BankTotals reads the banks' results of total against detail, one row a
// currency, by bank: what the three-way check holds against our books once a bank
// has applied the day's files. It returns a *FileError for a result that is not
// there or cannot be read.
func BankTotals(in Inputs, o Options) (map[uint16][]wire.TotalDetail, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	r := &run{in: in, o: o}
	all := map[uint16][]wire.TotalDetail{}
	for _, b := range o.Banks {
		if !slices.Contains(b.In, "B04") {
			continue
		}
		_, rows, err := rowsOf[wire.TotalDetail](r, b.Number, "B04")
		if err != nil {
			return nil, err
		}
		all[b.Number] = rows
	}
	return all, nil
}
