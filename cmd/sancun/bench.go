package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"

	"sancun/bench"
)

type benchCmd struct {
	Only   []string `help:"Workloads to run, such as ledger or ledger-hot; all when not given. See --list."`
	List   bool     `help:"List the workloads."`
	Names  bool     `help:"List the names of the workloads alone, for scripts."`
	Seed   uint64   `default:"1" help:"Seed of the generated load."`
	Scale  int      `default:"1" help:"Also run at 4 and 16 times the size when 16, at 4 times when 4."`
	Dir    string   `help:"Folder to measure in; a temporary one when not given. Its disk is part of the figure." type:"path"`
	CPU    string   `name:"cpu-profile" help:"Also write a CPU profile of the whole run to this file, for go tool pprof." type:"path"`
	Output string   `help:"Also write conditions and results as JSON to this file, as far as they are there." type:"path"`
	Table  string   `help:"Measure nothing; print the JSON files of this folder as a table." type:"path" placeholder:"DIR"`
}

// Run runs the workloads and prints their figures with their conditions.
func (c *benchCmd) Run() error {
	switch {
	case c.List || c.Names:
		return c.list()
	case c.Table != "":
		reports, err := bench.ReadReports(c.Table)
		if err != nil {
			return err
		}
		return bench.PrintTable(os.Stdout, reports)
	}
	stop, err := profile(c.CPU)
	if err != nil {
		return err
	}
	defer stop()
	parent, err := os.MkdirTemp(c.Dir, "sancun-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(parent)
	report := bench.Report{Conditions: bench.NewConditions(c.Seed, filepath.Join(parent, "cell"))}
	for _, w := range bench.Workloads() {
		if len(c.Only) > 0 && !slices.Contains(c.Only, w.Name) && !slices.Contains(c.Only, w.Full()) {
			continue
		}
		if err := c.measure(&report, &w); err != nil {
			return fmt.Errorf("%s: %w", w.Full(), err)
		}
	}
	if len(report.Results) == 0 {
		return errors.New("no workload of that name; try: sancun bench --list")
	}
	return bench.Print(os.Stdout, report.Conditions, report.Results)
}

func (c *benchCmd) list() error {
	for _, w := range bench.Workloads() {
		line := w.Full() + "\n"
		if !c.Names {
			line += "    " + w.Help + "\n"
		}
		if _, err := os.Stdout.WriteString(line); err != nil {
			return err
		}
	}
	return nil
}

// measure runs one workload at every size that was asked for and writes what is
// there after each.
func (c *benchCmd) measure(report *bench.Report, w *bench.Workload) error {
	for _, scale := range []int{1, 4, 16} {
		if scale > c.Scale {
			break
		}
		results, err := w.Run(report.Conditions, scale)
		if err != nil {
			return err
		}
		report.Results = append(report.Results, results...)
		if c.Output == "" {
			continue
		}
		if err := report.Write(c.Output); err != nil {
			return err
		}
	}
	return nil
}

// profile starts a CPU profile, if a file is named, and returns what ends it.
func profile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	file, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("write a profile: %w", err)
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = file.Close()
	}, nil
}
