package settle

import (
	"errors"
	"fmt"

	"github.com/xuri/excelize/v2"

	"sancun/money"
)

// Workbook returns the report as a workbook of four sheets. Amounts are texts
// with two decimals: a spreadsheet's own numbers are floats, and a settlement
// report must show the fen it means.
func (s *SettlementReport) Workbook() ([]byte, error) {
	f := excelize.NewFile()
	err := errors.Join(
		fillSheet(f, "Sheet1", s.netRows()),
		f.SetSheetName("Sheet1", "清算 nets"),
		addSheet(f, "银行 banks", s.bankRows()),
		addSheet(f, "交收 obligations", s.obligationRows()),
		addSheet(f, "差错 differences", s.differenceRows()),
	)
	if err != nil {
		return nil, fmt.Errorf("settlement report: %w", err)
	}
	b, err := f.WriteToBuffer()
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("settlement report: %w", err)
	}
	return b.Bytes(), nil
}

func addSheet(f *excelize.File, name string, rows [][]any) error {
	if _, err := f.NewSheet(name); err != nil {
		return err
	}
	return fillSheet(f, name, rows)
}

func fillSheet(f *excelize.File, name string, rows [][]any) error {
	for i := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := f.SetSheetRow(name, cell, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func texts(amounts ...money.Amount) []any {
	row := make([]any, len(amounts))
	for i, a := range amounts {
		row[i] = a.String()
	}
	return row
}

func (s *SettlementReport) netRows() [][]any {
	rows := [][]any{
		{"日期 date", int(s.Date), "券商 broker", s.Broker},
		{"市场 market", "币种 currency", "成交笔数 our fills", "清算笔数 their rows", "买入 bought", "卖出 sold", "规费 levies", "应收应付 our net", "登记结算 their net", "客户规费 charged", "尾差 rounding", "佣金 commission"},
	}
	for i := range s.Nets {
		n := &s.Nets[i]
		row := []any{int(n.Market), n.Currency.String(), n.OurRows, n.TheirRows}
		rows = append(rows, append(row, texts(n.Bought, n.Sold, n.Levies, n.Ours, n.Theirs, n.Charged, n.Rounding(), n.Commission)...))
	}
	return rows
}

func (s *SettlementReport) bankRows() [][]any {
	rows := [][]any{{"银行 bank", "币种 currency", "客户数 clients", "台账合计 ledger", "汇总账户 pooled", "备付金 reserve", "在途 in settlement", "入金笔数 deposits", "入金 deposited", "出金笔数 withdrawals", "出金 withdrawn", "未知 unknown", "成交 traded", "佣金 commission", "红利 dividends", "利息 interest"}}
	for i := range s.Banks {
		b := &s.Banks[i]
		row := []any{int(b.Bank), b.Currency.String(), b.Clients}
		row = append(row, texts(b.Ledger, b.Pooled, b.Reserve, b.InSettlement)...)
		row = append(row, b.Deposits, b.DepositSum.String(), b.Withdrawals, b.WithdrawalSum.String(), b.Unknown)
		rows = append(rows, append(row, texts(b.Traded, b.Commission, b.Dividends, b.Interest)...))
	}
	return rows
}

func (s *SettlementReport) obligationRows() [][]any {
	rows := [][]any{{"种类 kind", "交易日 trade date", "交收日 settles", "银行 bank", "转入银行 to", "市场 market", "币种 currency", "金额 amount"}}
	for i := range s.Obligations {
		o := &s.Obligations[i]
		rows = append(rows, []any{o.Kind.String(), int(o.TradeDate), int(o.Settles), int(o.Bank), int(o.To), int(o.Market), o.Currency.String(), o.Amount.String()})
	}
	return rows
}

// workbookDifferencesMax bounds the sheet of differences: a person reads no more,
// and differences.csv has them all.
const workbookDifferencesMax = 10_000

func (s *SettlementReport) differenceRows() [][]any {
	rows := [][]any{{"类型 type", "对象 subject", "银行 bank", "市场 market", "资金账号 fund", "我方 ours", "对方 theirs", "我方流水 our ref", "对方流水 their ref", "文件 file", "行 line", "说明 detail"}}
	for i := range s.Differences[:min(len(s.Differences), workbookDifferencesMax)] {
		d := &s.Differences[i]
		rows = append(rows, []any{
			caseTypes[d.Type], caseSubjects[d.Subject], int(d.Bank), int(d.Market), fmt.Sprint(d.Fund), d.Ours.String(), d.Theirs.String(),
			fmt.Sprint(d.OurRef), d.TheirRef, d.File, d.Line, d.Detail,
		})
	}
	return rows
}
