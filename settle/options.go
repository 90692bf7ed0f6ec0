package settle

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/difference"
	"sancun/market"
	"sancun/money"
	"sancun/paper"
	"sancun/record"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

// Options say which day is ended, for whom, and how.
type Options struct {
	Date   uint32 // the business date, yyyymmdd
	Broker Broker
	Banks  []Bank // every custodian bank with clients, in any order
	// Rates are the interest rates that hold from a date on; needed on the days of
	// a quarter's posting only.
	Rates []InterestRate
	// DrawRate bounds the commission drawn from client money a day, by the clients'
	// turnover; DefaultDrawRate if zero.
	DrawRate money.Rate
	// Fonts are for reports as PDF; nil writes none, and Report.Paperless says so.
	Fonts *paper.Fonts
	// Language is that of reports; Chinese if zero.
	Language paper.Language
	// Steps are the steps to run, in order; empty runs all and clears the day.
	Steps []uint16
	// Owner is who answers for this run: the outcomes of its steps stand in the
	// journal under this caller. Zero is the house itself.
	Owner record.Caller
	// Calendar is the mainland's and Cutoffs the built-in ones if nil.
	Calendar *calendar.Calendar
	Cutoffs  []calendar.CutoffRule
	Now      func() time.Time
	// Progress is told of every step's beginning, advance and end, from the
	// goroutine of Run.
	Progress func(Progress)
	// Between is called after each step that was run, with what it found; an error
	// stops the chain behind the step. Files are delivered and differences worked
	// off here when one call is to do a whole evening.
	Between func(ctx context.Context, done StepReport, found []difference.Difference) error

	rules *market.Day
}

// Broker is how the outside world names us.
type Broker struct {
	Code        string // 8 characters in the banks' files
	Name        string
	Branch      string // default branch code in the banks' files
	Participant csdc.Participant
	// CashAccounts are our client cash accounts at the clearing house; rows of
	// others in its files are not the clients' and are listed. Empty takes all.
	CashAccounts []string
}

// Bank is a custodian bank and the files agreed with it.
type Bank struct {
	Number uint16
	Code   string // 4 characters in set 2, bank type in set 1
	Pooled wire.AccountAt
	Legal  wire.AccountAt
	// Out and In are the names of the layouts agreed, as wire.FileLayout.Name.
	Out []string
	In  []string
}

// The file sets of domain facts B.6. What goes to a bank of set 3 is not public;
// it gets the files of set 1 (assumption). Every bank sends its list of transfers
// and its result of total against detail.
var (
	setOneOut = []string{"sbusi", "sbala", "spay", "accr"}
	setTwoOut = []string{"S05", "S06", "S08", "S11"}
	allIn     = []string{"strans", "B04", "B05"}
)

// FileSet returns the layouts of a set, 1 to 3, for Out and In.
func FileSet(set int) (out, in []string, err error) {
	switch set {
	case 1:
		return slices.Clone(setOneOut), slices.Clone(allIn), nil
	case 2:
		return slices.Clone(setTwoOut), slices.Clone(allIn), nil
	case 3:
		return slices.Clone(setOneOut), append(slices.Clone(allIn), "chk02"), nil
	}
	return nil, nil, fmt.Errorf("file set %d: %w", set, ErrOptions)
}

// DefaultDrawRate is 3 per mille of the clients' turnover of the day before, the
// most commission that may leave client money a day (domain facts B.8).
const DefaultDrawRate = 3 * money.RateUnit / 1000

func (o *Options) fill() error {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.DrawRate == 0 {
		o.DrawRate = DefaultDrawRate
	}
	if o.Language == 0 {
		o.Language = paper.Chinese
	}
	if o.Cutoffs == nil {
		o.Cutoffs = calendar.BuiltinCutoffs()
	}
	if o.Calendar == nil {
		c, err := calendar.China()
		if err != nil {
			return err
		}
		o.Calendar = c
	}
	o.Banks = slices.Clone(o.Banks)
	slices.SortFunc(o.Banks, func(a, b Bank) int { return int(a.Number) - int(b.Number) })
	if err := o.check(); err != nil {
		return err
	}
	rules, err := market.Builtin(o.Calendar).On(calendar.Date(o.Date))
	o.rules = rules
	return err
}

func (o *Options) check() error {
	for i, b := range o.Banks {
		if b.Number == 0 || i > 0 && o.Banks[i-1].Number == b.Number {
			return fmt.Errorf("bank %d stands twice or has no number: %w", b.Number, ErrOptions)
		}
		for _, name := range append(slices.Clone(b.Out), b.In...) {
			l, ok := layoutOf(name)
			if !ok || (l.Sender == wire.Broker) != slices.Contains(b.Out, name) {
				return fmt.Errorf("bank %d: file layout %q in this direction: %w", b.Number, name, ErrOptions)
			}
		}
	}
	if err := CheckSteps(o.Steps); err != nil {
		return err
	}
	if o.DrawRate < 0 || o.DrawRate > money.RateUnit || len(o.Broker.Code) > 8 || o.Broker.Code == "" {
		return fmt.Errorf("draw rate %d, broker code %q: %w", o.DrawRate, o.Broker.Code, ErrOptions)
	}
	return nil
}

// CheckSteps says whether steps can be asked for: each is one of the chain's, in
// its order, once. It returns ErrOptions.
func CheckSteps(steps []uint16) error {
	last := uint16(0)
	for _, s := range steps {
		if s <= last || int(s) > custody.StepsOfDay {
			return fmt.Errorf("step %d behind step %d: %w", s, last, ErrOptions)
		}
		last = s
	}
	return nil
}

// bank returns the agreement with a bank.
func (o *Options) bank(number uint16) (*Bank, bool) {
	for i := range o.Banks {
		if o.Banks[i].Number == number {
			return &o.Banks[i], true
		}
	}
	return nil, false
}

// layoutOf returns a layout of the banks' files by its short name.
func layoutOf(name string) (wire.FileLayout, bool) {
	for _, l := range wire.FileLayouts() {
		if l.Name == name {
			return l, true
		}
	}
	return wire.FileLayout{}, false
}
