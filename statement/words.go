package statement

import "sancun/paper"

// kindWords are the kinds of postings for people.
var kindWords = map[Kind]paper.Words{
	Deposit: {ZH: "银证转入", EN: "deposit"}, Withdrawal: {ZH: "银证转出", EN: "withdrawal"}, DepositReversed: {ZH: "冲正银证转入", EN: "deposit reversed"},
	WithdrawalReversed: {ZH: "冲正银证转出", EN: "withdrawal reversed"}, Bought: {ZH: "证券买入", EN: "bought"}, Sold: {ZH: "证券卖出", EN: "sold"},
	Levies: {ZH: "税费规费", EN: "levies"}, Commission: {ZH: "佣金", EN: "commission"}, Interest: {ZH: "利息", EN: "interest"}, Dividend: {ZH: "红利", EN: "dividend"},
	Internal: {ZH: "内部划转", EN: "internal"}, Subscription: {ZH: "申购缴款", EN: "subscription"}, Opening: {ZH: "期初建账", EN: "opening"},
	Correction: {ZH: "差错调整", EN: "correction"}, WriteOff: {ZH: "差错核销", EN: "write-off"}, Deduction: {ZH: "司法扣划", EN: "deduction"},
	Other: {ZH: "其他", EN: "other"}, Settlement: {ZH: "交易清算净额", EN: "net of trades"},
}

// sideWords are the sides of an order for people.
var sideWords = map[string]paper.Words{"buy": {ZH: "买入", EN: "buy"}, "sell": {ZH: "卖出", EN: "sell"}, "subscribe": {ZH: "申购", EN: "subscribe"}}

// stateWords are the states of a transfer for people.
var stateWords = map[string]paper.Words{
	"sent": {ZH: "已发送", EN: "sent"}, "done": {ZH: "成功", EN: "done"}, "refused": {ZH: "失败", EN: "refused"}, "unknown": {ZH: "待核实", EN: "outcome unknown"},
	"reversed": {ZH: "已冲正", EN: "reversed"}, "poisoned": {ZH: "作废", EN: "void"},
}

// moveWords are the reasons of postings on securities for people.
var moveWords = map[string]paper.Words{
	"trade-units": {ZH: "交易", EN: "trade"}, "securities-in": {ZH: "转入", EN: "moved in"}, "securities-out": {ZH: "转出", EN: "moved out"},
	"bonus": {ZH: "送股", EN: "bonus"}, "deduction": {ZH: "司法扣划", EN: "deduction"}, "correction": {ZH: "差错调整", EN: "correction"},
}

// in returns the words of a name, or the name itself.
func in[K ~string](words map[K]paper.Words, name K) paper.Words {
	if w, ok := words[name]; ok {
		return w
	}
	return paper.Plain(string(name))
}

// currencyWords are the units of money.
var currencyWords = map[string]paper.Words{"CNY": {ZH: "人民币元", EN: "CNY yuan"}, "HKD": {ZH: "港元", EN: "HKD"}, "USD": {ZH: "美元", EN: "USD"}}
