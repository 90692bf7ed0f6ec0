package bank

import (
	"fmt"

	"sancun/money"
)

// TransferState is what the asked side knows of a transfer (B.10).
type TransferState uint8

// The states of a transfer as the other side reports them.
const (
	TransferAbsent     TransferState = 1 // never arrived: safe to treat as not done after the window closed
	TransferProcessing TransferState = 2 // arrived, not decided: ask again
	TransferDone       TransferState = 3
	TransferRefused    TransferState = 4
	TransferReversed   TransferState = 5
	TransferAbnormal   TransferState = 6 // people must look
)

func (s TransferState) String() string {
	switch s {
	case TransferAbsent:
		return "absent"
	case TransferProcessing:
		return "processing"
	case TransferDone:
		return "done"
	case TransferRefused:
		return "refused"
	case TransferReversed:
		return "reversed"
	case TransferAbnormal:
		return "abnormal"
	}
	return fmt.Sprintf("transfer state %d", uint8(s))
}

// QueryTransfer asks what became of a transfer, named by its original serial.
// It is the first step out of an unknown outcome (row K21).
type QueryTransfer struct {
	Envelope
	Original Original
	State    TransferState // reply only
	Amount   money.Amount  // reply only: minor units, zero when absent
}

// QueryBankBalance asks the bank for the balance of the client's card (B.3
// 3.10). The broker starts it.
type QueryBankBalance struct {
	Envelope
	FundAccount  string
	BankAccount  string
	Currency     money.Currency
	BankPassword PINBlock
	Balance      money.Amount // reply only, minor units
	Available    money.Amount // reply only, minor units
}

// QueryLedgerBalance asks the broker for the balance of the fund account (B.3
// 3.9). The bank starts it.
type QueryLedgerBalance struct {
	Envelope
	FundAccount  string
	BankAccount  string
	Currency     money.Currency
	FundPassword PINBlock
	Balance      money.Amount // reply only; may be negative: a client can owe (B.7)
	Available    money.Amount // reply only: usable for buying
	Withdrawable money.Amount // reply only: can go to the card today
}

// Match is the verdict of an identity check.
type Match uint8

// The verdicts of an identity check.
const (
	MatchSame    Match = 1
	MatchName    Match = 2 // the name differs
	MatchPaper   Match = 3 // the identity paper differs
	MatchAccount Match = 4 // the account is not known or not the client's
)

func (m Match) String() string {
	switch m {
	case MatchSame:
		return "same"
	case MatchName:
		return "name differs"
	case MatchPaper:
		return "identity paper differs"
	case MatchAccount:
		return "account differs"
	}
	return fmt.Sprintf("match %d", uint8(m))
}

// IdentityCheck asks whether the other side knows the client by the same data
// (B.3 3.11).
type IdentityCheck struct {
	Envelope
	Party
	Match Match // reply only
}

// Function returns FunctionQueryTransfer.
func (*QueryTransfer) Function() Function { return FunctionQueryTransfer }

// Function returns FunctionQueryBankBalance.
func (*QueryBankBalance) Function() Function { return FunctionQueryBankBalance }

// Function returns FunctionQueryLedgerBalance.
func (*QueryLedgerBalance) Function() Function { return FunctionQueryLedgerBalance }

// Function returns FunctionIdentityCheck.
func (*IdentityCheck) Function() Function { return FunctionIdentityCheck }

func (m *QueryTransfer) slots() []slot {
	return join(m.Envelope.slots(), m.Original.slots(), []slot{
		wholeSlot("transfer_state", &m.State), wholeSlot("amount", &m.Amount),
	})
}

func (m *QueryBankBalance) slots() []slot {
	return append(m.Envelope.slots(),
		textSlot("fund_account", &m.FundAccount),
		textSlot("bank_account", &m.BankAccount),
		wholeSlot("currency", &m.Currency),
		pinSlot("bank_password", &m.BankPassword),
		wholeSlot("balance", &m.Balance),
		wholeSlot("available", &m.Available),
	)
}

func (m *QueryLedgerBalance) slots() []slot {
	return append(m.Envelope.slots(),
		textSlot("fund_account", &m.FundAccount),
		textSlot("bank_account", &m.BankAccount),
		wholeSlot("currency", &m.Currency),
		pinSlot("fund_password", &m.FundPassword),
		wholeSlot("balance", &m.Balance),
		wholeSlot("available", &m.Available),
		wholeSlot("withdrawable", &m.Withdrawable),
	)
}

func (m *IdentityCheck) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{wholeSlot("match", &m.Match)})
}
