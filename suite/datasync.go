package suite

import "sancun/paper"

// DataSync is the report on the copying of data (rows B156 to B162): what was measured at two
// loads, beside the sample figures of the seed.
func (e *Evidence) DataSync() *paper.Document {
	d := e.head(paper.Words{ZH: "数据同步测试报告", EN: "Report on the copying of data"})
	plain := func(text string) paper.Words { return paper.Plain(text) }
	rows := [][]any{
		{paper.Words{ZH: "业务量（笔/秒）", EN: "load, commands a second"}, e.counted("rate at the low load last"), plain("100"), e.counted("rate at the high load last"), plain("5,000")},
		{paper.Words{ZH: "最大延时", EN: "longest delay"}, e.clocked("delay at the low load max"), plain("10 s"), e.clocked("delay at the high load max"), plain("50 s")},
		{paper.Words{ZH: "平均延时", EN: "mean delay"}, e.clocked("delay at the low load mean"), plain("3 s"), e.clocked("delay at the high load mean"), plain("15 s")},
		{paper.Words{ZH: "99% 延时不超过", EN: "delay of 99 %"}, e.clocked("delay at the low load p99"), plain(""), e.clocked("delay at the high load p99"), plain("")},
		{paper.Words{ZH: "平均带宽（bit/s）", EN: "mean bandwidth, bit/s"}, e.counted("bandwidth at the low load last"), plain("3 k"), e.counted("bandwidth at the high load last"), plain("15 M")},
	}
	d.Sections = append(d.Sections, paper.Section{
		Title: paper.Words{ZH: "延时与带宽", EN: "Delay and bandwidth"},
		Columns: []paper.Column{
			{Title: paper.Words{ZH: "项目", EN: "What"}, Free: true}, {Title: paper.Words{ZH: "低负载实测", EN: "Low load, measured"}}, {Title: paper.Words{ZH: "样例", EN: "Sample"}},
			{Title: paper.Words{ZH: "高负载实测", EN: "High load, measured"}}, {Title: paper.Words{ZH: "样例", EN: "Sample"}},
		},
		Rows: rows,
	}, paper.Section{
		Title: paper.Words{ZH: "切换时的数据损失", EN: "Data lost when switching"},
		Columns: []paper.Column{
			{Title: paper.Words{ZH: "情形", EN: "Case"}, Free: true}, {Title: paper.Words{ZH: "次数", EN: "Times"}}, {Title: paper.Words{ZH: "丢失的应答", EN: "Answers lost"}},
			{Title: paper.Words{ZH: "列出的孤儿记录", EN: "Orphans listed"}},
		},
		Rows: [][]any{
			{paper.Words{ZH: "保护模式下主中心失效", EN: "writer lost in mode protect"}, e.counted("losses of the writer in mode protect"), e.counted("answers lost in mode protect sum"), e.counted("orphans in mode protect sum")},
			{paper.Words{ZH: "快速模式下主中心失效", EN: "writer lost in mode fast"}, e.counted("losses of the writer in mode fast"), e.counted("answers lost in mode fast sum"), e.counted("orphans in mode fast sum")},
		},
	})
	d.Notes = append(d.Notes, paper.Words{
		ZH: "延时自一个区块在本中心落盘起，至收到另一中心落盘并应用的确认止。样例为培训文本中的示例数值，不是要求。",
		EN: "A delay counts from a block's being durable here to the acknowledgement that the other centre has stored and applied it. Samples are examples of the training text, not requirements.",
	})
	return d
}

// Switch is the report on switching over and failing over (rows B174 to B176, B238).
func (e *Evidence) Switch() *paper.Document {
	d := e.head(paper.Words{ZH: "切换测试报告", EN: "Report on switching"})
	line := func(zh, en, name string) []any { return []any{paper.Words{ZH: zh, EN: en}, e.clocked(name)} }
	columns := []paper.Column{{Title: paper.Words{ZH: "项目", EN: "What"}, Free: true}, {Title: paper.Words{ZH: "实测", EN: "Measured"}}}
	d.Sections = append(d.Sections, paper.Section{
		Title: paper.Words{ZH: "计划内切换", EN: "Planned switchovers"}, Columns: columns,
		Rows: [][]any{line("无应答时间，中位数", "time without an answer, p50", "write gap of planned switchovers p50"), line("无应答时间，99%", "time without an answer, p99", "write gap of planned switchovers p99")},
	})
	for _, mode := range []struct {
		name  string
		title paper.Words
	}{{"fast", paper.Words{ZH: "快速模式下主中心失效", EN: "Writer lost in mode fast"}}, {"protect", paper.Words{ZH: "保护模式下主中心失效", EN: "Writer lost in mode protect"}}} {
		d.Sections = append(d.Sections, paper.Section{Title: mode.title, Columns: columns, Rows: [][]any{
			{paper.Words{ZH: "次数", EN: "times"}, e.counted("losses of the writer in mode " + mode.name)},
			line("RTO（含决策），中位数", "RTO with the decision, p50", "RTO in mode "+mode.name+" p50"), line("RTO（含决策），99%", "RTO with the decision, p99", "RTO in mode "+mode.name+" p99"),
			line("其中机器时间，99%", "of it machine time, p99", "machine time in mode "+mode.name+" p99"),
			{paper.Words{ZH: "丢失的应答", EN: "answers lost"}, e.counted("answers lost in mode " + mode.name + " sum")},
			{paper.Words{ZH: "列出的孤儿记录", EN: "orphans listed"}, e.counted("orphans in mode " + mode.name + " sum")},
			{paper.Words{ZH: "孤儿记录的金额最多（分）", EN: "most money in orphans, fen"}, e.counted("money of orphans in mode " + mode.name + " max")},
		}})
	}
	return d
}
