package settle

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/record"
)

// ErrNotYet reports what is not available yet.
var ErrNotYet = errors.New("not available yet")

// SettlementReport is the day for broker, bank and supervisor (row K44). It has
// no times of the run, so that it is the same whenever it is made.
type SettlementReport struct {
	Date        uint32
	Broker      string
	Nets        []Net
	Banks       []BankSummary
	Obligations []Obligation
	Differences []difference.Difference
}

// BankSummary is one bank and currency.
type BankSummary struct {
	Bank     uint16
	Currency money.Currency
	Clients  uint64 // whose relation is in force or who have money there
	custody.Totals
	Deposits, Withdrawals     uint64 // done today, not reversed
	DepositSum, WithdrawalSum money.Amount
	Unknown                   uint64 // transfers without a known outcome
	Traded                    money.Amount
	Commission                money.Amount // charged, positive
	Dividends                 money.Amount
	Interest                  money.Amount
}

// PDF is not available yet: it returns ErrNotYet. The workbook has everything.
func (s *SettlementReport) PDF() ([]byte, error) {
	return nil, fmt.Errorf("the settlement report as PDF: %w", ErrNotYet)
}

// writeReports is step 12: the settlement report as a workbook, the differences,
// the index of links and the investor-protection-fund report. Its rows are the
// links.
func (r *run) writeReports(bool) (uint64, error) {
	found, err := r.allDifferences()
	if err != nil {
		return 0, err
	}
	if err := r.write("differences.csv", differencesText(found)); err != nil {
		return 0, err
	}
	links, rows, err := r.trace()
	if err != nil {
		return 0, err
	}
	if err := r.write(traceName, links); err != nil {
		return 0, err
	}
	s, err := r.settlementReport(found)
	if err != nil {
		return 0, err
	}
	book, err := s.Workbook()
	if err != nil {
		return 0, err
	}
	if err := r.write("settlement-"+dateText(r.o.Date)+".xlsx", book); err != nil {
		return 0, err
	}
	fund, err := r.protectionFund(s)
	if err != nil {
		return 0, err
	}
	return rows, r.write("sipf-"+dateText(r.o.Date)+".txt", fund)
}

// comparing are the steps that list differences.
var comparing = [...]uint16{
	custody.StepSplit, custody.StepTransfers, custody.StepFirstLevel, custody.StepPositions, custody.StepEntitle, custody.StepTotals,
}

// allDifferences lists what all steps of the day found, comparing again what this
// run has not: they read pinned heights and files only, so they find the same.
func (r *run) allDifferences() ([]difference.Difference, error) {
	var all []difference.Difference
	mine := r.found
	for _, number := range comparing {
		done := func(s StepReport) bool { return s.Number == number && s.OK }
		if slices.ContainsFunc(r.report.Steps, done) {
			continue
		}
		r.found = nil
		if _, err := chain()[number-1].perform(r, true); err != nil {
			return nil, fmt.Errorf("step %d again: %w", number, err)
		}
		all = append(all, r.found...)
	}
	r.found = mine
	all = append(all, r.report.Differences...)
	slices.SortStableFunc(all, difference.Compare)
	return all, nil
}

// Names of the kinds and subjects of differences, for people.
var (
	caseTypes = map[uint8]string{
		record.CaseMissingHere: "missing-here", record.CaseMissingThere: "missing-there", record.CaseAmount: "amount", record.CaseState: "state",
		record.CaseAccount: "account", record.CaseTotal: "total", record.CaseFile: "file",
	}
	caseSubjects = map[uint8]string{
		record.CaseTransfer: "transfer", record.CaseTrade: "trade", record.CasePosition: "position", record.CaseCash: "cash",
		record.CaseFees: "fees", record.CaseData: "data",
	}
)

// differencesText is the day's differences as a file.
func differencesText(all []difference.Difference) []byte {
	var text bytes.Buffer
	text.WriteString("type,subject,bank,market,date,fund,ours,theirs,our_ref,their_ref,file,line,detail\n")
	for i := range all {
		d := &all[i]
		fmt.Fprintf(&text, "%s,%s,%d,%d,%d,%d,%d,%d,%d,%s,%s,%d,%s\n", caseTypes[d.Type], caseSubjects[d.Subject], d.Bank, d.Market, d.Date, d.Fund,
			int64(d.Ours), int64(d.Theirs), d.OurRef, plain(d.TheirRef), plain(d.File), d.Line, plain(d.Detail))
	}
	return text.Bytes()
}

// settlementReport gathers the day.
func (r *run) settlementReport(found []difference.Difference) (*SettlementReport, error) {
	first, err := r.firstLevel()
	if err != nil {
		return nil, err
	}
	books, err := r.bankBooks()
	if err != nil {
		return nil, err
	}
	obligations, err := r.obligations()
	if err != nil {
		return nil, err
	}
	s := &SettlementReport{Date: r.o.Date, Broker: r.o.Broker.Name, Nets: first.nets, Obligations: obligations, Differences: found}
	for i := range books {
		for c := money.CNY; c <= money.USD; c++ {
			if b := r.summary(&books[i], c); b.Clients > 0 || b.Totals != (custody.Totals{Bank: b.Bank, Currency: c}) {
				s.Banks = append(s.Banks, b)
			}
		}
	}
	return s, nil
}

func (r *run) summary(b *bankBook, c money.Currency) BankSummary {
	s := BankSummary{Bank: b.bank.Number, Currency: c, Totals: custody.Totals{Bank: b.bank.Number, Currency: c}}
	for _, t := range r.closing.totals {
		if t.Bank == b.bank.Number && t.Currency == c {
			s.Totals = t
		}
	}
	for i := range b.clients {
		x := &b.clients[i]
		if x.currency != c {
			continue
		}
		s.Clients++
		s.Traded += x.bought + x.sold // parts of sums that were checked
		s.Commission -= x.move.fees
		s.Dividends += x.move.dividend
		s.Interest += x.move.interest + x.move.closing
	}
	for i := range r.cut.transfers {
		t := &r.cut.transfers[i]
		if t.Bank != b.bank.Number || t.Date != r.o.Date || r.cut.funds[t.Fund].Currency != c || t.Reverses != 0 {
			continue
		}
		switch {
		case t.Open():
			s.Unknown++
		case t.State == custody.TransferDone && t.Direction == custody.Deposit:
			s.Deposits++
			s.DepositSum += t.Amount
		case t.State == custody.TransferDone:
			s.Withdrawals++
			s.WithdrawalSum += t.Amount
		}
	}
	return s
}
