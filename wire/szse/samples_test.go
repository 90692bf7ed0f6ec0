package szse_test

import (
	"sancun/money"
	"sancun/wire/frame"
	"sancun/wire/frame/frametest"
	"sancun/wire/szse"
)

const noon szse.Timestamp = 20230825_113000_250

var head = szse.ReportHead{
	PartitionNo: 3, ReportIndex: 1027, ApplID: szse.ApplSpot,
	ReportingPBUID: "000101", SubmittingPBUID: "000102", SecurityID: "000001",
	OwnerType: szse.OwnerPerson, ClearingFirm: "01", TransactTime: noon, UserInfo: "cell-1",
}

func headOf(business szse.ApplID) szse.ReportHead {
	h := head
	h.ApplID = business
	return h
}

func newOrder(business szse.ApplID) szse.NewOrder {
	m := szse.NewOrder{
		ApplID: business, SubmittingPBUID: "000102", SecurityID: "000001",
		OwnerType: szse.OwnerPerson, ClearingFirm: "01", TransactTime: noon, UserInfo: "cell-1",
		ClOrdID: "A000000017", AccountID: "0100000017", BranchID: "0007", OrderRestrictions: "1E",
		Side: szse.SideBuy, OrdType: szse.OrdLimit, OrderQty: 1_200, Price: 11_4500,
	}
	if business == szse.ApplSpot {
		m.Spot = szse.SpotTerms{StopPx: 1_0000, MinQty: 100, MaxPriceLevels: 5, TimeInForce: szse.ForceImmediate}
	}
	if business != szse.ApplIssue {
		m.CashMargin = szse.CashOrdinary
	}
	return m
}

func confirm(business szse.ApplID) szse.Confirm {
	order := newOrder(business)
	return szse.Confirm{
		ReportHead: headOf(business), OrderID: "0000000000004711", ClOrdID: "A000000018", OrigClOrdID: "A000000017",
		ExecID: "0000000000000815", ExecType: szse.ExecCancelled, OrdStatus: szse.StatusCancelled, OrdRejReason: 0,
		LeavesQty: 0, CumQty: 500, Side: order.Side, OrdType: order.OrdType, OrderQty: order.OrderQty,
		Price: order.Price, AccountID: order.AccountID, BranchID: order.BranchID, OrderRestrictions: "1",
		Spot: order.Spot, CashMargin: order.CashMargin,
	}
}

func fill(business szse.ApplID) szse.Fill {
	return szse.Fill{
		ReportHead: headOf(business), OrderID: "0000000000004711", ClOrdID: "A000000017", ExecID: "0000000000000816",
		ExecType: szse.ExecFill, OrdStatus: szse.StatusPartial, LastPx: 11_4400, LastQty: 500, LeavesQty: 700, CumQty: 500,
		Side: szse.SideBuy, AccountID: "0100000017", BranchID: "0007", CashMargin: szse.CashOrdinary,
	}
}

var cancel = szse.Cancel{
	ApplID: szse.ApplSpot, SubmittingPBUID: "000102", SecurityID: "000001", OwnerType: szse.OwnerPerson,
	ClearingFirm: "01", TransactTime: noon, UserInfo: "cell-1", ClOrdID: "A000000018", OrigClOrdID: "A000000017",
	Side: szse.SideBuy, OrderID: "0000000000004711", OrderQty: 1_200,
}

var cancelReject = szse.CancelReject{
	ReportHead: head, ClOrdID: "A000000018", OrigClOrdID: "A000000017", Side: szse.SideSell,
	OrdStatus: szse.StatusFilled, CxlRejReason: 413, RejectText: "已成交", OrderID: "0000000000004711",
}

var snapshot = szse.Snapshot{
	Seq: 90_001, OrigTime: noon, Turnover: 29_012_345_678_900,
	Quote: frame.Quote{SecurityID: "300750", Phase: frame.PhaseContinuous, Suspended: false,
		PrevClose: 236_7000, Open: 236_0000, High: 238_8800, Low: 233_5000, Last: 235_0100,
		Volume: 12_345_600,
		Bids:   [frame.LevelsMax]frame.Level{level(235_0000, 1_200), level(234_9900, 300), level(234_9800, 100), level(234_9700, 4_500), level(234_9600, 700)},
		Offers: [frame.LevelsMax]frame.Level{level(235_0100, 800), level(235_0200, 100)},
	},
}

var security = szse.Security{Listing: frame.Listing{
	TradeDate: 20230825, ListSize: 2_838, SecurityID: "000001", Name: "平安银行",
	PrevClose: 11_2600, LimitUp: 12_3900, LimitDown: 10_1300, Lot: 100, Tick: 100,
	Flags: frame.FlagExRight | frame.FlagRiskWarning,
}}

var samples = []frametest.Sample{
	sample("logon", szse.Logon{SenderCompID: "BROKER1", TargetCompID: "TGW", HeartBtInt: 30, Password: "not-secret", DefaultApplVerID: "1.32"}),
	sample("logout", szse.Logout{SessionStatus: szse.SessionBadCredentials, Text: "用户名或口令错误"}),
	sample("heartbeat", szse.Heartbeat{}),
	sample("business_reject", szse.BusinessReject{
		ApplID: "010", TransactTime: noon, SubmittingPBUID: "000102", SecurityID: "000001", RefSeqNum: 77,
		RefMsgType: szse.TypeNewOrderSpot, BusinessRejectRefID: "A000000017", BusinessRejectReason: 20_001, BusinessRejectText: "平台未开放",
	}),
	sample("report_synchronization", szse.ReportSynchronization{Partitions: []szse.PartitionIndex{{1, 1}, {3, 1028}}}),
	sample("platform_state_info", szse.PlatformStateInfo{PlatformID: szse.PlatformAuction, PlatformState: szse.PlatformOpen}),
	sample("report_finished", szse.ReportFinished{PartitionNo: 3, ReportIndex: 5_000, PlatformID: szse.PlatformIntegrated}),
	sample("platform_info", szse.PlatformInfo{PlatformID: szse.PlatformNonTrading, PartitionNos: []int32{1, 2, 7}}),
	sample("new_order_spot", newOrder(szse.ApplSpot)),
	sample("new_order_issue", newOrder(szse.ApplIssue)),
	sample("new_order_after_hours", newOrder(szse.ApplAfterHours)),
	sample("cancel", cancel),
	sample("cancel_reject", cancelReject),
	sample("confirm_spot", confirm(szse.ApplSpot)),
	sample("confirm_issue", confirm(szse.ApplIssue)),
	sample("confirm_after_hours", confirm(szse.ApplAfterHours)),
	sample("fill_spot", fill(szse.ApplSpot)),
	sample("fill_after_hours", fill(szse.ApplAfterHours)),
	sample("snapshot", snapshot),
	sample("security", security),
}

func sample(name string, m szse.Message) frametest.Sample {
	return frametest.Sample{Name: name, Message: m}
}

func level(p money.Price, q money.Quantity) frame.Level { return frame.Level{Price: p, Quantity: q} }
