package drill

import (
	"fmt"
	"io"
)

// Print writes the tables.
func (r *Report) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "Two centres, %s\n%s\n%s; line of %.0f ms round trip and %.0f Mbit/s\n\n", r.Date, r.Machine, r.Ground, r.RoundTripMS, r.LineMbps)
	row := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format, args...)
		}
	}
	row("copying an empty centre    %d blocks, %d commands in %.1f s\n", r.CatchUp.Blocks, r.CatchUp.Commands, r.CatchUp.Seconds)
	for _, l := range r.Loads {
		row("delay at %5d/s           mean %.1f ms, p99 %.1f ms, max %.1f ms; %.2f Mbit/s; answered %.0f/s\n", l.Rate, l.Mean, l.P99, l.Max, l.BandwidthMbps, l.Reached)
	}
	row("planned switchovers        %d, write gap p50 %.0f ms, p99 %.0f ms; %d answers lost\n", r.Switchovers, r.SwitchoverGap.P50, r.SwitchoverGap.P99, r.PlannedLost)
	for _, k := range []struct {
		what string
		Kills
	}{{"killed in mode fast   ", r.Failovers}, {"killed in mode protect", r.SiteKills}} {
		row("%s     %d; RTO p50 %.0f, p99 %.0f ms; machine p50 %.0f, p99 %.0f ms; back p50 %.0f ms; %d answers lost, %d doubled, %d orphans listed\n",
			k.what, k.Count, k.RTO.P50, k.RTO.P99, k.Machine.P50, k.Machine.P99, k.ComeBacks.P50, k.Lost, k.Doubled, k.Orphans)
	}
	row("forks %d, difference after coming back %d of %d, journals verified %v\n", r.Forks, r.SwitchbackDifference, r.ComeBacks, r.Verified)
	for i := range r.Drills {
		r.Drills[i].print(row)
	}
	r.Clearing.print(row)
	if r.Readiness != nil {
		row("readiness at the end: ready %t, %d%% of the reasons hold; %d plans were carried out\n", r.Readiness.Ready, r.Readiness.Score, len(r.Plans))
		for _, x := range r.Readiness.Reasons {
			if !x.OK {
				row("    %s: %s\n", x.Name, x.Detail)
			}
		}
	}
	for _, what := range r.NotAvailable {
		row("not available yet: %s\n", what)
	}
	return err
}
