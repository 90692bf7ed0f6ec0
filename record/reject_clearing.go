package record

// Rejections 600 to 699 belong to the rules of the day and of clearing.
const (
	DayNotCleared  Code = 601
	DayNotStopped  Code = 602
	OrderStillOpen Code = 603
	StepsMissing   Code = 604
	FeesExceedDue  Code = 605
	PooledTooSmall Code = 606
	AlreadyBooked  Code = 607
	OrdersNotDone  Code = 608
	StepChanged    Code = 609
	NextOrdersWait Code = 610
)

var clearingSentences = map[Code]Sentence{
	DayNotCleared:  {"day-not-cleared", "上一营业日尚未完成清算", "the last business day has not been cleared", "请先完成日终各步骤", "finish the steps of the day end first"},
	DayNotStopped:  {"day-not-stopped", "营业日尚未停止受理", "business has not been stopped for the day", "请先停止受理", "stop the day first"},
	OrderStillOpen: {"order-still-open", "委托尚未了结，不能清算", "an order is still open and cannot be cleared", "请先使未成委托失效", "expire what is left of orders first"},
	StepsMissing:   {"steps-missing", "日终步骤尚未全部成功", "not every step of the day end has succeeded", "请查看日终步骤并重做失败的步骤", "look at the steps and repeat those that failed"},
	FeesExceedDue:  {"fees-exceed-due", "划转金额超过应划佣金", "the amount is more than the commission due", "请核对应划佣金", "check the commission due"},
	PooledTooSmall: {"pooled-too-small", "汇总账户余额不足", "the pooled account does not hold that much", "请核对汇总账户与备付金余额", "check pooled account and reserve"},
	AlreadyBooked:  {"already-booked", "该笔已入账", "this was booked before", "无需重复处理", "nothing to do"},
	OrdersNotDone:  {"orders-not-cleared", "仍有成交未完成二级清算", "fills are left that second-level clearing has not booked", "请重做二级清算", "run second-level clearing again"},
	StepChanged:    {"step-input-changed", "该步骤曾以不同输入完成", "the step was completed before on other input", "请核对文件版本后由双人复核", "check the version of the file; two people must decide"},
	NextOrdersWait: {"next-day-orders-wait", "仍有隔日委托未处理，不能停止受理", "next-day orders for this date still wait to be decided", "请先按市场释放隔日委托", "release the next-day orders of every market first"},
}
