package market

import "fmt"

// Verdict is what a rule says to an order. The numbers are written to records
// and answered to clients; they never change and are never reused.
type Verdict uint16

// The verdicts.
const (
	OK Verdict = 0

	NoRule      Verdict = 10 // no rule in force for this board and date
	NotTradable Verdict = 11 // an index, or a status that is none of ours
	NotListed   Verdict = 12
	IsSuspended Verdict = 13
	IsHalted    Verdict = 14
	IsDelisted  Verdict = 15

	PriceNotPositive Verdict = 20
	PriceTooLarge    Verdict = 21
	PriceOffTick     Verdict = 22
	PriceAboveLimit  Verdict = 23
	PriceBelowLimit  Verdict = 24
	PriceAboveCage   Verdict = 25
	PriceBelowCage   Verdict = 26
	NoReference      Verdict = 27 // limit or cage needs a reference price and there is none

	QuantityNotPositive  Verdict = 30
	QuantityBelowMinimum Verdict = 31
	QuantityNotInLots    Verdict = 32
	QuantityAboveMaximum Verdict = 33
	OddLotNotWhole       Verdict = 34 // part of an odd lot, which must be sold in one go
	QuantityNotHeld      Verdict = 35

	NotTradingDay      Verdict = 40
	PhaseRefusesOrders Verdict = 41
	PhaseRefusesCancel Verdict = 42
	MarketOrderNotNow  Verdict = 43 // market orders are for continuous trading
	NoAfterHours       Verdict = 44 // the security has no after-hours trading
	BadSide            Verdict = 45
	BadOrderType       Verdict = 46

	CommissionTooHigh Verdict = 50
	CommissionInvalid Verdict = 51
)

// verdictText says in two languages what is wrong and what to do.
type verdictText struct {
	verdict Verdict
	zh, en  string
}

var verdictTexts = []verdictText{
	{OK, "通过", "accepted"},
	{NoRule, "该证券类别在该日期没有生效的交易规则，请联系营业部", "no trading rule is in force for this class of security on this date; ask your branch"},
	{NotTradable, "该证券不可交易，请核对证券代码", "this security cannot be traded; check the code"},
	{NotListed, "该证券尚未上市，请在上市后委托", "this security is not listed yet; order after its listing"},
	{IsSuspended, "该证券停牌，请在复牌后委托", "this security is suspended; order after it resumes"},
	{IsHalted, "该证券临时停牌，请稍后重试", "this security is halted; try again in a few minutes"},
	{IsDelisted, "该证券已退市", "this security is delisted"},
	{PriceNotPositive, "委托价格必须大于零", "the price must be above zero"},
	{PriceTooLarge, "委托价格超出允许范围，请检查小数点", "the price is out of range; check the decimal point"},
	{PriceOffTick, "委托价格不是最小变动单位的整数倍，请调整价格", "the price is not a multiple of the tick; adjust it"},
	{PriceAboveLimit, "委托价格高于涨停价，请降低价格", "the price is above the upper limit; lower it"},
	{PriceBelowLimit, "委托价格低于跌停价，请提高价格", "the price is below the lower limit; raise it"},
	{PriceAboveCage, "买入价格高于有效申报价格范围，请降低价格", "the buying price is above the valid range around the market; lower it"},
	{PriceBelowCage, "卖出价格低于有效申报价格范围，请提高价格", "the selling price is below the valid range around the market; raise it"},
	{NoReference, "缺少参考价格，无法检查，请稍后重试", "there is no reference price to check against; try again later"},
	{QuantityNotPositive, "委托数量必须大于零", "the quantity must be above zero"},
	{QuantityBelowMinimum, "委托数量低于最低数量，请增加数量", "the quantity is below the minimum; increase it"},
	{QuantityNotInLots, "委托数量不符合交易单位，请按整数倍委托", "the quantity is not in whole lots; order a multiple"},
	{QuantityAboveMaximum, "委托数量超过单笔上限，请拆分委托", "the quantity is above the maximum of one order; split it"},
	{OddLotNotWhole, "零股必须一次性全部卖出", "an odd lot must be sold whole, in one order"},
	{QuantityNotHeld, "委托数量超过可卖数量", "the quantity is more than can be sold"},
	{NotTradingDay, "今日不是交易日，请在下一交易日委托", "today is no trading day; order on the next one"},
	{PhaseRefusesOrders, "当前时段不接受该委托，请在交易时间委托", "this kind of order is not accepted now; order during trading hours"},
	{PhaseRefusesCancel, "当前时段不接受撤单，请稍后重试", "cancels are not accepted now; try again later"},
	{MarketOrderNotNow, "市价委托只能在连续竞价时段申报，请使用限价委托", "market orders are for continuous trading; use a limit order"},
	{NoAfterHours, "该证券不参与盘后固定价格交易", "this security has no after-hours trading"},
	{BadSide, "买卖方向无效", "the side is neither buy nor sell"},
	{BadOrderType, "委托类型无效", "the order type is unknown"},
	{CommissionTooHigh, "佣金连同规费超过成交金额的千分之三上限", "commission with levies is above the cap of 3 per mille of turnover"},
	{CommissionInvalid, "佣金费率或最低佣金无效", "the commission rate or its minimum is invalid"},
}

func (v Verdict) text() (verdictText, bool) {
	for i := range verdictTexts {
		if verdictTexts[i].verdict == v {
			return verdictTexts[i], true
		}
	}
	return verdictText{}, false
}

// String returns the English sentence of v.
func (v Verdict) String() string {
	if t, ok := v.text(); ok {
		return t.en
	}
	return fmt.Sprintf("verdict %d", uint16(v))
}

// Chinese returns the Chinese sentence of v.
func (v Verdict) Chinese() string {
	if t, ok := v.text(); ok {
		return t.zh
	}
	return fmt.Sprintf("结论 %d", uint16(v))
}
