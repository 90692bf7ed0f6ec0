package suite

import "sancun/paper"

// Acceptance is the list of nine rows (B203, B204). A row is accepted when the figures
// behind it are in the bundles and good, refused when they are bad, and otherwise says what
// is missing; there is no way to tick it by hand.
func (e *Evidence) Acceptance() *paper.Document {
	d := e.head(paper.Words{ZH: "灾备系统验收表", EN: "Acceptance of the second centre"})
	s := paper.Section{
		Title: paper.Words{ZH: "验收项目", EN: "Items"},
		Columns: []paper.Column{
			{Title: paper.Words{ZH: "项目", EN: "Item"}, Free: true}, {Title: paper.Words{ZH: "结论", EN: "Verdict"}}, {Title: paper.Words{ZH: "凭据", EN: "By"}, Free: true},
		},
	}
	for _, row := range acceptanceRows {
		verdict, by := e.accept(row.figures)
		if len(row.figures) == 0 {
			by = row.missing
		}
		s.Rows = append(s.Rows, []any{row.name, verdict, by})
	}
	d.Sections = append(d.Sections, s)
	return d
}

// bound is what a figure must not exceed; needed says that it must not be zero.
type bound struct {
	name   string
	most   int64
	needed bool
}

// unlimited is no bound: the figure must only be there.
const unlimited = 1<<63 - 1

var acceptanceRows = []struct {
	name    paper.Words
	figures []bound
	missing paper.Words // why there can be no figure yet
}{
	{name: paper.Words{ZH: "基础资源", EN: "resources"}, missing: paper.Words{ZH: "尚无测量：资源清单未建", EN: "not available yet: no inventory of resources"}},
	{name: paper.Words{ZH: "集中交易部署", EN: "trading deployed"}, figures: []bound{{"losses of the writer in mode protect", unlimited, true}}},
	{name: paper.Words{ZH: "网上交易部署", EN: "online deployed"}, missing: paper.Words{ZH: "尚无：控制台未建", EN: "not available yet: no consoles"}},
	{name: paper.Words{ZH: "APP 部署", EN: "app deployed"}, missing: paper.Words{ZH: "尚无：控制台未建", EN: "not available yet: no consoles"}},
	{name: paper.Words{ZH: "功能测试", EN: "function"}, figures: []bound{{"function cells failed count", 0, false}, {"function cells passed count", unlimited, true}}},
	{name: paper.Words{ZH: "数据同步", EN: "data sync"}, figures: []bound{{"delay at the high load max", 300_000_000_000, false}, {"answers lost in mode protect sum", 0, false}, {"losses of the writer in mode protect", unlimited, true}}},
	{name: paper.Words{ZH: "平行清算", EN: "parallel clearing"}, figures: []bound{{"clearing rows different sum", 0, false}, {"clearing rows equal sum", unlimited, true}}},
	{name: paper.Words{ZH: "性能测试", EN: "performance"}, missing: paper.Words{ZH: "尚无：爬坡测试未建", EN: "not available yet: no ramp test"}},
	{name: paper.Words{ZH: "切换测试", EN: "switch"}, figures: []bound{{"write gap of planned switchovers p99", 60_000_000_000, false}, {"RTO in mode protect p99", 300_000_000_000, false}, {"RTO in mode fast p99", 300_000_000_000, false}}},
}

// accept compares figures with their bounds.
func (e *Evidence) accept(figures []bound) (verdict, by paper.Words) {
	verdict = notMeasured
	for _, b := range figures {
		value, there := e.figure(b.name)
		switch {
		case !there:
			return notMeasured, paper.Words{ZH: "缺少：" + b.name, EN: "missing: " + b.name}
		case value > b.most || b.needed && value == 0:
			return paper.Words{ZH: "不通过", EN: "refused"}, paper.Plain(b.name)
		}
		verdict = paper.Words{ZH: "通过", EN: "accepted"}
		if by.EN != "" {
			by.EN, by.ZH = by.EN+"; ", by.ZH+"；"
		}
		by.EN, by.ZH = by.EN+b.name, by.ZH+b.name
	}
	return verdict, by
}
