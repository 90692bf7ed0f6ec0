package bank

import "sancun/money"

// Transfer is the money part of a bank–securities transfer in either direction.
type Transfer struct {
	FundAccount  string
	BankAccount  string
	Currency     money.Currency
	Amount       money.Amount // minor units; a format refuses less than zero
	BankPassword PINBlock     // of the card, when the broker starts
	FundPassword PINBlock     // of the fund account, when the bank starts
	Remark       string

	// Who the bank says its client is, when the bank starts and its format has
	// room for it; empty or zero otherwise.
	Name     string
	IDKind   IDKind
	IDNumber string
}

// Deposit moves money from the bank card to the securities fund account (B.3
// 4.1). Started by the broker, the ledger is credited only after the bank's
// success; started by the bank, the card is already debited (B.5).
type Deposit struct {
	Envelope
	Transfer
}

// Withdrawal moves money from the securities fund account to the bank card (B.3
// 4.2). The ledger is debited before the bank pays, whoever starts (B.5).
type Withdrawal struct {
	Envelope
	Transfer
}

// Original names an earlier piece of business by its key and all serials known
// of it.
type Original struct {
	Initiator      Initiator
	Date           Date
	PlatformSerial string
	BankSerial     string
	BrokerSerial   string
}

// OriginalOf returns the reference to the business that h heads.
func OriginalOf(h *Header) Original {
	return Original{
		Initiator: h.Initiator, Date: h.Date,
		PlatformSerial: h.PlatformSerial, BankSerial: h.BankSerial, BrokerSerial: h.BrokerSerial,
	}
}

// Key returns the idempotency key of the original business, or ErrMissing.
func (o *Original) Key() (Key, error) {
	h := Header{Initiator: o.Initiator, Date: o.Date, BankSerial: o.BankSerial, BrokerSerial: o.BrokerSerial}
	return h.Key()
}

// Reversal takes back a transfer of the same day, once (row K22). Amount and
// accounts repeat those of the original and must match it.
type Reversal struct {
	Original
	FundAccount string
	BankAccount string
	Currency    money.Currency
	Amount      money.Amount // minor units, of the original
	Remark      string
}

// ReverseDeposit reverses a Deposit (B.3 4.3).
type ReverseDeposit struct {
	Envelope
	Reversal Reversal
}

// ReverseWithdrawal reverses a Withdrawal (B.3 4.4).
type ReverseWithdrawal struct {
	Envelope
	Reversal Reversal
}

// Function returns FunctionDeposit.
func (*Deposit) Function() Function { return FunctionDeposit }

// Function returns FunctionWithdrawal.
func (*Withdrawal) Function() Function { return FunctionWithdrawal }

// Function returns FunctionReverseDeposit.
func (*ReverseDeposit) Function() Function { return FunctionReverseDeposit }

// Function returns FunctionReverseWithdrawal.
func (*ReverseWithdrawal) Function() Function { return FunctionReverseWithdrawal }

func (t *Transfer) slots() []slot {
	return []slot{
		textSlot("fund_account", &t.FundAccount),
		textSlot("bank_account", &t.BankAccount),
		wholeSlot("currency", &t.Currency),
		wholeSlot("amount", &t.Amount),
		pinSlot("bank_password", &t.BankPassword),
		pinSlot("fund_password", &t.FundPassword),
		textSlot("remark", &t.Remark),
		textSlot("name", &t.Name),
		wholeSlot("id_kind", &t.IDKind),
		textSlot("id_number", &t.IDNumber),
	}
}

func (o *Original) slots() []slot {
	return []slot{
		wholeSlot("original_initiator", &o.Initiator),
		wholeSlot("original_date", &o.Date),
		textSlot("original_platform_serial", &o.PlatformSerial),
		textSlot("original_bank_serial", &o.BankSerial),
		textSlot("original_broker_serial", &o.BrokerSerial),
	}
}

func (r *Reversal) slots() []slot {
	return append(r.Original.slots(),
		textSlot("fund_account", &r.FundAccount),
		textSlot("bank_account", &r.BankAccount),
		wholeSlot("currency", &r.Currency),
		wholeSlot("amount", &r.Amount),
		textSlot("remark", &r.Remark),
	)
}

func (m *Deposit) slots() []slot { return join(m.Envelope.slots(), m.Transfer.slots()) }

func (m *Withdrawal) slots() []slot { return join(m.Envelope.slots(), m.Transfer.slots()) }

func (m *ReverseDeposit) slots() []slot { return join(m.Envelope.slots(), m.Reversal.slots()) }

func (m *ReverseWithdrawal) slots() []slot { return join(m.Envelope.slots(), m.Reversal.slots()) }
