package suite

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sancun/evidence"
	"sancun/paper"
)

// measuredOf is a manifest with these figures.
func measuredOf(figures map[string]int64) *evidence.Manifest {
	m := &evidence.Manifest{About: evidence.About{Subject: "drill 2023-08-26", Made: time.Date(2023, 8, 26, 4, 0, 0, 0, time.UTC), Signer: "verifier", Machine: "2 cores"}}
	for name, value := range figures {
		m.Figures = append(m.Figures, evidence.Figure{Name: name, Value: value})
	}
	slices.SortFunc(m.Figures, func(a, b evidence.Figure) int { return strings.Compare(a.Name, b.Name) })
	return m
}

// good is a drill in which all went well.
func good() map[string]int64 {
	const ms = 1_000_000
	return map[string]int64{
		"rate at the low load last": 100, "rate at the high load last": 4990, "bandwidth at the low load last": 90_000, "bandwidth at the high load last": 3_600_000,
		"delay at the low load mean": 34 * ms, "delay at the low load max": 90 * ms, "delay at the low load p99": 60 * ms,
		"delay at the high load mean": 40 * ms, "delay at the high load max": 400 * ms, "delay at the high load p99": 90 * ms,
		"write gap of planned switchovers p50": 40 * ms, "write gap of planned switchovers p99": 80 * ms,
		"losses of the writer in mode fast": 3, "RTO in mode fast p50": 560 * ms, "RTO in mode fast p99": 600 * ms, "machine time in mode fast p99": 90 * ms,
		"answers lost in mode fast sum": 3, "orphans in mode fast sum": 3, "money of orphans in mode fast max": 12345,
		"losses of the writer in mode protect": 3, "RTO in mode protect p50": 570 * ms, "RTO in mode protect p99": 700 * ms, "machine time in mode protect p99": 200 * ms,
		"answers lost in mode protect sum": 0, "orphans in mode protect sum": 0, "money of orphans in mode protect max": 0,
		"clearing rows equal sum": 9, "clearing rows different sum": 0, "clearing row fund check last": 1, "clearing main file receipt last": 100 * ms, "clearing second file receipt last": 120 * ms,
	}
}

func text(t *testing.T, d *paper.Document) string {
	t.Helper()
	for _, l := range []paper.Language{paper.Chinese, paper.English} {
		if _, err := d.Page(l); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Workbook(l); err != nil {
			t.Fatal(err)
		}
	}
	out, err := d.Text(paper.English)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// line is the line of a text that begins with these words.
func line(t *testing.T, text, begin string) string {
	t.Helper()
	for l := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(l), begin) {
			return l
		}
	}
	t.Fatalf("no line begins with %q in\n%s", begin, text)
	return ""
}

func TestReportsSayWhatWasMeasured(t *testing.T) {
	e := Of(measuredOf(good()))
	sync := text(t, e.DataSync())
	for begin, want := range map[string]string{"load, commands": "4,990", "longest delay": "400.0 ms", "mean delay": "34.0 ms", "mean bandwidth": "3,600,000", "writer lost in mode fast": "3"} {
		if got := line(t, sync, begin); !strings.Contains(got, want) {
			t.Errorf("%q has no %s", got, want)
		}
	}
	switched := text(t, e.Switch())
	for begin, want := range map[string]string{"time without an answer, p99": "80.0 ms", "of it machine time": "90.0 ms", "most money": "12,345"} {
		if got := line(t, switched, begin); !strings.Contains(got, want) {
			t.Errorf("%q has no %s", got, want)
		}
	}
	cleared := text(t, e.Clearing())
	if !strings.Contains(line(t, cleared, "fund check"), "equal") || !strings.Contains(line(t, cleared, "file receipt"), "comparable") {
		t.Error(cleared)
	}
}

// Without evidence no report says that anything is good, whichever figure is missing.
func TestNothingIsPassedWithoutEvidence(t *testing.T) {
	levels := BuiltinLevels()
	for name := range good() {
		figures := good()
		delete(figures, name)
		accepted := text(t, Of(measuredOf(figures)).Acceptance())
		if whole := text(t, Of(measuredOf(good())).Acceptance()); strings.Count(accepted, "accepted") > strings.Count(whole, "accepted") {
			t.Errorf("without %q more is accepted", name)
		}
	}
	for _, d := range []*paper.Document{Of().Acceptance(), Of().Levels(levels), Of().Switch(), Of().DataSync(), Of().Clearing()} {
		got := text(t, d)
		for _, word := range []string{"accepted", " met", "equal", "comparable"} {
			if strings.Contains(got, word) {
				t.Errorf("%s says %q of nothing:\n%s", d.Title.EN, word, got)
			}
		}
		if !strings.Contains(got, notMeasured.EN) {
			t.Errorf("%s does not say that nothing was measured:\n%s", d.Title.EN, got)
		}
	}
}

func TestAcceptance(t *testing.T) {
	for _, test := range []struct {
		name, row, want string
		change          map[string]int64
	}{
		{"all well", "data sync", "accepted", nil},
		{"all well", "switch", "accepted", nil},
		{"all well", "parallel clearing", "accepted", nil},
		{"all well", "function", "not measured", nil},
		{"all well", "performance", "not measured", nil},
		{"a row cleared differently", "parallel clearing", "refused", map[string]int64{"clearing rows different sum": 1}},
		{"nothing cleared", "parallel clearing", "refused", map[string]int64{"clearing rows equal sum": 0}},
		{"an answer lost in mode protect", "data sync", "refused", map[string]int64{"answers lost in mode protect sum": 1}},
		{"no site was killed", "data sync", "refused", map[string]int64{"losses of the writer in mode protect": 0}},
		{"six minutes", "switch", "refused", map[string]int64{"RTO in mode protect p99": 360_000_000_000}},
	} {
		figures := good()
		for name, value := range test.change {
			figures[name] = value
		}
		if got := line(t, text(t, Of(measuredOf(figures)).Acceptance()), test.row+" "); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %s", test.name, got, test.want)
		}
	}
}

func TestLevels(t *testing.T) {
	slow := good()
	slow["RTO in mode fast p99"] = 13 * 3600 * 1_000_000_000
	for _, test := range []struct {
		figures map[string]int64
		want    int // rows met, of the disaster's two requirements and two goals
		missed  int
	}{{good(), 4, 0}, {slow, 2, 2}, {nil, 0, 0}} {
		got := text(t, Of(measuredOf(test.figures)).Levels(BuiltinLevels()))
		if met, missed := strings.Count(got, " met "), strings.Count(got, "missed"); met != test.want || missed != test.missed || strings.Count(got, "unverified: ") != 2 {
			t.Errorf("%d met, %d missed, want %d and %d:\n%s", met, missed, test.want, test.missed, got)
		}
	}
}

const row = "{ability: fault, level: 4, class: all, metric: rto, unit: ms, most: 1, verified: true, source: x}"

func TestLevelsThatAreRefused(t *testing.T) {
	table := func(row string) string { return "version: 1\nfrom: 2024-12-24\nsource: x\nrows: [" + row + "]\n" }
	if _, err := ReadLevels([]byte(table(row))); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"ability: fault", "ability: luck"}, {"level: 4", "level: 0"}, {"level: 4", "level: 7"}, {"class: all", "class: some"}, {"metric: rto", "metric: mood"}, {"unit: ms", "unit: weeks"},
		{"most: 1", "most: -1"}, {"most: 1", "most: 9999999999999"}, {"source: x}", "source: ''}"}, {"verified: true", "verifed: true"}, {"rows:", "rows: []\ngoals:"},
	} {
		if text := strings.Replace(table(row), change[0], change[1], 1); text == table(row) {
			t.Errorf("%q is not there", change[0])
		} else if _, err := ReadLevels([]byte(text)); !errors.Is(err, ErrLevels) {
			t.Errorf("%s: %v", change[1], err)
		}
	}
}

func FuzzReadLevels(f *testing.F) {
	f.Add(builtinLevels)
	f.Fuzz(func(t *testing.T, text []byte) {
		if l, err := ReadLevels(text); err == nil {
			Of().Levels(l)
		} else if !errors.Is(err, ErrLevels) {
			t.Error(err)
		}
	})
}

func TestClock(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0", 999: "999 ns", 1500: "1.5 µs", 413_432_665: "413.4 ms", 30_000_000_000: "30.00 s", 60_000_000_000: "60.00 s", 90_000_000_000: "90.00 s", 300_000_000_000: "5 min",
		300_000_000_001: "300.00 s", 12 * 3600_000_000_000: "12 h", 24 * 3600_000_000_000: "24 h", 92 * 24 * 3600_000_000_000: "92 days",
	} {
		if got := clock(ns).EN; got != want {
			t.Errorf("%d ns: %s, want %s", ns, got, want)
		}
	}
}

// A second centre may be a tenth slower, or slower by what cannot be measured, and not by
// both together.
func TestComparable(t *testing.T) {
	for _, test := range []struct {
		main, second time.Duration
		want         bool
	}{
		{time.Second, time.Second, true}, {time.Second, 1100 * time.Millisecond, true}, {time.Second, 1101 * time.Millisecond, false},
		{time.Second, 1140 * time.Millisecond, false}, {10 * time.Millisecond, 60 * time.Millisecond, true}, {10 * time.Millisecond, 61 * time.Millisecond, false},
	} {
		if got := Comparable(test.main, test.second); got != test.want {
			t.Errorf("%s against %s: %t, want %t", test.second, test.main, got, test.want)
		}
	}
}
