package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sancun/settle"
)

type reportCmd struct {
	From  string   `arg:"" help:"A settlement-DATE.json, or a folder in which to look for the newest: out/day, a centre's folder." type:"path"`
	Date  string   `help:"Business date yyyymmdd; the newest report found when not given."`
	For   string   `default:"broker" help:"Whose copy: broker, supervisor, or bank-N."`
	Print printing `embed:""`
}

// Help says where the figures are from.
func (*reportCmd) Help() string {
	return `Prints the settlement report (counts, amounts, changes) that the day end wrote into the day's own files, for the
broker, a custodian bank or the supervisor. The figures are as of the day end; archive.txt beside the report has its hash.`
}

// Run prints a settlement report.
func (c *reportCmd) Run() error {
	audience, err := settle.ParseAudience(c.For)
	if err != nil {
		return err
	}
	path, err := findReport(c.From, c.Date)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	s, err := settle.ReadSettlementReport(content)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	s = s.For(audience)
	return c.Print.write(s, s.Paper())
}

// findReport returns the report of a date, or the newest, in a file or below a
// folder. Names end with their date, so the newest is the last by name.
func findReport(from, date string) (string, error) {
	info, err := os.Stat(from)
	if err != nil {
		return "", fmt.Errorf("give a settlement-DATE.json or a folder that holds one: %w", err)
	}
	if !info.IsDir() {
		return from, nil
	}
	var found []string
	err = fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		base := filepath.Base(name)
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(base, "settlement-") && strings.HasSuffix(base, ".json") && strings.Contains(base, date) {
			found = append(found, name)
		}
		return err
	})
	if err == nil && len(found) == 0 {
		err = errors.New("there is no settlement-DATE.json; the day end's step 12 writes it")
	}
	if err != nil {
		return "", fmt.Errorf("look for a settlement report in %s: %w", from, err)
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	return filepath.Join(from, newest), nil
}
