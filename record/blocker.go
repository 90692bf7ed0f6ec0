package record

// Blocker is one thing that keeps an account from being closed or from leaving
// its bank. The rejection FundNotClear carries the sum of all of them as its
// reference, so that a client is told everything at once (row K16).
type Blocker uint64

// The blockers.
const (
	BlockOrders     Blocker = 1 << 0 // orders still open
	BlockTransfers  Blocker = 1 << 1 // transfers without a known outcome
	BlockUnsettled  Blocker = 1 << 2 // trades not settled
	BlockDebt       Blocker = 1 << 3 // the client owes us
	BlockHolds      Blocker = 1 << 4 // money or units held or frozen
	BlockDeduction  Blocker = 1 << 5 // deducted for a court and not yet paid by the bank
	BlockPositions  Blocker = 1 << 6 // securities still held
	BlockAuxiliary  Blocker = 1 << 7 // auxiliary accounts of the currency still open
	BlockInterest   Blocker = 1 << 8 // interest not yet posted
	BlockBalance    Blocker = 1 << 9 // money still there
	blockerPastLast Blocker = 1 << 10
)

var blockerSentences = map[Blocker]Sentence{
	BlockOrders:    {"open-orders", "尚有未了结的委托", "orders are still open", "请撤单或等待收市", "cancel them or wait for the close"},
	BlockTransfers: {"open-transfers", "尚有结果未明的转账", "a transfer has no known outcome yet", "请等待银行结果或日终对账", "wait for the bank's answer or the day-end comparison"},
	BlockUnsettled: {"unsettled-trades", "尚有未交收的成交", "trades have not settled yet", "请于交收后办理", "do it after settlement"},
	BlockDebt:      {"debt", "账户欠款", "the account is in debt", "请先补足欠款", "pay the debt first"},
	BlockHolds:     {"holds", "尚有冻结的资金或证券", "money or securities are held or frozen", "请先解除冻结", "have the holds released first"},
	BlockDeduction: {"deduction-in-course", "司法扣划款尚未由银行划出", "a deduction has not been paid by the bank yet", "请等待银行划款", "wait for the bank's payment"},
	BlockPositions: {"positions", "尚有持仓", "securities are still held", "请先卖出或转托管", "sell them or move them to another broker"},
	BlockAuxiliary: {"auxiliary-accounts", "尚有未注销的辅助资金账户", "an auxiliary account is still open", "请先注销辅助资金账户", "close the auxiliary accounts first"},
	BlockInterest:  {"interest-due", "尚有未结利息", "interest has not been posted yet", "请先结息", "post the closing interest first"},
	BlockBalance:   {"balance", "尚有余额", "there is still money in the account", "请将余额全部转出至银行", "withdraw all of it to the bank"},
}

// Sentence returns what to say of one blocker.
func (b Blocker) Sentence() (Sentence, bool) {
	s, ok := blockerSentences[b]
	return s, ok
}

// Blockers returns the blockers in the reference of a FundNotClear, in the order
// in which a client works them off.
func Blockers(ref uint64) []Blocker {
	var all []Blocker
	for b := Blocker(1); b < blockerPastLast; b <<= 1 {
		if Blocker(ref)&b != 0 {
			all = append(all, b)
		}
	}
	return all
}
