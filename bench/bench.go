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
	Workload string        `json:"workload"` // name without its kind of load
	Load     string        `json:"load"`     // uniform, hot, or empty
	Scale    int           `json:"scale"`    // multiple of the standard size
	Name     string        `json:"name"`
	Size     int           `json:"size"` // how many of Unit
	Unit     string        `json:"unit"`
	Seconds  float64       `json:"seconds"`
	PerSec   float64       `json:"per_second"`
	CPU      float64       `json:"cpu_seconds"` // of all cores, the load generator included
	P50      time.Duration `json:"p50_ns"`
	P99      time.Duration `json:"p99_ns"`
	P999     time.Duration `json:"p999_ns"`
	Of       string        `json:"latency_of"` // what the latencies are of
	Note     string        `json:"note,omitempty"`
	Failures int           `json:"failures"`
	First    string        `json:"failure,omitempty"`        // one of the rejections
	Each     int64         `json:"bytes_per_unit,omitempty"` // memory
	PeakRSS  int64         `json:"peak_rss_bytes,omitempty"` // of the process, the load generator included
}

// Conditions are what figures mean nothing without.
type Conditions struct {
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	Memory     int64     `json:"memory_bytes"`
	Go         string    `json:"go"`
	Durability string    `json:"durability"`
	Seed       uint64    `json:"seed"`
	Began      time.Time `json:"began"`
	Load       string    `json:"load_average"` // when it began: a busy machine makes other figures
	Dir        string    `json:"-"`
}

// NewConditions describes this machine.
func NewConditions(seed uint64, dir string) Conditions {
	load, _, _ := strings.Cut(firstLine("/proc/loadavg"), " ")
	return Conditions{
		CPU: cpu(), Cores: runtime.NumCPU(), Memory: memory(), Go: runtime.Version(), Seed: seed, Began: time.Now().UTC().Truncate(time.Second), Load: load, Dir: dir,
		Durability: "every answer after fdatasync of its block",
	}
}

func firstLine(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

func cpu() string {
	model := valueIn("/proc/cpuinfo", "model name")
	if model == "" {
		return runtime.GOARCH
	}
	return model
}

// valueIn reads a value of a file of names and values, as Linux writes them.
func valueIn(file, wanted string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == wanted {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// percentiles fills the result's latencies.
func (r *Result) percentiles(of string, took []time.Duration) {
	r.Of = of
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	at := func(perMille int) time.Duration { return took[min(len(took)-1, len(took)*perMille/1000)] }
	r.P50, r.P99, r.P999 = at(500), at(990), at(999)
}

// timed adds the time since the clock started and fills in the rate of so many done.
func (r *Result) timed(c clock, done int) {
	r.Seconds += time.Since(c.began).Seconds()
	r.CPU += (spent() - c.spent).Seconds()
	r.PerSec = float64(done) / r.Seconds
}

// Print writes conditions and results as a table.
func Print(w io.Writer, c Conditions, results []Result) error {
	_, err := fmt.Fprintf(w, "machine %s, %d cores, %d MiB, load %s, %s; %s; seed %d\n\n%-28s %12s %10s %9s %9s %9s %9s %10s  %s\n", c.CPU, c.Cores, c.Memory>>20, c.Load, c.Go, c.Durability, c.Seed,
		"workload", "size", "per second", "p50", "p99", "p99.9", "CPU each", "peak RSS", "unit; note")
	for _, r := range results {
		note := r.Unit + "; " + r.Note
		if r.Failures > 0 {
			note = fmt.Sprintf("%d REJECTED (%s); %s", r.Failures, r.First, note)
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "%-28s %12d %10.0f %9s %9s %9s %6.2f µs %6d MiB  %s\n", r.Full(), r.Size, r.PerSec, Short(r.P50), Short(r.P99), Short(r.P999), r.each(), r.PeakRSS>>20, note)
		}
	}
	return err
}

// each is the processor's time for one of Unit, in microseconds.
func (r *Result) each() float64 { return r.CPU * 1e6 / float64(max(1, r.Size)) }

// Full is the workload with its kind of load.
func (r *Result) Full() string {
	if r.Load == "" {
		return r.Workload
	}
	return r.Workload + "-" + r.Load
}

// Short writes a latency with two or three digits.
func Short(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
