package settle_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"sancun/custody"
	differ "sancun/difference"
	"sancun/money"
	"sancun/record"
	"sancun/settle"
	"sancun/state"
	wire "sancun/wire/bank"
	"sancun/wire/csdc"
)

type difference = differ.Difference

var update = flag.Bool("update", false, "write the golden files again")

// runDay runs the whole chain and fails the test when it stops.
func runDay(t testing.TB, w *world, dir fstest.MapFS, change func(*settle.Options)) (settle.Report, settle.Memory) {
	t.Helper()
	out := settle.Memory{}
	o := w.options()
	if change != nil {
		change(&o)
	}
	report, err := settle.Run(context.Background(), w.core, w.inputs(dir), out, o)
	if err != nil {
		t.Fatal(err)
	}
	return report, out
}

func (w *world) root() (root state.Hash) {
	w.look(func(m *custody.Machine) { root = m.Root() })
	return root
}

// balanced checks that every bank's total is its detail.
func (w *world) balanced() {
	w.t.Helper()
	w.look(func(m *custody.Machine) {
		for _, t := range m.Totals() {
			if !t.Balanced() {
				w.t.Errorf("bank %d is out of balance: %+v", t.Bank, t)
			}
		}
	})
}

// A quiet day ends without a difference, in thirteen steps, and the next may open.
func TestQuietDay(t *testing.T) {
	w := smallDay(t)
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	report, _ := runDay(t, w, dir, nil)
	if len(report.Steps) != custody.StepsOfDay || !report.Cleared {
		t.Errorf("%d steps, cleared %v", len(report.Steps), report.Cleared)
	}
	for _, s := range report.Steps {
		if !s.OK || s.Passed || s.Late || s.Input == ([32]byte{}) {
			t.Errorf("step %+v", s)
		}
	}
	for _, d := range report.Differences {
		t.Errorf("difference %+v", d)
	}
	if rows := []uint64{report.Steps[0].Rows, report.Steps[3].Rows, report.Steps[4].Rows, report.Steps[5].Rows}; !slices.Equal(rows, []uint64{2, 3, 11, 5}) {
		t.Errorf("expired, transfers, fills, orders: %d", rows)
	}
	w.balanced()
	w.do(&record.OpenDay{Date: testNext, Next: 20230829})
}

// The bytes the three banks get on that day are known.
func TestBankFilesAreGolden(t *testing.T) {
	w := smallDay(t)
	e := w.evening()
	e.dividends = []paidOut{{fund: 1001, id: stockSZ, cash: 88_80}}
	e.bonuses = []paidOut{{fund: 1002, id: stockSH, units: 30}}
	w.clock.Store(at(19, 30))
	report, out := runDay(t, w, e.files(t), nil)
	if len(report.Differences) > 0 {
		t.Errorf("differences %+v", report.Differences)
	}
	var golden bytes.Buffer
	for _, name := range must(out.List()) {
		if strings.HasPrefix(name, "bank-") || strings.HasSuffix(name, ".csv") || strings.HasPrefix(name, "sipf") {
			fmt.Fprintf(&golden, "== %s\n%q\n", name, strings.SplitAfter(string(out[name]), "\n"))
		}
	}
	path := filepath.Join("testdata", "day.golden")
	if *update {
		if err := os.WriteFile(path, golden.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(golden.String(), "\n")); diff != "" {
		t.Errorf("files differ (-want +got):\n%s", diff)
	}
	w.look(func(m *custody.Machine) {
		_, row, _ := m.Fund(1002)
		h, _ := m.HoldingOf(row, stockSH)
		if h.Units.Balance != 1000-500+30 {
			t.Errorf("client 1002 holds %d", h.Units.Balance)
		}
	})
}

// Stopped after any step and begun anew, also with commands recorded in between
// that do not belong to the day end, the day ends in the same state with the same
// bytes.
func TestRestartAfterEachStep(t *testing.T) {
	w := smallDay(t)
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	_, want := runDay(t, w, dir, nil)
	root := w.root()
	stop := errors.New("stopped")
	for step := uint16(1); step <= custody.StepsOfDay; step++ {
		w := smallDay(t)
		w.clock.Store(at(19, 30))
		o, out := w.options(), settle.Memory{}
		answer := o.Between
		o.Between = func(ctx context.Context, done settle.StepReport, found []difference) error {
			if err := answer(ctx, done, found); err != nil {
				return err
			}
			if done.Number == step {
				return stop
			}
			return nil
		}
		_, err := settle.Run(context.Background(), w.core, w.inputs(dir), out, o)
		var failed *settle.StepError
		if !errors.Is(err, stop) || !errors.As(err, &failed) || failed.Step != step {
			t.Fatalf("stopped after step %d: %v", step, err)
		}
		o.Between = answer
		report, err := settle.Run(context.Background(), w.core, w.inputs(dir), out, o)
		if err != nil {
			t.Fatalf("begun again after step %d: %v", step, err)
		}
		for _, s := range report.Steps {
			if s.Passed != (s.Number <= step) {
				t.Errorf("begun again after step %d, step %d passed over: %v", step, s.Number, s.Passed)
			}
		}
		if got := w.root(); got != root {
			t.Errorf("stopped after step %d: root %x, want %x", step, got, root)
		}
		if diff := cmp.Diff(names(want), names(out)); diff != "" {
			t.Errorf("stopped after step %d: files differ\n%s", step, diff)
		}
		for name := range want {
			if !bytes.Equal(want[name], out[name]) {
				t.Errorf("stopped after step %d: %s has other bytes", step, name)
			}
		}
	}
}

func names(m settle.Memory) []string { return slices.Sorted(maps.Keys(m)) }

// Run twice, and with late answers of a bank in between, every file is the same
// and nothing is booked again.
func TestTwiceTheSame(t *testing.T) {
	w := smallDay(t)
	unknown := w.deposit(1003, 900_00, 0) // asked and never answered
	dir := w.evening().files(t)
	w.clock.Store(at(19, 30))
	first, want := runDay(t, w, dir, func(o *settle.Options) { o.Steps = until(custody.StepStatements) })
	if len(first.Differences) != 1 || first.Differences[0].Type != record.CaseState || first.Differences[0].OurRef != unknown {
		t.Fatalf("differences %+v", first.Differences)
	}
	w.as(record.CallerOf(record.CallerBank, 3), &record.BankAnswered{Transfer: unknown, Outcome: record.OutcomeRefused, Error: 1})
	root := w.root()
	second, got := runDay(t, w, dir, func(o *settle.Options) { o.Steps = until(custody.StepStatements) })
	if w.root() != root {
		t.Error("the second run changed the state")
	}
	if diff := cmp.Diff(first.Differences, second.Differences); diff != "" {
		t.Errorf("differences differ\n%s", diff)
	}
	if diff := cmp.Diff(names(want), names(got)); diff != "" {
		t.Errorf("files differ\n%s", diff)
	}
	for name := range want {
		if !bytes.Equal(want[name], got[name]) {
			t.Errorf("%s has other bytes", name)
		}
	}
	// A single step gives its file again too.
	alone := settle.Memory{}
	o := w.options()
	o.Steps = []uint16{custody.StepStatements}
	if _, err := settle.Run(context.Background(), w.core, w.inputs(dir), alone, o); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"trace.csv", "differences.csv", "settlement-20230825.xlsx", "sipf-20230825.txt"} {
		if !bytes.Equal(alone[name], want[name]) {
			t.Errorf("step 12 alone: %s has other bytes:\n%s\n%s", name, alone[name], want[name])
		}
	}
}

func until(last uint16) []uint16 {
	var steps []uint16
	for s := uint16(1); s <= last; s++ {
		steps = append(steps, s)
	}
	return steps
}

// What is wrong with a file stops the chain at the step that reads it, with its
// name; put right, the chain goes on.
func TestDamagedFilesStop(t *testing.T) {
	jsmx := csdc.LayoutJsmx.FileName(member, day)
	clearing := func(change func(dir fstest.MapFS)) func(*world, fstest.MapFS) {
		return func(_ *world, dir fstest.MapFS) { change(dir) }
	}
	for _, c := range []struct {
		name  string
		spoil func(*world, fstest.MapFS)
		step  uint16
		want  error
		file  string
	}{
		{"missing", clearing(func(d fstest.MapFS) { delete(d, jsmx) }), custody.StepReceive, settle.ErrMissing, jsmx},
		{"truncated", clearing(func(d fstest.MapFS) { d[jsmx].Data = d[jsmx].Data[:len(d[jsmx].Data)*3/5] }), custody.StepReceive, settle.ErrDamaged, jsmx},
		{"altered", clearing(func(d fstest.MapFS) { d[jsmx].Data[len(d[jsmx].Data)-20] ^= 1 }), custody.StepReceive, settle.ErrDamaged, jsmx},
		{"no list of transfers", func(w *world, _ fstest.MapFS) { delete(w.banks[2], "strans0825.dat") }, custody.StepTransfers, settle.ErrMissing, "strans0825.dat"},
		{"list of transfers cut", func(w *world, _ fstest.MapFS) {
			f := w.banks[1]["strans0825.dat"]
			f.Data = f.Data[:len(f.Data)-9]
		}, custody.StepTransfers, settle.ErrDamaged, "strans0825.dat"},
	} {
		w := smallDay(t)
		dir := w.evening().files(t)
		w.clock.Store(at(19, 30))
		in := w.inputs(dir)
		good, bank1, bank2 := maps.Clone(dir), maps.Clone(w.banks[1]), maps.Clone(w.banks[2])
		for name, f := range good {
			good[name] = &fstest.MapFile{Data: bytes.Clone(f.Data)}
		}
		for _, b := range []fstest.MapFS{bank1, bank2} {
			for name, f := range b {
				b[name] = &fstest.MapFile{Data: bytes.Clone(f.Data)}
			}
		}
		c.spoil(w, dir)
		out, o := settle.Memory{}, w.options()
		report, err := settle.Run(context.Background(), w.core, in, out, o)
		var failed *settle.StepError
		if !errors.As(err, &failed) || failed.Step != c.step || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: %v", c.name, err)
		}
		if last := report.Steps[len(report.Steps)-1]; last.OK || last.Failure == "" || last.Number != c.step {
			t.Errorf("%s: reported %+v", c.name, last)
		}
		w.look(func(m *custody.Machine) {
			for _, s := range m.Steps() {
				if s.Number == c.step && s.OK != 0 {
					t.Errorf("%s: journaled %+v", c.name, s)
				}
			}
		})
		maps.Copy(dir, good)
		maps.Copy(w.banks[1], bank1)
		maps.Copy(w.banks[2], bank2)
		if _, err := settle.Run(context.Background(), w.core, in, out, o); err != nil {
			t.Errorf("%s: put right: %v", c.name, err)
		}
	}
}

// A file that came again with other bytes after its step had succeeded is refused.
func TestReplacedFileIsRefused(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(19, 30))
	dir := w.evening().files(t)
	runDay(t, w, dir, func(o *settle.Options) { o.Steps = until(custody.StepFirstLevel) })
	e := w.evening()
	e.legs = e.legs[1:]
	o := w.options()
	_, err := settle.Run(context.Background(), w.core, w.inputs(e.files(t)), settle.Memory{}, o)
	if !errors.Is(err, settle.ErrChanged) {
		t.Errorf("other files after step 5: %v", err)
	}
}

// Steps are run in their order, on the business date only.
func TestOrderOfSteps(t *testing.T) {
	w := smallDay(t)
	dir := w.evening().files(t)
	o := w.options()
	o.Steps = []uint16{custody.StepSplit}
	if _, err := settle.Run(context.Background(), w.core, w.inputs(dir), settle.Memory{}, o); !errors.Is(err, settle.ErrOrder) {
		t.Errorf("step 3 first: %v", err)
	}
	o.Date = 20230824
	if _, err := settle.Run(context.Background(), w.core, w.inputs(dir), settle.Memory{}, o); !errors.Is(err, settle.ErrWrongDay) {
		t.Errorf("yesterday: %v", err)
	}
	o.Date, o.Steps = testDate, []uint16{2, 1}
	if _, err := settle.Run(context.Background(), w.core, w.inputs(dir), settle.Memory{}, o); !errors.Is(err, settle.ErrOptions) {
		t.Errorf("steps backwards: %v", err)
	}
}

// Every kind of difference is found, once, by its name.
func TestDifferences(t *testing.T) {
	type want struct {
		kind, subject uint8
		ours, theirs  money.Amount
		ref           string
	}
	for _, c := range []struct {
		name string
		make func(w *world, e *evening)
		want []want
	}{
		{"their trade is missing", func(_ *world, e *evening) { e.legs = slices.Delete(e.legs, 0, 1) }, []want{
			{record.CaseMissingThere, record.CaseTrade, -1003_08, 0, "000000000101"},
		}},
		{"our trade is missing", func(_ *world, e *evening) {
			l := e.legs[0]
			l.exec = "X1"
			e.legs = append(e.legs, l)
		}, []want{{record.CaseMissingHere, record.CaseTrade, 0, -1003_08, "X1"}}},
		{"amount", func(_ *world, e *evening) { e.legs[0].price++ }, []want{{record.CaseAmount, record.CaseTrade, -1003_08, -1003_09, "000000000101"}}},
		{"account", func(w *world, e *evening) { e.legs[0].fund = 1002 }, []want{{record.CaseAccount, record.CaseTrade, -1003_08, -1003_08, "000000000101"}}},
		{"fees", func(_ *world, e *evening) {
			e.trade = func(x *csdc.Jsmx) {
				if x.ExecNo == "000000000101" {
					x.HandlingFee--
					x.NetAmount--
				}
			}
		}, []want{{record.CaseAmount, record.CaseFees, -8, -9, "000000000101"}}},
		{"total", func(_ *world, e *evening) { e.total = func(x *csdc.Zjhz) { x.NetAmount += 100 } }, []want{{record.CaseTotal, record.CaseCash, 1_967_73, 1_968_73, cashSH}}},
		{"foreign cash account", func(_ *world, e *evening) {
			e.trade = func(x *csdc.Jsmx) {
				if x.ExecNo == "000000000101" {
					x.CashAccount = "100000000000000999"
				}
			}
		}, []want{{record.CaseAccount, record.CaseData, 0, -1003_08, "000000000101"}}},
		{"position", func(w *world, e *evening) {
			e.held = maps.Clone(e.held)
			e.held[place{1001, stockSZ}] -= 5
			e.held[place{1002, stockSH}] = 0
			e.held[place{1009, stockSH}] = 7
		}, []want{
			{record.CaseMissingHere, record.CasePosition, 0, 7, stockSH.String()},
			{record.CaseMissingThere, record.CasePosition, 500, 0, stockSH.String()},
			{record.CaseAmount, record.CasePosition, 800, 795, stockSZ.String()},
		}},
		{"entitlement of a stranger", func(_ *world, e *evening) { e.dividends = []paidOut{{fund: 1009, id: stockSZ, cash: 5_00}} }, []want{
			{record.CaseMissingHere, record.CaseCash, 0, 5_00, "E1"},
		}},
		{"settlement nobody booked", func(_ *world, e *evening) {
			e.paid = []csdc.Zjhz{{Market: "01", Member: "00123", CashAccount: cashSH, Currency: "RMB", ClearingFlag: csdc.ClearingNet, Business: csdc.BusinessNet, ClearingDate: "20230824", SettlementDate: day, OtherAmount: 77, NetAmount: 77}}
		}, []want{{record.CaseTotal, record.CaseCash, 0, 77, "settled 20230824"}}},
		{"transfers", func(w *world, _ *evening) {
			w.moves[1][0].Amount += 100                                                                                    // amount
			w.moves[3] = nil                                                                                               // missing there
			w.move(wire.TransferDetail{Initiator: wire.Bank, Function: wire.FunctionDeposit, BankSerial: "Z9"}, 1002, 300) // missing here
			w.deposit(1001, 40_00, 0)                                                                                      // no answer, and not there
			id := w.deposit(1002, 50_00, record.OutcomeUnknown)                                                            // unknown, and there
			w.move(wire.TransferDetail{Initiator: wire.Broker, Function: wire.FunctionDeposit, BankSerial: "Z8", BrokerSerial: fmt.Sprint(id)}, 1002, 50_00)
		}, []want{
			{record.CaseAmount, record.CaseTransfer, 5_000_00, 5_001_00, "B2023082500000001"},
			{record.CaseState, record.CaseTransfer, 40_00, 0, ""},
			{record.CaseMissingHere, record.CaseTransfer, 0, 3_00, "Z9"},
			{record.CaseState, record.CaseTransfer, 50_00, 50_00, "Z8"},
			{record.CaseMissingThere, record.CaseTransfer, -1_234_56, 0, "W1003"},
		}},
	} {
		w := smallDay(t)
		e := w.evening()
		c.make(w, e)
		w.clock.Store(at(19, 30))
		report, out := runDay(t, w, e.files(t), nil)
		var got []want
		for _, d := range report.Differences {
			if d.Date != testDate || d.Type == record.CaseFile {
				t.Errorf("%s: %+v", c.name, d)
			}
			got = append(got, want{d.Type, d.Subject, d.Ours, d.Theirs, d.TheirRef})
		}
		if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s: differences (-want +got):\n%s", c.name, diff)
		}
		if lines := bytes.Count(out["differences.csv"], []byte("\n")); lines != len(got)+1 {
			t.Errorf("%s: differences.csv has %d lines for %d", c.name, lines, len(got))
		}
		w.balanced()
	}
}

// A bank whose total, pooled account or single balance is another is found.
func TestTotalsDiffer(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(19, 30))
	report, _ := runDay(t, w, w.evening().files(t), func(o *settle.Options) {
		o.Between = func(_ context.Context, done settle.StepReport, _ []difference) error {
			if done.Number == custody.StepBankFiles {
				w.answerTotals(func(x *wire.TotalDetail) {
					if x.BankCode == "0002" {
						x.Pooled += 5
					}
				})
				putRows(w, 3, wire.AbnormalBalanceLayout(), []wire.AbnormalBalance{{
					BankCode: "0003", BrokerCode: "60050000", Date: wire.Date(testDate), Ledger: "L", FundAccount: "1003", Name: "客户", Currency: money.CNY, LedgerSays: 10, BankSays: 9,
				}})
			}
			return nil
		}
	})
	var got []string
	for _, d := range report.Differences {
		got = append(got, fmt.Sprintf("%d/%d bank %d %s %d", d.Type, d.Subject, d.Bank, d.TheirRef, d.Theirs-d.Ours))
	}
	slices.Sort(got)
	want := []string{"3/4 bank 3 1003 -1", "6/4 bank 2 identity CNY -5", "6/4 bank 2 pooled CNY 5"}
	if !slices.Equal(got, want) {
		t.Errorf("differences %q, want %q", got, want)
	}
}

// On the settlement day at 16:00 the nets are paid, cents go to the rounding
// account, commission to own money; nothing is left in settlement, nothing is
// booked twice, and client and own money each stay whole.
func TestSettlementDay(t *testing.T) {
	w := smallDay(t)
	e := w.evening()
	e.dividends = []paidOut{{fund: 1001, id: stockSZ, cash: 88_80}}
	w.clock.Store(at(19, 30))
	report, out := runDay(t, w, e.files(t), nil)
	due, err := settle.ReadObligations(bytes.NewReader(out["obligations.csv"]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report.Obligations, due); diff != "" {
		t.Errorf("obligations read back:\n%s", diff)
	}
	w.do(&record.OpenDay{Date: testNext, Next: 20230829})
	monday := func(hour int) settle.Settlement {
		w.clock.Store(at(hour, 0) + 3*24*3600_000)
		return settle.Settlement{Now: w.now(), Refill: true}
	}
	ctx := context.Background()
	if _, err := settle.SettleDue(ctx, w.core, due, monday(15)); !errors.Is(err, settle.ErrNotDue) {
		t.Errorf("at 15:00: %v", err)
	}
	var before, after books
	w.look(func(m *custody.Machine) { before = booksOf(m) })
	done, err := settle.SettleDue(ctx, w.core, due, monday(16))
	if err != nil || len(done) != len(due) {
		t.Fatalf("%d of %d settled: %v", len(done), len(due), err)
	}
	w.look(func(m *custody.Machine) { after = booksOf(m) })
	w.balanced()
	root := w.root()
	if _, err := settle.SettleDue(ctx, w.core, due, monday(17)); err != nil || w.root() != root {
		t.Errorf("settled again: %v", err)
	}
	if after.inSettlement != 0 || after.clients != before.clients {
		t.Errorf("in settlement %s, clients %s before and %s after", after.inSettlement, before.clients, after.clients)
	}
	var rounding, commission money.Amount
	for _, n := range report.Nets {
		rounding += n.Rounding()
		commission += n.Commission
	}
	if rounding == 0 || after.rounding-before.rounding != rounding {
		t.Errorf("rounding %s booked, %s reckoned", after.rounding-before.rounding, rounding)
	}
	drawn := after.income - before.income
	if drawn <= 0 || drawn+after.feesDue != commission || after.own-before.own != rounding+drawn {
		t.Errorf("commission %s: %s drawn, %s still due; own money grew by %s", commission, drawn, after.feesDue, after.own-before.own)
	}
}

type books struct{ clients, inSettlement, feesDue, rounding, income, own money.Amount }

func booksOf(m *custody.Machine) (b books) {
	for row := range m.Ledger.Len() {
		a := m.Ledger.At(row)
		to := map[uint16]*money.Amount{101: &b.clients, 104: &b.inSettlement, 107: &b.feesDue, 204: &b.rounding, 202: &b.income, 201: &b.own}[uint16(a.Key[0])|uint16(a.Key[1])<<8]
		if to != nil {
			*to += money.Amount(a.Balance)
		}
	}
	return b
}

// A client's entry leads to the line of the file it was cleared by, and back.
func TestTraceBothWays(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(19, 30))
	dir := w.evening().files(t)
	_, out := runDay(t, w, dir, nil)
	trace, err := settle.OpenTrace(bytes.NewReader(out["trace.csv"]))
	if err != nil {
		t.Fatal(err)
	}
	if trace.Len() != 11+2 {
		t.Errorf("%d links", trace.Len())
	}
	var lines []int
	for l := range trace.Order(1) {
		lines = append(lines, l.Line)
		for back := range trace.Line(l.File, l.Line) {
			if back != l || back.Fund != 1001 {
				t.Errorf("line %d leads back to %+v", l.Line, back)
			}
		}
		for back := range trace.Ref(l.Ref) {
			if back.Order != 1 {
				t.Errorf("execution %s leads to order %d", l.Ref, back.Order)
			}
		}
	}
	if !slices.Equal(lines, []int{1, 2, 3}) {
		t.Errorf("order 1 was cleared by lines %d", lines)
	}
	for l := range trace.Fund(1003) {
		if l.Kind == settle.LinkTransfer && (l.Ref != "W1003" || l.Bank != 3 || l.File != "strans0825.dat" || l.Line != 1) {
			t.Errorf("the withdrawal leads to %+v", l)
		}
	}
	s, err := settle.StatementOf(context.Background(), w.core, 1001)
	if err != nil {
		t.Fatal(err)
	}
	var sum money.Amount
	var orders, transfers int
	for _, e := range s.Entries {
		sum += e.Amount
		if e.Order != 0 {
			orders++
		}
		if e.Transfer != 0 {
			transfers++
		}
	}
	if s.Opening != 0 || s.Opening+sum != s.Closing || orders != 6 || transfers != 1 || len(s.Positions) != 2 {
		t.Errorf("statement %+v", s)
	}
}

// Progress begins with a forecast and never runs backwards; a day end that is too
// slow says so before the cut-off.
func TestForecast(t *testing.T) {
	w := smallDay(t)
	w.clock.Store(at(20, 55))
	var seen []settle.Progress
	runDay(t, w, w.evening().files(t), func(o *settle.Options) {
		o.Progress = func(p settle.Progress) {
			seen = append(seen, p)
			if p.Ended && p.Step < 5 {
				w.clock.Add(60_000)
			}
		}
	})
	if len(seen) < 2*custody.StepsOfDay || seen[0].Finish.IsZero() || !seen[0].Late {
		t.Errorf("first of %d: %+v", len(seen), seen[0])
	}
	if last := seen[len(seen)-1]; last.Late || !last.Finish.Equal(w.now()) || last.Step != custody.StepArchive {
		t.Errorf("last %+v", last)
	}
}
