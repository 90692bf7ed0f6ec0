package node

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sancun/api"
	"sancun/calendar"
	"sancun/internal/durable"
	"sancun/market"
	"sancun/record"
	"sancun/settle"
)

// evenings are the days whose end left a file of obligations, the oldest first.
type evening struct {
	date   string // yyyymmdd
	all    []settle.Obligation
	booked bool
}

// errObligations reports a file of obligations that is not the one the day end wrote.
var errObligations = errors.New("the file of obligations is not what the archive of its day says; restore the folder from the backup")

// evenings reads what the days have left. Those booked are told by a mark beside
// them, because the journal remembers keys for so long only.
func (d *DayEnd) evenings() ([]evening, error) {
	names, err := os.ReadDir(d.folder(""))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []evening
	for _, n := range names {
		if _, err := calendar.ParseDate(n.Name()); err != nil || !n.IsDir() {
			continue
		}
		e := evening{date: n.Name()}
		if e.all, err = d.obligations(e.date); errors.Is(err, fs.ErrNotExist) {
			continue // its day end has not come so far
		}
		if err != nil {
			return nil, fmt.Errorf("obligations of %s: %w", e.date, err)
		}
		_, err = os.Stat(d.settledMark(e.date))
		e.booked = err == nil
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b evening) int { return strings.Compare(a.date, b.date) })
	return all, nil
}

func (d *DayEnd) settledMark(date string) string {
	return filepath.Join(d.folder("settled"), date+".csv")
}

// obligations reads the file of a day and holds it against the day's archive:
// money moves by it.
func (d *DayEnd) obligations(date string) ([]settle.Obligation, error) {
	archive, err := os.ReadFile(filepath.Join(d.folder(date), "archive.txt"))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(d.folder(date), "obligations.csv"))
	if err != nil {
		return nil, err
	}
	line := fmt.Sprintf("out|obligations.csv|%d|%x\n", len(text), sha256.Sum256(text))
	if !bytes.Contains(archive, []byte(line)) {
		return nil, errObligations
	}
	return settle.ReadObligations(bytes.NewReader(text))
}

// Settlements lists what the days before left for final settlement.
func (d *DayEnd) Settlements(context.Context) ([]api.Settlement, error) {
	evenings, err := d.evenings()
	if err != nil {
		return nil, err
	}
	var all []api.Settlement
	for _, e := range evenings[max(0, len(evenings)-settlementDaysMax):] {
		for i := range e.all {
			all = append(all, settlementOf(&e.all[i], e.booked))
		}
	}
	return all, nil
}

// settlementDaysMax bounds the days that are listed: older ones are in their files.
const settlementDaysMax = 30

func settlementOf(o *settle.Obligation, booked bool) api.Settlement {
	s := api.Settlement{
		Kind: o.Kind.String(), TradeDate: o.TradeDate, Settles: o.Settles, Bank: o.Bank, To: o.To, Currency: o.Currency.String(), Amount: int64(o.Amount), Booked: booked,
	}
	if o.Market != 0 {
		s.Market = market.Market(o.Market).String()
	}
	return s
}

// Settle books what is due of it, and marks the days of which all is booked.
func (d *DayEnd) Settle(ctx context.Context, by record.Caller) ([]api.Settlement, error) {
	d.settling.Lock()
	defer d.settling.Unlock()
	evenings, err := d.evenings()
	if err != nil {
		return nil, err
	}
	var open []settle.Obligation
	for _, e := range evenings {
		if !e.booked {
			open = append(open, e.all...)
		}
	}
	// A net goes over the pooled account as the bank has it, so the reserve is
	// brought back to what it was.
	booked, err := settle.SettleDue(ctx, patient{d.n.Core}, open, settle.Settlement{Now: d.n.clock.Now(), Refill: true})
	if err != nil {
		return nil, err
	}
	var all []api.Settlement
	for i := range booked {
		all = append(all, settlementOf(&booked[i], true))
	}
	return all, d.markSettled(evenings, booked, by)
}

// markSettled marks the days of which everything is booked.
func (d *DayEnd) markSettled(evenings []evening, booked []settle.Obligation, by record.Caller) error {
	for _, e := range evenings {
		if e.booked || slices.ContainsFunc(e.all, func(o settle.Obligation) bool { return !slices.Contains(booked, o) }) {
			continue
		}
		if len(e.all) == 0 {
			continue // nothing to book, nothing to mark
		}
		var text bytes.Buffer
		if err := settle.WriteObligations(&text, e.all); err != nil {
			return err
		}
		system := durable.OS{}
		if err := system.MakeDir(d.folder("settled")); err != nil {
			return err
		}
		if err := durable.ReplaceFile(system, d.settledMark(e.date), text.Bytes()); err != nil {
			return err
		}
		d.n.log.Info("final settlement was booked", slog.String("trade_date", e.date), slog.Int("obligations", len(e.all)), slog.String("by", api.CallerName(by)))
	}
	return nil
}

// settleByItself books what is due and says once why it could not.
func (d *DayEnd) settleByItself(ctx context.Context, before string) string {
	_, err := d.Settle(ctx, 0)
	if err == nil || errors.Is(err, settle.ErrNotDue) || ctx.Err() != nil {
		return ""
	}
	if now := err.Error(); now != before {
		d.n.log.Error("final settlement is due and was not booked", slog.Any("error", err))
		return now
	}
	return before
}
