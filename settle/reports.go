package settle

import (
	"bytes"
	"fmt"
	"slices"

	"sancun/custody"
	"sancun/difference"
	"sancun/record"
)

// writeReports is step 12: the settlement report for broker, banks and supervisor,
// the differences, the index of links, the investor-protection-fund report, and the
// clients' statements. Its rows are the links and the statements.
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
	if err := r.write(TraceName, links); err != nil {
		return 0, err
	}
	s, err := r.settlementReport(found)
	if err != nil {
		return 0, err
	}
	if err := r.writeSettlement(s); err != nil {
		return 0, err
	}
	fund, err := r.protectionFund(s)
	if err != nil {
		return 0, err
	}
	if err := r.write("sipf-"+dateText(r.o.Date)+".txt", fund); err != nil {
		return 0, err
	}
	stated, err := r.writeStatements()
	return rows + stated, err
}

// writeSettlement writes the report for each audience: the whole of it as JSON,
// which the others can be made of again, and as workbook and PDF. Without fonts
// there are no PDFs; Report.Paperless says so.
func (r *run) writeSettlement(s *SettlementReport) error {
	whole, err := s.text()
	if err != nil {
		return fmt.Errorf("settlement report: %w", err)
	}
	if err := r.write(ReportName(s.Date, ForBroker)+".json", whole); err != nil {
		return err
	}
	r.report.Paperless = r.o.Fonts == nil
	for _, a := range s.Audiences() {
		document := s.For(a).Paper()
		name := ReportName(s.Date, a)
		book, err := document.Workbook(r.o.Language)
		if err != nil {
			return fmt.Errorf("settlement report for %s: %w", a, err)
		}
		if err := r.write(name+".xlsx", book); err != nil {
			return err
		}
		if r.o.Fonts == nil {
			continue
		}
		pdf, err := document.PDF(r.o.Language, r.o.Fonts)
		if err != nil {
			return fmt.Errorf("settlement report for %s: %w", a, err)
		}
		if err := r.write(name+".pdf", pdf); err != nil {
			return err
		}
	}
	return nil
}

// writeStatements writes the statements of all clients as of the closing.
func (r *run) writeStatements() (uint64, error) {
	if r.in.Statements == nil {
		return 0, nil
	}
	name, content, rows, err := r.in.Statements.Archive(r.ctx, r.o.Date, r.report.Closing)
	if err != nil {
		return 0, fmt.Errorf("clients' statements: %w", err)
	}
	return rows, r.write(name, content)
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
