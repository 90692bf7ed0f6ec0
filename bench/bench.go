// Package bench holds the canonical workloads by which speed is claimed. Each is
// run against the real store with every answer durable, the load generator on
// the same machine, and prints its conditions with its figures.
//
// It must never be part of a test's verdict: speed is measured, not asserted.
package bench

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// Result is one workload at one size.
type Result struct {
	Name     string        `json:"name"`
	Size     int           `json:"size"` // how many of Unit
	Unit     string        `json:"unit"`
	Seconds  float64       `json:"seconds"`
	PerSec   float64       `json:"per_second"`
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	P999     time.Duration `json:"p999_ns"`
	Bytes    int64         `json:"journal_bytes,omitempty"`
	Note     string        `json:"note,omitempty"`
	Failures int           `json:"failures"`
	First    string        `json:"failure,omitempty"`        // one of the rejections
	Each     int64         `json:"bytes_per_unit,omitempty"` // memory
}

// Conditions are what figures mean nothing without.
type Conditions struct {
	CPU        string `json:"cpu"`
	Cores      int    `json:"cores"`
	Go         string `json:"go"`
	Durability string `json:"durability"`
	Seed       uint64 `json:"seed"`
	Dir        string `json:"-"`
}

// NewConditions describes this machine.
func NewConditions(seed uint64, dir string) Conditions {
	return Conditions{
		CPU: cpu(), Cores: runtime.NumCPU(), Go: runtime.Version(), Seed: seed, Dir: dir,
		Durability: "every answer after fdatasync of its block",
	}
}

func cpu() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// percentiles fills the result's latencies.
func (r *Result) percentiles(took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	at := func(perMille int) time.Duration { return took[min(len(took)-1, len(took)*perMille/1000)] }
	r.P50, r.P99, r.P999 = at(500), at(990), at(999)
}

// finish fills in rate and time.
func (r *Result) finish(began time.Time, done int) {
	took := time.Since(began)
	r.Seconds = took.Seconds()
	r.PerSec = float64(done) / took.Seconds()
}

// Print writes conditions and results as a table.
func Print(w io.Writer, c Conditions, results []Result) error {
	_, err := fmt.Fprintf(w, "machine %s, %d cores, %s; %s; seed %d\n\n%-44s %12s %12s %10s %10s %10s  %s\n", c.CPU, c.Cores, c.Go, c.Durability, c.Seed,
		"workload", "size", "per second", "p50", "p99", "p99.9", "note")
	for _, r := range results {
		note := r.Note
		if r.Failures > 0 {
			note = fmt.Sprintf("%d REJECTED (%s); %s", r.Failures, r.First, note)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "%-44s %12d %12.0f %10s %10s %10s  %s\n", r.Name, r.Size, r.PerSec,
				r.P50.Round(time.Microsecond), r.P99.Round(time.Microsecond), r.P999.Round(time.Microsecond), note)
		}
	}
	return err
}
