package node

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"sancun/api"
	"sancun/approval"
	"sancun/calendar"
	"sancun/custody"
	"sancun/market"
	"sancun/settle"
)

// Readiness tells what stands in the way of opening the next date, or, when one is
// open, of trading on it.
func (d *DayEnd) Readiness(ctx context.Context) (api.Readiness, error) {
	var l looked
	if err := d.n.Core.Look(ctx, func(m *custody.Machine) { l.look(m) }); err != nil {
		return api.Readiness{}, err
	}
	r := api.Readiness{Open: l.today.Phase == custody.DayOpen, Ready: true, Checks: []api.DayCheck{}}
	if r.Open {
		r.Date, r.Next = l.today.Date, l.today.Next
		d.tradingChecks(&r, &l)
	} else if err := d.openingChecks(ctx, &r, &l); err != nil {
		return r, err
	}
	d.commonChecks(&r, &l)
	if err := d.settlementCheck(&r, &l); err != nil {
		return r, err
	}
	for _, c := range r.Checks {
		r.Ready = r.Ready && (c.OK || !c.Stops)
	}
	return r, nil
}

// looked is what the machine says of readiness.
type looked struct {
	today   custody.Day
	cases   int // open ones
	unknown int // transfers and remittances without a known outcome
	asked   int // proposals that wait for a second person
	fresh   map[market.Market]int
	listed  map[market.Market]int
	signed  map[uint16]uint32
}

func (l *looked) look(m *custody.Machine) {
	l.today, l.fresh, l.listed, l.signed = m.Today(), map[market.Market]int{}, map[market.Market]int{}, map[uint16]uint32{}
	for _, k := range m.Cases() {
		if k.State == custody.CaseOpen {
			l.cases++
		}
	}
	for _, t := range m.Transfers() {
		if t.Open() {
			l.unknown++
		}
	}
	for _, r := range m.Remittances() {
		if r.Open() {
			l.unknown++
		}
	}
	for _, p := range m.Proposals() {
		if p.State == approval.Open {
			l.asked++
		}
	}
	for _, i := range m.Instruments() {
		l.listed[i.ID.Market()]++
		if i.Date == l.today.Date {
			l.fresh[i.ID.Market()]++
		}
	}
	for _, b := range m.Banks() {
		l.signed[b.Number] = b.SignedIn
	}
}

func add(r *api.Readiness, name string, ok, stops bool, detail string, args ...any) {
	r.Checks = append(r.Checks, api.DayCheck{Name: name, OK: ok, Stops: stops, Detail: fmt.Sprintf(detail, args...)})
}

// openingChecks are those before a date is opened.
func (d *DayEnd) openingChecks(ctx context.Context, r *api.Readiness, l *looked) error {
	years, err := calendar.China()
	if err != nil {
		return err
	}
	r.Date = l.today.Next
	add(r, "day-cleared", l.today.Phase == custody.DayCleared, true, "the day %d is %s", l.today.Date, api.PhaseName(l.today.Phase))
	next, err := years.Next(calendar.Date(r.Date))
	r.Next = uint32(next)
	trading := err == nil && years.IsTradingDay(calendar.Date(r.Date))
	add(r, "calendar", trading, true, "%d is a trading day: %t; the one after it is %d", r.Date, trading, r.Next)
	_, err = market.Builtin(years).On(calendar.Date(r.Date))
	add(r, "rules", err == nil, true, "trading rules of %d: %s", r.Date, orFine(err))
	today, _ := calendar.AtUnixMilli(d.n.clock.Now().UnixMilli())
	add(r, "clock", today >= calendar.Date(r.Date), false, "it is %s", today)
	if o, err := d.n.config.settleOptions(l.today.Date); err == nil {
		for _, b := range o.Banks {
			missing, err := d.n.bankFiles[b.Number].missing(l.today.Date, b.In)
			if err != nil {
				return err
			}
			add(r, fmt.Sprintf("bank-%d-files", b.Number), len(missing) == 0, false, "missing of %d: %s", l.today.Date, orNothing(missing))
		}
	}
	check, err := d.ThreeWay(ctx, l.today.Date, false)
	add(r, "three-way", err == nil && check.Holds, false, "%s", threeWayText(&check, err))
	return nil
}

func orFine(err error) string {
	if err != nil {
		return err.Error()
	}
	return "there"
}

func orNothing(all []string) string {
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

func threeWayText(t *api.ThreeWay, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case t.Holds:
		return "everything is explained"
	}
	return "something is unexplained"
}

// tradingChecks are those of an open date.
func (d *DayEnd) tradingChecks(r *api.Readiness, l *looked) {
	d.n.gateways.RLock()
	defer d.n.gateways.RUnlock()
	for of := range d.n.Quotes {
		fresh, listed := l.fresh[of], l.listed[of]
		add(r, "static-data-"+of.String(), fresh > 0, false, "%d of %d securities have the data of %d", fresh, listed, r.Date)
	}
	for i := range d.n.config.Banks {
		number := d.n.config.Banks[i].Number
		add(r, fmt.Sprintf("bank-%d-signed-in", number), l.signed[number] == r.Date, false, "signed in for %d", l.signed[number])
	}
	for of, gateway := range d.n.Exchanges {
		state := gateway.Status().State.String()
		add(r, "exchange-"+of.String(), state == "ready", false, "the line is %s", state)
	}
}

// commonChecks are for people to judge, before an opening and after it.
func (d *DayEnd) commonChecks(r *api.Readiness, l *looked) {
	add(r, "cases", l.cases == 0, false, "%d differences are open", l.cases)
	add(r, "transfers", l.unknown == 0, false, "%d transfers and remittances have no known outcome", l.unknown)
	add(r, "proposals", l.asked == 0, false, "%d proposals wait for a second person", l.asked)
	var down []string
	for _, u := range d.n.listed() {
		if s := u.status(); !s.Running {
			down = append(down, s.Name)
		}
	}
	add(r, "parts", len(down) == 0, false, "not running: %s", orNothing(down))
	if d.n.backups == nil {
		return
	}
	var alarms []string
	for _, a := range d.n.backups.told().Alarms {
		alarms = append(alarms, a.Text)
	}
	add(r, "backups", len(alarms) == 0, false, "alarms: %s", orNothing(alarms))
}

// settlementCheck says whether final settlement that is due is booked: a day must
// not be stopped before it, or the clearing house's files of that evening differ.
func (d *DayEnd) settlementCheck(r *api.Readiness, l *looked) error {
	evenings, err := d.evenings()
	if err != nil {
		return err
	}
	due := 0
	for _, e := range evenings {
		if e.booked {
			continue
		}
		open, err := settle.DueAt(e.all, l.today.Date, settle.Settlement{Now: d.n.clock.Now()})
		if err != nil && !errors.Is(err, settle.ErrNotDue) {
			return err
		}
		due += len(open)
	}
	add(r, "final-settlement", due == 0, false, "%d obligations whose time has come are not booked", due)
	return nil
}
