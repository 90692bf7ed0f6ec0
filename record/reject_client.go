package record

// Rejections 200 to 299 belong to the client rules.
const (
	BatchSize           Code = 201
	ClientNumberTaken   Code = 202
	IdentityTaken       Code = 203
	UnknownClient       Code = 204
	ClientClosed        Code = 205
	ClientNotNormal     Code = 206
	BadClass            Code = 207
	BadDocument         Code = 208
	BadHash             Code = 209
	BadRisk             Code = 210
	BadPermission       Code = 211
	SealedTooLong       Code = 212
	BadNumber           Code = 213
	FundNumberTaken     Code = 214
	UnknownFund         Code = 215
	MainExists          Code = 216
	MainMissing         Code = 217
	TooManyFunds        Code = 218
	BadCurrency         Code = 219
	BadCommission       Code = 220
	SecuritiesTaken     Code = 221
	MarketTaken         Code = 222
	BadSecurities       Code = 223
	NotMain             Code = 224
	IdentityNotVerified Code = 225
	ReferenceMissing    Code = 226
	NothingChanged      Code = 227
	BankDataDiffers     Code = 228
	BadInvestor         Code = 229
	PermissionHeld      Code = 230
	PermissionNotHeld   Code = 231
	AssetsTooLow        Code = 232
	ExperienceTooShort  Code = 233
	RiskTooLow          Code = 234
	DisclosureMissing   Code = 235
	StateNotAllowed     Code = 236
	ClientHasFunds      Code = 237
	PasswordKind        Code = 238
	PasswordHash        Code = 239
	OldPasswordNeeded   Code = 240
	PasswordNotSet      Code = 241
	PasswordLocked      Code = 242
	PasswordNotLocked   Code = 243
	UnknownFreeze       Code = 244
	FreezeOver          Code = 245
	BadFreeze           Code = 246
	BadFreezeDate       Code = 247
	FreezeNotCovered    Code = 248
	NotDeductible       Code = 249
	DeductTooMuch       Code = 250
	DeductNotSettled    Code = 251
	NoSecuritiesHere    Code = 252
	SecuritiesInUse     Code = 253
	IdentityDisagrees   Code = 254
	IdentityUnanswered  Code = 255
	ClientHeld          Code = 256
	ClientNotHeld       Code = 257
	BadCheck            Code = 258
	BadCheckRule        Code = 259
	FactorIsSet         Code = 260
	FactorReplayed      Code = 261
	FactorStale         Code = 262
)

var clientSentences = map[Code]Sentence{
	BatchSize:           {"batch-size", "批量行数须在1至500之间", "a batch has 1 to 500 rows", "请分批提交", "send it in several batches"},
	ClientNumberTaken:   {"client-number-taken", "客户号已被使用", "the client number is taken", "请使用新的客户号", "use a new client number"},
	IdentityTaken:       {"identity-taken", "该证件已开立客户号", "a client with this identity document exists", "请查询原客户号，一人一户", "look up the client; one person has one client number"},
	UnknownClient:       {"unknown-client", "客户号不存在", "there is no client of this number", "请核对客户号", "check the client number"},
	ClientClosed:        {"client-closed", "客户已销户", "the client is closed", "请重新开户", "open a new client"},
	ClientNotNormal:     {"client-not-normal", "客户状态不正常，不能办理", "the client's state does not allow this", "请先办理解冻、解挂、激活或规范", "have the freeze, report, dormancy or defect lifted first"},
	BadClass:            {"bad-class", "客户类别无效", "the class of the client is not valid", "请选择个人或机构", "choose person or organisation"},
	BadDocument:         {"bad-document", "证件类型无效或与客户类别不符", "the kind of document is unknown or does not fit the class", "请核对证件类型：机构使用统一社会信用代码", "check the kind: an organisation has a unified social credit code"},
	BadHash:             {"bad-hash", "缺少证件、姓名或手机的密钥哈希", "the keyed hash of document, name or mobile is missing", "请先由加密模块生成哈希", "let the vault make the hash first"},
	BadRisk:             {"bad-risk", "风险等级或有效期无效", "the risk class or its last date is not valid", "等级为C1至C5，有效期自测评之日起不超过两年", "the class is C1 to C5, valid for at most two years from today"},
	BadPermission:       {"bad-permission", "权限代码无效", "the permission is not known", "请按权限表填写", "choose one of the table of permissions"},
	SealedTooLong:       {"sealed-too-long", "加密资料超过960字节", "the sealed fields exceed 960 bytes", "请精简资料或将影像另行归档", "shorten them, and file images elsewhere"},
	BadNumber:           {"bad-number", "编号须为正且不超过规定位数", "the number must be positive and within its digits", "客户号至多12位，资金账号至多14位", "a client number has at most 12 digits, a fund account 14"},
	FundNumberTaken:     {"fund-number-taken", "资金账号已被使用", "the fund account number is taken", "请使用新的资金账号", "use a new number"},
	UnknownFund:         {"unknown-fund", "资金账户不存在", "there is no fund account of this number", "请核对资金账号", "check the fund account number"},
	MainExists:          {"main-exists", "该客户在该币种已有主资金账户", "the client has a main fund account of this currency", "请开立辅助资金账户", "open an auxiliary one"},
	MainMissing:         {"main-missing", "须先开立该币种的主资金账户", "a main fund account of this currency must come first", "请先开主资金账户", "open the main one first"},
	TooManyFunds:        {"too-many-funds", "该客户资金账户数已达上限", "the client has as many fund accounts as allowed", "请先注销不用的辅助账户", "close auxiliary accounts that are not used"},
	BadCurrency:         {"bad-currency", "币种无效", "the currency is not valid", "请选择人民币、港币或美元", "choose CNY, HKD or USD"},
	BadCommission:       {"bad-commission", "佣金费率无效", "the commission rate is not valid", "费率不得为负且不超过千分之三", "the rate is not negative and at most 3 per mille"},
	SecuritiesTaken:     {"securities-account-taken", "该证券账户已加挂", "the securities account is joined already", "请核对证券账户号", "check the securities account"},
	MarketTaken:         {"market-taken", "该资金账户在该市场已有证券账户", "the fund account has a securities account of this market", "请先撤销原加挂关系", "take the other one off first"},
	BadSecurities:       {"bad-securities-account", "证券账户号、市场或交易单元格式错误", "the securities account, market or trading unit has the wrong form", "账户10位、交易单元至多6位，均为大写字母或数字", "10 characters, at most 6 for the unit, capitals and digits"},
	NotMain:             {"not-main", "仅主资金账户可办理", "only a main fund account may do this", "请使用主资金账户", "use the main fund account"},
	IdentityNotVerified: {"identity-not-verified", "未核验客户身份", "the person was not checked", "请先核验证件与密码", "check document and password first"},
	ReferenceMissing:    {"reference-missing", "缺少依据文号", "the reference it rests on is missing", "请填写文书、名单或协议编号", "give the number of the order, list or agreement"},
	NothingChanged:      {"nothing-changed", "资料与原登记相同", "the data are those on record", "无需变更", "nothing needs to be changed"},
	BankDataDiffers:     {"bank-data-differs", "银行资料与券商登记不一致", "the bank's data are not those on record", "请在两方办理相同的资料变更", "make the same change at both sides"},
	BadInvestor:         {"bad-investor", "投资者类别无效", "the class of investor is not valid", "请选择普通或专业投资者", "choose ordinary or professional"},
	PermissionHeld:      {"permission-held", "该权限已开通", "the permission is open already", "无需重复开通", "nothing to do"},
	PermissionNotHeld:   {"permission-not-held", "该权限未开通", "the permission is not open", "请核对权限", "check the permissions"},
	AssetsTooLow:        {"assets-too-low", "近20个交易日日均资产未达标准", "the average assets of 20 trading days are below the condition", "请达到标准后再申请", "apply again once they are reached"},
	ExperienceTooShort:  {"experience-too-short", "证券交易经验未达标准", "the experience in trading is shorter than the condition", "请满足年限后再申请", "apply again once the time has passed"},
	RiskTooLow:          {"risk-too-low", "风险承受能力未达该权限要求或测评已过期", "the risk class is below the condition or has expired", "请重新测评", "answer the questionnaire again"},
	DisclosureMissing:   {"disclosure-missing", "未签署风险揭示书", "the risk disclosure was not signed", "请先签署风险揭示书", "sign the risk disclosure first"},
	StateNotAllowed:     {"state-not-allowed", "不能从当前状态变更到该状态", "this state cannot follow the present one", "请先恢复正常状态；冻结的资金账户请办理解除冻结", "go back to normal first; a frozen fund account is released by its order"},
	ClientHasFunds:      {"client-has-funds", "尚有未销的资金账户", "a fund account is still open", "请先注销所有资金账户", "close all fund accounts first"},
	PasswordKind:        {"password-kind", "密码种类无效", "there is no such kind of password", "请选择交易密码或资金密码", "choose trading or fund password"},
	PasswordHash:        {"password-hash", "密码密文缺失或过长", "the hash of the password is missing or too long", "请由加密模块生成", "let the vault make it"},
	OldPasswordNeeded:   {"old-password-needed", "须先验证原密码", "the old password must be given", "忘记密码请办理重置", "have a forgotten password reset"},
	PasswordNotSet:      {"password-not-set", "尚未设置该密码", "the password was never set", "请先设置密码", "set it first"},
	PasswordLocked:      {"password-locked", "密码已锁定", "the password is locked", "请到柜台解锁或重置", "have it unlocked or reset at the counter"},
	PasswordNotLocked:   {"password-not-locked", "密码未锁定", "the password is not locked", "无需解锁", "nothing to do"},
	UnknownFreeze:       {"unknown-freeze", "冻结编号不存在", "there is no freeze of this number", "请核对冻结编号", "check the number"},
	FreezeOver:          {"freeze-over", "该冻结已解除", "the freeze is over", "无需处理", "nothing to do"},
	BadFreeze:           {"bad-freeze", "冻结内容无效", "the freeze asks for nothing, or for something unknown", "请填写原因、整户或金额（数量）", "give a reason, and the whole account or an amount"},
	BadFreezeDate:       {"bad-freeze-date", "冻结截止日无效", "the last date of the freeze is not valid", "截止日不得早于当日", "the last date is today or later"},
	FreezeNotCovered:    {"freeze-not-covered", "可冻结的资金或证券不足", "there is less than the freeze asks for", "可选择部分冻结，并冻结整户", "ask for a partial freeze, and freeze the account"},
	NotDeductible:       {"not-deductible", "该冻结不可扣划", "nothing can be deducted from this freeze", "仅司法或监管冻结的资金可扣划", "only cash frozen by a court or supervisor can be deducted"},
	DeductTooMuch:       {"deduct-too-much", "超过冻结或已扣划的金额", "the amount is more than is frozen or deducted", "请核对金额", "check the amount"},
	DeductNotSettled:    {"deduct-not-settled", "冻结资金尚未交收", "the frozen money has not settled yet", "请于交收后扣划", "deduct it after settlement"},
	NoSecuritiesHere:    {"no-securities-here", "该资金账户在该市场没有证券账户", "the fund account has no securities account of this market", "请核对市场", "check the market"},
	SecuritiesInUse:     {"securities-in-use", "该市场尚有持仓或未了结的委托", "securities of this market are still held, or orders open", "请先卖出、转托管或撤单", "sell them, move them or cancel the orders first"},
	IdentityDisagrees:   {"identity-disagrees", "身份核验机构反馈资料不一致", "an identity register says that the data do not belong together", "请对照证件、银行卡和本人核对后重新提交", "compare the papers, the card and the person, and send the data again"},
	IdentityUnanswered:  {"identity-unanswered", "身份核验尚无结果", "an identity check has no answer yet", "请重新发起核验，得到结果后再复核", "ask the register again and approve when it has answered"},
	ClientHeld:          {"client-held", "客户待双人审核，暂不能办理业务", "the client is held until two people have reviewed him", "请补充核验，或提交双人审核", "ask the registers again, or propose a review"},
	ClientNotHeld:       {"client-not-held", "客户不在待审核状态", "the client is not held for review", "请查询客户状态", "look up the state of the client"},
	BadCheck:            {"bad-check", "核验结果无效", "a result of a check is not valid", "请核对核验项目、结果与流水号", "look at the check, its outcome and its serial"},
	FactorIsSet:         {"factor-is-set", "已设置动态口令，不能自助更换", "a second factor is set already", "请本人携证件到柜台重置", "come to the counter with your papers to replace it"},
	FactorReplayed:      {"factor-used", "该动态口令已使用过", "this code was used already", "请等待设备显示下一个口令", "wait for the next code of the device"},
	FactorStale:         {"factor-stale", "动态口令的时间步与系统时间不符", "the code is of another time", "请校准设备时间后重试", "set the clock of the device and try again"},
	BadCheckRule:        {"bad-check-rule", "核验规则无效", "the rule of checks is not valid", "请核对客户类别、必做项目和有效天数", "look at the class, the checks required and the days"},
}
