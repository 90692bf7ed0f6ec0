package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"sancun/money"
)

type dayEndFilesCmd struct{ doorFlags }

// dayFile is a file as the door lists it.
type dayFile struct {
	Name     string     `json:"name"`
	Due      *time.Time `json:"due"`
	Arrived  *time.Time `json:"arrived"`
	Here     bool       `json:"here"`
	Good     bool       `json:"good"`
	Versions int        `json:"versions"`
	Bytes    int64      `json:"bytes"`
}

func (f *dayFile) state() string {
	switch {
	case f.Here && f.Good:
		return "good"
	case f.Here:
		return "bad"
	}
	return "missing"
}

func due(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "due " + clockTime(at)
}

type dayFiles struct {
	Date     uint32 `json:"date"`
	Complete bool   `json:"complete"`
	Pending  *struct {
		Input string `json:"input"`
	} `json:"pending"`
	Findings []struct {
		File   string `json:"file"`
		What   string `json:"what"`
		Record int64  `json:"record"`
		Detail string `json:"detail"`
	} `json:"findings"`
	Clearing []dayFile `json:"clearing"`
	Banks    []struct {
		Bank     uint16    `json:"bank"`
		Received []dayFile `json:"received"`
		Sent     []string  `json:"sent"`
		Failure  string    `json:"failure"`
	} `json:"banks"`
}

func (s *dayFiles) print() {
	var failures []string
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	list := func(from string, all []dayFile) {
		for i := range all {
			f := &all[i]
			fmt.Fprintf(w, "%s\t%s\t%s\tversion %d\t%d bytes\t%s\n", from, f.Name, f.state(), f.Versions, f.Bytes, due(f.Due))
		}
	}
	list("clearing house", s.Clearing)
	for _, b := range s.Banks {
		from := fmt.Sprintf("bank %d", b.Bank)
		list(from, b.Received)
		for _, name := range b.Sent {
			fmt.Fprintf(w, "%s\t%s\tsent\t\t\t\n", from, name)
		}
		if b.Failure != "" {
			failures = append(failures, from+": "+b.Failure)
		}
	}
	_ = w.Flush() // a terminal that is gone hears nothing anyway
	for _, f := range failures {
		fmt.Println(f)
	}
	if s.Complete {
		fmt.Println("the clearing house's set is complete; what it lacks has no rows today")
	}
	for _, f := range s.Findings {
		fmt.Printf("%s: %s, record %d: %s\n", f.File, f.What, f.Record, f.Detail)
	}
	if s.Pending != nil {
		fmt.Printf("a set that nobody asked for waits: sancun day-end adopt %s --reason ...\n", s.Pending.Input)
	}
}

// Run lists the files.
func (c *dayEndFilesCmd) Run(ctx context.Context) error {
	return show(ctx, &c.doorFlags, "GET", "/v1/day-end/files", nil, (*dayFiles).print)
}

type dayEndAskCmd struct {
	doorFlags
	Name string `arg:"" help:"Name of the file."`
	Bank uint16 `help:"The bank that is asked; the clearing house when not given."`
}

// Run asks for a file again.
func (c *dayEndAskCmd) Run(ctx context.Context) error {
	body := map[string]any{"name": c.Name}
	if c.Bank != 0 {
		body["bank"] = c.Bank
	}
	return show(ctx, &c.doorFlags, "POST", "/v1/day-end/files/request", body, (*dayFiles).print)
}

type dayEndAdoptCmd struct {
	doorFlags
	Input  string `arg:"" help:"Hash of the set, as 'sancun day-end files' shows it."`
	Reason string `required:"" help:"Why, for the one who approves."`
}

// Run proposes to adopt a set.
func (c *dayEndAdoptCmd) Run(ctx context.Context) error {
	return show(ctx, &c.doorFlags, "POST", "/v1/day-end/files/adopt", map[string]any{"input": c.Input, "reason": c.Reason}, printProposed)
}

type dayEndCompareCmd struct{ doorFlags }

// Run compares with the newest files.
func (c *dayEndCompareCmd) Run(ctx context.Context) error {
	type comparison struct {
		Differences int      `json:"differences"`
		Still       []uint64 `json:"still"`
		Gone        []uint64 `json:"gone"`
	}
	return show(ctx, &c.doorFlags, "POST", "/v1/day-end/files/compare", map[string]any{}, func(x *comparison) {
		fmt.Printf("%d differences, cases %v; not found any more: cases %v\n", x.Differences, x.Still, x.Gone)
	})
}

type dayEndSettleCmd struct {
	doorFlags
	Book bool `help:"Book what is due; without this it is only listed."`
}

// Run lists final settlement, or books what is due.
func (c *dayEndSettleCmd) Run(ctx context.Context) error {
	type settlements struct {
		Rows []struct {
			Kind      string `json:"kind"`
			TradeDate uint32 `json:"trade_date"`
			Settles   uint32 `json:"settles"`
			Bank      uint16 `json:"bank"`
			Market    string `json:"market"`
			Currency  string `json:"currency"`
			Amount    fen    `json:"amount"`
			Booked    bool   `json:"booked"`
		} `json:"rows"`
	}
	text := func(s *settlements) {
		w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', tabwriter.AlignRight)
		for _, r := range s.Rows {
			fmt.Fprintf(w, "%d\tbank %d\t%s\t%s\t%s %s\tsettles %d\t%s\t\n", r.TradeDate, r.Bank, r.Kind, r.Market, r.Amount, r.Currency, r.Settles, map[bool]string{true: "booked", false: "open"}[r.Booked])
		}
		_ = w.Flush() // a terminal that is gone hears nothing anyway
		if len(s.Rows) == 0 {
			fmt.Println("nothing")
		}
	}
	if c.Book {
		return show(ctx, &c.doorFlags, "POST", "/v1/day-end/settlement", map[string]any{}, text)
	}
	return show(ctx, &c.doorFlags, "GET", "/v1/day-end/settlement", nil, text)
}

// fen is an amount as the door writes it.
type fen int64

func (f fen) String() string { return money.Amount(f).String() }

// part is what explains a part of a difference.
type part struct {
	What   string `json:"what"`
	Amount fen    `json:"amount"`
}

func explained(all []part) string {
	var b strings.Builder
	for _, p := range all {
		if p.Amount != 0 {
			fmt.Fprintf(&b, ", %s %s", p.What, p.Amount)
		}
	}
	return b.String()
}

type dayEndCheckCmd struct {
	doorFlags
	Date  uint32 `arg:"" help:"The business date, yyyymmdd."`
	Again bool   `help:"Make the check again, before the next date opens."`
}

// Run prints the three-way check.
func (c *dayEndCheckCmd) Run(ctx context.Context) error {
	type check struct {
		Height uint64 `json:"height"`
		Holds  bool   `json:"holds"`
		Rows   []struct {
			Bank       uint16 `json:"bank"`
			Currency   string `json:"currency"`
			Ledger     fen    `json:"ledger"`
			Management fen    `json:"management"`
			Pooled     fen    `json:"pooled"`
			Reserve    fen    `json:"reserve"`
			Against    []part `json:"against"`
			Funds      []part `json:"funds"`
		} `json:"rows"`
	}
	path := fmt.Sprintf("/v1/days/%08d/three-way", c.Date)
	text := func(x *check) {
		for _, r := range x.Rows {
			fmt.Printf("bank %d %s: clients' ledgers %s, the bank's management accounts %s%s\n", r.Bank, r.Currency, r.Ledger, r.Management, explained(r.Against))
			fmt.Printf("  money: pooled account %s, reserve %s%s\n", r.Pooled, r.Reserve, explained(r.Funds))
		}
		fmt.Printf("at height %d: %s\n", x.Height, map[bool]string{true: "everything is explained", false: "SOMETHING IS UNEXPLAINED"}[x.Holds])
	}
	if c.Again {
		return show(ctx, &c.doorFlags, "POST", path, map[string]any{}, text)
	}
	return show(ctx, &c.doorFlags, "GET", path, nil, text)
}
