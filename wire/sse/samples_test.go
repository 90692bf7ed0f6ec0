package sse_test

import (
	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/frame/frametest"
	"sancun/wire/sse"
)

const (
	noon sse.Clock  = 11_30_00_250_1234
	day  frame.Date = 20230825
)

var head = sse.ReportHead{Pbu: "20001", SetID: 3, ReportIndex: 1027, BizID: sse.BizAuction}

var order = sse.NewOrder{
	BizID: sse.BizAuction, BizPbu: "20002", ClOrdID: "A000000017", SecurityID: "600000", Account: "A000000017",
	OwnerType: sse.OwnerPerson, Side: sse.SideBuy, Price: 7_0600, OrderQty: 1_200, OrdType: sse.OrdLimit,
	TimeInForce: sse.ForceDay, TransactTime: noon, CreditTag: sse.CreditCollateral, ClearingFirm: "00001",
	BranchID: "00007", UserInfo: "cell-1",
}

var cancel = sse.Cancel{
	BizID: sse.BizAuction, BizPbu: "20002", ClOrdID: "A000000018", SecurityID: "600000", Account: "A000000017",
	OwnerType: sse.OwnerPerson, Side: 0, OrigClOrdID: "A000000017", TransactTime: noon, BranchID: "00007", UserInfo: "cell-1",
}

var cancelReject = sse.CancelReject{
	ReportHead: head, BizPbu: "20002", ClOrdID: "A000000018", SecurityID: "600000", OrigClOrdID: "A000000017",
	BranchID: "00007", CxlRejReason: sse.RejectAlreadyClosed, TradeDate: day, TransactTime: noon, UserInfo: "cell-1",
}

var confirm = sse.Confirm{
	ReportHead: head, ExecType: sse.ExecCancelled, BizPbu: "20002", ClOrdID: "A000000018", SecurityID: "600000",
	Account: "A000000017", OwnerType: sse.OwnerPerson, Side: sse.SideBuy, Price: 7_0600, OrderQty: 1_200, LeavesQty: 0,
	CxlQty: 700, OrdType: sse.OrdLimit, TimeInForce: sse.ForceDay, OrdStatus: sse.StatusCancelled, CreditTag: sse.CreditNone,
	OrigClOrdID: "A000000017", ClearingFirm: "00001", BranchID: "00007", OrdRejReason: 0, OrdCnfmID: "0000000000004711",
	OrigOrdCnfmID: "", TradeDate: day, TransactTime: noon, UserInfo: "cell-1",
}

var fill = sse.Fill{
	ReportHead: head, ExecType: sse.ExecFill, BizPbu: "20002", ClOrdID: "A000000017", SecurityID: "600000",
	Account: "A000000017", OwnerType: sse.OwnerPerson, OrderEntryTime: noon - 1, LastPx: 7_0500, LastQty: 500,
	GrossTradeAmt: 3_525_00000, Side: sse.SideBuy, OrderQty: 1_200, LeavesQty: 700, OrdStatus: sse.StatusPartial,
	CreditTag: sse.CreditBuy, ClearingFirm: "00001", BranchID: "00007", TrdCnfmID: "0000000000000816",
	OrdCnfmID: "0000000000004711", TradeDate: day, TransactTime: noon, UserInfo: "cell-1",
}

var syncRequest = sse.ExecRptSync{Streams: []sse.StreamIndex{{"20001", 1, 1}, {"20001", 991, 1028}}}

var snapshot = sse.Snapshot{
	Seq: 90_001, TradeDate: day, OrigTime: noon, Turnover: 642_345_678_90000,
	Quote: frame.Quote{SecurityID: "688981", Phase: frame.PhaseContinuous, Suspended: true,
		PrevClose: 52_3000, Open: 52_1000, High: 52_8800, Low: 51_5000, Last: 52_0100,
		Volume: 12_345_600,
		Bids:   [frame.LevelsMax]frame.Level{level(52_0000, 1_200), level(51_9900, 300), level(51_9800, 200), level(51_9700, 4_500), level(51_9600, 700)},
		Offers: [frame.LevelsMax]frame.Level{level(52_0100, 800), level(52_0200, 201)},
	},
}

var security = sse.Security{Listing: frame.Listing{
	TradeDate: day, ListSize: 2_213, SecurityID: "600000", Name: "浦发银行",
	PrevClose: 7_0400, LimitUp: 7_7400, LimitDown: 6_3400, Lot: 100, Tick: 100,
	Flags: frame.FlagExRight | frame.FlagSameDay,
}}

var samples = []frametest.Sample{
	sample("logon", sse.Logon{SenderCompID: "BROKER1", TargetCompID: "TDGW", HeartBtInt: 30, PrtclVersion: "0.57", TradeDate: day, QSize: 0}),
	sample("logout", sse.Logout{SessionStatus: 5006, Text: "platform not reachable"}),
	sample("heartbeat", sse.Heartbeat{}),
	sample("platform_state", sse.PlatformState{PlatformID: sse.PlatformAuction, State: sse.StateOpen}),
	sample("new_order", order),
	sample("order_reject", sse.OrderReject{
		BizID: sse.BizIssue, BizPbu: "20002", ClOrdID: "A000000017", SecurityID: "730000", OrdRejReason: sse.RejectDuplicate,
		TradeDate: day, TransactTime: noon, UserInfo: "cell-1",
	}),
	sample("cancel", cancel),
	sample("cancel_reject", cancelReject),
	sample("confirm", confirm),
	sample("fill", fill),
	sample("exec_rpt_info", sse.ExecRptInfo{PlatformID: sse.PlatformAuction, Pbus: []string{"20001", "20003"}, SetIDs: []uint32{1, 20, 991}}),
	sample("exec_rpt_sync", syncRequest),
	sample("exec_rpt_sync_rsp", sse.ExecRptSyncRsp{Streams: []sse.StreamAnswer{
		{"20001", 1, 1, 10, 0, ""}, {"20001", 7, 100, 0, 5010, "no such partition"},
	}}),
	sample("exec_rpt_end_of_stream", sse.ExecRptEndOfStream{Pbu: "20001", SetID: 20, EndReportIndex: 5_000}),
	sample("snapshot", snapshot),
	sample("security", security),
}

func sample(name string, m sse.Message) frametest.Sample {
	return frametest.Sample{Name: name, Message: m}
}

func level(p money.Price, q money.Quantity) frame.Level { return frame.Level{Price: p, Quantity: q} }
