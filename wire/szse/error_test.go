package szse_test

import (
	"encoding/binary"
	"math"
	"testing"

	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/frame/frametest"
	"sancun/wire/szse"
)

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func TestDecodeRefuses(t *testing.T) {
	order := newOrder(szse.ApplSpot)
	for _, c := range []struct {
		name   string
		like   frametest.Message
		field  string
		skip   int // bytes of the field before the change
		with   []byte
		reason error
	}{
		{"unknown business", order, "ApplID", 0, []byte("999"), frame.ErrCode},
		{"business of another message", order, "ApplID", 0, []byte("370"), frame.ErrCode},
		{"fill of a subscription", fill(szse.ApplSpot), "ApplID", 0, []byte("130"), frame.ErrCode},
		{"text not ASCII", order, "SubmittingPBUID", 0, []byte{0xc3, 0xa9}, frame.ErrEncoding},
		{"text with NUL padding", order, "SecurityID", 6, []byte{0, 0}, frame.ErrEncoding},
		{"text with a control character", order, "UserInfo", 0, []byte("\n"), frame.ErrEncoding},
		{"another source of securities", order, "SecurityIDSource", 0, []byte("103"), frame.ErrCode},
		{"owner nobody", order, "OwnerType", 0, []byte{0, 2}, frame.ErrCode},
		{"owner past the list", order, "OwnerType", 0, []byte{0, 107}, frame.ErrCode},
		{"month 13", order, "TransactTime", 0, u64(20231325_093000_000), frame.ErrRange},
		{"30 February", order, "TransactTime", 0, u64(20230230_093000_000), frame.ErrRange},
		{"hour 24", order, "TransactTime", 0, u64(20230825_240000_000), frame.ErrRange},
		{"minute 60", order, "TransactTime", 0, u64(20230825_096000_000), frame.ErrRange},
		{"second 61", order, "TransactTime", 0, u64(20230825_093061_000), frame.ErrRange},
		{"time of no day", order, "TransactTime", 0, u64(93000_000), frame.ErrRange},
		{"negative time", order, "TransactTime", 0, u64(math.MaxUint64), frame.ErrRange},
		{"restriction Z", order, "OrderRestrictions", 0, []byte("1Z"), frame.ErrCode},
		{"side 3", order, "Side", 0, []byte("3"), frame.ErrCode},
		{"side blank", order, "Side", 0, []byte(" "), frame.ErrCode},
		{"order type 3", order, "OrdType", 0, []byte("3"), frame.ErrCode},
		{"negative quantity", order, "OrderQty", 0, u64(1 << 63), frame.ErrRange},
		{"half a share", order, "OrderQty", 0, u64(150), frame.ErrRange},
		{"quantity of 16 digits", order, "OrderQty", 0, u64(1_000_000_000_000_000), frame.ErrRange},
		{"negative price", order, "Price", 0, u64(math.MaxUint64), frame.ErrRange},
		{"price of 14 digits", order, "Price", 0, u64(10_000_000_000_000), frame.ErrRange},
		{"time in force 9", order, "TimeInForce", 0, []byte("9"), frame.ErrCode},
		{"credit mark 0", order, "CashMargin", 0, []byte("0"), frame.ErrCode},
		{"cancel of another business", cancel, "ApplID", 0, []byte("630"), frame.ErrCode},
		{"state of no order", cancelReject, "OrdStatus", 0, []byte("9"), frame.ErrCode},
		{"text for people not UTF-8", cancelReject, "RejectText", 0, []byte{0xd2, 0xd1}, frame.ErrEncoding},
		{"text for people with a control character", cancelReject, "RejectText", 0, []byte{0x07}, frame.ErrEncoding},
		{"report 0", cancelReject, "ReportIndex", 0, u64(0), frame.ErrRange},
		{"partition -1", cancelReject, "PartitionNo", 0, []byte{0xff, 0xff, 0xff, 0xff}, frame.ErrRange},
		{"confirmation of a fill", confirm(szse.ApplSpot), "ExecType", 0, []byte("F"), frame.ErrCode},
		{"fill that confirms", fill(szse.ApplSpot), "ExecType", 0, []byte("0"), frame.ErrCode},
		{"fill of a cancelled order", fill(szse.ApplSpot), "OrdStatus", 0, []byte("4"), frame.ErrCode},
		{"session state 11", szse.Logout{}, "SessionStatus", 0, []byte{0, 0, 0, 11}, frame.ErrCode},
		{"platform 0", szse.PlatformStateInfo{PlatformID: 1}, "PlatformID", 0, []byte{0, 0}, frame.ErrCode},
		{"platform state 5", szse.PlatformStateInfo{PlatformID: 1}, "PlatformState", 0, []byte{0, 5}, frame.ErrCode},
		{"too many partitions", samples[4].Message, "NoPartitions", 0, []byte{0, 0, 1, 1}, frame.ErrLength},
		{"more partitions than bytes", samples[4].Message, "PartitionNo", 0, nil, frame.ErrLength},
		{"negative turnover", snapshot, "TotalValueTrade", 0, u64(1 << 63), frame.ErrRange},
		{"suspended perhaps", snapshot, "Suspended", 0, []byte("?"), frame.ErrCode},
		{"no such phase", snapshot, "Phase", 0, []byte("X"), frame.ErrCode},
		{"day 32", security, "TradeDate", 0, []byte{0x01, 0x34, 0xb2, 0x88}, frame.ErrRange},
		{"unknown flag", security, "Flags", 0, []byte{0, 0, 0, 64}, frame.ErrCode},
	} {
		at := frametest.PlaceOf(t, &codec, c.like, c.field)
		body := frametest.Changed(t, c.like, at+c.skip, c.with...)
		if c.with == nil {
			body[3]++ // one entry more than follow
			at = len(body)
		}
		_, err := codec.Decode(codec.Number(c.like), body)
		frametest.WantFault(t, &codec, c.name, err, c.field, at, c.reason)
	}
}

func TestDecodeRefusesLengths(t *testing.T) {
	frametest.Lengths(t, &codec, 0, 8, 10, 100201, 200215, 300111, math.MaxUint32)
}

func TestAppendRefuses(t *testing.T) {
	order, issue := newOrder(szse.ApplSpot), newOrder(szse.ApplIssue)
	for _, c := range []struct {
		name   string
		m      szse.Message
		like   frametest.Message // has the same fields and no fault
		field  string
		reason error
	}{
		{"no business", szse.NewOrder{}, order, "ApplID", frame.ErrCode},
		{"fill of a subscription", fill(szse.ApplIssue), fill(szse.ApplSpot), "ApplID", frame.ErrCode},
		{"text too long", orderWith(func(m *szse.NewOrder) { m.ClOrdID = "A0000000017" }), order, "ClOrdID", frame.ErrEncoding},
		{"text with a space at the end", orderWith(func(m *szse.NewOrder) { m.ClOrdID = "A " }), order, "ClOrdID", frame.ErrEncoding},
		{"text not ASCII", orderWith(func(m *szse.NewOrder) { m.UserInfo = "存" }), order, "UserInfo", frame.ErrEncoding},
		{"restriction Z", orderWith(func(m *szse.NewOrder) { m.OrderRestrictions = "Z" }), order, "OrderRestrictions", frame.ErrCode},
		{"no side", orderWith(func(m *szse.NewOrder) { m.Side = 0 }), order, "Side", frame.ErrCode},
		{"negative quantity", orderWith(func(m *szse.NewOrder) { m.OrderQty = -1 }), order, "OrderQty", frame.ErrRange},
		{"quantity of 16 digits", orderWith(func(m *szse.NewOrder) { m.OrderQty = 10_000_000_000_000 }), order, "OrderQty", frame.ErrRange},
		{"quantity that overflows", orderWith(func(m *szse.NewOrder) { m.OrderQty = math.MaxInt64 }), order, "OrderQty", frame.ErrRange},
		{"negative price", orderWith(func(m *szse.NewOrder) { m.Price = -1 }), order, "Price", frame.ErrRange},
		{"price of 14 digits", orderWith(func(m *szse.NewOrder) { m.Price = 10_000_000_000_000 }), order, "Price", frame.ErrRange},
		{"time that is none", orderWith(func(m *szse.NewOrder) { m.TransactTime = 1 }), order, "TransactTime", frame.ErrRange},
		{"stop price of a subscription", issueWith(func(m *szse.NewOrder) { m.Spot.StopPx = 1 }), issue, "StopPx, MinQty, MaxPriceLevels, TimeInForce", frame.ErrRange},
		{"credit mark of a subscription", issueWith(func(m *szse.NewOrder) { m.CashMargin = '1' }), issue, "CashMargin", frame.ErrRange},
		{"text for people not UTF-8", szse.Logout{Text: "\xff"}, szse.Logout{}, "Text", frame.ErrEncoding},
		{"too many partitions", szse.PlatformInfo{PlatformID: 1, PartitionNos: make([]int32, szse.PartitionsMax+1)}, samples[7].Message, "NoPartitions", frame.ErrLength},
		{"report 0", szse.ReportSynchronization{Partitions: []szse.PartitionIndex{{1, 0}}}, samples[4].Message, "ReportIndex", frame.ErrRange},
	} {
		before := []byte("kept")
		got, err := c.m.Append(before)
		frametest.WantFault(t, &codec, c.name, err, c.field, frametest.PlaceOf(t, &codec, c.like, c.field), c.reason)
		if string(got) != "kept" {
			t.Errorf("%s: Append gives %q", c.name, got)
		}
		if got, err = szse.AppendFrame(before, c.m); err == nil || string(got) != "kept" {
			t.Errorf("%s: AppendFrame gives %q, %v", c.name, got, err)
		}
	}
}

func orderWith(edit func(*szse.NewOrder)) szse.NewOrder {
	m := newOrder(szse.ApplSpot)
	edit(&m)
	return m
}

func issueWith(edit func(*szse.NewOrder)) szse.NewOrder {
	m := newOrder(szse.ApplIssue)
	edit(&m)
	return m
}

// The largest figures of each width pass both ways.
func TestWidestFigures(t *testing.T) {
	m := newOrder(szse.ApplSpot)
	m.Price, m.OrderQty = money.Price(9_999_999_999_999), 9_999_999_999_999
	m.TransactTime = 9999_12_31_235960_999
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := szse.Decode(m.Type(), body); err != nil || got != szse.Message(m) {
		t.Errorf("%+v, %v", got, err)
	}
}
