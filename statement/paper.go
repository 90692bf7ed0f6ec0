package statement

import (
	"fmt"
	"slices"
	"strconv"

	"sancun/money"
	"sancun/paper"
)

// Paper lays the statement out. Issuer is the broker's name.
func (s *Statement) Paper(issuer paper.Words) *paper.Document {
	d := &paper.Document{
		Title: paper.Words{ZH: "客户对账单", EN: "Client statement"}, Issuer: issuer, Facts: s.facts(), Made: s.Time,
		Proof: paper.Words{
			ZH: fmt.Sprintf("账簿高度 %d · 区块哈希 %s", s.Height, s.Hash), EN: fmt.Sprintf("journal height %d · block hash %s", s.Height, s.Hash),
		},
		Notes: []paper.Words{
			{ZH: "期初余额与各项发生额之和等于期末余额，本单已逐项核对。收市后日终清算之后入账的款项列入下一期。", EN: "The opening balance and all movements lead to the closing balance. What is booked behind a date's closing stands in the next statement."},
			{ZH: "如对本对账单有异议，请于三个交易日内向本公司提出。", EN: "Objections are to be raised with the broker within three trading days."},
		},
	}
	switch {
	case s.CashOnly:
		d.Title = paper.Words{ZH: "客户交易结算资金管理账户对账单", EN: "Management account statement"}
	case s.From != s.To && len(s.Period) == 6:
		d.Title = paper.Words{ZH: "客户对账单（月）", EN: "Client statement, month"}
	default:
		d.Title = paper.Words{ZH: "客户对账单（日）", EN: "Client statement, day"}
	}
	if !s.Final {
		d.Draft = paper.Words{ZH: "当日尚未日终清算，本单数字仍会变动，不作为最终对账依据", EN: "The date is still open: these figures will change and are not final"}
	}
	d.Sections = []paper.Section{s.cashSection(), s.holdSection()}
	if !s.CashOnly {
		d.Sections = append(d.Sections, s.positionSection(), s.tradeSection(), s.fillSection())
	}
	d.Sections = append(d.Sections, s.transferSection(), s.lineSection())
	if !s.CashOnly {
		d.Sections = append(d.Sections, s.unitSection())
	}
	return d
}

func (s *Statement) facts() []paper.Fact {
	bank := s.BankName
	if bank == "" && s.Bank != 0 {
		bank = strconv.Itoa(int(s.Bank))
	}
	period := paper.Date(s.From).String()
	if len(s.Period) == 6 {
		period = s.Period[:4] + "-" + s.Period[4:] + " → " + paper.Date(s.To).String()
	}
	facts := []paper.Fact{
		{Label: paper.Words{ZH: "资金账号", EN: "Fund account"}, Value: number(s.Fund)},
		{Label: paper.Words{ZH: "对账期间", EN: "Period"}, Value: paper.Code(period)},
		{Label: paper.Words{ZH: "客户姓名", EN: "Name"}, Value: paper.Code(s.Name)},
		{Label: paper.Words{ZH: "客户号", EN: "Client"}, Value: number(s.Client)},
		{Label: paper.Words{ZH: "证件号码", EN: "Document"}, Value: paper.Code(s.Document)},
		{Label: paper.Words{ZH: "存管银行", EN: "Custodian bank"}, Value: paper.Code(bank)},
		{Label: paper.Words{ZH: "银行账户", EN: "Bank account"}, Value: paper.Code(s.Card)},
		{Label: paper.Words{ZH: "币种单位", EN: "Unit"}, Value: in(currencyWords, s.Currency)},
		{Label: paper.Words{ZH: "截至区块时间", EN: "As of block time"}, Value: s.Time},
	}
	if len(s.Securities) > 0 {
		accounts := ""
		for _, a := range s.Securities {
			accounts += " " + a.Market + " " + a.Account
		}
		facts = append(facts, paper.Fact{Label: paper.Words{ZH: "证券账户", EN: "Securities accounts"}, Value: paper.Code(accounts[1:])})
	}
	return slices.DeleteFunc(facts, func(f paper.Fact) bool { return f.Value == paper.Code("") })
}

// number is the number of a thing; 0 prints blank.
func number(n uint64) paper.Code {
	if n == 0 {
		return ""
	}
	return paper.Code(strconv.FormatUint(n, 10))
}

// columns makes columns of titles in both languages, given in turn.
func columns(titles ...string) []paper.Column {
	all := make([]paper.Column, len(titles)/2)
	for i := range all {
		all[i].Title = paper.Words{ZH: titles[2*i], EN: titles[2*i+1]}
	}
	return all
}

func (s *Statement) cashSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "资金汇总", EN: "Cash"}, Note: paper.Words{ZH: "期初余额 + 各项发生额 = 期末余额", EN: "opening + movements = closing"},
		Columns: columns("银行", "Bank", "期初余额", "Opening", "银证转入", "Deposits", "银证转出", "Withdrawals", "卖出金额", "Sold", "买入金额", "Bought", "税费规费", "Levies",
			"佣金", "Commission", "利息", "Interest", "红利", "Dividends", "内部划转", "Internal", "其他", "Other", "期末余额", "Closing"),
		Empty: paper.Words{ZH: "没有资金账户", EN: "no cash account"},
	}
	for i := range s.Cash {
		c := &s.Cash[i]
		sec.Rows = append(sec.Rows, append(amounts(paper.Code(strconv.Itoa(int(c.Bank))), c.Opening, c.movements()), c.Closing))
	}
	if len(s.Cash) > 1 {
		var all []money.Amount
		for n := range s.Cash[0].movements() {
			all = append(all, s.total(func(c *Cash) money.Amount { return c.movements()[n] }))
		}
		sec.Foot = append(amounts(paper.Words{ZH: "合计", EN: "Total"}, s.total(func(c *Cash) money.Amount { return c.Opening }), all), s.total(func(c *Cash) money.Amount { return c.Closing }))
	}
	return sec
}

func amounts(first any, opening money.Amount, list []money.Amount) []any {
	row := []any{first, opening}
	for _, a := range list {
		row = append(row, a)
	}
	return row
}

func (s *Statement) holdSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "期末资产与冻结", EN: "Assets and holds at the closing"},
		Columns: columns("银行", "Bank", "资金余额", "Balance", "可用", "Available", "可取", "Withdrawable", "委托冻结", "Held for orders", "转账冻结", "Held for transfers",
			"其他冻结", "Held otherwise", "应付未清算", "Payable", "应收未清算", "Receivable"),
	}
	for i := range s.Cash {
		c := &s.Cash[i]
		sec.Rows = append(sec.Rows, []any{paper.Code(strconv.Itoa(int(c.Bank))), c.Closing, c.Available, c.Withdrawable, c.HeldOrder, c.HeldTransfer, c.HeldOther, c.Payable, c.Receivable})
	}
	if !s.CashOnly {
		sec.Note = paper.Words{
			ZH: fmt.Sprintf("总资产 %s = 资金 %s + 证券市值 %s", comma(s.Assets), comma(s.Assets-s.MarketValue), comma(s.MarketValue)),
			EN: fmt.Sprintf("assets %s = cash %s + market value %s", comma(s.Assets), comma(s.Assets-s.MarketValue), comma(s.MarketValue)),
		}
	}
	return sec
}

func comma(a money.Amount) string { return paper.Figure(a) }

func (s *Statement) positionSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "期末持仓", EN: "Positions at the closing"},
		Columns: columns("证券代码", "Security", "期初数量", "Opening", "期末数量", "Units", "冻结数量", "Held", "成本价", "Cost price", "持仓成本", "Cost", "收盘价", "Close",
			"市值", "Value", "浮动盈亏", "Gain"),
		Empty: paper.Words{ZH: "无持仓", EN: "none"},
	}
	for i := range s.Positions {
		p := &s.Positions[i]
		sec.Rows = append(sec.Rows, []any{paper.Code(p.Instrument), p.Opening, p.Units, p.Held, p.CostPrice, p.Cost, p.Close, p.Value, p.Gain})
	}
	if len(s.Positions) > 0 {
		sec.Foot = []any{paper.Words{ZH: "合计", EN: "Total"}, nil, nil, nil, nil, s.Cost, nil, s.MarketValue, s.MarketValue - s.Cost}
	}
	return sec
}

func (s *Statement) tradeSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "成交汇总（按委托）", EN: "Trades by order"},
		Columns: columns("日期", "Date", "委托号", "Order", "证券代码", "Security", "买卖", "Side", "数量", "Quantity", "均价", "Price", "成交金额", "Value", "佣金", "Commission",
			"印花税", "Stamp duty", "过户费", "Transfer fee", "经手费", "Handling fee", "证管费", "Regulatory fee", "费用合计", "Fees", "收付净额", "Net"),
		Empty: paper.Words{ZH: "无成交", EN: "none"},
	}
	var sum Trade
	for i := range s.Trades {
		t := &s.Trades[i]
		sec.Rows = append(sec.Rows, []any{
			paper.Date(t.Date), number(t.Order), paper.Code(t.Instrument), in(sideWords, t.Side), t.Quantity, t.Price, t.Value, t.Commission, t.Stamp, t.Transfer,
			t.Handling, t.Regulatory, t.Fees, t.Net,
		})
		sum.Commission, sum.Stamp, sum.Transfer, sum.Handling = sum.Commission+t.Commission, sum.Stamp+t.Stamp, sum.Transfer+t.Transfer, sum.Handling+t.Handling
		sum.Regulatory, sum.Fees, sum.Net = sum.Regulatory+t.Regulatory, sum.Fees+t.Fees, sum.Net+t.Net
	}
	if len(s.Trades) > 1 {
		sec.Foot = []any{paper.Words{ZH: "合计", EN: "Total"}, nil, nil, nil, nil, nil, nil, sum.Commission, sum.Stamp, sum.Transfer, sum.Handling, sum.Regulatory, sum.Fees, sum.Net}
	}
	return sec
}

func (s *Statement) fillSection() paper.Section {
	sec := paper.Section{
		Title:   paper.Words{ZH: "成交明细", EN: "Fills"},
		Columns: columns("日期", "Date", "时间", "Time", "委托号", "Order", "成交编号", "Execution", "证券代码", "Security", "买卖", "Side", "数量", "Quantity", "价格", "Price", "金额", "Value"),
	}
	for i := range s.Fills {
		f := &s.Fills[i]
		sec.Rows = append(sec.Rows, []any{
			paper.Date(f.Date), paper.Clock(f.Time), number(f.Order), paper.Code(f.Exec), paper.Code(f.Instrument), in(sideWords, f.Side), f.Quantity, f.Price, f.Value,
		})
	}
	return sec
}

func (s *Statement) transferSection() paper.Section {
	sec := paper.Section{
		Title:   paper.Words{ZH: "银证转账", EN: "Transfers"},
		Columns: columns("日期", "Date", "时间", "Time", "平台流水号", "Serial", "银行", "Bank", "方向", "Direction", "金额", "Amount", "状态", "State", "银行流水号", "Bank's serial"),
		Empty:   paper.Words{ZH: "无转账", EN: "none"},
	}
	for i := range s.Transfers {
		t := &s.Transfers[i]
		direction := in(kindWords, Kind(t.Direction))
		if t.Reversal {
			direction = paper.Words{ZH: "冲正" + direction.ZH, EN: "reversal of a " + direction.EN}
		}
		sec.Rows = append(sec.Rows, []any{
			paper.Date(t.Date), paper.Clock(t.Time), number(t.ID), paper.Code(strconv.Itoa(int(t.Bank))), direction, t.Amount, in(stateWords, t.State), paper.Code(t.BankRef),
		})
	}
	return sec
}

// lineSection prints what an order's fills brought or took, with its charges, as
// one line: three postings an order say no more, and the trades have the parts.
func (s *Statement) lineSection() paper.Section {
	sec := paper.Section{
		Title: paper.Words{ZH: "资金流水", EN: "Cash ledger"},
		Columns: columns("日期", "Date", "时间", "Time", "银行", "Bank", "摘要", "What", "证券代码", "Security", "发生金额", "Amount", "余额", "Balance", "委托号", "Order",
			"转账流水号", "Transfer", "高度", "Height"),
		Empty: paper.Words{ZH: "无流水", EN: "none"},
	}
	if len(s.Trades) > 0 {
		sec.Note = paper.Words{ZH: "一笔委托的成交金额与各项费用合为一行，明细见成交汇总", EN: "an order's value and charges are one line; its parts stand in the trades"}
	}
	traded := map[uint64]string{}
	for i := range s.Trades {
		traded[s.Trades[i].Order] = s.Trades[i].Instrument
	}
	for i := 0; i < len(s.Lines); i++ {
		l := s.Lines[i]
		for l.Order != 0 && i+1 < len(s.Lines) && s.Lines[i+1].Order == l.Order && s.Lines[i+1].Height == l.Height {
			i++
			l.Amount += s.Lines[i].Amount
			l.Balance = s.Lines[i].Balance
		}
		sec.Rows = append(sec.Rows, []any{
			paper.Date(l.Date), paper.Clock(l.Time), paper.Code(strconv.Itoa(int(l.Bank))), in(kindWords, l.Kind), paper.Code(traded[l.Order]), l.Amount, l.Balance,
			number(l.Order), number(l.Transfer), number(l.Height),
		})
	}
	return sec
}

func (s *Statement) unitSection() paper.Section {
	sec := paper.Section{
		Title:   paper.Words{ZH: "股份变动", EN: "Securities ledger"},
		Columns: columns("日期", "Date", "时间", "Time", "证券代码", "Security", "摘要", "What", "变动数量", "Units", "余额", "Balance", "委托号", "Order", "高度", "Height"),
	}
	for i := range s.Units {
		u := &s.Units[i]
		sec.Rows = append(sec.Rows, []any{
			paper.Date(u.Date), paper.Clock(u.Time), paper.Code(u.Instrument), in(moveWords, u.Why), u.Units, u.Balance, number(u.Order), number(u.Height),
		})
	}
	return sec
}
