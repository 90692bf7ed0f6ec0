package suite

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"sancun/paper"
)

//go:embed levels.yaml
var builtinLevels []byte

// ErrLevels reports a table of levels that cannot be used.
var ErrLevels = errors.New("the table of levels is not valid")

// levelsMax bounds a table of levels in bytes; a person wrote it.
const levelsMax = 1 << 20

// Levels is what the levels of backup capability ask for, as a house has approved it.
type Levels struct {
	Version int       `yaml:"version"`
	From    time.Time `yaml:"from"`
	Source  string    `yaml:"source"`
	Rows    []Target  `yaml:"rows"`
	Goals   []Target  `yaml:"goals"`
}

// Target is one figure that must not be exceeded.
type Target struct {
	Ability  string `yaml:"ability"` // data-backup, fault, disaster, major-disaster
	Level    int    `yaml:"level"`   // 1 to 6; 0 for a goal
	Class    string `yaml:"class"`   // real-time, other, all
	Metric   string `yaml:"metric"`  // rto, rpo, age-of-backup, age-of-restore-proof
	Unit     string `yaml:"unit"`    // ms or s
	Most     int64  `yaml:"most"`
	Verified bool   `yaml:"verified"`
	Source   string `yaml:"source"`
}

var (
	abilities = map[string]paper.Words{
		"data-backup": {ZH: "数据备份", EN: "data backup"}, "fault": {ZH: "故障应对", EN: "fault"}, "disaster": {ZH: "灾难应对", EN: "disaster"},
		"major-disaster": {ZH: "重大灾难应对", EN: "major disaster"},
	}
	metrics = map[string]paper.Words{
		"rto": {ZH: "恢复时间 RTO", EN: "recovery time, RTO"}, "rpo": {ZH: "恢复点 RPO", EN: "recovery point, RPO"},
		"age-of-backup": {ZH: "备份间隔", EN: "age of the backup"}, "age-of-restore-proof": {ZH: "恢复验证间隔", EN: "age of the restore proof"},
	}
	classes = []string{"real-time", "other", "all", ""}
	units   = map[string]int64{"ms": 1_000_000, "s": 1_000_000_000} // in nanoseconds
)

// BuiltinLevels is the table in the program.
func BuiltinLevels() *Levels {
	l, err := ReadLevels(builtinLevels)
	if err != nil {
		panic("the built-in levels: " + err.Error()) // a test reads them
	}
	return l
}

// ReadLevels reads a table of levels. The error is ErrLevels and says which row.
func ReadLevels(text []byte) (*Levels, error) {
	if len(text) > levelsMax {
		return nil, fmt.Errorf("%d bytes: %w", len(text), ErrLevels)
	}
	var l Levels
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("%w: %w", err, ErrLevels)
	}
	if l.Version < 1 || l.From.IsZero() || l.Source == "" || len(l.Rows) == 0 {
		return nil, fmt.Errorf("version, from, source or rows are missing: %w", ErrLevels)
	}
	for i, t := range slices.Concat(l.Rows, l.Goals) {
		_, ability := abilities[t.Ability]
		_, metric := metrics[t.Metric]
		goal := i >= len(l.Rows)
		if !ability || !metric || units[t.Unit] == 0 || t.Most < 0 || t.Most > 1<<40 || t.Source == "" || !slices.Contains(classes, t.Class) ||
			goal != (t.Level == 0) || t.Level < 0 || t.Level > 6 || goal && t.Verified {
			return nil, fmt.Errorf("row %d: ability, level, class, metric, unit, most or source: %w", i+1, ErrLevels)
		}
	}
	return &l, nil
}

// measures are the figures that show an ability's metric; the largest counts, and all
// must be there. What happens inside a centre is not in the bundle of a drill of two.
var measures = map[[2]string][]string{
	{"disaster", "rto"}: {"RTO in mode fast p99", "RTO in mode protect p99"},
	{"disaster", "rpo"}: {"delay at the high load max"},
}

// measured is the largest of the figures that show a metric, in nanoseconds.
func (e *Evidence) measured(ability, metric string) (most int64, there bool) {
	names := measures[[2]string{ability, metric}]
	for _, name := range names {
		ns, ok := e.figure(name)
		if !ok {
			return 0, false
		}
		most = max(most, ns)
	}
	return most, len(names) > 0
}

// Levels is the report of rows B3 to B8: what was measured, what is required, by whom, and
// the gap.
func (e *Evidence) Levels(l *Levels) *paper.Document {
	d := e.head(paper.Words{ZH: "信息系统备份能力对照表", EN: "Backup capability: measured against required"})
	d.Facts = append(d.Facts,
		paper.Fact{Label: paper.Words{ZH: "指标版本", EN: "Table of levels"}, Value: paper.Plain(fmt.Sprintf("%d, %s", l.Version, l.From.Format(time.DateOnly)))},
		paper.Fact{Label: paper.Words{ZH: "依据", EN: "By"}, Value: paper.Plain(l.Source)})
	heads := []paper.Column{
		{Title: paper.Words{ZH: "能力", EN: "Ability"}}, {Title: paper.Words{ZH: "等级", EN: "Level"}}, {Title: paper.Words{ZH: "指标", EN: "Metric"}, Free: true},
		{Title: paper.Words{ZH: "实测", EN: "Measured"}}, {Title: paper.Words{ZH: "要求不超过", EN: "Required, at most"}}, {Title: paper.Words{ZH: "结论", EN: "Verdict"}},
		{Title: paper.Words{ZH: "要求的来源", EN: "Source of the requirement"}, Free: true},
	}
	for _, part := range []struct {
		title paper.Words
		list  []Target
	}{{paper.Words{ZH: "等级要求", EN: "Required by the levels"}, l.Rows}, {paper.Words{ZH: "产品目标", EN: "Goals of the product"}, l.Goals}} {
		s := paper.Section{Title: part.title, Columns: heads}
		for _, t := range part.list {
			s.Rows = append(s.Rows, e.levelRow(t))
		}
		d.Sections = append(d.Sections, s)
	}
	d.Notes = append(d.Notes, paper.Words{
		ZH: "恢复时间自故障起计，含决策时间；演练中两名决策者为脚本。“未核实”的要求凭记忆录入，报送前须与标准原文核对。",
		EN: "Recovery time counts from the fault and includes the decision, which is scripted in a drill. Requirements marked unverified are from memory: compare them with the standard before the report goes out.",
	})
	return d
}

func (e *Evidence) levelRow(t Target) []any {
	ns, there := e.measured(t.Ability, t.Metric)
	shown, verdict := notMeasured, notMeasured
	if there {
		shown, verdict = clock(ns), paper.Words{ZH: "达到", EN: "met"}
		if ns > t.Most*units[t.Unit] {
			verdict = paper.Words{ZH: "未达到", EN: "missed"}
		}
	}
	source := paper.Plain(t.Source)
	if !t.Verified && t.Level > 0 {
		source = paper.Words{ZH: "未核实：" + t.Source, EN: "unverified: " + t.Source}
	}
	level := paper.Code(fmt.Sprint(t.Level))
	if t.Level == 0 {
		level = ""
	}
	return []any{abilities[t.Ability], level, metrics[t.Metric], shown, clock(t.Most * units[t.Unit]), verdict, source}
}
