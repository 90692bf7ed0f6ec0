package record

import "sancun/market"

// Rejections 500 to 599 belong to the order rules. 500 plus a market.Verdict is
// what the market rules say to an order; the rest are ours.
const (
	OrderVerdict Code = 500

	FundNotUsable      Code = 560
	NotMainAccount     Code = 561
	NoPermission       Code = 562
	NoSecuritiesAcct   Code = 563
	UnknownInstrument  Code = 564
	UnknownOrder       Code = 566
	OrderNotOpen       Code = 567
	AlreadyCancelling  Code = 568
	ReportRepeated     Code = 570
	ReportGap          Code = 571
	ReportImpossible   Code = 572
	CategoryNotServed  Code = 573
	NotOpenToSubscribe Code = 574
	SubscribeTooMuch   Code = 575
	RiskTooHigh        Code = 576
	OrderNotYours      Code = 577
	NextOrdersMost     Code = 578
	NextOrdersFull     Code = 579
	SubscribePrice     Code = 580
	OnlySubscription   Code = 581
)

// OfVerdict returns the rejection of a market verdict, Accepted for market.OK.
func OfVerdict(v market.Verdict) Code {
	if v == market.OK {
		return Accepted
	}
	return OrderVerdict + Code(v)
}

// verdictNames are the stable names of the market's verdicts.
var verdictNames = []struct {
	verdict market.Verdict
	name    string
}{
	{market.NoRule, "no-rule"},
	{market.NotTradable, "not-tradable"},
	{market.NotListed, "not-listed"},
	{market.IsSuspended, "suspended"},
	{market.IsHalted, "halted"},
	{market.IsDelisted, "delisted"},
	{market.PriceNotPositive, "price-not-positive"},
	{market.PriceTooLarge, "price-too-large"},
	{market.PriceOffTick, "price-off-tick"},
	{market.PriceAboveLimit, "price-above-limit"},
	{market.PriceBelowLimit, "price-below-limit"},
	{market.PriceAboveCage, "price-above-cage"},
	{market.PriceBelowCage, "price-below-cage"},
	{market.NoReference, "no-reference"},
	{market.QuantityNotPositive, "quantity-not-positive"},
	{market.QuantityBelowMinimum, "quantity-below-minimum"},
	{market.QuantityNotInLots, "quantity-not-in-lots"},
	{market.QuantityAboveMaximum, "quantity-above-maximum"},
	{market.OddLotNotWhole, "odd-lot-not-whole"},
	{market.QuantityNotHeld, "quantity-not-held"},
	{market.NotTradingDay, "not-trading-day"},
	{market.PhaseRefusesOrders, "phase-refuses-orders"},
	{market.PhaseRefusesCancel, "phase-refuses-cancel"},
	{market.MarketOrderNotNow, "market-order-not-now"},
	{market.NoAfterHours, "no-after-hours"},
	{market.BadSide, "bad-side"},
	{market.BadOrderType, "bad-order-type"},
	{market.CommissionTooHigh, "commission-too-high"},
	{market.CommissionInvalid, "commission-invalid"},
}

var orderSentences = func() map[Code]Sentence {
	all := map[Code]Sentence{
		FundNotUsable:      {"fund-account-not-usable", "资金账户状态不允许委托", "the state of the fund account does not allow orders", "请联系营业部核实账户状态", "ask your branch about the account's state"},
		NotMainAccount:     {"not-main-account", "辅助资金账户不能委托", "an auxiliary fund account cannot trade", "请使用主资金账户", "use the main fund account"},
		NoPermission:       {"no-permission", "未开通该板块或业务的权限", "the client has no permission for this board or business", "请先开通权限", "apply for the permission first"},
		NoSecuritiesAcct:   {"no-securities-account", "该市场没有可用的证券账户", "there is no usable securities account for this market", "请先加挂证券账户", "have a securities account of this market added"},
		UnknownInstrument:  {"unknown-instrument", "证券代码不存在", "this security code does not exist", "请核对市场和代码", "check market and code"},
		UnknownOrder:       {"unknown-order", "委托不存在", "this order does not exist", "请核对委托编号", "check the order number"},
		OrderNotOpen:       {"order-not-open", "委托已成、已撤或已废，不能撤单", "the order is filled, cancelled or refused already", "请查询委托状态", "look up the order's state"},
		AlreadyCancelling:  {"already-cancelling", "撤单已提交，请等待结果", "a cancel is under way already", "请等待交易所回报", "wait for the exchange's answer"},
		ReportRepeated:     {"report-repeated", "重复的执行报告", "this execution report was taken before", "无需处理", "nothing to do"},
		ReportGap:          {"report-gap", "执行报告序号不连续", "an execution report is missing before this one", "请先同步回报", "synchronise the reports first"},
		ReportImpossible:   {"report-impossible", "执行报告与委托不符", "the execution report does not fit its order", "请核对交易所回报并登记差错", "check with the exchange and open a case"},
		CategoryNotServed:  {"category-not-available-yet", "该业务类别尚未开通", "this business category is not available yet", "见功能清单", "see the list of what works"},
		NotOpenToSubscribe: {"not-open-to-subscribe", "该证券今日不可申购", "this security is not open to subscription today", "请核对发行日历", "check the calendar of issues"},
		SubscribeTooMuch:   {"subscribe-too-much", "申购数量超过上限或不符合单位", "the subscription is above its maximum or not in whole units", "请调整申购数量", "adjust the quantity"},
		RiskTooHigh:        {"risk-too-high", "风险承受能力与产品不匹配或测评已过期", "the client's risk class does not allow this, or the questionnaire has expired", "请重新测评", "answer the questionnaire again"},
		OrderNotYours:      {"order-not-yours", "委托不属于该资金账户", "the order belongs to another fund account", "请核对委托编号", "check the order number"},
		NextOrdersMost:     {"next-day-orders-most", "客户的隔日委托笔数已达上限", "the client has entered as many next-day orders as one client may", "请于下一交易日开市后委托", "place it when the next day has opened"},
		SubscribePrice:     {"subscribe-price", "申购价格须等于发行价格", "a subscription is at the issue price and no other", "请按发行价格申购", "subscribe at the issue price"},
		OnlySubscription:   {"only-subscription", "该代码今日仅接受新股申购", "this code takes subscriptions only today", "请以新股申购方式委托", "enter a subscription"},
		NextOrdersFull:     {"next-day-orders-full", "隔日委托总量已达上限", "no more next-day orders are taken for this date", "请于下一交易日开市后委托", "place it when the next day has opened"},
	}
	for _, v := range verdictNames {
		all[OrderVerdict+Code(v.verdict)] = Sentence{Name: v.name, ZH: v.verdict.Chinese(), EN: v.verdict.String()}
	}
	return all
}()
