package record

// Rejections 300 to 399 belong to the contract rules.
const (
	UnknownBank      Code = 301
	BankSuspended    Code = 302
	AlreadySigned    Code = 303
	FundNotNormal    Code = 304
	CardMissing      Code = 305
	BankAlreadyUsed  Code = 306
	FormerBankNotNil Code = 307
	DataUnconfirmed  Code = 308
)

var contractSentences = map[Code]Sentence{
	UnknownBank:      {"unknown-bank", "存管银行不存在", "there is no custodian bank of this number", "请核对银行编号", "check the number of the bank"},
	BankSuspended:    {"bank-suspended", "该银行业务已暂停", "business with this bank is switched off", "请稍后办理或选择其他银行", "do it later or choose another bank"},
	AlreadySigned:    {"already-signed", "资金账户已有存管关系", "the fund account has a custody relation", "如需更换银行请办理变更存管银行", "to go to another bank ask for a change of bank"},
	FundNotNormal:    {"fund-not-normal", "资金账户状态不允许办理", "the state of the fund account does not allow this", "请先恢复账户状态", "have the account's state put right first"},
	CardMissing:      {"card-missing", "缺少银行结算账户", "the bank settlement account is missing", "请提供银行卡号", "give the card number"},
	BankAlreadyUsed:  {"bank-already-used", "该客户同币种已有资金账户在该银行", "another fund account of the client and currency is with this bank", "辅助账户须选择其他银行", "choose another bank for an auxiliary account"},
	FormerBankNotNil: {"former-bank-not-zero", "原存管银行名下台账仍有余额", "the ledger at the former bank is not at zero", "请先与原银行重新签约并转出余额", "sign with the former bank again and take the balance out"},
	DataUnconfirmed:  {"data-unconfirmed", "客户资料变更尚待银行确认", "a change of the client's data waits for a bank", "请待银行确认资料后办理", "wait until the bank has confirmed the data"},
}
