package record

import (
	"sancun/money"
	"sancun/state"
)

// Commands of bank–securities transfers and of interest on fund accounts (rows
// K20 to K22, K24 to K26, K42). Fund always is the number of the fund account,
// Transfer the platform serial that the asking command's outcome gave as its
// reference, and Amount is in minor units of the fund account's currency.
const (
	KindAskDeposit         Kind = 100
	KindAskWithdrawal      Kind = 101
	KindBankAnswered       Kind = 102
	KindTransferTimedOut   Kind = 103
	KindEnquiryResult      Kind = 104
	KindBankDeposit        Kind = 105
	KindBankWithdrawal     Kind = 106
	KindAskReversal        Kind = 107
	KindBankReversal       Kind = 108
	KindResolveTransfer    Kind = 109
	KindCorrectTransfer    Kind = 110
	KindUndoTransfer       Kind = 111
	KindInternalTransfer   Kind = 112
	KindSettleBetweenBanks Kind = 113
	KindSetLimit           Kind = 114
)

var transferCommands = []func() Command{
	func() Command { return &AskDeposit{} },
	func() Command { return &AskWithdrawal{} },
	func() Command { return &BankAnswered{} },
	func() Command { return &TransferTimedOut{} },
	func() Command { return &EnquiryResult{} },
	func() Command { return &BankDeposit{} },
	func() Command { return &BankWithdrawal{} },
	func() Command { return &AskReversal{} },
	func() Command { return &BankReversal{} },
	func() Command { return &ResolveTransfer{} },
	func() Command { return &CorrectTransfer{} },
	func() Command { return &UndoTransfer{} },
	func() Command { return &InternalTransfer{} },
	func() Command { return &SettleBetweenBanks{} },
	func() Command { return &SetLimit{} },
	func() Command { return &AskRemittance{} },
	func() Command { return &AccrueInterest{} },
	func() Command { return &PostInterest{} },
	func() Command { return &CloseInterest{} },
	func() Command { return &InterestReceived{} },
}

// Outcomes of a transfer as the bank states them.
const (
	OutcomeSuccess    uint8 = 1
	OutcomeRefused    uint8 = 2 // definite: nothing moved at the bank
	OutcomeUnknown    uint8 = 3 // the bank itself cannot say
	OutcomeNotArrived uint8 = 4 // only of an enquiry: the request never arrived and never will
)

// Directions of a transfer, always named from where to where, because banks and
// brokers use 出金 and 入金 the other way round (domain facts B.7).
const (
	DirectionDeposit    uint8 = 1 // bank → securities, 银行转证券
	DirectionWithdrawal uint8 = 2 // securities → bank, 证券转银行
)

// BankRefMax is the longest bank serial in bytes.
const BankRefMax = 20

// AskDeposit asks the client's bank to bring money in (券商发起银行转证券). The
// outcome's reference is the platform serial. Nothing is credited before the
// bank has confirmed.
type AskDeposit struct {
	Fund         uint64
	Amount       money.Amount
	Channel      uint8
	SecondFactor uint8 // 1 when a second factor was checked for this request
}

// Kind returns KindAskDeposit.
func (*AskDeposit) Kind() Kind { return KindAskDeposit }

// Walk walks the fields.
func (c *AskDeposit) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.Amount(&c.Amount)
	w.U8(&c.Channel)
	w.U8(&c.SecondFactor)
}

// AskWithdrawal sends money out to the client's bank (券商发起证券转银行). The
// ledger is debited at once; the outcome's reference is the platform serial.
type AskWithdrawal struct {
	Fund         uint64
	Amount       money.Amount
	Channel      uint8
	SecondFactor uint8
	PasswordOK   uint8 // 1 when the fund password was checked and right
}

// Kind returns KindAskWithdrawal.
func (*AskWithdrawal) Kind() Kind { return KindAskWithdrawal }

// Walk walks the fields.
func (c *AskWithdrawal) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.Amount(&c.Amount)
	w.U8(&c.Channel)
	w.U8(&c.SecondFactor)
	w.U8(&c.PasswordOK)
}

// BankAnswered is a bank's answer to AskDeposit, AskWithdrawal or AskReversal,
// in time or late.
type BankAnswered struct {
	Transfer uint64
	Outcome  uint8  // OutcomeSuccess, OutcomeRefused or OutcomeUnknown
	Error    uint16 // the bank's error number, 0 on success
	BankRef  string // the bank's serial, needed on success
}

// Kind returns KindBankAnswered.
func (*BankAnswered) Kind() Kind { return KindBankAnswered }

// Walk walks the fields.
func (c *BankAnswered) Walk(w *Codec) {
	w.U64(&c.Transfer)
	w.U8(&c.Outcome)
	w.U16(&c.Error)
	w.Text(&c.BankRef)
}

// TransferTimedOut says that no answer came in time: the outcome is unknown.
type TransferTimedOut struct{ Transfer uint64 }

// Kind returns KindTransferTimedOut.
func (*TransferTimedOut) Kind() Kind { return KindTransferTimedOut }

// Walk walks the fields.
func (c *TransferTimedOut) Walk(w *Codec) { w.U64(&c.Transfer) }

// EnquiryResult is what the bank says of a transfer when asked again.
type EnquiryResult struct {
	Transfer uint64
	Outcome  uint8  // any of the outcomes
	Error    uint16 // the bank's error number
	BankRef  string // needed on success
}

// Kind returns KindEnquiryResult.
func (*EnquiryResult) Kind() Kind { return KindEnquiryResult }

// Walk walks the fields.
func (c *EnquiryResult) Walk(w *Codec) {
	w.U64(&c.Transfer)
	w.U8(&c.Outcome)
	w.U16(&c.Error)
	w.Text(&c.BankRef)
}

// BankDeposit is a deposit that began at the bank, which has debited the card
// and asks us to credit. The gateway's key is the date and the bank's serial.
type BankDeposit struct {
	Bank     uint16
	Date     uint32 // the bank's business date
	BankRef  string
	Fund     uint64
	Currency money.Currency
	Amount   money.Amount
	Card     state.Key // keyed hash of the card as the bank gave it
	Name     state.Key // keyed hash of the name as the bank gave it, zero when its message has none
	ID       state.Key // keyed hash of the identity document as the bank gave it, zero when its message has none
}

// Kind returns KindBankDeposit.
func (*BankDeposit) Kind() Kind { return KindBankDeposit }

// Walk walks the fields.
func (c *BankDeposit) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U32(&c.Date)
	w.Text(&c.BankRef)
	w.U64(&c.Fund)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
	w.Fixed(c.Card[:])
	w.Fixed(c.Name[:])
	w.Fixed(c.ID[:])
}

// BankWithdrawal is a withdrawal that began at the bank, which will credit the
// card when we have accepted.
type BankWithdrawal struct {
	Bank       uint16
	Date       uint32
	BankRef    string
	Fund       uint64
	Currency   money.Currency
	Amount     money.Amount
	Card       state.Key
	Name       state.Key // as in BankDeposit
	ID         state.Key
	PasswordOK uint8 // 1 when the fund password in the message was right
}

// Kind returns KindBankWithdrawal.
func (*BankWithdrawal) Kind() Kind { return KindBankWithdrawal }

// Walk walks the fields.
func (c *BankWithdrawal) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U32(&c.Date)
	w.Text(&c.BankRef)
	w.U64(&c.Fund)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
	w.Fixed(c.Card[:])
	w.Fixed(c.Name[:])
	w.Fixed(c.ID[:])
	w.U8(&c.PasswordOK)
}

// AskReversal asks the bank to undo a transfer of today that we began (券商发起
// 冲正). The outcome's reference is the reversal's own platform serial, under
// which the bank's answer comes.
type AskReversal struct {
	Transfer uint64
	Amount   money.Amount // must be the original's
}

// Kind returns KindAskReversal.
func (*AskReversal) Kind() Kind { return KindAskReversal }

// Walk walks the fields.
func (c *AskReversal) Walk(w *Codec) {
	w.U64(&c.Transfer)
	w.Amount(&c.Amount)
}

// BankReversal undoes a transfer of today because the bank says so (银行发起冲
// 正). One that names a transfer we never saw is remembered and the original is
// refused when it arrives.
type BankReversal struct {
	Bank      uint16
	Date      uint32 // of both the reversal and the original
	BankRef   string // the reversal's own serial
	Original  string // the bank's serial of the original, may be empty when Transfer is given
	Transfer  uint64 // our platform serial of the original, 0 when the bank does not give it
	Direction uint8  // of the original
	Fund      uint64
	Amount    money.Amount
}

// Kind returns KindBankReversal.
func (*BankReversal) Kind() Kind { return KindBankReversal }

// Walk walks the fields.
func (c *BankReversal) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U32(&c.Date)
	w.Text(&c.BankRef)
	w.Text(&c.Original)
	w.U64(&c.Transfer)
	w.U8(&c.Direction)
	w.U64(&c.Fund)
	w.Amount(&c.Amount)
}
