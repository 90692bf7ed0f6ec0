package sse_test

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"sancun/wire/frame"
	"sancun/wire/frame/frametest"
	"sancun/wire/sse"
)

func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		like   frametest.Message
		field  string
		skip   int // bytes of the field before the change
		with   []byte
		reason error
	}{
		{"unknown business", order, "BizID", 0, []byte{0, 0, 0, 1}, frame.ErrCode},
		{"business not built", order, "BizID", 0, []byte{0, 4, 0x93, 0xf4}, frame.ErrCode}, // 300020
		{"text not ASCII", order, "BizPbu", 0, []byte{0xc6, 0xd6}, frame.ErrEncoding},
		{"text with NUL padding", order, "SecurityID", 6, []byte{0}, frame.ErrEncoding},
		{"text with a control character", order, "UserInfo", 0, []byte("\n"), frame.ErrEncoding},
		{"owner nobody", order, "OwnerType", 0, []byte{2}, frame.ErrCode},
		{"side 3", order, "Side", 0, []byte("3"), frame.ErrCode},
		{"side blank", order, "Side", 0, []byte(" "), frame.ErrCode},
		{"side of a cancel", cancel, "Side", 0, []byte("0"), frame.ErrCode},
		{"negative price", order, "Price", 0, u64(math.MaxUint64), frame.ErrRange},
		{"price of five decimals", order, "Price", 0, u64(7_06001), frame.ErrRange},
		{"price of 14 digits", order, "Price", 0, u64(10_000_000_000_000), frame.ErrRange},
		{"negative quantity", order, "OrderQty", 0, u64(1 << 63), frame.ErrRange},
		{"half a share", order, "OrderQty", 0, u64(1_500), frame.ErrRange},
		{"quantity of 16 digits", order, "OrderQty", 0, u64(1_000_000_000_000_000), frame.ErrRange},
		{"order type 6", order, "OrdType", 0, []byte("6"), frame.ErrCode},
		{"time in force 3", order, "TimeInForce", 0, []byte("3"), frame.ErrCode},
		{"hour 24", order, "TransactTime", 0, u64(24_00_00_000_0000), frame.ErrRange},
		{"minute 60", order, "TransactTime", 0, u64(9_60_00_000_0000), frame.ErrRange},
		{"second 60", order, "TransactTime", 0, u64(9_30_60_000_0000), frame.ErrRange},
		{"time of 14 digits", order, "TransactTime", 0, u64(109_30_00_000_0000), frame.ErrRange},
		{"credit tag ZZ", order, "CreditTag", 0, []byte("ZZ"), frame.ErrCode},
		{"credit tag cut short", order, "CreditTag", 1, []byte(" "), frame.ErrCode},
		{"confirmation of a fill", confirm, "ExecType", 0, []byte("F"), frame.ErrCode},
		{"confirmation of half a fill", confirm, "OrdStatus", 0, []byte("1"), frame.ErrCode},
		{"fill that confirms", fill, "ExecType", 0, []byte("0"), frame.ErrCode},
		{"fill of a cancelled order", fill, "OrdStatus", 0, []byte("4"), frame.ErrCode},
		{"turnover below unstated", fill, "GrossTradeAmt", 0, u64(math.MaxUint64 - 1), frame.ErrRange},
		{"turnover of 19 digits", fill, "GrossTradeAmt", 0, u64(1_000_000_000_000_000_000), frame.ErrRange},
		{"report 0", cancelReject, "ReportIndex", 0, u64(0), frame.ErrRange},
		{"report 2^32", cancelReject, "ReportIndex", 0, u64(1 << 32), frame.ErrRange},
		{"30 February", cancelReject, "TradeDate", 0, []byte{0x01, 0x34, 0xae, 0xb6}, frame.ErrRange},
		{"platform 1", sse.PlatformState{}, "PlatformID", 0, []byte{0, 1}, frame.ErrCode},
		{"platform state 5", sse.PlatformState{}, "PlatformState", 0, []byte{0, 5}, frame.ErrCode},
		{"too many groups", syncRequest, "NoGroups", 0, []byte{0, 41}, frame.ErrLength},
		{"more groups than bytes", sse.ExecRptSync{}, "NoGroups", 0, []byte{0, 1}, frame.ErrLength},
		{"sync from 0", syncRequest, "BeginReportIndex", 0, u64(0), frame.ErrRange},
		{"turnover unstated in a snapshot", snapshot, "TotalValueTrade", 0, u64(math.MaxUint64), frame.ErrRange},
		{"suspended perhaps", snapshot, "Suspended", 0, []byte("?"), frame.ErrCode},
		{"no such phase", snapshot, "Phase", 0, []byte("X"), frame.ErrCode},
		{"unknown flag", security, "Flags", 0, []byte{0, 0, 0, 64}, frame.ErrCode},
		{"name not GB18030", security, "Symbol", 0, []byte{0xff, 0xff}, frame.ErrEncoding},
		{"name cut inside a letter", security, "Symbol", 8, []byte{0xc6}, frame.ErrEncoding},
		{"name with a control character", security, "Symbol", 0, []byte{0x07, 0x20}, frame.ErrEncoding},
	} {
		at := frametest.PlaceOf(t, &codec, c.like, c.field)
		body := frametest.Changed(t, c.like, at+c.skip, c.with...)
		_, err := codec.Decode(codec.Number(c.like), body)
		if c.name == "more groups than bytes" {
			c.field, at = "Pbu", len(body)
		}
		frametest.WantFault(t, &codec, c.name, err, c.field, at, c.reason)
	}
}

func TestDecodeRefusesLengths(t *testing.T) {
	frametest.Lengths(t, &codec, 0, 1, 34, 57, 60, 205, 211, math.MaxUint32)
}

func TestAppendRefuses(t *testing.T) {
	for _, c := range []struct {
		name   string
		m      sse.Message
		like   frametest.Message // has the same fields and no fault
		field  string
		reason error
	}{
		{"no business", sse.NewOrder{}, order, "BizID", frame.ErrCode},
		{"text too long", orderWith(func(m *sse.NewOrder) { m.ClOrdID = "A0000000017" }), order, "ClOrdID", frame.ErrEncoding},
		{"text with a space at the end", orderWith(func(m *sse.NewOrder) { m.ClOrdID = "A " }), order, "ClOrdID", frame.ErrEncoding},
		{"text not ASCII", orderWith(func(m *sse.NewOrder) { m.UserInfo = "存" }), order, "UserInfo", frame.ErrEncoding},
		{"no side", orderWith(func(m *sse.NewOrder) { m.Side = 0 }), order, "Side", frame.ErrCode},
		{"negative quantity", orderWith(func(m *sse.NewOrder) { m.OrderQty = -1 }), order, "OrderQty", frame.ErrRange},
		{"quantity of 13 digits", orderWith(func(m *sse.NewOrder) { m.OrderQty = 1_000_000_000_000 }), order, "OrderQty", frame.ErrRange},
		{"quantity that overflows", orderWith(func(m *sse.NewOrder) { m.OrderQty = math.MaxInt64 }), order, "OrderQty", frame.ErrRange},
		{"negative price", orderWith(func(m *sse.NewOrder) { m.Price = -1 }), order, "Price", frame.ErrRange},
		{"price of 13 digits", orderWith(func(m *sse.NewOrder) { m.Price = 1_000_000_000_000 }), order, "Price", frame.ErrRange},
		{"time that is none", orderWith(func(m *sse.NewOrder) { m.TransactTime = 99_00_00_000_0000 }), order, "TransactTime", frame.ErrRange},
		{"credit tag ZZ", orderWith(func(m *sse.NewOrder) { m.CreditTag = "ZZ" }), order, "CreditTag", frame.ErrCode},
		{"name not UTF-8", securityWith("\xff"), security, "Symbol", frame.ErrEncoding},
		{"name with a control character", securityWith("A\tB"), security, "Symbol", frame.ErrEncoding},
		{"name of 21 letters", securityWith(strings.Repeat("浦", 21)), security, "Symbol", frame.ErrEncoding},
		{"too many PBUs", sse.ExecRptInfo{Pbus: make([]string, sse.GroupsMax+1)}, samples[10].Message, "NoPbu", frame.ErrLength},
		{"too many PBUs to count", sse.ExecRptInfo{Pbus: make([]string, 1<<16+1)}, samples[10].Message, "NoPbu", frame.ErrLength},
		{"sync from 0", sse.ExecRptSync{Streams: []sse.StreamIndex{{"20001", 1, 0}}}, syncRequest, "BeginReportIndex", frame.ErrRange},
	} {
		before := []byte("kept")
		got, err := c.m.Append(before)
		frametest.WantFault(t, &codec, c.name, err, c.field, frametest.PlaceOf(t, &codec, c.like, c.field), c.reason)
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
