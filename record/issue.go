package record

import "sancun/money"

// KindLoadIssues is the command that enters the calendar of issues of a day.
const KindLoadIssues Kind = 163

// IssueData is one new issue that takes subscriptions on the day (row K33).
type IssueData struct {
	Code     uint32 // market.ID under which subscriptions are entered
	Security uint32 // market.ID that will be listed
	Price    money.Price
	Unit     uint32         // a subscription is a multiple of it
	Max      money.Quantity // of one securities account; 0 closes the issue
}

func (d *IssueData) walk(w *Codec) {
	w.U32(&d.Code)
	w.U32(&d.Security)
	w.Price(&d.Price)
	w.U32(&d.Unit)
	w.Quantity(&d.Max)
}

// LoadIssues enters the issues of a day, new or changed, at most 500 a command.
// Their codes must be among the instruments of the day.
type LoadIssues struct {
	Date uint32
	Rows []IssueData
}

// Kind returns KindLoadIssues.
func (*LoadIssues) Kind() Kind { return KindLoadIssues }

// Walk walks the fields.
func (c *LoadIssues) Walk(w *Codec) {
	w.U32(&c.Date)
	walkRows(w, &c.Rows, (*IssueData).walk)
}

var issueCommands = []func() Command{func() Command { return &LoadIssues{} }}
