package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sancun/settle"
)

type traceCmd struct {
	From     string `arg:"" help:"A trace.csv, or a folder with those of one day or more: out/day, a centre's folder." type:"path"`
	Fund     uint64 `help:"From a fund account to every line that outsiders wrote of it." xor:"by" required:""`
	Order    uint64 `help:"From an order to its executions." xor:"by" required:""`
	Transfer uint64 `help:"From a platform serial to the bank's line." xor:"by" required:""`
	Ref      string `help:"From an execution number, a bank's serial or an issue back to our entries." xor:"by" required:""`
	Line     string `help:"From a line of a file back to our entries, such as strans0825.dat:3." xor:"by" required:""`
	Date     string `help:"Only of this business date, yyyymmdd; execution numbers begin anew each day."`
	JSON     bool   `name:"json" help:"One JSON object a line."`
}

// Help says what the links are.
func (*traceCmd) Help() string {
	return `The day end keeps, for every client's entry, the line of the bank's or clearing house's file that says the same, and finds
one from the other. A file is named with its line or record, from 1; dbview or a text editor shows it.`
}

var errNoLink = errors.New("nothing leads there; 'sancun log' has what no outsider has told of yet")

// linkShown is a link as JSON has it.
type linkShown struct {
	Day      string `json:"trace"`
	Kind     string `json:"kind"`
	Fund     uint64 `json:"fund"`
	Order    uint64 `json:"order,omitempty"`
	Transfer uint64 `json:"transfer,omitempty"`
	Ref      string `json:"ref,omitempty"`
	Market   uint8  `json:"market,omitempty"` // 1 Shanghai, 2 Shenzhen
	Bank     uint16 `json:"bank,omitempty"`
	File     string `json:"file"`
	Line     int    `json:"line"`
}

// Run prints the links of one entry or line.
func (c *traceCmd) Run() error {
	file, line := c.Line, 0
	if c.Line != "" {
		name, number, ok := strings.Cut(c.Line, ":")
		n, err := strconv.Atoi(number)
		if !ok || err != nil || n < 1 {
			return fmt.Errorf("--line %s; give a file and a line, such as strans0825.dat:3", c.Line)
		}
		file, line = name, n
	}
	names, err := findTraces(c.From)
	if err != nil {
		return err
	}
	found := 0
	for _, name := range names {
		if !strings.Contains(name, c.Date) {
			continue
		}
		t, err := readTrace(name)
		if err != nil {
			return err
		}
		links := t.Fund(c.Fund)
		switch {
		case c.Order != 0:
			links = t.Order(c.Order)
		case c.Transfer != 0:
			links = t.Transfer(c.Transfer)
		case c.Ref != "":
			links = t.Ref(c.Ref)
		case line != 0:
			links = t.Line(file, line)
		}
		for l := range links {
			found++
			if err := c.print(name, &l); err != nil {
				return err
			}
		}
	}
	if found == 0 {
		return errNoLink
	}
	return nil
}

func (c *traceCmd) print(name string, l *settle.Link) error {
	s := linkShown{name, l.Kind.String(), l.Fund, l.Order, l.Transfer, l.Ref, l.Market, l.Bank, l.File, l.Line}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(s)
	}
	entry := "entitlement " + s.Ref
	switch l.Kind {
	case settle.LinkTrade:
		entry = fmt.Sprintf("order %d, execution %s", s.Order, s.Ref)
	case settle.LinkTransfer:
		entry = fmt.Sprintf("transfer %d, bank serial %s", s.Transfer, s.Ref)
	case settle.LinkEntitlement:
	}
	of := "clearing house"
	if s.Bank != 0 {
		of = fmt.Sprintf("bank %d", s.Bank)
	}
	_, err := fmt.Printf("fund %d  %s  ↔  %s, %s line %d\n", s.Fund, entry, of, s.File, s.Line)
	return err
}

func readTrace(name string) (*settle.Trace, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing to lose
	t, err := settle.OpenTrace(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// findTraces returns a trace, or all below a folder in the order of their names.
func findTraces(from string) (names []string, err error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, fmt.Errorf("give a trace.csv or a folder that holds one: %w", err)
	}
	if !info.IsDir() {
		return []string{from}, nil
	}
	err = fs.WalkDir(os.DirFS(from), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() == settle.TraceName {
			names = append(names, filepath.Join(from, name))
		}
		return err
	})
	if err == nil && len(names) == 0 {
		err = errors.New("there is no trace.csv; the day end writes it")
	}
	if err != nil {
		return nil, fmt.Errorf("look for the traces in %s: %w", from, err)
	}
	slices.Sort(names)
	return names, nil
}
