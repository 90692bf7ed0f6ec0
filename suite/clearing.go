package suite

import (
	"strings"
	"time"

	"sancun/paper"
)

// Names of the figures of parallel clearing begin with these.
const (
	clearingRow    = "clearing row "
	clearingMain   = "clearing main "
	clearingSecond = "clearing second "
	last           = " last"
)

const (
	// comparable is how much slower than the main centre a step may be at the second
	// one, in hundredths (figure D18).
	comparable = 110
	// noise is a difference that is no difference: a sync of a disk.
	noise = 50 * time.Millisecond
)

// Comparable tells whether a step of clearing takes the second centre no longer than the
// main one, as far as that can be measured.
func Comparable(main, second time.Duration) bool {
	return second <= main*comparable/100 || second-main <= noise
}

// Clearing is the report on parallel clearing (rows B163 to B173): nine rows of correctness, six of
// efficiency.
func (e *Evidence) Clearing() *paper.Document {
	d := e.head(paper.Words{ZH: "平行清算测试报告", EN: "Report on parallel clearing"})
	right := paper.Section{
		Title:   paper.Words{ZH: "正确性", EN: "Correctness"},
		Columns: []paper.Column{{Title: paper.Words{ZH: "项目", EN: "What"}, Free: true}, {Title: paper.Words{ZH: "结论", EN: "Verdict"}}},
		Empty:   notMeasured,
	}
	times := paper.Section{
		Title: paper.Words{ZH: "效率", EN: "Efficiency"},
		Columns: []paper.Column{
			{Title: paper.Words{ZH: "步骤", EN: "Step"}, Free: true}, {Title: paper.Words{ZH: "主中心", EN: "Main centre"}}, {Title: paper.Words{ZH: "灾备中心", EN: "Second centre"}},
			{Title: paper.Words{ZH: "结论", EN: "Verdict"}},
		},
		Empty: notMeasured,
	}
	for _, m := range e.bundles {
		for _, f := range m.Figures {
			if name, is := between(f.Name, clearingRow); is {
				verdict := paper.Words{ZH: "一致", EN: "equal"}
				if f.Value != 1 {
					verdict = paper.Words{ZH: "不一致", EN: "different"}
				}
				right.Rows = append(right.Rows, []any{paper.Plain(name), verdict})
			}
			if name, is := between(f.Name, clearingMain); is {
				second, there := e.figure(clearingSecond + name + last)
				verdict := paper.Words{ZH: "相当", EN: "comparable"}
				if !there {
					verdict = notMeasured
				} else if !Comparable(time.Duration(f.Value), time.Duration(second)) {
					verdict = paper.Words{ZH: "较慢", EN: "slower"}
				}
				times.Rows = append(times.Rows, []any{paper.Plain(name), clock(f.Value), e.clocked(clearingSecond + name + last), verdict})
			}
		}
	}
	d.Sections = append(d.Sections, right, times)
	return d
}

// between is the middle of a figure's name.
func between(name, begin string) (string, bool) {
	rest, begins := strings.CutPrefix(name, begin)
	middle, ends := strings.CutSuffix(rest, last)
	return middle, begins && ends
}
