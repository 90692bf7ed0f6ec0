// Package suite turns evidence into the reports that a broker must show of its backup
// capability: copying of data, switching, the level reached, and the list for acceptance.
//
// A report is a view of verified bundles. What a bundle does not hold is printed as
// not measured, never as passed: the package must not measure, estimate, or know a
// figure of its own. Targets are dated data with a source, and a target that nobody
// has read in a public document says so wherever it stands.
//
// Sources: rows B4, B7, B8, B153, B160, B203, B204, B238; domain facts A.1 and A.2.
package suite

import (
	"fmt"
	"strings"

	"sancun/evidence"
	"sancun/paper"
)

// Evidence is what the reports are made of: figures of verified bundles by name.
type Evidence struct {
	bundles []*evidence.Manifest
	figures map[string]evidence.Figure
}

// Of takes the manifests of verified bundles; of a figure that several have the last
// one counts.
func Of(bundles ...*evidence.Manifest) *Evidence {
	e := &Evidence{bundles: bundles, figures: map[string]evidence.Figure{}}
	for _, m := range bundles {
		for _, f := range m.Figures {
			e.figures[f.Name] = f
		}
	}
	return e
}

// figure is a measured value, if there is one.
func (e *Evidence) figure(name string) (int64, bool) {
	f, there := e.figures[name]
	return f.Value, there
}

var notMeasured = paper.Words{ZH: "未测", EN: "not measured"}

// head begins a report.
func (e *Evidence) head(title paper.Words) *paper.Document {
	d := &paper.Document{Title: title, Issuer: paper.Words{ZH: "三存", EN: "Sancun"}}
	var proof []string
	for _, m := range e.bundles {
		d.Facts = append(d.Facts,
			paper.Fact{Label: paper.Words{ZH: "证据", EN: "Evidence"}, Value: paper.Plain(m.Subject)},
			paper.Fact{Label: paper.Words{ZH: "测量时间", EN: "Measured"}, Value: m.Made},
			paper.Fact{Label: paper.Words{ZH: "环境", EN: "On"}, Value: paper.Plain(m.Machine)},
			paper.Fact{Label: paper.Words{ZH: "签署人", EN: "Signed by"}, Value: paper.Code(m.Signer)})
		if m.Made.After(d.Made) {
			d.Made = m.Made
		}
		proof = append(proof, m.Subject)
	}
	from := strings.Join(proof, ", ")
	d.Proof = paper.Words{ZH: "每个数字都可由证据包重算：sancun evidence verify（" + from + "）", EN: "every figure can be computed again from its bundle: sancun evidence verify (" + from + ")"}
	return d
}

// clock prints nanoseconds in the unit in which they can be read.
func clock(ns int64) paper.Words {
	const minute, hour, day = 60_000_000_000, 3600_000_000_000, 24 * 3600_000_000_000
	switch {
	case ns == 0:
		return paper.Plain("0")
	case ns >= 2*day && ns%day == 0:
		return paper.Words{ZH: fmt.Sprintf("%d 天", ns/day), EN: fmt.Sprintf("%d days", ns/day)}
	case ns >= hour && ns%hour == 0:
		return paper.Words{ZH: fmt.Sprintf("%d 小时", ns/hour), EN: fmt.Sprintf("%d h", ns/hour)}
	case ns >= 2*minute && ns%minute == 0:
		return paper.Words{ZH: fmt.Sprintf("%d 分钟", ns/minute), EN: fmt.Sprintf("%d min", ns/minute)}
	case ns < 1_000:
		return paper.Plain(fmt.Sprintf("%d ns", ns))
	case ns < 1_000_000:
		return paper.Plain(fmt.Sprintf("%.1f µs", float64(ns)/1e3))
	case ns < 1_000_000_000:
		return paper.Plain(fmt.Sprintf("%.1f ms", float64(ns)/1e6))
	default:
		return paper.Plain(fmt.Sprintf("%.2f s", float64(ns)/1e9))
	}
}

// clocked is a measured time as a cell.
func (e *Evidence) clocked(name string) paper.Words {
	if ns, there := e.figure(name); there {
		return clock(ns)
	}
	return notMeasured
}

// counted is a measured number as a cell.
func (e *Evidence) counted(name string) any {
	if n, there := e.figure(name); there && n >= 0 {
		return uint64(n)
	}
	return notMeasured
}
