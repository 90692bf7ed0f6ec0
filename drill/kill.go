package drill

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"sancun/dr"
	"sancun/journal"
	"sancun/node"
	"sancun/plan"
	"sancun/verify"
)

// decisionPause is how long the two people of the drill take to decide: they are
// prepared and do not think. It is shown apart from the machine's time.
const decisionPause = 500 * time.Millisecond

// killsFast kills the centre that writes in mode fast, some times. Behind each the
// killed centre comes back and takes over again by a planned switchover.
func (d *drill) killsFast(ctx context.Context) error {
	for i := range d.o.Kills {
		if err := d.killFast(ctx); err != nil {
			return fmt.Errorf("kill %d: %w", i+1, err)
		}
	}
	return nil
}

// killFast kills the centre that writes in mode fast: callers may lose answers,
// which must all be found as orphans when the centre comes back.
func (d *drill) killFast(ctx context.Context) error {
	f, lost, err := d.kill(ctx, false)
	if err != nil {
		return err
	}
	d.report.Failovers.add(&f)
	d.samples.failover("fast", &f)
	d.report.Failover = d.report.Failovers.worst
	d.o.Say("killed in mode fast: RTO %.0f ms, machine %.0f ms, decision %.0f ms; %d answers lost, %d orphans kept", f.RTOMS, f.MachineMS, f.DecisionMS, lost, f.Orphans)
	return nil
}

// killsProtected kills the centre that writes in mode protect, some times, once
// one and once the other: nothing that was answered may be missing.
func (d *drill) killsProtected(ctx context.Context) error {
	for i := range d.o.SiteKills {
		if err := d.killProtected(ctx); err != nil {
			return fmt.Errorf("site kill %d: %w", i+1, err)
		}
	}
	return nil
}

func (d *drill) killProtected(ctx context.Context) error {
	if _, err := d.centres[1-d.writer].until(ctx, dr.Standby, func(s node.CentreState) bool { return s.Line.Connected && !s.Line.BeatAt.IsZero() }); err != nil {
		return err
	}
	if _, err := d.centres[d.writer].order(ctx, dr.ActProtection, d.epoch, "protect", true); err != nil {
		return err
	}
	f, lost, err := d.kill(ctx, true)
	if err != nil {
		return err
	}
	d.report.ProtectLost += lost
	d.report.SiteKills.add(&f)
	d.samples.failover("protect", &f)
	d.report.Protected = d.report.SiteKills.worst
	d.o.Say("killed in mode protect: RTO %.0f ms, machine %.0f ms; %d answers lost", f.RTOMS, f.MachineMS, lost)
	return nil
}

// kill kills the writer under load, promotes the other centre, audits every
// answer, and brings the killed one back as a copy.
func (d *drill) kill(ctx context.Context, protected bool) (f Failover, lost int, err error) {
	stop := d.load.begin(d.o.High)
	defer stop()
	time.Sleep(steady)
	dead, heir := d.centres[d.writer], d.centres[1-d.writer]
	if err := dead.kill(); err != nil {
		return f, 0, err
	}
	died := time.Now()
	r, err := d.conductor.carryOut(ctx, "failover", d.writer, 1-d.writer, decisionPause, []plan.Marked{{Mark: plan.MarkFault, At: died, Source: "the kill"}})
	if err != nil {
		return f, 0, err
	}
	d.epoch++
	time.Sleep(steady)
	stop()
	lost, doubled, err := d.load.check(ctx)
	if err != nil {
		return f, 0, err
	}
	if protected && lost > 0 {
		return f, lost, fmt.Errorf("%d answers are missing at %s", lost, heir.name)
	}
	f.Lost, f.Doubled = lost, doubled
	f.measured(r)
	if !protected {
		return f, lost, d.switchBack(ctx, dead, &f)
	}
	return f, lost, d.bringBack(ctx, dead, &f)
}

// switchBack starts a killed centre again and carries out the plan that has it keep
// its orphans, copy, prove the same root and take over again.
func (d *drill) switchBack(ctx context.Context, c *centre, f *Failover) error {
	began := time.Now()
	if err := c.start(); err != nil {
		return err
	}
	s, err := c.settled(ctx)
	if err != nil {
		return err
	}
	parted := s.Role == dr.Fenced.String() && s.Line.Parting != nil
	if parted {
		f.RPOBlocks = s.Line.Parting.Ours.Height - s.Line.Parting.Common.Height
	}
	r, err := d.conductor.carryOut(ctx, "switch-back", d.writer, 1-d.writer, 0, nil)
	if err != nil {
		if r != nil && r.State("no-difference").Status == plan.StepFailed {
			d.report.SwitchbackDifference++
		}
		return err
	}
	d.epoch++
	d.report.ComeBacks++
	if same := r.State("no-difference"); !same.Ended.IsZero() {
		f.ComeBackMS = float64(same.Ended.Sub(began)) / 1e6
	}
	if parted {
		return f.countOrphans(c.dir)
	}
	return nil
}

// bringBack starts a killed centre again. If it answered what nobody else has, it
// is fenced, its orphans are counted, and two people send it back.
func (d *drill) bringBack(ctx context.Context, c *centre, f *Failover) error {
	began := time.Now()
	if err := c.start(); err != nil {
		return err
	}
	s, err := c.settled(ctx)
	if err != nil {
		return err
	}
	if s.Role == dr.Fenced.String() && s.Line.Parting != nil {
		f.RPOBlocks = s.Line.Parting.Ours.Height - s.Line.Parting.Common.Height
		if _, err := c.order(ctx, dr.ActRebase, s.Line.Parting.Ours.Epoch, "", false); err != nil {
			return err
		}
		if s, err = c.until(ctx, dr.Standby, func(s node.CentreState) bool { return s.Line.Connected }); err != nil {
			return err
		}
		if err := f.countOrphans(c.dir); err != nil {
			return err
		}
	}
	head, err := d.centres[d.writer].state(ctx, true)
	if err != nil {
		return err
	}
	level, err := c.untilRoot(ctx, dr.Standby, head.Stored)
	if err != nil {
		return err
	}
	f.ComeBackBytes = level.Line.Traffic.ReceivedLine
	d.report.ComeBacks++
	f.ComeBackMS = float64(time.Since(began)) / 1e6
	if level.Root != head.Root {
		d.report.SwitchbackDifference++
		return fmt.Errorf("%s came back with the root %s, %s has %s", c.name, level.Root, d.centres[d.writer].name, head.Root)
	}
	return nil
}

// countOrphans reads the lists that the centre made.
func (f *Failover) countOrphans(dir string) error {
	lists, err := filepath.Glob(filepath.Join(dir, "journal.parted-*", "orphans.jsonl"))
	if err != nil || len(lists) != 1 {
		return errors.Join(err, fmt.Errorf("%d lists of orphans in %s, want the one of this kill", len(lists), dir))
	}
	file, err := os.Open(lists[0])
	if err != nil {
		return err
	}
	defer file.Close() // read only
	rows := bufio.NewScanner(file)
	rows.Buffer(nil, 1<<20)
	for rows.Scan() {
		var o node.Orphan
		if err := json.Unmarshal(rows.Bytes(), &o); err != nil {
			return err
		}
		f.Orphans++
		f.RPOMoneyFen += o.Cash
	}
	f.OrphansListed = f.Orphans
	if err := rows.Err(); err != nil {
		return err
	}
	return os.RemoveAll(filepath.Dir(lists[0])) // hundreds of kills would keep hundreds of journals
}

// audit asks for every answer again, under its key.
func (d *drill) audit(ctx context.Context) error {
	lost, doubled, err := d.load.check(ctx)
	if err != nil {
		return err
	}
	d.report.PlannedLost = lost + doubled
	if lost+doubled > 0 {
		return fmt.Errorf("%d answers lost and %d done twice in planned switchovers", lost, doubled)
	}
	return nil
}

// prove verifies both journals with the second opinion and compares them block by
// block.
func (d *drill) prove() error {
	var hashes [2][]journal.Hash
	for i, c := range d.centres {
		store, err := node.OpenJournal(c.dir, d.field.cell)
		if err != nil {
			return err
		}
		verdict, err := verify.Journal(store, nil)
		if err == nil && !verdict.OK() {
			err = fmt.Errorf("the journal of %s breaks a law", c.name)
		}
		if err == nil {
			err = store.Read(1, func(b *journal.Block) error { hashes[i] = append(hashes[i], b.Hash()); return nil })
		}
		if err = errors.Join(err, store.Close()); err != nil {
			return err
		}
	}
	for h := range min(len(hashes[0]), len(hashes[1])) {
		if hashes[0][h] != hashes[1][h] {
			d.report.Forks++
		}
	}
	d.report.Verified = true
	if d.report.Forks > 0 {
		return fmt.Errorf("%d heights hold different blocks", d.report.Forks)
	}
	return nil
}
