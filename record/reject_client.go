package record

// Rejections 200 to 299 belong to the client rules.
const (
	BatchSize         Code = 201
	ClientNumberTaken Code = 202
	IdentityTaken     Code = 203
	UnknownClient     Code = 204
	ClientClosed      Code = 205
	ClientNotNormal   Code = 206
	BadClass          Code = 207
	BadDocument       Code = 208
	BadHash           Code = 209
	BadRisk           Code = 210
	BadPermission     Code = 211
	SealedTooLong     Code = 212
	BadNumber         Code = 213
	FundNumberTaken   Code = 214
	UnknownFund       Code = 215
	MainExists        Code = 216
	MainMissing       Code = 217
	TooManyFunds      Code = 218
	BadCurrency       Code = 219
	BadCommission     Code = 220
	SecuritiesTaken   Code = 221
	MarketTaken       Code = 222
	BadSecurities     Code = 223
	NotMain           Code = 224
)

var clientSentences = map[Code]Sentence{
	BatchSize:         {"batch-size", "批量行数须在1至500之间", "a batch has 1 to 500 rows", "请分批提交", "send it in several batches"},
	ClientNumberTaken: {"client-number-taken", "客户号已被使用", "the client number is taken", "请使用新的客户号", "use a new client number"},
	IdentityTaken:     {"identity-taken", "该证件已开立客户号", "a client with this identity document exists", "请查询原客户号，一人一户", "look up the client; one person has one client number"},
	UnknownClient:     {"unknown-client", "客户号不存在", "there is no client of this number", "请核对客户号", "check the client number"},
	ClientClosed:      {"client-closed", "客户已销户", "the client is closed", "请重新开户", "open a new client"},
	ClientNotNormal:   {"client-not-normal", "客户状态不正常，不能办理", "the client's state does not allow this", "请先办理解冻、解挂、激活或规范", "have the client released, found, woken or put in order first"},
	BadClass:          {"bad-class", "客户类别无效", "the class of the client is not valid", "请选择个人或机构", "choose person or organisation"},
	BadDocument:       {"bad-document", "证件类型无效或与客户类别不符", "the kind of document is unknown or does not fit the class", "请核对证件类型：机构使用统一社会信用代码", "check the kind: an organisation has a unified social credit code"},
	BadHash:           {"bad-hash", "缺少证件、姓名或手机的密钥哈希", "the keyed hash of document, name or mobile is missing", "请先由加密模块生成哈希", "let the vault make the hash first"},
	BadRisk:           {"bad-risk", "风险等级或有效期无效", "the risk class or its last date is not valid", "等级为C1至C5，有效期自测评之日起不超过两年", "the class is C1 to C5, valid for at most two years from today"},
	BadPermission:     {"bad-permission", "权限代码无效", "the permission is not known", "请按权限表填写", "choose one of the table of permissions"},
	SealedTooLong:     {"sealed-too-long", "加密资料超过1024字节", "the sealed fields exceed 1,024 bytes", "请精简资料或将影像另行归档", "shorten them, and file images elsewhere"},
	BadNumber:         {"bad-number", "编号须为正且不超过规定位数", "the number must be positive and within its digits", "客户号至多12位，资金账号至多14位", "a client number has at most 12 digits, a fund account 14"},
	FundNumberTaken:   {"fund-number-taken", "资金账号已被使用", "the fund account number is taken", "请使用新的资金账号", "use a new number"},
	UnknownFund:       {"unknown-fund", "资金账户不存在", "there is no fund account of this number", "请核对资金账号", "check the fund account number"},
	MainExists:        {"main-exists", "该客户在该币种已有主资金账户", "the client has a main fund account of this currency", "请开立辅助资金账户", "open an auxiliary one"},
	MainMissing:       {"main-missing", "须先开立该币种的主资金账户", "a main fund account of this currency must come first", "请先开主资金账户", "open the main one first"},
	TooManyFunds:      {"too-many-funds", "该客户资金账户数已达上限", "the client has as many fund accounts as allowed", "请先注销不用的辅助账户", "close auxiliary accounts that are not used"},
	BadCurrency:       {"bad-currency", "币种无效", "the currency is not valid", "请选择人民币、港币或美元", "choose CNY, HKD or USD"},
	BadCommission:     {"bad-commission", "佣金费率无效", "the commission rate is not valid", "费率不得为负且不超过千分之三", "the rate is not negative and at most 3 per mille"},
	SecuritiesTaken:   {"securities-account-taken", "该证券账户已加挂", "the securities account is joined already", "请核对证券账户号", "check the securities account"},
	MarketTaken:       {"market-taken", "该资金账户在该市场已有证券账户", "the fund account has a securities account of this market", "请先撤销原加挂关系", "take the other one off first"},
	BadSecurities:     {"bad-securities-account", "证券账户号、市场或交易单元格式错误", "the securities account, market or trading unit has the wrong form", "账户10位、交易单元6位，均为大写字母或数字", "10 characters and 6 for the unit, capitals and digits"},
	NotMain:           {"not-main", "仅主资金账户可办理", "only a main fund account may do this", "请使用主资金账户", "use the main fund account"},
}
