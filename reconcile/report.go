package reconcile

import (
	"sancun/custody"
	"sancun/money"
	"sancun/record"
)

// Report is where the cases stand on a business date, for the report of the day
// and the consoles. Money is fen.
type Report struct {
	Date   uint32       `json:"date"`
	Found  int          `json:"found"`  // cases found on the date
	Closed int          `json:"closed"` // of those of any date, closed
	Open   int          `json:"open"`
	Oldest int          `json:"oldest_days"` // trading days, of open cases
	Lines  []ReportLine `json:"lines"`
	Levels []LevelLine  `json:"levels"`
}

// ReportLine counts the cases of one subject and type, in the order of both.
type ReportLine struct {
	Subject     uint8        `json:"subject"`
	Type        uint8        `json:"type"`
	SubjectName string       `json:"subject_name"`
	TypeName    string       `json:"type_name"`
	Found       int          `json:"found"` // on the date
	Open        int          `json:"open"`
	Closed      int          `json:"closed"`
	Gap         money.Amount `json:"gap"` // sum of |theirs − ours| of open cases; units for positions
	Oldest      int          `json:"oldest_days"`
}

// LevelLine counts the open cases that have reached a level and no higher one.
type LevelLine struct {
	Days int    `json:"days"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
	Open int    `json:"open"`
}

// Report counts the cases as they stand. The error is the calendar's.
func (r *Rules) Report(m *custody.Machine) (Report, error) {
	today := m.Today().Date
	policy := r.On(today)
	report := Report{Date: today}
	for _, l := range policy.Levels {
		report.Levels = append(report.Levels, LevelLine{Days: l.Days, ZH: l.ZH, EN: l.EN})
	}
	var lines [record.CaseData + 1][record.CaseFile + 1]ReportLine
	for _, k := range m.Cases() {
		age, err := r.Age(&k, today)
		if err != nil {
			return Report{}, err
		}
		report.count(&lines[k.Subject][k.Type], &k, age)
		if k.State == custody.CaseOpen {
			reached := 0
			for i := range policy.Levels {
				if age >= policy.Levels[i].Days {
					reached = i
				}
			}
			report.Levels[reached].Open++
		}
	}
	for subject := range lines {
		for kind := range lines[subject] {
			l := lines[subject][kind]
			if l.Open+l.Closed == 0 {
				continue
			}
			l.Subject, l.Type = uint8(subject), uint8(kind)
			l.SubjectName, l.TypeName = SubjectName(l.Subject), TypeName(l.Type)
			report.Lines = append(report.Lines, l)
		}
	}
	return report, nil
}

// count adds a case to the report and its line.
func (r *Report) count(l *ReportLine, k *custody.Case, age int) {
	if k.Found == r.Date {
		r.Found++
		l.Found++
	}
	if k.State != custody.CaseOpen {
		r.Closed++
		l.Closed++
		return
	}
	r.Open++
	l.Open++
	l.Gap += max(k.Theirs-k.Ours, k.Ours-k.Theirs)
	l.Oldest = max(l.Oldest, age)
	r.Oldest = max(r.Oldest, age)
}

var (
	typeNames = [...]string{
		record.CaseMissingHere: "missing here", record.CaseMissingThere: "missing there", record.CaseAmount: "amount",
		record.CaseState: "state", record.CaseAccount: "account", record.CaseTotal: "total", record.CaseFile: "file",
	}
	subjectNames = [...]string{
		record.CaseTransfer: "transfer", record.CaseTrade: "trade", record.CasePosition: "position",
		record.CaseCash: "cash", record.CaseFees: "fees", record.CaseData: "data",
	}
)

// TypeName names the type of a difference.
func TypeName(t uint8) string { return nameIn(typeNames[:], t) }

// SubjectName names the subject of a difference.
func SubjectName(s uint8) string { return nameIn(subjectNames[:], s) }

func nameIn(names []string, n uint8) string {
	if int(n) >= len(names) || names[n] == "" {
		return "unknown"
	}
	return names[n]
}
