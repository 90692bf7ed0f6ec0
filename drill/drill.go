// Package drill plays the loss of a centre. It starts two centres as processes of
// their own, joins them by a line with the delay and bandwidth of a distant one,
// loads the one that writes through its HTTP door, switches over and back, kills
// centres, and measures what callers saw. It asks the centres nothing that an
// operator could not: their doors, and orders that two people signed.
//
// It must never report a figure it did not measure, and what is not built yet
// stands in its report as not available.
package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"sancun/dr"
	"sancun/node"
)

// Options of a drill.
type Options struct {
	Dir     string // emptied first
	Program string // the sancun program to run as a centre
	Clients int
	// Low and High are the two loads in commands a second, each for Hold.
	Low, High int
	Hold      time.Duration
	// Switchovers is how many planned switchovers are measured, there and back.
	Switchovers int
	// Kills is how often the writer is killed in mode fast, SiteKills in mode
	// protect. Each is followed by coming back.
	Kills, SiteKills int
	// Forks is how many drills on a fork are held and purged.
	Forks int
	// Data is the folder of the market data, for parallel clearing; without it that
	// is left out. ClearClients and ClearOrders are the size of the day that is cleared.
	Data                      string
	ClearClients, ClearOrders int
	// RoundTrip and BitsPerSec are the line between the centres.
	RoundTrip  time.Duration
	BitsPerSec int64
	// Loopback leaves the network namespaces out even where they can be had.
	Loopback bool
	// Say hears what is going on, a line at a time.
	Say func(format string, args ...any)
}

// drill is a run.
type drill struct {
	o       Options
	report  *Report
	samples samples
	field   *field
	centres [2]*centre
	load    *load
	writer  int
	epoch   uint32

	conductor *conductor
}

// Run plays a drill and returns its report, with an error also as far as it got.
func Run(ctx context.Context, o Options) (*Report, error) {
	d := &drill{o: o, report: newReport(o), samples: newSamples(), epoch: 1}
	began := time.Now()
	err := d.play(ctx)
	if d.conductor != nil {
		ready := d.conductor.ready(ctx)
		d.report.Readiness = &ready
		d.report.Plans = d.conductor.outline()
		err = errors.Join(err, d.conductor.close())
	}
	for _, c := range d.centres {
		if c != nil {
			err = errors.Join(err, c.stop())
		}
	}
	if d.load != nil {
		d.load.close()
	}
	if d.field != nil {
		err = errors.Join(err, d.field.close())
	}
	if err == nil {
		err = d.prove()
	}
	d.report.SecondsTotal = time.Since(began).Seconds()
	if err == nil {
		err = d.pack(time.Now())
	}
	return d.report, err
}

func (d *drill) play(ctx context.Context) (err error) {
	if err := os.RemoveAll(d.o.Dir); err != nil {
		return err
	}
	d.o.Say("preparing %d clients", d.o.Clients)
	if d.field, err = newField(d.o); err != nil {
		return fmt.Errorf("prepare the field: %w", err)
	}
	d.report.Ground = "network namespaces, the bandwidth kept by the kernel (tbf), the delay by a process between them"
	if g := d.field.ground; !g.apart() {
		d.report.Ground = "loopback with delay and bandwidth by a process between the centres: " + g.why
	}
	d.o.Say("%s", d.report.Ground)
	for i := range d.centres {
		if d.centres[i], err = d.field.start(i); err != nil {
			return err
		}
	}
	if err := d.catchUp(ctx); err != nil {
		return err
	}
	if d.load, err = newLoad(ctx, d.field); err != nil {
		return err
	}
	if d.conductor, err = newConductor(d); err != nil {
		return fmt.Errorf("prepare the runner of plans: %w", err)
	}
	for _, act := range d.steps() {
		d.o.Say("%s", act.name)
		if err := act.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", act.name, err)
		}
	}
	return nil
}

// step is one part of a drill. Each leaves both centres working, so that any of
// them can be left out or done alone.
type step struct {
	name string
	do   func(context.Context) error
}

func (d *drill) steps() []step {
	return []step{
		{"loads", d.measureLoads}, {"planned switchovers", d.planned}, {"drill on a fork", d.rehearsals}, {"kills in mode fast", d.killsFast},
		{"kills in mode protect", d.killsProtected}, {"parallel clearing", d.clearing},
	}
}

// catchUp lets the empty standby copy everything, and says how fast it was.
func (d *drill) catchUp(ctx context.Context) error {
	if _, err := d.centres[1].until(ctx, dr.Standby, nil); err != nil {
		return err
	}
	began := time.Now()
	head, err := d.centres[0].until(ctx, dr.Primary, nil)
	if err != nil {
		return err
	}
	if _, err := d.centres[1].until(ctx, dr.Standby, func(s node.CentreState) bool { return s.Applied >= head.Stored }); err != nil {
		return err
	}
	d.report.CatchUp = CatchUp{Blocks: head.Stored, Commands: d.field.commands, Seconds: time.Since(began).Seconds()}
	d.o.Say("the standby caught up %d blocks in %.1f s", head.Stored, d.report.CatchUp.Seconds)
	return nil
}

// measureLoads measures the delay of the copy under both loads.
func (d *drill) measureLoads(ctx context.Context) error {
	if d.o.Hold == 0 {
		return nil
	}
	for _, rate := range []int{d.o.Low, d.o.High} {
		if _, err := d.centres[d.writer].delays(ctx); err != nil { // drops those of before
			return err
		}
		before, err := d.centres[d.writer].state(ctx, false)
		if err != nil {
			return err
		}
		wire, _ := d.field.ground.sentOnLine(d.writer)
		began := time.Now()
		sent := d.load.run(rate, d.o.Hold)
		took := time.Since(began).Seconds()
		delays, err := d.centres[d.writer].delays(ctx)
		if err != nil {
			return err
		}
		after, err := d.centres[d.writer].state(ctx, false)
		if err != nil {
			return err
		}
		line := int64(after.Line.Traffic.SentLine - before.Line.Traffic.SentLine)
		if total, counted := d.field.ground.sentOnLine(d.writer); counted { // with all headers, as the kernel counts
			line = total - wire
		}
		l := Lag{Rate: rate, Reached: float64(sent) / took, Blocks: len(delays), BandwidthMbps: float64(line) * 8 / took / 1e6}
		for _, ns := range delays {
			d.samples.add(sampleDelays, rate, ns)
		}
		l.fill(delays)
		d.report.add(l)
		d.samples.add(sampleLoads, rate, rate, int64(l.Reached), int64(l.BandwidthMbps*1e6))
		d.o.Say("load %d/s: reached %.0f/s, delay mean %.1f ms, p99 %.1f ms, max %.1f ms, %.2f Mbit/s", rate, l.Reached, l.Mean, l.P99, l.Max, l.BandwidthMbps)
	}
	return nil
}

// planned switches over and back under load and measures how long no request was
// answered.
func (d *drill) planned(ctx context.Context) error {
	if d.o.Switchovers == 0 {
		return nil
	}
	stop := d.load.begin(d.o.High / 5)
	defer stop()
	var gaps []float64
	for i := range d.o.Switchovers {
		time.Sleep(steady)
		began := time.Now()
		if err := d.switchOver(ctx); err != nil {
			return fmt.Errorf("switchover %d: %w", i+1, err)
		}
		time.Sleep(steady)
		gap := d.load.gap(began, time.Now())
		gaps = append(gaps, gap)
		d.samples.add(sampleGaps, i+1, int64(gap*1e6))
		d.report.Switchovers++
	}
	stop()
	d.report.SwitchoverGap = percentiles(gaps)
	d.o.Say("%d planned switchovers: write gap p50 %.0f ms, p99 %.0f ms", len(gaps), d.report.SwitchoverGap.P50, d.report.SwitchoverGap.P99)
	return d.audit(ctx)
}

// steady is how long a load runs before and after an event.
const steady = time.Second

// switchOver carries out the plan of a planned switchover from the writer to the
// other centre.
func (d *drill) switchOver(ctx context.Context) error {
	_, err := d.conductor.carryOut(ctx, "switchover", d.writer, 1-d.writer, 0, nil)
	if err == nil {
		d.epoch++
	}
	return err
}
