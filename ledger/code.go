package ledger

import "strconv"

// Code says why a posting was made. Numbers are written to disk and into the
// general-ledger export.
type Code uint16

// The reasons of postings.
const (
	CodeTransfer         Code = 1  // plain transfer between general accounts
	CodeOpening          Code = 2  // opening balance
	CodeDeposit          Code = 11 // 银行转证券
	CodeWithdrawal       Code = 12 // 证券转银行
	CodeDepositReversed  Code = 13 // 冲银行转证券
	CodeWithdrawReversed Code = 14 // 冲证券转银行, or a withdrawal the bank refused
	CodeInternal         Code = 15 // 内部划转 between main and auxiliary fund accounts
	CodeTradeCash        Code = 21 // principal of an order's fills at second-level clearing
	CodeTradeFees        Code = 22 // fees of an order at second-level clearing
	CodeTradeUnits       Code = 23 // securities of an order's fills
	CodeReserve          Code = 31 // between pooled account and reserve
	CodeClearingNet      Code = 32 // first-level net paid to or by the clearing house
	CodeFeeDrawn         Code = 33 // commission drawn from client money to own funds, by rule
	CodeFeeEarned        Code = 34 // the same in the own books
	CodeRounding         Code = 35 // cents between our fees and the clearing house's
	CodeInterest         Code = 41 // 结息 to a client
	CodeInterestReceived Code = 42 // interest received from a bank
	CodeDividend         Code = 43 // 红利
	CodeBonus            Code = 44 // 送股
	CodeSubscription     Code = 45 // 申购缴款
	CodeCorrection       Code = 51 // worked off by two people, by the rule of B.7
	CodeForced           Code = 52 // as 51, where the outsider's books leave a client in debt
	CodeWriteOff         Code = 53 // difference taken over by own funds
	CodeSecuritiesIn     Code = 61 // securities moved in (转托管转入, opening position)
	CodeSecuritiesOut    Code = 62 // securities moved out
	CodeDeduction        Code = 63 // judicial deduction 司法扣划
)

var codeNames = map[Code]string{
	CodeTransfer: "transfer", CodeOpening: "opening", CodeDeposit: "deposit", CodeWithdrawal: "withdrawal",
	CodeDepositReversed: "deposit-reversed", CodeWithdrawReversed: "withdrawal-reversed", CodeInternal: "internal",
	CodeTradeCash: "trade-cash", CodeTradeFees: "trade-fees", CodeTradeUnits: "trade-units", CodeReserve: "reserve",
	CodeClearingNet: "clearing-net", CodeFeeDrawn: "fee-drawn", CodeFeeEarned: "fee-earned", CodeRounding: "rounding",
	CodeInterest: "interest", CodeInterestReceived: "interest-received", CodeDividend: "dividend", CodeBonus: "bonus",
	CodeSubscription: "subscription", CodeCorrection: "correction", CodeForced: "forced", CodeWriteOff: "write-off",
	CodeSecuritiesIn: "securities-in", CodeSecuritiesOut: "securities-out", CodeDeduction: "deduction",
}

func (c Code) String() string {
	if name, ok := codeNames[c]; ok {
		return name
	}
	return "code " + strconv.Itoa(int(c))
}

// Forced says whether a posting of this code may leave a bounded account
// negative: the bank's or clearing house's books prevail and the client then
// owes us (domain facts B.7).
func (c Code) Forced() bool { return c == CodeForced }
