package record

// Rejections 300 to 399 belong to the contract rules.
const (
	UnknownBank        Code = 301
	BankSuspended      Code = 302
	AlreadySigned      Code = 303
	FundNotNormal      Code = 304
	CardMissing        Code = 305
	BankAlreadyUsed    Code = 306
	FormerBankNotZero  Code = 307
	DataUnconfirmed    Code = 308
	BadSide            Code = 309
	SameSide           Code = 310
	NotPreDesignated   Code = 311
	NotSigned          Code = 312
	CardSame           Code = 313
	TransfersToday     Code = 314
	ApplicationPending Code = 315
	NoApplication      Code = 316
	NotSecondDay       Code = 317
	FundNotClear       Code = 318
	MainNeedsBank      Code = 319
)

var contractSentences = map[Code]Sentence{
	UnknownBank:        {"unknown-bank", "存管银行不存在", "there is no custodian bank of this number", "请核对银行编号", "check the number of the bank"},
	BankSuspended:      {"bank-suspended", "该银行业务已暂停", "business with this bank is switched off", "请稍后办理或选择其他银行", "do it later or choose another bank"},
	AlreadySigned:      {"already-signed", "资金账户已有存管关系", "the fund account has a custody relation", "如需更换银行请办理变更存管银行", "to go to another bank ask for a change of bank"},
	FundNotNormal:      {"fund-not-normal", "资金账户状态不允许办理", "the state of the fund account does not allow this", "请先恢复账户状态", "have the account's state put right first"},
	CardMissing:        {"card-missing", "缺少银行结算账户", "the bank settlement account is missing", "请提供银行卡号", "give the card number"},
	BankAlreadyUsed:    {"bank-already-used", "该客户同币种已有资金账户在该银行", "another fund account of the client and currency is with this bank", "辅助账户须选择其他银行", "choose another bank for an auxiliary account"},
	FormerBankNotZero:  {"former-bank-not-zero", "原存管银行名下台账仍有余额", "the ledger at the former bank is not at zero", "请先与原银行重新签约并转出余额", "sign with the former bank again and take the balance out"},
	DataUnconfirmed:    {"data-unconfirmed", "客户资料变更尚待银行确认", "a change of the client's data waits for a bank", "请待银行确认资料后办理", "wait until the bank has confirmed the data"},
	BadSide:            {"bad-side-of-contract", "发起方无效", "the side is neither broker nor bank", "请填写券商或银行", "say broker or bank"},
	SameSide:           {"same-side", "须由另一方确认", "the other side must confirm", "券商预指定由银行确认，银行预指定由券商确认", "what one side began the other confirms"},
	NotPreDesignated:   {"not-pre-designated", "资金账户没有待确认的预指定", "the fund account has no pre-designation", "请先办理预指定或一步式签约", "pre-designate first, or sign in one step"},
	NotSigned:          {"not-signed", "资金账户没有生效的存管关系", "the fund account has no custody relation in force", "请先签约", "sign a contract first"},
	CardSame:           {"card-same", "新旧银行结算账户相同", "the new settlement account is the old one", "无需变更", "nothing needs to be changed"},
	TransfersToday:     {"transfers-today", "当日已有银证转账", "money moved between bank and ledger today", "请于下一交易日办理", "do it on the next trading day"},
	ApplicationPending: {"application-pending", "已申请销户或变更存管银行", "closing or a change of bank was asked for", "请先撤回申请", "take the application back first"},
	NoApplication:      {"no-application", "没有相应的申请", "there is no such application", "请先提出申请", "apply first"},
	NotSecondDay:       {"not-second-day", "须于台账清零后的第二个工作日办理", "it is done on the second working day, after the ledger stood at zero", "请于下一交易日办理", "do it on the next trading day"},
	FundNotClear:       {"fund-not-clear", "账户尚有未了结事项", "something of the account is not finished", "请按列出的事项逐项办理", "work off what is listed"},
	MainNeedsBank:      {"main-needs-bank", "主资金账户不能直接解约", "a main fund account is not left without a bank", "请办理变更存管银行或销户", "ask for a change of bank or for closing"},
}
