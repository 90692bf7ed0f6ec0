package drill

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/evidence"
	"sancun/node"
)

// The samples of a drill: what the report's figures follow from, one row each, in
// whole nanoseconds, fen and counts (docs/formats/evidence.md).
const (
	sampleDelays    = "delays.csv"
	sampleGaps      = "gaps.csv"
	sampleFailovers = "failovers.csv"
	sampleLoads     = "loads.csv"
	sampleClearing  = "clearing.csv"
	sampleTimes     = "clearing-times.csv"
)

var sampleHeads = map[string]string{
	sampleDelays:    "rate,ns",
	sampleGaps:      "switchover,ns",
	sampleLoads:     "rate,asked,answered,bits_per_second",
	sampleClearing:  "row,items,equal,different",
	sampleTimes:     "step,main_ns,second_ns",
	sampleFailovers: "mode,rto_ns,machine_ns,decision_ns,come_back_ns,rpo_blocks,rpo_fen,orphans,lost,doubled",
}

// samples are the rows so far, by file.
type samples map[string]*strings.Builder

func newSamples() samples {
	s := samples{}
	for name, head := range sampleHeads {
		s[name] = &strings.Builder{}
		s[name].WriteString(head + "\n")
	}
	return s
}

func (s samples) add(file string, cells ...any) {
	for i, cell := range cells {
		if i > 0 {
			s[file].WriteByte(',')
		}
		text := fmt.Sprint(cell)
		if strings.ContainsAny(text, ",\"\n") {
			text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		}
		s[file].WriteString(text)
	}
	s[file].WriteByte('\n')
}

// failover notes the loss of the writer.
func (s samples) failover(mode string, f *Failover) {
	ns := func(ms float64) int64 { return int64(ms * 1e6) }
	s.add(sampleFailovers, mode, ns(f.RTOMS), ns(f.MachineMS), ns(f.DecisionMS), ns(f.ComeBackMS), f.RPOBlocks, f.RPOMoneyFen, f.Orphans, f.Lost, f.Doubled)
}

// figures are those of the report, with the rule that leads to each.
func (s samples) figures(r *Report) (all []evidence.Figure) {
	of := func(name, file, column, where, is, unit string, rules ...string) {
		for _, rule := range rules {
			all = append(all, evidence.Figure{Name: name + " " + rule, Unit: unit, File: file, Column: column, Where: where, Is: is, Rule: rule})
		}
	}
	for i, l := range r.Loads {
		name, rate := [...]string{"low", "high"}[i%2], fmt.Sprint(l.Rate)
		of("rate at the "+name+" load", sampleLoads, "answered", "rate", rate, "commands/s", evidence.RuleLast)
		of("bandwidth at the "+name+" load", sampleLoads, "bits_per_second", "rate", rate, "bit/s", evidence.RuleLast)
		if l.Blocks > 0 {
			of("delay at the "+name+" load", sampleDelays, "ns", "rate", rate, "ns", evidence.RuleMean, evidence.RuleP99, evidence.RuleMax)
		}
	}
	if r.Switchovers > 0 {
		of("write gap of planned switchovers", sampleGaps, "ns", "", "", "ns", evidence.RuleP50, evidence.RuleP99)
	}
	for _, k := range []struct {
		mode  string
		count int
	}{{"fast", r.Failovers.Count}, {"protect", r.SiteKills.Count}} {
		all = append(all, evidence.Figure{Name: "losses of the writer in mode " + k.mode, Unit: "kills", File: sampleFailovers, Where: "mode", Is: k.mode, Rule: evidence.RuleCount})
		if k.count == 0 {
			continue
		}
		of("RTO in mode "+k.mode, sampleFailovers, "rto_ns", "mode", k.mode, "ns", evidence.RuleP50, evidence.RuleP99)
		of("machine time in mode "+k.mode, sampleFailovers, "machine_ns", "mode", k.mode, "ns", evidence.RuleP50, evidence.RuleP99)
		of("answers lost in mode "+k.mode, sampleFailovers, "lost", "mode", k.mode, "answers", evidence.RuleSum)
		of("orphans in mode "+k.mode, sampleFailovers, "orphans", "mode", k.mode, "orphans", evidence.RuleSum)
		of("money of orphans in mode "+k.mode, sampleFailovers, "rpo_fen", "mode", k.mode, "fen", evidence.RuleMax)
	}
	if c := r.Clearing; c != nil {
		of("clearing rows equal", sampleClearing, "equal", "", "", "rows", evidence.RuleSum)
		of("clearing rows different", sampleClearing, "different", "", "", "rows", evidence.RuleSum)
		for _, row := range c.Rows {
			of("clearing row "+row.Name, sampleClearing, "equal", "row", row.Name, "equal", evidence.RuleLast)
		}
		for _, t := range c.Times {
			of("clearing main "+t.Name, sampleTimes, "main_ns", "step", t.Name, "ns", evidence.RuleLast)
			of("clearing second "+t.Name, sampleTimes, "second_ns", "step", t.Name, "ns", evidence.RuleLast)
		}
	}
	return all
}

// cleared notes the comparison of two clearings.
func (s samples) cleared(c *Clearing) {
	if c == nil {
		return
	}
	for _, row := range c.Rows {
		equal, different := 1, 0
		if !row.Equal {
			equal, different = 0, 1
		}
		s.add(sampleClearing, row.Name, row.Items[0], equal, different)
	}
	for _, t := range c.Times {
		s.add(sampleTimes, t.Name, int64(t.MainMS*1e6), int64(t.SecondMS*1e6))
	}
}

// evidenceSigner signs the bundle of a drill, whose people only the drill knows.
const evidenceSigner = "verifier"

// pack writes samples, report and logs into DIR/evidence and the bundle of it.
func (d *drill) pack(made time.Time) (err error) {
	folder := filepath.Join(d.o.Dir, "evidence")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	d.samples.cleared(d.report.Clearing)
	report, err := json.MarshalIndent(d.report, "", "  ")
	if err != nil {
		return err
	}
	files := map[string][]byte{"report.json": append(report, '\n')}
	for name, text := range d.samples {
		files[name] = []byte(text.String())
	}
	for _, name := range names {
		if files[name+".log"], err = os.ReadFile(filepath.Join(d.o.Dir, name+".log")); err != nil {
			return err
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
			return err
		}
	}
	out, err := os.OpenFile(filepath.Join(d.o.Dir, "evidence.zip"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = evidence.Pack(out, os.DirFS(folder), evidence.About{
		Subject: "drill of two centres " + d.report.Date, Kind: "drill", Made: made.UTC().Truncate(time.Second), Program: node.Version(),
		Machine: d.report.Machine, Signer: evidenceSigner,
	}, d.samples.figures(d.report), d.key(evidenceSigner))
	return err
}

func (d *drill) key(name string) ed25519.PrivateKey { return d.field.people[name] }
