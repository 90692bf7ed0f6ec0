package bank

import "sancun/money"

// IDKind is the kind of an identity paper. Numbers are canonical; each format
// has its own codes for them (B.4, C).
type IDKind uint8

// The kinds of identity papers.
const (
	IDCard         IDKind = 1 // resident identity card
	IDPassport     IDKind = 2
	IDOfficer      IDKind = 3
	IDSoldier      IDKind = 4
	IDHomeReturn   IDKind = 5
	IDHousehold    IDKind = 6
	IDLicence      IDKind = 7 // business licence, unified social credit code
	IDOrganisation IDKind = 8 // organisation code
	IDOther        IDKind = 9
)

// ClientKind says whether a client is a person or an organisation.
type ClientKind uint8

// The kinds of clients.
const (
	Person       ClientKind = 1
	Organisation ClientKind = 2
)

// Party is the client of a custody relation as both sides must know it. All of
// it is personal data.
type Party struct {
	Name        string
	Kind        ClientKind
	IDKind      IDKind
	IDNumber    string
	Mobile      string
	FundAccount string // the client's securities fund account at the broker
	BankAccount string // the client's settlement account (card) at the bank
	Branch      string // the broker's branch
	Currency    money.Currency
}

// PreDesignate is the first of the two signing steps: the initiator names the
// client, no transfer is possible yet (B.3 3.1).
type PreDesignate struct {
	Envelope
	Party
}

// Confirm is the second step: the client has confirmed at the other side, with
// card and password (B.3 3.2).
type Confirm struct {
	Envelope
	Party
	BankPassword PINBlock
}

// SignOneStep signs a custody relation at once (B.3 3.3). Started by the broker
// it carries the card's password, started by the bank the fund password.
type SignOneStep struct {
	Envelope
	Party
	BankPassword PINBlock
	FundPassword PINBlock
}

// CancelContract ends the custody relation (B.3 3.8). Interest was paid and the
// ledger is zero before it is sent.
type CancelContract struct {
	Envelope
	Party
	FundPassword PINBlock
}

// ChangeBankAccount replaces the card of a relation (B.3 3.4).
type ChangeBankAccount struct {
	Envelope
	Party
	NewBankAccount string
	BankPassword   PINBlock // of the new card
}

// ChangeCustodyBank tells the old bank that the client leaves for another one
// (B.3 3.6). The new bank gets an ordinary signing afterwards.
type ChangeCustodyBank struct {
	Envelope
	Party
	NewBank string // institution code of the bank the client goes to
}

// ChangeClientData replaces name, paper and contact of a client (B.3 3.5). The
// Party names the client by the old data, empty new fields stay as they are.
type ChangeClientData struct {
	Envelope
	Party
	NewName     string
	NewIDKind   IDKind // zero when the paper does not change
	NewIDNumber string
	NewMobile   string
}

// Function returns FunctionPreDesignate.
func (*PreDesignate) Function() Function { return FunctionPreDesignate }

// Function returns FunctionConfirm.
func (*Confirm) Function() Function { return FunctionConfirm }

// Function returns FunctionSignOneStep.
func (*SignOneStep) Function() Function { return FunctionSignOneStep }

// Function returns FunctionCancelContract.
func (*CancelContract) Function() Function { return FunctionCancelContract }

// Function returns FunctionChangeBankAccount.
func (*ChangeBankAccount) Function() Function { return FunctionChangeBankAccount }

// Function returns FunctionChangeCustodyBank.
func (*ChangeCustodyBank) Function() Function { return FunctionChangeCustodyBank }

// Function returns FunctionChangeClientData.
func (*ChangeClientData) Function() Function { return FunctionChangeClientData }

func (p *Party) slots() []slot {
	return []slot{
		textSlot("name", &p.Name),
		wholeSlot("client_kind", &p.Kind),
		wholeSlot("id_kind", &p.IDKind),
		textSlot("id_number", &p.IDNumber),
		textSlot("mobile", &p.Mobile),
		textSlot("fund_account", &p.FundAccount),
		textSlot("bank_account", &p.BankAccount),
		textSlot("branch", &p.Branch),
		wholeSlot("currency", &p.Currency),
	}
}

func (m *PreDesignate) slots() []slot { return join(m.Envelope.slots(), m.Party.slots()) }

func (m *Confirm) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{pinSlot("bank_password", &m.BankPassword)})
}

func (m *SignOneStep) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{
		pinSlot("bank_password", &m.BankPassword), pinSlot("fund_password", &m.FundPassword),
	})
}

func (m *CancelContract) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{pinSlot("fund_password", &m.FundPassword)})
}

func (m *ChangeBankAccount) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{
		textSlot("new_bank_account", &m.NewBankAccount), pinSlot("bank_password", &m.BankPassword),
	})
}

func (m *ChangeCustodyBank) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{textSlot("new_bank", &m.NewBank)})
}

func (m *ChangeClientData) slots() []slot {
	return join(m.Envelope.slots(), m.Party.slots(), []slot{
		textSlot("new_name", &m.NewName), wholeSlot("new_id_kind", &m.NewIDKind),
		textSlot("new_id_number", &m.NewIDNumber), textSlot("new_mobile", &m.NewMobile),
	})
}

func join(parts ...[]slot) []slot {
	var all []slot
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// PartyOf returns the client that business of the account class names, or nil.
func PartyOf(m Message) *Party {
	switch m := m.(type) {
	case *PreDesignate:
		return &m.Party
	case *Confirm:
		return &m.Party
	case *SignOneStep:
		return &m.Party
	case *ChangeBankAccount:
		return &m.Party
	case *ChangeClientData:
		return &m.Party
	case *ChangeCustodyBank:
		return &m.Party
	case *CancelContract:
		return &m.Party
	}
	return nil
}
