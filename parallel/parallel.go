// Package parallel clears the same trading day at two centres from one image, taken
// at the instant before clearing, and compares what came out: nine rows by hash and
// six by time (rows B163 to B171 of the backup requirements, domain facts A.2).
//
// It must never clear anything but a fork or an image, and never call two results
// equal that it has not hashed whole.
package parallel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/journal"
	"sancun/record"
	"sancun/settle"
	"sancun/suite"
)

// Centre is what is cleared: the core of a fork.
type Centre interface {
	settle.Core
	// Root is the root of the whole state and the height it belongs to.
	Root(ctx context.Context) (journal.Hash, uint64, error)
}

// Row is one of the nine rows of correctness.
type Row struct {
	Name  string `json:"name"`
	Items int    `json:"items"`
	Hash  string `json:"hash"` // SHA-256 of the items, hexadecimal
}

// Time is one of the six rows of efficiency.
type Time struct {
	Name string  `json:"name"`
	MS   float64 `json:"ms"`
}

// Cleared is what one centre made of the image.
type Cleared struct {
	Centre string `json:"centre"`
	Before string `json:"root_before"` // of the state, at the image
	After  string `json:"root_after"`  // of the state, with the next day open
	Rows   []Row  `json:"rows"`
	Times  []Time `json:"times"`
	// Reported and Banked are when the steps due at 21:00 and those due at 23:00 would
	// end, counted from when the image was taken, in the day's own time.
	Reported time.Time `json:"reported"`
	Banked   time.Time `json:"banked"`
}

// The rows of the two tables.
var (
	rowNames = []string{
		"文件接收 file receipt", "文件清分 file clearing", "一级清算 first-level clearing", "资金核对 fund check", "证券核对 securities check",
		"交割核对 delivery check", "报表核对 report check", "初始化 initialisation", "资金结算 fund settlement",
	}
	timeNames = []string{
		"文件接收 file receipt", "文件清分 file clearing", "法人清算 legal-person clearing", "交易清算 trading clearing", "交易归档 trading archive",
		"交易初始化 trading initialisation",
	}
)

// timeOf says to which row of efficiency a step counts.
var timeOf = map[uint16]int{
	custody.StepReceive: 0, custody.StepSplit: 1, custody.StepFirstLevel: 2,
	custody.StepStop: 3, custody.StepTransfers: 3, custody.StepSecondLevel: 3, custody.StepPositions: 3, custody.StepEntitle: 3, custody.StepInterest: 3,
	custody.StepBankFiles: 4, custody.StepTotals: 4, custody.StepStatements: 4, custody.StepArchive: 4,
}

// initialisation is the last row of efficiency.
const initialisation = 5

// Clear clears a fork that stands at the image and opens its next day. The options'
// Now is the day's own time, which stands still; wall measures.
func Clear(ctx context.Context, name string, core Centre, in settle.Inputs, o settle.Options, wall func() time.Time) (Cleared, error) {
	c := Cleared{Centre: name}
	took := make([]time.Duration, len(timeNames))
	root, _, err := core.Root(ctx)
	if err != nil {
		return c, err
	}
	c.Before = root.String()
	began := o.Now()
	var reported, all time.Duration
	var since time.Time
	o.Progress = func(p settle.Progress) {
		if !p.Ended {
			if p.Done == 0 && p.Total == 0 {
				since = wall()
			}
			return
		}
		step := wall().Sub(since)
		took[timeOf[p.Step]] += step
		all += step
		if p.Step <= custody.StepInterest {
			reported += step
		}
	}
	out := settle.Memory{}
	report, err := settle.Run(ctx, core, in, out, o)
	if err != nil {
		return c, fmt.Errorf("clear at %s: %w", name, err)
	}
	sums, err := outcome(ctx, core, in, &report, out)
	if err != nil {
		return c, err
	}
	since = wall()
	if err := openNext(ctx, core); err != nil {
		return c, fmt.Errorf("open the next day at %s: %w", name, err)
	}
	took[initialisation] = wall().Sub(since)
	for i, name := range timeNames {
		c.Times = append(c.Times, Time{Name: name, MS: float64(took[i]) / 1e6})
	}
	c.Reported, c.Banked = began.Add(reported), began.Add(all)
	if err := core.Look(ctx, func(m *custody.Machine) { opened(m, sums[rowInitialisation]) }); err != nil {
		return c, err
	}
	for i, s := range sums {
		if s.err != nil {
			return c, s.err
		}
		c.Rows = append(c.Rows, Row{Name: rowNames[i], Items: s.items, Hash: hex.EncodeToString(s.hash.Sum(nil))})
	}
	if root, _, err = core.Root(ctx); err != nil {
		return c, err
	}
	c.After = root.String()
	return c, nil
}

// openNext opens the next business day, as the morning does.
func openNext(ctx context.Context, core Centre) error {
	var today custody.Day
	if err := core.Look(ctx, func(m *custody.Machine) { today = m.Today() }); err != nil {
		return err
	}
	years, err := calendar.China()
	if err != nil {
		return err
	}
	after, err := years.Next(calendar.Date(today.Next))
	if err != nil {
		return err
	}
	answers, err := core.Submit(ctx, record.Request{Cmd: &record.OpenDay{Date: today.Next, Next: uint32(after)}})
	if err == nil && answers[0].Code != uint16(record.Accepted) {
		err = fmt.Errorf("it was refused: %s", record.Code(answers[0].Code))
	}
	return err
}

// sum hashes items, each as a line of JSON.
type sum struct {
	hash  hash.Hash
	items int
	err   error
}

func newSum() *sum { return &sum{hash: sha256.New()} }

func (s *sum) add(item any) {
	text, err := json.Marshal(item)
	if err != nil {
		s.err = err
		return
	}
	s.items++
	s.hash.Write(append(text, '\n'))
}

func addAll[T any](s *sum, items []T) *sum {
	for i := range items {
		s.add(&items[i])
	}
	return s
}

// cash and position are what is compared of an account.
type cash struct {
	Fund    uint64
	Balance int64
	Buckets [5]int64
}

type position struct {
	Fund       uint64
	Instrument string
	Balance    int64
	Buckets    [5]int64
}

// delivered is what is compared of an order.
type delivered struct {
	ID, Fund      uint64
	State         uint8
	Filled, Value int64
	Fees          int64
	Cleared       uint8
}

// rowInitialisation is the row that is looked at when the next day has opened.
const rowInitialisation = 7

// outcome hashes what clearing made, before the next day opens.
func outcome(ctx context.Context, core Centre, in settle.Inputs, report *settle.Report, out settle.Memory) ([]*sum, error) {
	sums := make([]*sum, len(rowNames))
	for i := range sums {
		sums[i] = newSum()
	}
	for _, source := range in.Clearing {
		files, err := source.Accepted()
		if err != nil {
			return nil, err
		}
		addAll(sums[0], files)
	}
	addAll(sums[1], report.Split)
	addAll(sums[2], report.Nets)
	addAll(sums[5], report.Obligations)
	names, err := out.List()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		file := settle.File{Name: name, Bytes: int64(len(out[name])), SHA256: sha256.Sum256(out[name])}
		if strings.HasPrefix(name, "bank-") {
			sums[8].add(&file)
		} else {
			sums[6].add(&file)
		}
	}
	addAll(sums[8], report.Totals)
	return sums, core.Look(ctx, func(m *custody.Machine) { state(m, sums) })
}

// state adds what the machine holds: money, securities and orders.
func state(m *custody.Machine, sums []*sum) {
	numbers := map[uint32]uint64{}
	for row, f := range m.Funds() {
		numbers[row] = f.Number
		a := m.CashOf(row)
		sums[3].add(&cash{f.Number, a.Balance, a.Buckets})
	}
	for h := range m.Holdings() {
		sums[4].add(&position{numbers[h.Fund], m.InstrumentAt(h.Instrument).ID.String(), h.Units.Balance, h.Units.Buckets})
	}
	for _, o := range m.Orders() {
		sums[5].add(&delivered{o.ID, numbers[o.Fund], o.State, int64(o.Filled), int64(o.Value), int64(o.Fees), o.Cleared})
	}
}

// opened adds what the next day begins with.
func opened(m *custody.Machine, s *sum) {
	today := m.Today()
	s.add(&today)
	for _, b := range m.Banks() {
		s.add(&b)
	}
	for _, done := range m.Steps() {
		s.add(&done)
	}
	for row, f := range m.Funds() {
		available, withdrawable := m.Usable(row)
		s.add(&[3]int64{int64(f.Number), available, withdrawable})
	}
}

// Compared is one row of correctness of both centres.
type Compared struct {
	Name   string `json:"name"`
	Items  [2]int `json:"items"` // main, second
	Main   string `json:"main"`
	Second string `json:"second"`
	Equal  bool   `json:"equal"`
}

// Timed is one row of efficiency of both centres.
type Timed struct {
	Name     string  `json:"name"`
	MainMS   float64 `json:"main_ms"`
	SecondMS float64 `json:"second_ms"`
	Verdict  string  `json:"verdict"`
}

// Comparison is the two tables.
type Comparison struct {
	RowsEqual     int        `json:"rows_equal"`
	RowsDifferent int        `json:"rows_different"`
	RootEqual     bool       `json:"root_equal"` // of the whole state, before and after
	Rows          []Compared `json:"rows"`
	Times         []Timed    `json:"times"`
	// InTime says whether the second centre would keep both fixed points.
	InTime bool    `json:"in_time"`
	Main   Cleared `json:"main"`
	Second Cleared `json:"second"`
}

// Compare compares what two centres made of one image.
func Compare(main, second Cleared, in settle.Options) (Comparison, error) {
	c := Comparison{Main: main, Second: second, RootEqual: main.Before == second.Before && main.After == second.After, InTime: true}
	if len(main.Rows) != len(rowNames) || len(second.Rows) != len(rowNames) || len(main.Times) != len(timeNames) || len(second.Times) != len(timeNames) {
		return c, fmt.Errorf("a centre has %d and %d rows, the other %d and %d", len(main.Rows), len(main.Times), len(second.Rows), len(second.Times))
	}
	for i := range rowNames {
		a, b := main.Rows[i], second.Rows[i]
		row := Compared{Name: a.Name, Items: [2]int{a.Items, b.Items}, Main: a.Hash, Second: b.Hash, Equal: a == b}
		if row.Equal {
			c.RowsEqual++
		} else {
			c.RowsDifferent++
		}
		c.Rows = append(c.Rows, row)
	}
	for _, due := range []struct {
		at     time.Time
		cutoff calendar.Cutoff
	}{{second.Reported, calendar.ExchangeReporting}, {second.Banked, calendar.BankFiles}} {
		late, err := isLate(due.at, due.cutoff, in)
		if err != nil {
			return c, err
		}
		c.InTime = c.InTime && !late
	}
	for i := range timeNames {
		t := Timed{Name: timeNames[i], MainMS: main.Times[i].MS, SecondMS: second.Times[i].MS, Verdict: "slower, in time"}
		switch {
		case suite.Comparable(lasting(t.MainMS), lasting(t.SecondMS)):
			t.Verdict = "comparable"
		case !c.InTime:
			t.Verdict = "too slow"
		}
		c.Times = append(c.Times, t)
	}
	return c, nil
}

// lasting is a time of the tables, which are in milliseconds.
func lasting(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func isLate(at time.Time, cutoff calendar.Cutoff, in settle.Options) (bool, error) {
	years, err := calendar.China()
	if err != nil {
		return false, err
	}
	rules := in.Cutoffs
	if rules == nil {
		rules = calendar.BuiltinCutoffs()
	}
	date, of, err := years.CutoffFor(rules, cutoff, calendar.Date(in.Date))
	if err != nil {
		return false, err
	}
	return at.UnixMilli() > date.UnixMilli(of), nil
}

// Differing names the rows that differ.
func (c *Comparison) Differing() []string {
	var names []string
	for _, r := range c.Rows {
		if !r.Equal {
			names = append(names, r.Name)
		}
	}
	return slices.Clip(names)
}
