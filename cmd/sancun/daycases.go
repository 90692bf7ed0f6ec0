package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

type dayEndCasesCmd struct{ doorFlags }

// caseAdvice is what the rules say about an open difference.
type caseAdvice struct {
	Case   uint64 `json:"case"`
	Action string `json:"action"`
	EN     string `json:"en"`
	Debt   bool   `json:"debt"`
	Age    int    `json:"age"`
	Level  string `json:"level"`
	Acts   []struct {
		Act      string          `json:"act"`
		Content  json.RawMessage `json:"content"`
		Proposal uint64          `json:"proposal"`
	} `json:"acts"`
}

type casesAdvice struct {
	Rows []caseAdvice `json:"rows"`
	More bool         `json:"more"`
}

func (s *casesAdvice) print() {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for i := range s.Rows {
		r := &s.Rows[i]
		text := r.EN
		if r.Debt {
			text += "; the client then owes us"
		}
		fmt.Fprintf(w, "case %d\t%s\tday %d\t%s\t%s\n", r.Case, r.Action, r.Age, r.Level, text)
		for _, a := range r.Acts {
			state := "to be proposed"
			if a.Proposal != 0 {
				state = fmt.Sprintf("proposal %d waits", a.Proposal)
			}
			fmt.Fprintf(w, "\t\t\t%s\t%s %s\n", state, a.Act, a.Content)
		}
	}
	_ = w.Flush() // a terminal that is gone hears nothing anyway
	switch {
	case len(s.Rows) == 0:
		fmt.Println("no difference is open")
	case s.More:
		fmt.Println("there are more; these come first")
	}
}

// Run lists the open differences with what the rules advise.
func (c *dayEndCasesCmd) Run(ctx context.Context) error {
	return show(ctx, &c.doorFlags, "GET", "/v1/advice", nil, (*casesAdvice).print)
}

type dayEndWorkCmd struct {
	doorFlags
	Cases []uint64 `arg:"" optional:"" help:"Numbers of the cases; all open ones when not given."`
}

// Run proposes what the rules advise and nobody has proposed yet. It is called again
// when the proposals are approved: a case is closed once its bookings are there.
func (c *dayEndWorkCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(d *door) error {
		var all casesAdvice
		if err := d.call(ctx, "GET", "/v1/advice", nil, &all); err != nil {
			return err
		}
		var made []string
		for i := range all.Rows {
			r := &all.Rows[i]
			if len(c.Cases) > 0 && !slices.Contains(c.Cases, r.Case) {
				continue
			}
			for _, a := range r.Acts {
				if a.Proposal != 0 {
					continue
				}
				var p proposed
				if err := d.call(ctx, "POST", fmt.Sprintf("/v1/cases/%d/advised", r.Case), nil, &p); err != nil {
					return fmt.Errorf("case %d: %w", r.Case, err)
				}
				fmt.Printf("proposal %d, case %d: %s %s\n", p.Ref, r.Case, a.Act, a.Content)
				made = append(made, strconv.FormatUint(p.Ref, 10))
			}
		}
		if len(made) == 0 {
			fmt.Println("nothing to propose; 'sancun day-end cases' says what each case waits for")
			return nil
		}
		fmt.Printf("they wait for another person: sancun day-end approve %s\n", strings.Join(made, " "))
		return nil
	})
}
