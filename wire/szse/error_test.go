package szse_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"sancun/money"
	"sancun/wire/szse"
)

// change gives a sample's body with bytes replaced from at on.
func change(t *testing.T, m szse.Message, at int, with ...byte) []byte {
	t.Helper()
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(body[at:], with)
	return body
}

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func wantFault(t *testing.T, name string, err error, field string, at int, reason error) {
	t.Helper()
	var fault *szse.Error
	switch {
	case !errors.As(err, &fault):
		t.Errorf("%s: %v, want an *Error", name, err)
	case fault.Field != field || fault.Offset != szse.HeaderLen+at || !errors.Is(err, reason):
		t.Errorf("%s: %v; want %s at body byte %d: %v", name, err, field, at, reason)
	case !strings.Contains(err.Error(), reason.Error()) || !strings.Contains(err.Error(), field):
		t.Errorf("%s: message %q hides field or reason", name, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	order := newOrder(szse.ApplSpot)
	for _, c := range []struct {
		name   string
		like   szse.Message
		field  string
		skip   int // bytes of the field before the change
		with   []byte
		reason error
	}{
		{"unknown business", order, "ApplID", 0, []byte("999"), szse.ErrCode},
		{"business of another message", order, "ApplID", 0, []byte("370"), szse.ErrCode},
		{"fill of a subscription", fill(szse.ApplSpot), "ApplID", 0, []byte("130"), szse.ErrCode},
		{"text not ASCII", order, "SubmittingPBUID", 0, []byte{0xc3, 0xa9}, szse.ErrEncoding},
		{"text with NUL padding", order, "SecurityID", 6, []byte{0, 0}, szse.ErrEncoding},
		{"text with a control character", order, "UserInfo", 0, []byte("\n"), szse.ErrEncoding},
		{"another source of securities", order, "SecurityIDSource", 0, []byte("103"), szse.ErrCode},
		{"owner nobody", order, "OwnerType", 0, []byte{0, 2}, szse.ErrCode},
		{"owner past the list", order, "OwnerType", 0, []byte{0, 107}, szse.ErrCode},
		{"month 13", order, "TransactTime", 0, u64(20231325_093000_000), szse.ErrRange},
		{"30 February", order, "TransactTime", 0, u64(20230230_093000_000), szse.ErrRange},
		{"hour 24", order, "TransactTime", 0, u64(20230825_240000_000), szse.ErrRange},
		{"minute 60", order, "TransactTime", 0, u64(20230825_096000_000), szse.ErrRange},
		{"second 61", order, "TransactTime", 0, u64(20230825_093061_000), szse.ErrRange},
		{"time of no day", order, "TransactTime", 0, u64(93000_000), szse.ErrRange},
		{"negative time", order, "TransactTime", 0, u64(math.MaxUint64), szse.ErrRange},
		{"restriction Z", order, "OrderRestrictions", 0, []byte("1Z"), szse.ErrCode},
		{"side 3", order, "Side", 0, []byte("3"), szse.ErrCode},
		{"side blank", order, "Side", 0, []byte(" "), szse.ErrCode},
		{"order type 3", order, "OrdType", 0, []byte("3"), szse.ErrCode},
		{"negative quantity", order, "OrderQty", 0, u64(1 << 63), szse.ErrRange},
		{"half a share", order, "OrderQty", 0, u64(150), szse.ErrRange},
		{"quantity of 16 digits", order, "OrderQty", 0, u64(1_000_000_000_000_000), szse.ErrRange},
		{"negative price", order, "Price", 0, u64(math.MaxUint64), szse.ErrRange},
		{"price of 14 digits", order, "Price", 0, u64(10_000_000_000_000), szse.ErrRange},
		{"time in force 9", order, "TimeInForce", 0, []byte("9"), szse.ErrCode},
		{"credit mark 0", order, "CashMargin", 0, []byte("0"), szse.ErrCode},
		{"cancel of another business", cancel, "ApplID", 0, []byte("630"), szse.ErrCode},
		{"state of no order", cancelReject, "OrdStatus", 0, []byte("9"), szse.ErrCode},
		{"text for people not UTF-8", cancelReject, "RejectText", 0, []byte{0xd2, 0xd1}, szse.ErrEncoding},
		{"text for people with a control character", cancelReject, "RejectText", 0, []byte{0x07}, szse.ErrEncoding},
		{"report 0", cancelReject, "ReportIndex", 0, u64(0), szse.ErrRange},
		{"partition -1", cancelReject, "PartitionNo", 0, []byte{0xff, 0xff, 0xff, 0xff}, szse.ErrRange},
		{"confirmation of a fill", confirm(szse.ApplSpot), "ExecType", 0, []byte("F"), szse.ErrCode},
		{"fill that confirms", fill(szse.ApplSpot), "ExecType", 0, []byte("0"), szse.ErrCode},
		{"fill of a cancelled order", fill(szse.ApplSpot), "OrdStatus", 0, []byte("4"), szse.ErrCode},
		{"session state 11", szse.Logout{}, "SessionStatus", 0, []byte{0, 0, 0, 11}, szse.ErrCode},
		{"platform 0", szse.PlatformStateInfo{PlatformID: 1}, "PlatformID", 0, []byte{0, 0}, szse.ErrCode},
		{"platform state 5", szse.PlatformStateInfo{PlatformID: 1}, "PlatformState", 0, []byte{0, 5}, szse.ErrCode},
		{"too many partitions", samples[4].message, "NoPartitions", 0, []byte{0, 0, 1, 1}, szse.ErrLength},
		{"more partitions than bytes", samples[4].message, "PartitionNo", 0, nil, szse.ErrLength},
		{"negative turnover", snapshot, "TotalValueTrade", 0, u64(1 << 63), szse.ErrRange},
		{"suspended perhaps", snapshot, "Suspended", 0, []byte("?"), szse.ErrCode},
		{"no such phase", snapshot, "Phase", 0, []byte("X"), szse.ErrCode},
		{"day 32", security, "TradeDate", 0, []byte{0x01, 0x34, 0xb2, 0x88}, szse.ErrRange},
		{"unknown flag", security, "Flags", 0, []byte{0, 0, 0, 64}, szse.ErrCode},
	} {
		at := placeOf(t, c.like, c.field)
		body := change(t, c.like, at+c.skip, c.with...)
		if c.with == nil {
			body[3]++ // one entry more than follow
			at = len(body)
		}
		_, err := szse.Decode(c.like.Type(), body)
		wantFault(t, c.name, err, c.field, at, c.reason)
	}
}

// placeOf is where a field of m begins in its body, and the end of the body for
// a field that m does not have.
func placeOf(t *testing.T, m szse.Message, name string) int {
	t.Helper()
	for _, f := range layout(t, m) {
		if f.name == name {
			return f.at
		}
	}
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(body)
}

func TestDecodeRefusesLengths(t *testing.T) {
	for _, s := range samples {
		body, err := s.message.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = szse.Decode(s.message.Type(), append(body, 0))
		wantFault(t, s.name+" with a byte more", err, "", len(body), szse.ErrLength)
		// Every shorter body is tried by layout, which fails unless each one
		// is refused.
		layout(t, s.message)
	}
	for _, unknown := range []szse.MsgType{0, 8, 10, 100201, 200215, 300111, math.MaxUint32} {
		_, err := szse.Decode(unknown, nil)
		wantFault(t, unknown.String(), err, "", -szse.HeaderLen, szse.ErrType)
		if unknown.Known() {
			t.Errorf("%v is known", unknown)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	order, issue := newOrder(szse.ApplSpot), newOrder(szse.ApplIssue)
	for _, c := range []struct {
		name   string
		m      szse.Message
		like   szse.Message // has the same fields and no fault
		field  string
		reason error
	}{
		{"no business", szse.NewOrder{}, order, "ApplID", szse.ErrCode},
		{"fill of a subscription", fill(szse.ApplIssue), fill(szse.ApplSpot), "ApplID", szse.ErrCode},
		{"text too long", orderWith(func(m *szse.NewOrder) { m.ClOrdID = "A0000000017" }), order, "ClOrdID", szse.ErrEncoding},
		{"text with a space at the end", orderWith(func(m *szse.NewOrder) { m.ClOrdID = "A " }), order, "ClOrdID", szse.ErrEncoding},
		{"text not ASCII", orderWith(func(m *szse.NewOrder) { m.UserInfo = "存" }), order, "UserInfo", szse.ErrEncoding},
		{"restriction Z", orderWith(func(m *szse.NewOrder) { m.OrderRestrictions = "Z" }), order, "OrderRestrictions", szse.ErrCode},
		{"no side", orderWith(func(m *szse.NewOrder) { m.Side = 0 }), order, "Side", szse.ErrCode},
		{"negative quantity", orderWith(func(m *szse.NewOrder) { m.OrderQty = -1 }), order, "OrderQty", szse.ErrRange},
		{"quantity of 16 digits", orderWith(func(m *szse.NewOrder) { m.OrderQty = 10_000_000_000_000 }), order, "OrderQty", szse.ErrRange},
		{"quantity that overflows", orderWith(func(m *szse.NewOrder) { m.OrderQty = math.MaxInt64 }), order, "OrderQty", szse.ErrRange},
		{"negative price", orderWith(func(m *szse.NewOrder) { m.Price = -1 }), order, "Price", szse.ErrRange},
		{"price of 14 digits", orderWith(func(m *szse.NewOrder) { m.Price = 10_000_000_000_000 }), order, "Price", szse.ErrRange},
		{"time that is none", orderWith(func(m *szse.NewOrder) { m.TransactTime = 1 }), order, "TransactTime", szse.ErrRange},
		{"stop price of a subscription", issueWith(func(m *szse.NewOrder) { m.Spot.StopPx = 1 }), issue, "StopPx, MinQty, MaxPriceLevels, TimeInForce", szse.ErrRange},
		{"credit mark of a subscription", issueWith(func(m *szse.NewOrder) { m.CashMargin = '1' }), issue, "CashMargin", szse.ErrRange},
		{"text for people not UTF-8", szse.Logout{Text: "\xff"}, szse.Logout{}, "Text", szse.ErrEncoding},
		{"too many partitions", szse.PlatformInfo{PlatformID: 1, PartitionNos: make([]int32, szse.PartitionsMax+1)}, samples[7].message, "NoPartitions", szse.ErrLength},
		{"report 0", szse.ReportSynchronization{Partitions: []szse.PartitionIndex{{1, 0}}}, samples[4].message, "ReportIndex", szse.ErrRange},
	} {
		before := []byte("kept")
		got, err := c.m.Append(before)
		wantFault(t, c.name, err, c.field, placeOf(t, c.like, c.field), c.reason)
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
