package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sancun/api"
	"sancun/custody"
	"sancun/internal/durable"
	"sancun/reconcile"
	"sancun/settle"
)

// ThreeWay returns the last three-way check of a date, made again if asked for.
// Only the business date can be checked again, from the moment its banks have
// answered until the next one opens: after that the books have moved on.
func (d *DayEnd) ThreeWay(ctx context.Context, date uint32, again bool) (api.ThreeWay, error) {
	if again {
		return d.check(ctx, date)
	}
	var t api.ThreeWay
	text, err := os.ReadFile(d.threeWayFile(date))
	if errors.Is(err, fs.ErrNotExist) {
		return t, fmt.Errorf("%d: %w", date, api.ErrNoCheck)
	}
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	return t, err
}

func (d *DayEnd) threeWayFile(date uint32) string {
	return d.folder("three-way") + fmt.Sprintf("/%08d.json", date)
}

// check compares clients' ledgers, the banks' management accounts and the money by
// what the banks have answered, and keeps the result beside the day's own files.
func (d *DayEnd) check(ctx context.Context, date uint32) (api.ThreeWay, error) {
	today, err := d.today(ctx)
	if err != nil {
		return api.ThreeWay{}, err
	}
	if today.Date != date || today.Phase == custody.DayOpen {
		return api.ThreeWay{}, fmt.Errorf("the evening of %d is over or has not begun: %w", date, settle.ErrWrongDay)
	}
	o, err := d.n.config.settleOptions(date)
	if err != nil {
		return api.ThreeWay{}, err
	}
	in := settle.Inputs{Banks: map[uint16]fs.FS{}}
	for _, b := range o.Banks {
		in.Banks[b.Number] = d.n.bankFiles[b.Number].arrived(date)
	}
	rows, err := settle.BankTotals(in, o)
	if err != nil {
		return api.ThreeWay{}, err
	}
	var theirs []reconcile.Figures
	for _, b := range o.Banks {
		for _, row := range rows[b.Number] {
			// The bank answers after it has applied our files, so nothing is pending.
			theirs = append(theirs, reconcile.Figures{Bank: b.Number, Currency: row.Currency, Management: row.LedgerTotal, Pooled: row.Pooled})
		}
	}
	t := api.ThreeWay{Date: date, Made: d.n.clock.Now().UTC(), Holds: true, Rows: []api.ThreeWayRow{}}
	if err := d.n.Core.Look(ctx, func(m *custody.Machine) {
		head, _ := d.n.Core.Head()
		t.Height = head.Height
		for _, c := range reconcile.ThreeWay(m, theirs) {
			t.Rows = append(t.Rows, threeWayRow(&c))
			t.Holds = t.Holds && c.Holds()
		}
	}); err != nil {
		return t, err
	}
	return t, d.keepThreeWay(&t)
}

func threeWayRow(c *reconcile.Check) api.ThreeWayRow {
	parts := func(all []reconcile.Residual) []api.Explanation {
		out := []api.Explanation{}
		for _, r := range all {
			out = append(out, api.Explanation{What: r.Class.String(), Amount: int64(r.Amount)})
		}
		return out
	}
	return api.ThreeWayRow{
		Bank: c.Bank, Currency: c.Currency.String(), Ledger: int64(c.Ledger), Management: int64(c.Management), Pooled: int64(c.Pooled), Reserve: int64(c.Reserve),
		Against: parts(c.Against), Funds: parts(c.Funds), Holds: c.Holds(),
	}
}

func (d *DayEnd) keepThreeWay(t *api.ThreeWay) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	system := durable.OS{}
	if err := system.MakeDir(d.folder("three-way")); err != nil {
		return err
	}
	return durable.ReplaceFile(system, d.threeWayFile(t.Date), append(text, '\n'))
}
