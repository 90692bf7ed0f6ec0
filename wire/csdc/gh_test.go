package csdc

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

const tradeLine = "100010|600000|F|10001|A000000001|A123456789|1|0930001230000|7.12000|100.000|712.00000|1|200.000|1||00123|0001|1|2|20230825|0930001240000|甲\n"

func TestGHLine(t *testing.T) {
	want := GH{
		BizID: "100010", Security: "600000", ExecType: "F", PBU: "10001", ClOrdID: "A000000001", Account: "A123456789",
		OwnerType: "1", OrderEntryTime: "0930001230000", LastPrice: 71_200, LastQuantity: 100, TradedValue: 71_200_000,
		Side: "1", OrderQuantity: 200, OrdStatus: "1", ClearingFirm: "00123", BranchCode: "0001", ExecID: "1", OrderID: "2",
		TradeDate: "20230825", TransactTime: "0930001240000", UserInfo: "甲",
	}
	for name, text := range map[string]string{"LF": tradeLine, "CR LF": strings.Replace(tradeLine, "\n", "\r\n", 1)} {
		rows, err := all(ghTable, strings.NewReader(text))
		if err != nil || len(rows) != 1 || rows[0] != want {
			t.Errorf("%s: %+v, %v; want %+v", name, rows, err, want)
		}
	}
	var file bytes.Buffer
	if _, err := WriteGH(&file, testDay, 1, seq([]GH{want})); err != nil || file.String() != tradeLine {
		t.Errorf("wrote %q, %v; want %q", file.String(), err, tradeLine)
	}
}

func TestGHRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"field too many":   {"|甲", "|甲|", ErrLayout},
		"field too few":    {"|甲", "", ErrLayout},
		"blank line":       {tradeLine, tradeLine + "\n", ErrLayout},
		"no line end":      {"\n", "", ErrTruncated},
		"price of 5 digit": {"7.12000", "7.12001", ErrFraction},
		"half a share":     {"|100.000", "|100.500", ErrFraction},
		"letter in figure": {"712.00000", "7l2.00000", ErrFigure},
		"date":             {"20230825", "20230832", ErrDate},
		"GBK":              {"甲", "\xbc\xd7", ErrText},
		"long line":        {"甲", strings.Repeat("x", lineBytesMax), ErrLayout},
		"very long line":   {"甲", strings.Repeat("x", bufferBytes), ErrLayout},
	} {
		_, err := all(ghTable, strings.NewReader(strings.Replace(tradeLine, c.old, c.new, 1)))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
