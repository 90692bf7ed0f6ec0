package day

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sancun/custody"
	"sancun/sim/bank"
	"sancun/sim/exchange"
)

// FaultReport says of one kind of injected fault how often it happened and, where
// the day end must find it, how often it was found.
type FaultReport struct {
	At       string `json:"at"` // which counterparty
	Fault    string `json:"fault"`
	Happened int    `json:"happened"`
	ToFind   int    `json:"to_find"`
	Found    int    `json:"found"`
}

// faults compares what the counterparties were made to do wrong with what the
// day found. Every fault that leaves a difference must have its case.
func (p *player) faults(ctx context.Context, r *Report) error {
	cases := map[string]bool{}
	if err := p.core.Look(ctx, func(m *custody.Machine) {
		for _, c := range m.Cases() {
			cases[caseKey(c.Bank, c.Market, strings.TrimLeft(c.Serial(), "0"))] = true
		}
	}); err != nil {
		return err
	}
	t := &tally{}
	for _, h := range p.banks {
		for _, i := range h.control.Log() {
			find := !i.Healed && (i.Finding == bank.FindBankHas || i.Finding == bank.FindBrokerHas)
			t.add("bank", i.Fault.String(), find, cases[caseKey(h.number, 0, i.Serial)])
		}
	}
	for _, v := range slices.Concat(p.past, p.venues) {
		for kind, n := range v.control.Totals().Faults {
			for range n {
				if name := exchange.Fault(kind).String(); name != "none" {
					t.add("exchange", name, false, false)
				}
			}
		}
	}
	for _, i := range p.dusk.house.Log() {
		if i.Differ == 0 {
			t.add("clearing house", i.Fault.String(), i.Find != 0, p.dusk.findings[i.File])
			continue
		}
		of := uint8(i.Security.Market())
		t.add("clearing house", i.Fault.String(), i.Void == "", cases[caseKey(0, of, strings.TrimLeft(i.Exec, "0"))])
	}
	r.Faults = t.rows
	for _, f := range r.Faults {
		if f.Found < f.ToFind {
			return fmt.Errorf("%d of %d faults %q of the %s were not found", f.ToFind-f.Found, f.ToFind, f.Fault, f.At)
		}
	}
	return nil
}

func caseKey(bank uint16, of uint8, ref string) string { return fmt.Sprintf("%d/%d/%s", bank, of, ref) }

// tally adds up faults in the order in which they first appear.
type tally struct{ rows []FaultReport }

func (t *tally) add(at, fault string, find, found bool) {
	i := 0
	for i < len(t.rows) && (t.rows[i].At != at || t.rows[i].Fault != fault) {
		i++
	}
	if i == len(t.rows) {
		t.rows = append(t.rows, FaultReport{At: at, Fault: fault})
	}
	row := &t.rows[i]
	row.Happened++
	if find {
		row.ToFind++
		if found {
			row.Found++
		}
	}
}
