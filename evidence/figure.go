package evidence

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// A sample is a text file of comma-separated values with a line of names; the
// columns that rules read hold whole numbers in the figure's unit.

// samplesMax bounds the rows of a sample.
const samplesMax = 10_000_000

// Rules by which a figure follows from a sample.
const (
	RuleCount = "count" // rows
	RuleSum   = "sum"
	RuleMin   = "min"
	RuleMax   = "max"
	RuleMean  = "mean" // rounded half away from zero
	RuleP50   = "p50"  // nearest rank
	RuleP99   = "p99"
	RuleLast  = "last"
)

var rules = []string{RuleCount, RuleSum, RuleMin, RuleMax, RuleMean, RuleP50, RuleP99, RuleLast}

// Figure is one number of a report and where it comes from.
type Figure struct {
	Name   string `json:"name"`
	Unit   string `json:"unit"`             // such as µs, fen, blocks
	File   string `json:"file"`             // the sample
	Column string `json:"column,omitempty"` // empty for count
	Where  string `json:"where,omitempty"`  // another column; only rows with this there count
	Is     string `json:"is,omitempty"`
	Rule   string `json:"rule"`
	Value  int64  `json:"value"`
}

func (f *Figure) check() error {
	if f.Name == "" || f.Unit == "" || f.File == "" || !slices.Contains(rules, f.Rule) || (f.Column == "") != (f.Rule == RuleCount) {
		return fmt.Errorf("figure %.80q: name, unit, sample or rule is missing or not one of %v: %w", f.Name, rules, ErrBundle)
	}
	return nil
}

// Compute reads a sample and fills in the value by the rule. It returns ErrFigure for a
// sample that cannot be read, or that has no row where the rule needs one.
func (f *Figure) Compute(sample []byte) error {
	values, err := f.values(sample)
	if err != nil {
		return fmt.Errorf("figure %q of %s: %w: %w", f.Name, f.File, err, ErrFigure)
	}
	if f.Rule == RuleCount {
		f.Value = int64(len(values))
		return nil
	}
	if len(values) == 0 && f.Rule != RuleSum {
		return fmt.Errorf("figure %q of %s: there is no row: %w", f.Name, f.File, ErrFigure)
	}
	f.Value, err = fold(f.Rule, values)
	if err != nil {
		return fmt.Errorf("figure %q of %s: %w: %w", f.Name, f.File, err, ErrFigure)
	}
	return nil
}

var errOverflow = errors.New("the sum is more than 64 bits hold")

// fold applies a rule; values may be put in order.
func fold(rule string, values []int64) (int64, error) {
	switch rule {
	case RuleLast:
		return values[len(values)-1], nil
	case RuleSum, RuleMean:
		sum := int64(0)
		for _, v := range values {
			next := sum + v
			if v > 0 && next < sum || v < 0 && next > sum {
				return 0, errOverflow
			}
			sum = next
		}
		if rule == RuleSum {
			return sum, nil
		}
		n := int64(len(values))
		mean, rest := sum/n, sum%n
		if 2*rest >= n {
			mean++
		} else if 2*rest <= -n {
			mean--
		}
		return mean, nil
	}
	slices.Sort(values)
	n := len(values)
	switch rule {
	case RuleMin:
		return values[0], nil
	case RuleMax:
		return values[n-1], nil
	case RuleP50:
		return values[Rank(n, 50)], nil
	default:
		return values[Rank(n, 99)], nil
	}
}

// Rank is the place of a percentile among n values in order: the least that so many of
// a hundred do not exceed.
func Rank(n, percent int) int { return (n*percent+99)/100 - 1 }

// values reads the column of the rows that count.
func (f *Figure) values(sample []byte) (values []int64, err error) {
	r := csv.NewReader(bytes.NewReader(sample))
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no line of names: %w", err)
	}
	column, where := slices.Index(head, f.Column), slices.Index(head, f.Where)
	if f.Column != "" && column < 0 || f.Where != "" && where < 0 {
		return nil, fmt.Errorf("there are no columns %q and %q", f.Column, f.Where)
	}
	for row := 1; ; row++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		if err == nil && row > samplesMax {
			err = fmt.Errorf("more than %d rows", samplesMax)
		}
		if err != nil {
			return nil, err
		}
		if f.Where != "" && cells[where] != f.Is {
			continue
		}
		value := int64(0)
		if f.Column != "" {
			if value, err = strconv.ParseInt(cells[column], 10, 64); err != nil {
				return nil, fmt.Errorf("row %d: %w", row, err)
			}
		}
		values = append(values, value)
	}
}
