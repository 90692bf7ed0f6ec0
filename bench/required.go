package bench

import (
	"fmt"
	"strings"
	"time"
)

// requirement is a figure that this product has to reach on two cores, under
// uniform and under hot load. Zero asks for nothing.
type requirement struct {
	workload string
	scale    int // the size it is asked of; 0 is every size
	perSec   float64
	p50, p99 time.Duration
	p999     time.Duration
	seconds  float64
	each     int64 // bytes
}

var required = []requirement{
	{workload: "ledger", perSec: 800_000},
	{workload: "pairs", perSec: 150_000},
	{workload: "deposits", perSec: 200_000},
	{workload: "orders", perSec: 200_000},
	{workload: "clearing", scale: 1, seconds: 15},
	{workload: "http-64", perSec: 15_000, p99: 15 * time.Millisecond},
	{workload: "http-1", p50: time.Millisecond},
	{workload: "http-batch", perSec: 200_000},
	{workload: "books-fill", scale: 16, perSec: 60_000},
	{workload: "books-lag", p999: time.Second},
	{workload: "restart", scale: 16, seconds: 10},
	{workload: "catch-up", perSec: 100_000},
	{workload: "memory", each: 1536},
}

// says writes what is asked.
func (q *requirement) says() string {
	var parts []string
	add := func(asked bool, format string, args ...any) {
		if asked {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(q.perSec > 0, "at least %s/s", thousands(int(q.perSec)))
	add(q.p50 > 0, "p50 under %s", Short(q.p50))
	add(q.p99 > 0, "p99 under %s", Short(q.p99))
	add(q.p999 > 0, "p99.9 under %s", Short(q.p999))
	add(q.seconds > 0, "under %.0f s", q.seconds)
	add(q.each > 0, "under %d bytes", q.each)
	if q.scale > 0 {
		parts = append(parts, fmt.Sprintf("at %d×", q.scale))
	}
	return strings.Join(parts, ", ")
}

// holds says whether a result reaches it.
func (q *requirement) holds(r *Result) bool {
	return r.Failures == 0 && r.PerSec >= q.perSec && within(r.P50, q.p50) && within(r.P99, q.p99) && within(r.P999, q.p999) &&
		(q.seconds == 0 || r.Seconds < q.seconds) && (q.each == 0 || r.Each < q.each)
}

func within(got, most time.Duration) bool { return most == 0 || got < most }

// measured writes what of a result the requirement is about.
func (q *requirement) measured(r *Result) string {
	parts := []string{fmt.Sprintf("%s %d×:", r.Load, r.Scale)}
	for _, p := range []struct {
		asked bool
		text  string
	}{
		{q.perSec > 0, thousands(int(r.PerSec)) + "/s"}, {q.p50 > 0, Short(r.P50)}, {q.p99 > 0, Short(r.P99)}, {q.p999 > 0, Short(r.P999)},
		{q.seconds > 0, fmt.Sprintf("%.1f s", r.Seconds)}, {q.each > 0, fmt.Sprintf("%d bytes", r.Each)},
	} {
		if p.asked {
			parts = append(parts, p.text)
		}
	}
	if !q.holds(r) {
		parts = append(parts, "✗")
	}
	return strings.TrimSpace(strings.Join(parts, " "))
}

// verdicts writes what is required beside what was measured.
func verdicts(text *strings.Builder, all []Result) {
	text.WriteString("| workload | required | measured | |\n|---|---|---|---|\n")
	for i := range required {
		q := &required[i]
		var got []string
		mark := "✓"
		for j := range all {
			r := &all[j]
			if r.Workload != q.workload || q.scale != 0 && r.Scale != q.scale {
				continue
			}
			got = append(got, q.measured(r))
			if !q.holds(r) {
				mark = "✗"
			}
		}
		if len(got) == 0 {
			got, mark = []string{"not measured"}, ""
		}
		fmt.Fprintf(text, "| %s | %s | %s | %s |\n", q.workload, q.says(), strings.Join(got, "; "), mark)
	}
}
