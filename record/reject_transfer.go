package record

// Rejections 400 to 499 belong to the transfer rules.
const (
	AccountFrozen       Code = 401
	AccountLossReported Code = 402
	AccountDormant      Code = 403
	AccountUnqualified  Code = 404
	AccountClosed       Code = 405
	NotDesignated       Code = 406
	DataMismatch        Code = 407
	CardChangedToday    Code = 408
	ClosingAsked        Code = 409
	BankOutOfService    Code = 410
	BankSignedOut       Code = 411
	OutsideWindow       Code = 412
	BelowSingleMin      Code = 413
	AboveSingleMax      Code = 414
	AboveDailySum       Code = 415
	AboveDailyCount     Code = 416
	SecondFactorNeeded  Code = 417
	BelowMinRemaining   Code = 418
	NotWithdrawable     Code = 419
	FundPasswordWrong   Code = 420
	FundPasswordLocked  Code = 421
	PoolShort           Code = 422
	CardDiffers         Code = 423
	NameDiffers         Code = 424
	CurrencyDiffers     Code = 425
	BankSerialUsed      Code = 426
	ReversedBefore      Code = 427
	OutcomeKnown        Code = 428
	ReversalUnderWay    Code = 429
	NotSameDay          Code = 430
	ReversalDiffers     Code = 431
	AlreadyReversed     Code = 432
	NotReversible       Code = 433
	ReversalNotCovered  Code = 434
	NotOneClient        Code = 435
	NotMainAndAuxiliary Code = 436
	NothingInCourse     Code = 437
	AccrualTooEarly     Code = 438
	NotUndoable         Code = 439
	WrongBank           Code = 440
	DocumentDiffers     Code = 442
	ReserveShort        Code = 441
)

var transferSentences = map[Code]Sentence{
	AccountFrozen:       {"account-frozen", "账户已冻结，不能转账", "the account is frozen and takes no transfers", "请先办理解冻，或联系营业部了解原因", "have it released first, or ask the branch for the reason"},
	AccountLossReported: {"account-loss-reported", "账户已挂失，不能转账", "the account is reported lost and takes no transfers", "请本人到柜台解除挂失", "have the report lifted at the counter in person"},
	AccountDormant:      {"account-dormant", "账户处于休眠状态，不能转账", "the account is dormant and takes no transfers", "请先办理账户激活", "have the account activated first"},
	AccountUnqualified:  {"account-unqualified", "不合格账户，不能转账", "the account is unqualified and takes no transfers", "请补全账户资料并完成规范手续", "complete the account's papers first"},
	AccountClosed:       {"account-closed", "账户已销户", "the account is closed", "请使用其他账户或重新开户", "use another account or open a new one"},
	NotDesignated:       {"not-designated", "存管关系尚未生效，不能转账", "the custody relation with the bank is not in force", "请先到银行完成存管指定确认", "confirm the custody designation at the bank first"},
	DataMismatch:        {"data-mismatch", "券商与银行的客户资料不一致，暂停转账", "the client's name or document differs between broker and bank, transfers wait", "请在另一方办理相同的资料变更", "make the same change of data at the other side"},
	CardChangedToday:    {"card-changed-today", "当日已变更银行结算账户，当日不能转账", "the settlement account at the bank was changed today, no transfer today", "请于下一交易日办理", "do it on the next trading day"},
	ClosingAsked:        {"closing-asked", "已申请销户或变更存管银行，不能转入", "closing or a change of bank was asked for, no money comes in", "请撤销申请后再转入", "withdraw the application before a deposit"},
	BankOutOfService:    {"bank-out-of-service", "该银行的转账服务已暂停", "transfers with this bank are switched off", "请稍后再试或查看公告", "try later or read the notices"},
	BankSignedOut:       {"bank-signed-out", "该银行当日尚未签到", "the bank has not signed in today", "请等待银行签到后再试", "wait until the bank has signed in"},
	OutsideWindow:       {"outside-window", "不在该银行的转账服务时间内", "it is outside the bank's transfer hours", "请在公布的服务时间内办理", "do it within the published hours"},
	BelowSingleMin:      {"below-single-min", "低于单笔最低限额", "the amount is below the least of one transfer", "请增大金额", "use a larger amount"},
	AboveSingleMax:      {"above-single-max", "超过单笔最高限额", "the amount is above the most of one transfer", "请分笔办理或申请提高限额", "split it or ask for a higher limit"},
	AboveDailySum:       {"above-daily-sum", "超过当日累计限额", "the day's sum would be above its limit", "请减小金额或于下一交易日办理", "use a smaller amount or do it on the next trading day"},
	AboveDailyCount:     {"above-daily-count", "超过当日笔数限制", "the day's number of transfers is used up", "请于下一交易日办理", "do it on the next trading day"},
	SecondFactorNeeded:  {"second-factor-needed", "该金额需要二次验证", "this amount needs a second factor", "请携动态口令以新的幂等键重试", "ask again with a code of the second factor, under a new key"},
	BelowMinRemaining:   {"below-min-remaining", "转出后余额低于最低留存金额", "the withdrawal would leave less than the least balance", "请减小金额；销户转出请先申请销户", "use a smaller amount, or ask for closing to take everything out"},
	NotWithdrawable:     {"not-withdrawable", "可取金额不足", "the withdrawable amount does not cover it", "当日卖出资金下一交易日可取，请查询可取金额", "today's sale proceeds may leave on the next trading day; look up what is withdrawable"},
	FundPasswordWrong:   {"fund-password-wrong", "资金密码错误", "the fund password is wrong", "请核对资金密码，多次错误将被锁定", "check the fund password; it locks after several wrong tries"},
	FundPasswordLocked:  {"fund-password-locked", "资金密码已锁定", "the fund password is locked", "请办理资金密码重置", "have the fund password reset"},
	PoolShort:           {"pool-short", "该行汇总账户头寸不足", "the pooled account at the bank does not cover it now", "请联系清算人员调拨头寸后重试", "ask clearing to move money to the bank and try again"},
	CardDiffers:         {"card-differs", "银行结算账户与登记不符", "the bank account is not the one on record", "请核对银行卡号，或办理变更银行账户", "check the card, or have the bank account changed"},
	NameDiffers:         {"name-differs", "户名与登记不符", "the name is not the one on record", "请核对姓名并在两方保持一致", "check the name and keep both sides the same"},
	DocumentDiffers:     {"document-differs", "银行报送的证件与本公司登记不符", "the identity document that the bank gives is not ours", "请核对客户证件，必要时办理资料变更", "compare the papers, and change the data where they are old"},
	CurrencyDiffers:     {"currency-differs", "币种与资金账户不符", "the currency is not the fund account's", "请使用对应币种的资金账户", "use the fund account of that currency"},
	BankSerialUsed:      {"bank-serial-used", "银行流水号已用于另一笔业务", "the bank's serial stands for another transfer", "请银行核对流水号，勿重复使用", "let the bank check its serial; it is used once a day"},
	ReversedBefore:      {"reversed-before-arrival", "该笔业务在到达前已被冲正，予以拒绝", "the transfer was reversed before it arrived and is refused", "请以新流水重新发起", "begin again with a new serial"},
	OutcomeKnown:        {"outcome-already-known", "该笔业务已有不同的确定结果", "the transfer already has a different, definite outcome", "不作更改；由日终对账处理差异", "nothing is changed; the day-end comparison works the difference off"},
	ReversalUnderWay:    {"reversal-under-way", "该笔业务的冲正正在处理", "a reversal of the transfer is under way", "请等待冲正结果后再查询", "wait for the reversal's outcome and enquire again"},
	NotSameDay:          {"not-same-day", "只能冲正当日业务", "only transfers of the same day can be reversed", "请走差错处理流程", "use the handling of differences"},
	ReversalDiffers:     {"reversal-differs", "冲正的金额、方向或账户与原交易不符", "amount, direction or account is not the original's", "请按原交易要素重新发起", "ask again with the figures of the original"},
	AlreadyReversed:     {"already-reversed", "该笔业务已冲正", "the transfer has been reversed", "请勿重复冲正", "do not reverse it twice"},
	NotReversible:       {"not-reversible", "该笔业务的状态或发起方不允许冲正", "the transfer's state or initiator does not allow a reversal", "失败业务无需冲正；处理中请先查询", "a refused transfer needs none; enquire first while it is open"},
	ReversalNotCovered:  {"reversal-not-covered", "可用资金不足，无法冲正转入", "the available balance does not cover taking the deposit back", "请客户补足资金，否则由日终对账处理", "let the client bring money in; else the day-end comparison decides"},
	NotOneClient:        {"not-one-client", "内部划转仅限同一客户同一币种", "an internal transfer stays with one client and one currency", "请核对资金账户", "check the fund accounts"},
	NotMainAndAuxiliary: {"not-main-and-auxiliary", "内部划转须在主账户与辅账户之间", "an internal transfer goes between the main and an auxiliary account", "请选择一个主账户和一个辅账户", "name one main and one auxiliary account"},
	NothingInCourse:     {"nothing-in-course", "两行之间没有相应的在途划转金额", "no such amount is in course between the two banks", "请按行间划转汇总核对金额", "check the amount against the inter-bank total"},
	AccrualTooEarly:     {"accrual-too-early", "停止受理之前不能计提当日积数", "the day's products are counted only after business has stopped", "请在日终步骤中执行", "run it as a step of the day end"},
	NotUndoable:         {"not-undoable", "仅能撤销已成功的业务", "only a transfer that is done can be undone", "处理中的业务请用结果确认", "settle an open one by its outcome instead"},
	WrongBank:           {"wrong-bank", "该资金账户的存管银行不是此银行", "the fund account is not in custody with this bank", "请核对资金账户与存管银行", "check the fund account and its bank"},
	ReserveShort:        {"reserve-short", "该存管银行客户在结算备付金账户中的余额不足", "the reserve does not hold that much for the bank's clients", "请核对备付金余额与在途划拨", "check the reserve and what is on its way back from it"},
}
