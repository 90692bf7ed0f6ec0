package runner

import (
	"context"
	"fmt"
	"time"

	"sancun/calendar"
	"sancun/dr"
	"sancun/plan"
)

// drillBegun: the centre works on a copy.
func drillBegun(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	return inRole(ctx, w, c, dr.Drill, dr.Standby)
}

// drillEnded: the copy is gone.
func drillEnded(ctx context.Context, w *World, c *Call) (plan.Outcome, []plan.Pair, string) {
	return inRole(ctx, w, c, dr.Standby, dr.Drill)
}

func inRole(ctx context.Context, w *World, c *Call, done, not dr.Role) (plan.Outcome, []plan.Pair, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	switch {
	case err != nil:
		return plan.Unknown, nil, err.Error()
	case s.Role == done.String():
		return plan.OK, nil, "it is " + s.Role
	case s.Role == not.String():
		return plan.Failed, nil, "it is " + s.Role
	}
	return plan.Unknown, nil, "it is " + s.Role
}

func draftDrill(a dr.Act) func(context.Context, *World, *Call) (dr.Order, error) {
	return func(ctx context.Context, w *World, c *Call) (dr.Order, error) {
		s, err := w.state(ctx, c.Value("centre"), false)
		o := draftOf(&s, c.Value("centre"), a, s.Newest)
		o.Planned, o.Detail = true, c.Value("zone")
		return o, err
	}
}

// noTrading tells whether a centre's date is no trading day: the hard rule of drills
// (row B116).
func noTrading(ctx context.Context, w *World, c *Call) (bool, string) {
	s, err := w.state(ctx, c.Value("centre"), false)
	if err != nil {
		return false, err.Error()
	}
	years, err := calendar.China()
	if err != nil {
		return false, err.Error()
	}
	day, _ := calendar.AtUnixMilli(s.Time.UnixMilli())
	if !years.Covers(day) {
		return false, fmt.Sprintf("the calendar does not reach %s", day)
	}
	return !years.IsTradingDay(day), fmt.Sprintf("%s is a trading day: %t", s.Time.Format(time.DateOnly), years.IsTradingDay(day))
}
