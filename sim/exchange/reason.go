package exchange

import "fmt"

// Reason is why an order or a cancel was refused. The numbers are this
// simulator's own; the two dialects map them to the exchanges' codes.
type Reason uint16

// The reasons.
const (
	ReasonNone            Reason = 0
	ReasonDuplicate       Reason = 1
	ReasonNotTradingTime  Reason = 2
	ReasonUnknownSecurity Reason = 3
	ReasonHalted          Reason = 4
	ReasonSuspended       Reason = 5
	ReasonBusiness        Reason = 6
	ReasonTypeUnavailable Reason = 7
	ReasonSide            Reason = 8
	ReasonPrice           Reason = 9
	ReasonTick            Reason = 10
	ReasonLimit           Reason = 11
	ReasonCage            Reason = 12
	ReasonQuantity        Reason = 13
	ReasonLot             Reason = 14
	ReasonMaximum         Reason = 15
	ReasonNoOwnSide       Reason = 16
	ReasonNoCancel        Reason = 17
	ReasonUnknownOrder    Reason = 18
	ReasonTooLate         Reason = 19
	ReasonNotCancellable  Reason = 20
	ReasonFull            Reason = 21
	ReasonRefused         Reason = 22
	ReasonPBU             Reason = 23
	ReasonMalformed       Reason = 24
)

var reasonTexts = [...]struct{ zh, en string }{
	ReasonNone:            {"成功", "ok"},
	ReasonDuplicate:       {"会员内部编号重复,请先同步回报再决定是否重报", "duplicate ClOrdID: synchronise reports before deciding to send again"},
	ReasonNotTradingTime:  {"非交易时间,请在开市后申报", "not a time for this business: send it when the session is open"},
	ReasonUnknownSecurity: {"证券代码不存在,请核对当日证券信息", "unknown security: check the day's static data"},
	ReasonHalted:          {"证券临时停牌,请待复牌后申报", "security halted: wait for it to resume"},
	ReasonSuspended:       {"证券全天停牌", "security suspended for the day"},
	ReasonBusiness:        {"证券不支持该业务,请核对业务类型", "the security does not take this business: check the category"},
	ReasonTypeUnavailable: {"暂不支持该订单类型,请使用限价或本方最优", "order type not available yet: use a limit or own-side best order"},
	ReasonSide:            {"买卖方向错误", "side is neither buy nor sell, or not allowed for this business"},
	ReasonPrice:           {"价格须为正且在范围内", "price must be positive and within range"},
	ReasonTick:            {"价格不是最小变动单位的整数倍", "price is not a multiple of the tick"},
	ReasonLimit:           {"价格超出涨跌幅限制", "price is outside the day's limits"},
	ReasonCage:            {"价格超出有效申报价格范围(价格笼子)", "price is outside the cage around the reference: price it closer"},
	ReasonQuantity:        {"数量须为正", "quantity must be positive"},
	ReasonLot:             {"买入数量不符合最低数量或递增单位", "buy quantity is below the minimum or not a step of the lot"},
	ReasonMaximum:         {"数量超过单笔上限,请拆单", "quantity is over the largest order: split it"},
	ReasonNoOwnSide:       {"本方无申报,本方最优无法定价", "no order on the own side to take the price from"},
	ReasonNoCancel:        {"集合竞价不可撤单时段", "no cancels in this part of the call auction"},
	ReasonUnknownOrder:    {"原订单不存在", "the order to cancel is not known"},
	ReasonTooLate:         {"订单已成交或已撤销", "the order is already filled or cancelled"},
	ReasonNotCancellable:  {"该业务不可撤单", "this business cannot be cancelled"},
	ReasonFull:            {"系统已满,当日不再接收申报", "the simulator holds no more orders today"},
	ReasonRefused:         {"模拟器按指令拒绝", "refused by command of the simulator"},
	ReasonMalformed:       {"报文格式错误", "the message does not fit the format"},
	ReasonPBU:             {"交易单元不属于本会话", "the trading unit does not belong to this session"},
}

func (r Reason) String() string {
	if int(r) < len(reasonTexts) {
		return reasonTexts[r].en
	}
	return fmt.Sprintf("reason %d", uint16(r))
}

// Chinese returns the sentence for a member's screen.
func (r Reason) Chinese() string {
	if int(r) < len(reasonTexts) {
		return reasonTexts[r].zh
	}
	return r.String()
}
