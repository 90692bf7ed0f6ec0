package bank

import (
	"fmt"
	"slices"
)

// Function is a kind of message by its canonical number. Formats have their own
// codes for it. Numbers are written into records and never change.
type Function uint16

// The functions between broker and bank (B.3).
const (
	FunctionSignIn      Function = 101
	FunctionSignOut     Function = 102
	FunctionKeyExchange Function = 103
	FunctionProbe       Function = 104

	FunctionPreDesignate      Function = 301
	FunctionConfirm           Function = 302
	FunctionSignOneStep       Function = 303
	FunctionChangeBankAccount Function = 304
	FunctionChangeClientData  Function = 305
	FunctionChangeCustodyBank Function = 306
	FunctionPostInterest      Function = 307
	FunctionCancelContract    Function = 308

	FunctionQueryLedgerBalance Function = 309
	FunctionQueryBankBalance   Function = 310
	FunctionIdentityCheck      Function = 311
	FunctionQueryTransfer      Function = 312

	FunctionDeposit           Function = 401
	FunctionWithdrawal        Function = 402
	FunctionReverseDeposit    Function = 403
	FunctionReverseWithdrawal Function = 404
	FunctionRemit             Function = 405

	FunctionFileReady Function = 501
	FunctionFileSend  Function = 502
	FunctionFileFetch Function = 503
	FunctionFilesDone Function = 504
)

// Message is one message of the vocabulary. The implementations are the
// pointer types of this package and nothing else.
type Message interface {
	Function() Function
	Head() *Header
	Result() *Outcome
	slots() []slot
}

// trait is what is true of a function in every format.
type trait struct {
	function Function
	name     string
	chinese  string
	make     func() Message
	// starts lists who may start it.
	starts []Initiator
	// request and reply name the fields that every format must carry, because
	// without them the message does not say what to do.
	request, reply []string
}

var (
	either     = []Initiator{Broker, Bank}
	brokerOnly = []Initiator{Broker}
	bankOnly   = []Initiator{Bank}

	partyCore    = []string{"name", "id_kind", "id_number", "fund_account", "bank_account", "currency"}
	accountCore  = []string{"fund_account", "bank_account", "currency"}
	transferCore = []string{"fund_account", "bank_account", "currency", "amount"}
	originalCore = []string{"original_date", "original_bank_serial", "original_broker_serial", "original_initiator"}
	remitCore    = []string{"market", "back", "currency", "amount"}
	noticeCore   = []string{"file_name", "file_size", "file_sha256", "file_chunks"}
)

// traits lists every function once, in the order of their numbers. It is never
// changed after the program starts.
var traits = []trait{
	{FunctionSignIn, "sign-in", "签到", func() Message { return new(SignIn) }, either, nil, nil},
	{FunctionSignOut, "sign-out", "签退", func() Message { return new(SignOut) }, either, nil, nil},
	{
		FunctionKeyExchange, "key exchange", "密钥交换", func() Message { return new(KeyExchange) }, either,
		[]string{"key_generation", "pin_key", "pin_check", "mac_key", "mac_check"},
		[]string{"key_generation", "pin_check", "mac_check"},
	},
	{FunctionProbe, "probe", "线路探测", func() Message { return new(Probe) }, either, nil, nil},

	{FunctionPreDesignate, "pre-designation", "预指定", func() Message { return new(PreDesignate) }, either, partyCore, accountCore},
	{FunctionConfirm, "confirmation", "指定确认", func() Message { return new(Confirm) }, either, partyCore, accountCore},
	{FunctionSignOneStep, "one-step signing", "一步式指定", func() Message { return new(SignOneStep) }, either, partyCore, accountCore},
	{
		FunctionChangeBankAccount, "change of bank account", "变更银行结算账号", func() Message { return new(ChangeBankAccount) }, either,
		append([]string{"new_bank_account"}, partyCore...), append([]string{"new_bank_account"}, accountCore...),
	},
	{
		FunctionChangeClientData, "change of client data", "客户资料变更", func() Message { return new(ChangeClientData) }, either,
		append([]string{"new_name", "new_id_kind", "new_id_number"}, partyCore...), accountCore,
	},
	{
		FunctionChangeCustodyBank, "change of custody bank", "变更存管银行", func() Message { return new(ChangeCustodyBank) }, either,
		append([]string{"new_bank"}, partyCore...), accountCore,
	},
	{
		FunctionPostInterest, "interest posting", "台账结息", func() Message { return new(PostInterest) }, either,
		append([]string{"interest_kind", "interest", "tax"}, accountCore...), accountCore,
	},
	{FunctionCancelContract, "cancellation", "撤销台账", func() Message { return new(CancelContract) }, either, partyCore, accountCore},

	{
		FunctionQueryLedgerBalance, "ledger balance enquiry", "查询台账余额", func() Message { return new(QueryLedgerBalance) }, bankOnly,
		accountCore, append([]string{"balance", "available", "withdrawable"}, accountCore...),
	},
	{
		FunctionQueryBankBalance, "bank balance enquiry", "查询银行账户余额", func() Message { return new(QueryBankBalance) }, brokerOnly,
		accountCore, append([]string{"balance", "available"}, accountCore...),
	},
	{FunctionIdentityCheck, "identity check", "客户身份校验", func() Message { return new(IdentityCheck) }, either, partyCore, []string{"match"}},
	{
		FunctionQueryTransfer, "transfer enquiry", "转账查询", func() Message { return new(QueryTransfer) }, either,
		originalCore, append([]string{"transfer_state", "amount"}, originalCore...),
	},

	{FunctionDeposit, "deposit", "银行转证券", func() Message { return new(Deposit) }, either, transferCore, transferCore},
	{FunctionWithdrawal, "withdrawal", "证券转银行", func() Message { return new(Withdrawal) }, either, transferCore, transferCore},
	{
		FunctionReverseDeposit, "deposit reversal", "冲正银行转证券", func() Message { return new(ReverseDeposit) }, either,
		slices.Concat(transferCore, originalCore), slices.Concat(transferCore, originalCore),
	},
	{
		FunctionReverseWithdrawal, "withdrawal reversal", "冲正证券转银行", func() Message { return new(ReverseWithdrawal) }, either,
		slices.Concat(transferCore, originalCore), slices.Concat(transferCore, originalCore),
	},
	{FunctionRemit, "remittance to the reserve", "备付金划拨", func() Message { return new(Remit) }, brokerOnly, remitCore, remitCore},

	{FunctionFileReady, "file ready", "文件就绪通知", func() Message { return new(FileReady) }, either, noticeCore, []string{"file_name"}},
	{
		FunctionFileSend, "file send", "发送文件", func() Message { return new(FileSend) }, either,
		append([]string{"chunk_index", "chunk_data"}, noticeCore...), []string{"file_name", "chunk_index"},
	},
	{FunctionFileFetch, "file fetch", "接收文件", func() Message { return new(FileFetch) }, either, []string{"file_name"}, []string{"file_name"}},
	{FunctionFilesDone, "files done", "文件发送完毕", func() Message { return new(FilesDone) }, either, []string{"file_count"}, []string{"file_count"}},
}

// Functions returns every function in the order of their numbers.
func Functions() []Function {
	all := make([]Function, len(traits))
	for i, t := range traits {
		all[i] = t.function
	}
	return all
}

// NewMessage returns an empty message of f, or nil when f is not a function.
func NewMessage(f Function) Message {
	if t := traitOf(f); t != nil {
		return t.make()
	}
	return nil
}

// Starters returns who may start f.
func (f Function) Starters() []Initiator {
	if t := traitOf(f); t != nil {
		return slices.Clone(t.starts)
	}
	return nil
}

// Chinese returns the business name of f as the custody rules call it.
func (f Function) Chinese() string {
	if t := traitOf(f); t != nil {
		return t.chinese
	}
	return f.String()
}

func (f Function) String() string {
	if t := traitOf(f); t != nil {
		return t.name
	}
	return fmt.Sprintf("function %d", uint16(f))
}

// underMaster says whether the MAC of f is under the master key, because f is
// what brings the working keys.
func (f Function) underMaster() bool { return f == FunctionSignIn || f == FunctionKeyExchange }

func traitOf(f Function) *trait {
	for i := range traits {
		if traits[i].function == f {
			return &traits[i]
		}
	}
	return nil
}
