package sse_test

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"sancun/wire/sse"
)

// change gives a sample's body with bytes replaced from at on.
func change(t *testing.T, m sse.Message, at int, with ...byte) []byte {
	t.Helper()
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(body[at:], with)
	return body
}

// placeOf is where a field of m begins in its body.
func placeOf(t *testing.T, m sse.Message, name string) int {
	t.Helper()
	for _, f := range layout(t, m) {
		if f.name == name {
			return f.at
		}
	}
	t.Fatalf("%v has no field %s", m.Type(), name)
	return 0
}

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func wantFault(t *testing.T, name string, err error, field string, at int, reason error) {
	t.Helper()
	var fault *sse.Error
	switch {
	case !errors.As(err, &fault):
		t.Errorf("%s: %v, want an *Error", name, err)
	case fault.Field != field || fault.Offset != sse.HeaderLen+at || !errors.Is(err, reason):
		t.Errorf("%s: %v; want %s at body byte %d: %v", name, err, field, at, reason)
	case !strings.Contains(err.Error(), reason.Error()) || !strings.Contains(err.Error(), field):
		t.Errorf("%s: message %q hides field or reason", name, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		like   sse.Message
		field  string
		skip   int // bytes of the field before the change
		with   []byte
		reason error
	}{
		{"unknown business", order, "BizID", 0, []byte{0, 0, 0, 1}, sse.ErrCode},
		{"business not built", order, "BizID", 0, []byte{0, 4, 0x93, 0xf4}, sse.ErrCode}, // 300020
		{"text not ASCII", order, "BizPbu", 0, []byte{0xc6, 0xd6}, sse.ErrEncoding},
		{"text with NUL padding", order, "SecurityID", 6, []byte{0}, sse.ErrEncoding},
		{"text with a control character", order, "UserInfo", 0, []byte("\n"), sse.ErrEncoding},
		{"owner nobody", order, "OwnerType", 0, []byte{2}, sse.ErrCode},
		{"side 3", order, "Side", 0, []byte("3"), sse.ErrCode},
		{"side blank", order, "Side", 0, []byte(" "), sse.ErrCode},
		{"side of a cancel", cancel, "Side", 0, []byte("0"), sse.ErrCode},
		{"negative price", order, "Price", 0, u64(math.MaxUint64), sse.ErrRange},
		{"price of five decimals", order, "Price", 0, u64(7_06001), sse.ErrRange},
		{"price of 14 digits", order, "Price", 0, u64(10_000_000_000_000), sse.ErrRange},
		{"negative quantity", order, "OrderQty", 0, u64(1 << 63), sse.ErrRange},
		{"half a share", order, "OrderQty", 0, u64(1_500), sse.ErrRange},
		{"quantity of 16 digits", order, "OrderQty", 0, u64(1_000_000_000_000_000), sse.ErrRange},
		{"order type 6", order, "OrdType", 0, []byte("6"), sse.ErrCode},
		{"time in force 3", order, "TimeInForce", 0, []byte("3"), sse.ErrCode},
		{"hour 24", order, "TransactTime", 0, u64(24_00_00_000_0000), sse.ErrRange},
		{"minute 60", order, "TransactTime", 0, u64(9_60_00_000_0000), sse.ErrRange},
		{"second 60", order, "TransactTime", 0, u64(9_30_60_000_0000), sse.ErrRange},
		{"time of 14 digits", order, "TransactTime", 0, u64(109_30_00_000_0000), sse.ErrRange},
		{"credit tag ZZ", order, "CreditTag", 0, []byte("ZZ"), sse.ErrCode},
		{"credit tag cut short", order, "CreditTag", 1, []byte(" "), sse.ErrCode},
		{"confirmation of a fill", confirm, "ExecType", 0, []byte("F"), sse.ErrCode},
		{"confirmation of half a fill", confirm, "OrdStatus", 0, []byte("1"), sse.ErrCode},
		{"fill that confirms", fill, "ExecType", 0, []byte("0"), sse.ErrCode},
		{"fill of a cancelled order", fill, "OrdStatus", 0, []byte("4"), sse.ErrCode},
		{"turnover below unstated", fill, "GrossTradeAmt", 0, u64(math.MaxUint64 - 1), sse.ErrRange},
		{"turnover of 19 digits", fill, "GrossTradeAmt", 0, u64(1_000_000_000_000_000_000), sse.ErrRange},
		{"report 0", cancelReject, "ReportIndex", 0, u64(0), sse.ErrRange},
		{"report 2^32", cancelReject, "ReportIndex", 0, u64(1 << 32), sse.ErrRange},
		{"30 February", cancelReject, "TradeDate", 0, []byte{0x01, 0x34, 0xae, 0xb6}, sse.ErrRange},
		{"platform 1", sse.PlatformState{}, "PlatformID", 0, []byte{0, 1}, sse.ErrCode},
		{"platform state 5", sse.PlatformState{}, "PlatformState", 0, []byte{0, 5}, sse.ErrCode},
		{"too many groups", syncRequest, "NoGroups", 0, []byte{0, 41}, sse.ErrLength},
		{"more groups than bytes", sse.ExecRptSync{}, "NoGroups", 0, []byte{0, 1}, sse.ErrLength},
		{"sync from 0", syncRequest, "BeginReportIndex", 0, u64(0), sse.ErrRange},
		{"turnover unstated in a snapshot", snapshot, "TotalValueTrade", 0, u64(math.MaxUint64), sse.ErrRange},
		{"suspended perhaps", snapshot, "Suspended", 0, []byte("?"), sse.ErrCode},
		{"no such phase", snapshot, "Phase", 0, []byte("X"), sse.ErrCode},
		{"unknown flag", security, "Flags", 0, []byte{0, 0, 0, 64}, sse.ErrCode},
		{"name not GB18030", security, "Symbol", 0, []byte{0xff, 0xff}, sse.ErrEncoding},
		{"name cut inside a letter", security, "Symbol", 8, []byte{0xc6}, sse.ErrEncoding},
		{"name with a control character", security, "Symbol", 0, []byte{0x07, 0x20}, sse.ErrEncoding},
	} {
		at := placeOf(t, c.like, c.field)
		body := change(t, c.like, at+c.skip, c.with...)
		_, err := sse.Decode(c.like.Type(), body)
		if c.name == "more groups than bytes" {
			c.field, at = "Pbu", len(body)
		}
		wantFault(t, c.name, err, c.field, at, c.reason)
	}
}

func TestDecodeRefusesLengths(t *testing.T) {
	for _, s := range samples {
		body, err := s.message.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sse.Decode(s.message.Type(), append(body, 0))
		wantFault(t, s.name+" with a byte more", err, "", len(body), sse.ErrLength)
		// Every shorter body is tried by layout, which fails unless each one
		// is refused.
		layout(t, s.message)
	}
	for _, unknown := range []sse.MsgType{0, 1, 34, 57, 60, 205, 211, math.MaxUint32} {
		_, err := sse.Decode(unknown, nil)
		wantFault(t, unknown.String(), err, "", -sse.HeaderLen, sse.ErrType)
		if unknown.Known() {
			t.Errorf("%v is known", unknown)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      sse.Message
		like   sse.Message // has the same fields and no fault
		field  string
		reason error
	}{
		{"no business", sse.NewOrder{}, order, "BizID", sse.ErrCode},
		{"text too long", orderWith(func(m *sse.NewOrder) { m.ClOrdID = "A0000000017" }), order, "ClOrdID", sse.ErrEncoding},
		{"text with a space at the end", orderWith(func(m *sse.NewOrder) { m.ClOrdID = "A " }), order, "ClOrdID", sse.ErrEncoding},
		{"text not ASCII", orderWith(func(m *sse.NewOrder) { m.UserInfo = "存" }), order, "UserInfo", sse.ErrEncoding},
		{"no side", orderWith(func(m *sse.NewOrder) { m.Side = 0 }), order, "Side", sse.ErrCode},
		{"negative quantity", orderWith(func(m *sse.NewOrder) { m.OrderQty = -1 }), order, "OrderQty", sse.ErrRange},
		{"quantity of 13 digits", orderWith(func(m *sse.NewOrder) { m.OrderQty = 1_000_000_000_000 }), order, "OrderQty", sse.ErrRange},
		{"quantity that overflows", orderWith(func(m *sse.NewOrder) { m.OrderQty = math.MaxInt64 }), order, "OrderQty", sse.ErrRange},
		{"negative price", orderWith(func(m *sse.NewOrder) { m.Price = -1 }), order, "Price", sse.ErrRange},
		{"price of 13 digits", orderWith(func(m *sse.NewOrder) { m.Price = 1_000_000_000_000 }), order, "Price", sse.ErrRange},
		{"time that is none", orderWith(func(m *sse.NewOrder) { m.TransactTime = 99_00_00_000_0000 }), order, "TransactTime", sse.ErrRange},
		{"credit tag ZZ", orderWith(func(m *sse.NewOrder) { m.CreditTag = "ZZ" }), order, "CreditTag", sse.ErrCode},
		{"name not UTF-8", securityWith("\xff"), security, "Symbol", sse.ErrEncoding},
		{"name with a control character", securityWith("A\tB"), security, "Symbol", sse.ErrEncoding},
		{"name of 21 letters", securityWith(strings.Repeat("浦", 21)), security, "Symbol", sse.ErrEncoding},
		{"too many PBUs", sse.ExecRptInfo{Pbus: make([]string, sse.GroupsMax+1)}, samples[10].message, "NoPbu", sse.ErrLength},
		{"too many PBUs to count", sse.ExecRptInfo{Pbus: make([]string, 1<<16+1)}, samples[10].message, "NoPbu", sse.ErrLength},
		{"sync from 0", sse.ExecRptSync{Streams: []sse.StreamIndex{{"20001", 1, 0}}}, syncRequest, "BeginReportIndex", sse.ErrRange},
	} {
		before := []byte("kept")
		got, err := c.m.Append(before)
		wantFault(t, c.name, err, c.field, placeOf(t, c.like, c.field), c.reason)
		if string(got) != "kept" {
			t.Errorf("%s: Append gives %q", c.name, got)
		}
		if got, err = sse.AppendFrame(before, 1, c.m); err == nil || string(got) != "kept" {
			t.Errorf("%s: AppendFrame gives %q, %v", c.name, got, err)
		}
	}
}

func orderWith(edit func(*sse.NewOrder)) sse.NewOrder {
	m := order
	edit(&m)
	return m
}

func securityWith(name string) sse.Security {
	m := security
	m.Name = name
	return m
}

// The largest figures of each width pass both ways, and so does what stands for
// a turnover that is not stated.
func TestWidestFigures(t *testing.T) {
	m := fill
	m.LastPx, m.LastQty, m.GrossTradeAmt = 999_999_999_999, 999_999_999_999, sse.ValueUnstated
	m.TransactTime, m.TradeDate, m.ReportIndex = 23_59_59_999_9999, 9999_12_31, 1<<32-1
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sse.Decode(m.Type(), body); err != nil || got != sse.Message(m) {
		t.Errorf("%+v, %v", got, err)
	}
}

// The longest message this package writes is let through by its reader.
func TestLongestFits(t *testing.T) {
	m := sse.ExecRptSyncRsp{Streams: make([]sse.StreamAnswer, sse.GroupsMax)}
	frame, err := sse.AppendFrame(nil, 1, m)
	if err != nil || len(frame) > sse.HeaderLen+sse.BodyMax+sse.TrailerLen {
		t.Errorf("%d bytes, %v", len(frame), err)
	}
}
