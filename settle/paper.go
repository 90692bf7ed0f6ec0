package settle

import (
	"fmt"
	"strconv"

	"sancun/money"
	"sancun/paper"
)

// printedMax bounds the differences on paper; the workbook and differences.csv
// have more.
const printedMax = 500

// Paper lays the report out for its audience.
func (s *SettlementReport) Paper() *paper.Document {
	d := &paper.Document{
		Title: paper.Words{ZH: "日终清算交收报告", EN: "Settlement report"}, Issuer: paper.Plain(s.Broker), Made: s.Time, Facts: s.facts(),
		Proof: paper.Words{ZH: fmt.Sprintf("截止区块 %d %s · 日终状态根 %s", s.Height, s.Hash, s.Root), EN: fmt.Sprintf("stopped at block %d %s · day's state root %s", s.Height, s.Hash, s.Root)},
		Notes: []paper.Words{
			{ZH: "总分核对：客户台账合计 = 汇总账户 + 备付金 + 在途交收。期初 + 各项变动 = 客户台账合计。", EN: "Total to detail: client ledgers = pooled + reserve + in settlement. Opening + changes = client ledgers."},
			{ZH: "数字取自日终计息完成时的区块，与当日发往银行的文件一致。", EN: "Figures are as of the block in which interest was done, as are the day's files for the banks."},
		},
		Sections: []paper.Section{s.identitySection(), s.changeSection(), s.transferSection(), s.marketSection(), s.netSection(), s.obligationSection(), s.caseSection(), s.findingSection()},
	}
	return d
}

func (s *SettlementReport) facts() []paper.Fact {
	count := func(n uint64) any { return n }
	facts := []paper.Fact{
		{Label: paper.Words{ZH: "交易日", EN: "Trading day"}, Value: paper.Date(s.Date)},
		{Label: paper.Words{ZH: "报送对象", EN: "For"}, Value: audienceWords(s.Audience)},
		{Label: paper.Words{ZH: "停止受理时间", EN: "Business stopped"}, Value: s.Time},
	}
	if _, bank := bankOf(s.Audience); !bank {
		facts = append(facts, paper.Fact{Label: paper.Words{ZH: "客户数", EN: "Clients"}, Value: count(s.Clients.Clients)},
			paper.Fact{Label: paper.Words{ZH: "当日开户", EN: "Opened"}, Value: count(s.Clients.Opened)}, paper.Fact{Label: paper.Words{ZH: "当日销户", EN: "Closed"}, Value: count(s.Clients.Closed)})
	}
	return append(facts, paper.Fact{Label: paper.Words{ZH: "资金账户数", EN: "Fund accounts"}, Value: count(s.Clients.Funds)},
		paper.Fact{Label: paper.Words{ZH: "当日签约", EN: "Contracts signed"}, Value: count(s.Clients.Signed)},
		paper.Fact{Label: paper.Words{ZH: "当日解约", EN: "Contracts ended"}, Value: count(s.Clients.Cancelled)})
}

func bankOf(audience string) (uint16, bool) {
	a, err := ParseAudience(audience)
	return a.Bank, err == nil && a.Bank != 0
}

func audienceWords(audience string) paper.Words {
	if n, ok := bankOf(audience); ok {
		return paper.Words{ZH: fmt.Sprintf("存管银行 %d", n), EN: fmt.Sprintf("custodian bank %d", n)}
	}
	if audience == ForSupervisor.String() {
		return paper.Words{ZH: "监管机构", EN: "supervisor"}
	}
	return paper.Words{ZH: "证券公司", EN: "broker"}
}

// heads makes columns of titles in both languages, given in turn.
func heads(titles ...string) []paper.Column {
	all := make([]paper.Column, len(titles)/2)
	for i := range all {
		all[i].Title = paper.Words{ZH: titles[2*i], EN: titles[2*i+1]}
	}
	return all
}

// bankCell names a bank.
func bankCell(b *BankSum) paper.Code {
	if b.Name == "" {
		return paper.Code(strconv.Itoa(int(b.Bank)))
	}
	return paper.Code(strconv.Itoa(int(b.Bank)) + " " + b.Name)
}

var totalWords = paper.Words{ZH: "合计", EN: "Total"}

// sums makes a line of sums of columns of money over the banks, when there are
// several and all of one currency.
func (s *SettlementReport) sums(lead int, of func(*BankSum) []money.Amount) []any {
	if len(s.Banks) < 2 {
		return nil
	}
	var total []money.Amount
	for i := range s.Banks {
		row := of(&s.Banks[i])
		if s.Banks[i].Currency != s.Banks[0].Currency {
			return nil
		}
		if total == nil {
			total = make([]money.Amount, len(row))
		}
		for n := range row {
			total[n] += row[n]
		}
	}
	foot := make([]any, lead)
	foot[0] = totalWords
	for _, a := range total {
		foot = append(foot, a)
	}
	return foot
}

func cellsOf(lead []any, list []money.Amount) []any {
	for _, a := range list {
		lead = append(lead, a)
	}
	return lead
}

func (s *SettlementReport) identitySection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "总分核对", EN: "Total to detail"},
		Columns: heads("银行", "Bank", "币种", "Currency", "资金账户数", "Accounts", "客户台账合计", "Client ledgers", "汇总账户", "Pooled", "备付金", "Reserve", "在途交收", "In settlement",
			"结果", "Result"),
		Empty: paper.Words{ZH: "没有存管银行", EN: "no bank"},
	}
	figures := func(b *BankSum) []money.Amount { return []money.Amount{b.Ledger, b.Pooled, b.Reserve, b.InSettlement} }
	for i := range s.Banks {
		b := &s.Banks[i]
		result := paper.Words{ZH: "平", EN: "balanced"}
		if !b.Balanced {
			result = paper.Words{ZH: "不平", EN: "NOT BALANCED"}
		}
		sec.Rows = append(sec.Rows, append(cellsOf([]any{bankCell(b), paper.Code(b.Currency), b.Clients}, figures(b)), result))
	}
	if foot := s.sums(3, figures); foot != nil {
		sec.Foot = append(foot, nil)
	}
	return sec
}

func (s *SettlementReport) changeSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "客户资金变动", EN: "Changes of the clients' ledgers"}, Note: paper.Words{ZH: "期初 + 各项变动 = 期末", EN: "opening + changes = closing"},
		Columns: heads("银行", "Bank", "币种", "Currency", "期初", "Opening", "银证转账净额", "Transfers", "交易清算净额", "Trades", "佣金", "Commission", "红利", "Dividends", "利息", "Interest",
			"内部划转", "Internal", "其他", "Other", "期末", "Closing"),
	}
	figures := func(b *BankSum) []money.Amount {
		return []money.Amount{b.Opening, b.Transfers, b.Trades, b.Commission, b.Dividends, b.Interest, b.Internal, b.Other, b.Ledger}
	}
	for i := range s.Banks {
		b := &s.Banks[i]
		sec.Rows = append(sec.Rows, cellsOf([]any{bankCell(b), paper.Code(b.Currency)}, figures(b)))
	}
	sec.Foot = s.sums(2, figures)
	return sec
}

func (s *SettlementReport) transferSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "银证转账笔数与金额", EN: "Transfers by outcome"},
		Columns: heads("银行", "Bank", "币种", "Currency", "转入笔数", "Deposits", "转入金额", "Deposited", "转出笔数", "Withdrawals", "转出金额", "Withdrawn", "已冲正", "Reversed",
			"失败", "Refused", "待核实", "Unknown", "签约", "Signed", "解约", "Ended"),
	}
	for i := range s.Banks {
		b := &s.Banks[i]
		sec.Rows = append(sec.Rows, []any{bankCell(b), paper.Code(b.Currency), b.Deposits, b.DepositSum, b.Withdrawals, b.WithdrawalSum, b.Reversed, b.Refused, b.Unknown, b.Signed, b.Cancelled})
	}
	return sec
}

func (s *SettlementReport) marketSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "委托与成交", EN: "Orders and trades"},
		Columns: heads("市场", "Market", "币种", "Currency", "委托笔数", "Orders", "有成交", "Filled", "已撤", "Cancelled", "废单", "Refused", "成交笔数", "Fills", "买入金额", "Bought",
			"卖出金额", "Sold", "佣金", "Commission"),
	}
	for i := range s.Markets {
		m := &s.Markets[i]
		sec.Rows = append(sec.Rows, []any{paper.Code(m.Market), paper.Code(m.Currency), m.Orders, m.Filled, m.Cancelled, m.Refused, m.OurRows, m.Bought, m.Sold, m.Commission})
	}
	return sec
}

func (s *SettlementReport) netSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "一级清算核对", EN: "First-level clearing"},
		Columns: heads("市场", "Market", "币种", "Currency", "我方笔数", "Our rows", "登记结算笔数", "Their rows", "我方净额", "Our net", "登记结算净额", "Their net", "差额", "Difference",
			"应付规费", "Levies", "向客户收取", "Charged", "尾差", "Rounding"),
	}
	for i := range s.Markets {
		m := &s.Markets[i]
		sec.Rows = append(sec.Rows, []any{paper.Code(m.Market), paper.Code(m.Currency), m.OurRows, m.TheirRows, m.Ours, m.Theirs, m.Ours - m.Theirs, m.Levies, m.Charged, m.Rounding})
	}
	return sec
}

var obligationWords = map[string]paper.Words{
	"net": {ZH: "交收净额", EN: "net"}, "dividend": {ZH: "红利", EN: "dividend"}, "rounding": {ZH: "尾差", EN: "rounding"}, "commission": {ZH: "划取佣金", EN: "commission"},
	"between": {ZH: "银行间划拨", EN: "between banks"},
}

func wordsOf(words map[string]paper.Words, name string) paper.Words {
	if w, ok := words[name]; ok {
		return w
	}
	return paper.Plain(name)
}

func (s *SettlementReport) obligationSection() paper.Section {
	sec := paper.Section{
		Title:   paper.Words{ZH: "待交收", EN: "To be settled"},
		Columns: heads("种类", "Kind", "交易日", "Trade date", "交收日", "Settles", "银行", "Bank", "转入银行", "To", "市场", "Market", "币种", "Currency", "金额", "Amount"),
		Empty:   paper.Words{ZH: "无", EN: "none"},
	}
	for i := range s.Obligations {
		o := &s.Obligations[i]
		sec.Rows = append(sec.Rows, []any{
			wordsOf(obligationWords, o.Kind), paper.Date(o.TradeDate), paper.Date(o.Settles), numeral(uint64(o.Bank)), numeral(uint64(o.To)), paper.Code(o.Market), paper.Code(o.Currency), o.Amount,
		})
	}
	return sec
}

// numeral is the number of a thing, blank for 0.
func numeral(n uint64) paper.Code {
	if n == 0 {
		return ""
	}
	return paper.Code(strconv.FormatUint(n, 10))
}

var (
	subjectWords = map[string]paper.Words{
		"transfer": {ZH: "转账", EN: "transfer"}, "trade": {ZH: "成交", EN: "trade"}, "position": {ZH: "持仓", EN: "position"}, "cash": {ZH: "资金", EN: "cash"},
		"fees": {ZH: "费用", EN: "fees"}, "data": {ZH: "资料", EN: "data"},
	}
	typeWords = map[string]paper.Words{
		"missing-here": {ZH: "对方有我方无", EN: "missing here"}, "missing-there": {ZH: "我方有对方无", EN: "missing there"}, "amount": {ZH: "金额不符", EN: "amount"},
		"state": {ZH: "状态不符", EN: "state"}, "account": {ZH: "账号不符", EN: "account"}, "total": {ZH: "总额不符", EN: "total"}, "file": {ZH: "文件", EN: "file"},
	}
)

func (s *SettlementReport) caseSection() paper.Section {
	sec := paper.Section{
		Title:   paper.Words{ZH: "差错汇总", EN: "Differences by type"},
		Columns: heads("对象", "Subject", "类型", "Type", "笔数", "Count", "差额合计", "Apart"),
	}
	if _, bank := bankOf(s.Audience); !bank {
		sec.Empty = paper.Words{ZH: "无差错", EN: "none"}
	}
	for i := range s.Cases {
		c := &s.Cases[i]
		sec.Rows = append(sec.Rows, []any{wordsOf(subjectWords, c.Subject), wordsOf(typeWords, c.Type), c.Count, c.Amount})
	}
	return sec
}

func (s *SettlementReport) findingSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "差错明细", EN: "Differences"},
		Columns: heads("对象", "Subject", "类型", "Type", "银行", "Bank", "市场", "Market", "资金账号", "Fund", "我方", "Ours", "对方", "Theirs", "我方流水", "Our ref", "对方流水", "Their ref",
			"文件", "File", "行", "Line", "说明", "Detail"),
	}
	for i := range sec.Columns[8:] {
		sec.Columns[8+i].Free = i != 2
	}
	for i := range s.Differences[:min(len(s.Differences), printedMax)] {
		d := &s.Differences[i]
		sec.Rows = append(sec.Rows, []any{
			wordsOf(subjectWords, d.Subject), wordsOf(typeWords, d.Type), numeral(uint64(d.Bank)), paper.Code(d.Market), numeral(d.Fund), differs(d, d.Ours), differs(d, d.Theirs),
			numeral(d.OurRef), paper.Code(d.TheirRef), paper.Code(d.File), numeral(uint64(d.Line)), paper.Code(d.Detail),
		})
	}
	if len(s.Differences) > printedMax {
		sec.Note = paper.Words{ZH: fmt.Sprintf("前 %d 笔，其余见 differences.csv", printedMax), EN: fmt.Sprintf("the first %d; the others stand in differences.csv", printedMax)}
	}
	return sec
}

// differs is a figure of a difference: units of a position, money of all others.
func differs(d *Finding, figure money.Amount) any {
	if d.Subject == "position" {
		return money.Quantity(figure)
	}
	return figure
}
