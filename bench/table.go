package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Report is what one run of workloads is kept as, a JSON file.
type Report struct {
	Conditions Conditions `json:"conditions"`
	Results    []Result   `json:"results"`
}

// Write writes the report to a file, in one step.
func (r *Report) Write(name string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".tmp", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(name+".tmp", name)
}

// ReadReports reads the reports of a folder, in the order of the workloads, those
// of other names behind them.
func ReadReports(dir string) ([]Report, error) {
	names := map[string]bool{}
	var all []Report
	read := func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var r Report
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("%s is no report of a measurement: %w", path, err)
		}
		all = append(all, r)
		return nil
	}
	for _, w := range Workloads() {
		path := filepath.Join(dir, w.Full()+".json")
		names[path] = true
		if err := read(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if names[path] {
			continue
		}
		if err := read(path); err != nil {
			return nil, err
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no reports in %s: %w", dir, fs.ErrNotExist)
	}
	return all, nil
}

// hotLeast is what the rate of a hot load must be of a uniform one, in percent.
const hotLeast = 90

// PrintTable writes reports as tables for docs/performance.md: what is required,
// and a row a workload and size with, for the hot loads, their rate in percent of
// the uniform ones, and how the time for one has changed since the standard size.
func PrintTable(w io.Writer, reports []Report) error {
	var text strings.Builder
	var all []Result
	for _, report := range reports {
		all = append(all, report.Results...)
	}
	verdicts(&text, all)
	last := ""
	for _, report := range reports {
		if line := report.Conditions.line(); line != last {
			fmt.Fprintf(&text, "\n%s\n\n| workload | load | × | size | a second | of uniform | of 1× | CPU each | p50 | p99 | p99.9 | of | peak RSS |\n|%s\n", line, strings.Repeat("---|", 13))
			last = line
		}
		for i := range report.Results {
			report.Results[i].row(&text, all)
		}
	}
	text.WriteString("\nNotes:\n\n")
	for _, r := range all {
		fmt.Fprintf(&text, "* %s %d×: %s\n", r.Full(), r.Scale, r.Note)
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// line says the conditions of a day.
func (c *Conditions) line() string {
	return fmt.Sprintf("%s, %d cores, %d GiB; %s; %s; seed %d; %s", c.CPU, c.Cores, (c.Memory+1<<29)>>30, c.Go, c.Durability, c.Seed, c.Began.Format(time.DateOnly))
}

// row writes one result as a row of the table.
func (r *Result) row(text *strings.Builder, all []Result) {
	percent := func(load string, scale int) string {
		base := find(all, r.Workload, load, scale)
		if base == nil || base.PerSec == 0 || base.Load == r.Load && base.Scale == r.Scale {
			return ""
		}
		share := 100 * r.PerSec / base.PerSec
		if base.Load != r.Load && share < hotLeast {
			return fmt.Sprintf("%.0f %% ✗", share)
		}
		return fmt.Sprintf("%.0f %%", share)
	}
	hot := ""
	if r.Load == "hot" {
		hot = percent("uniform", r.Scale)
	}
	of := r.Of
	if r.Failures > 0 {
		of = fmt.Sprintf("**%d rejected: %s**", r.Failures, r.First)
	}
	fmt.Fprintf(text, "| %s | %s | %d | %s %s | %s | %s | %s | %.2f µs | %s | %s | %s | %s | %d MiB |\n", r.Workload, r.Load, r.Scale, thousands(r.Size), r.Unit,
		thousands(int(r.PerSec)), hot, percent(r.Load, 1), r.each(), Short(r.P50), Short(r.P99), Short(r.P999), of, r.PeakRSS>>20)
}

func find(all []Result, workload, load string, scale int) *Result {
	for i := range all {
		if r := &all[i]; r.Workload == workload && r.Load == load && r.Scale == scale {
			return r
		}
	}
	return nil
}

// thousands writes a count with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
