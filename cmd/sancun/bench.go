package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"

	"sancun/bench"
)

type benchCmd struct {
	Only   []string `help:"Workloads to run; all when not given. See --list."`
	List   bool     `help:"List the workloads."`
	Seed   uint64   `default:"1" help:"Seed of the generated load."`
	Scale  int      `default:"1" help:"Also run at 4 and 16 times the size when 16, at 4 times when 4."`
	Dir    string   `help:"Folder to measure in; a temporary one when not given. Its disk is part of the figure."`
	CPU    string   `name:"cpu-profile" help:"Also write a CPU profile of the whole run to this file, for go tool pprof." type:"path"`
	Output string   `help:"Also write conditions and results as JSON to this file." type:"path"`
}

// Run runs the workloads and prints their figures with their conditions.
func (c *benchCmd) Run() error {
	if c.List {
		for _, w := range bench.Workloads() {
			if _, err := os.Stdout.WriteString(w.Name + "\n    " + w.Help + "\n"); err != nil {
				return err
			}
		}
		return nil
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
	conditions := bench.NewConditions(c.Seed, filepath.Join(parent, "cell"))
	var results []bench.Result
	for _, w := range bench.Workloads() {
		if len(c.Only) > 0 && !slices.Contains(c.Only, w.Name) {
			continue
		}
		for _, scale := range []int{1, 4, 16} {
			if scale > c.Scale {
				break
			}
			r, err := w.Run(conditions, scale)
			if err != nil {
				return err
			}
			results = append(results, r)
		}
	}
	if len(results) == 0 {
		return errors.New("no workload of that name; try: sancun bench --list")
	}
	err = bench.Print(os.Stdout, conditions, results)
	if err == nil && c.Output != "" {
		var text []byte
		text, err = json.MarshalIndent(map[string]any{"conditions": conditions, "results": results}, "", "  ")
		if err == nil {
			err = os.WriteFile(c.Output, append(text, '\n'), 0o600)
		}
	}
	return err
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
