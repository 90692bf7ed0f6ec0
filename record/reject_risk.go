package record

// Rejections 800 to 899 belong to the risk rules. 801 to 809 and 811 also are the
// reason why an order was accepted with a warning or kept back; 810 is the reason
// of an order that a reviewer refused, and never that of a rejection; nor is 811.
const (
	RiskPerSecond     Code = 801
	RiskPerDay        Code = 802
	RiskSingleAmount  Code = 803
	RiskDailyAmount   Code = 804
	RiskDeviation     Code = 805
	RiskConcentration Code = 806
	RiskOffHours      Code = 807
	RiskClient        Code = 808
	RiskSecurity      Code = 809
	RiskReviewed      Code = 810
	NearCeiling       Code = 811
	AboveCeiling      Code = 812
	BadRiskRule       Code = 821
	NotListed         Code = 822
	OrderNotHeld      Code = 823
	BadCeiling        Code = 824
	OwnAboveHighest   Code = 825
)

var riskSentences = map[Code]Sentence{
	RiskPerSecond:     {"orders-per-second", "每秒委托与撤单笔数达到上限", "the account reached the limit of orders and cancels in one second", "请稍后再报；程序化交易须先报告", "wait a second; programme trading must be reported first"},
	RiskPerDay:        {"orders-per-day", "当日委托与撤单笔数达到上限", "the account reached the limit of orders and cancels on one day", "请于下一交易日再报；程序化交易须先报告", "trade on the next day; programme trading must be reported first"},
	RiskSingleAmount:  {"order-too-large", "单笔委托金额达到风控上限", "the amount of the order reaches the risk limit", "请拆分委托或联系营业部", "split the order or ask the branch"},
	RiskDailyAmount:   {"daily-amount-reached", "当日累计委托金额达到风控上限", "the day's orders of the account reach the risk limit", "请联系营业部", "ask the branch"},
	RiskDeviation:     {"price-far-off", "委托价格偏离市场参考价过大", "the price is too far from the market's", "请核对价格", "check the price"},
	RiskConcentration: {"too-concentrated", "买入后单一证券占资产比例过高", "one security would make up too much of the client's assets", "请减少买入数量", "buy less"},
	RiskOffHours:      {"off-hours", "不在允许的委托时段", "orders are not taken at this hour", "请在规定时段委托", "order at the hours set"},
	RiskClient:        {"client-on-list", "客户在限制名单内", "the client is on the house's list", "请联系营业部", "ask the branch"},
	RiskSecurity:      {"security-on-list", "证券在限制名单内", "the security is on the house's list", "请选择其他证券或联系营业部", "choose another security or ask the branch"},
	RiskReviewed:      {"refused-by-review", "委托经人工复核未通过", "a reviewer refused the order", "请联系营业部了解原因", "ask the branch for the reason"},
	NearCeiling:       {"near-ceiling", "净买入金额接近前端控制额度", "net buying is near the ceiling of the front-end control", "请关注剩余额度，必要时申请调整", "watch what is left, and ask for a higher ceiling in time"},
	AboveCeiling:      {"above-ceiling", "超过资金前端控制额度", "net buying would pass the ceiling of the front-end control", "请减少买入，或由营业部申请调整额度", "buy less, or let the branch ask for a higher ceiling"},
	BadCeiling:        {"bad-ceiling", "前端控制额度的市场、交易单元、种类或预警阈值无效", "market, unit, kind or threshold of the ceiling is not valid", "请核对市场、交易单元、额度种类与千分比阈值", "check market, unit, kind and the thresholds per mille"},
	OwnAboveHighest:   {"own-above-highest", "自设额度不得高于最高额度", "the house's own ceiling is above the highest one", "请设置不高于最高额度的金额", "set one that is not above the highest"},
	BadRiskRule:       {"bad-risk-rule", "风控规则、结果或限额无效", "there is no such risk rule, outcome or limit", "请核对规则编号、结果和限额单位", "check rule, outcome and the limit's unit"},
	NotListed:         {"not-on-list", "对象不在限制名单内", "it is not on the list", "请查询限制名单", "look up the list"},
	OrderNotHeld:      {"order-not-held", "委托不在待复核状态", "the order is not waiting for a review", "请查询委托状态", "look up the order's state"},
}
