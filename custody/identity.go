package custody

import (
	"sancun/record"
	"sancun/state"
)

// changeContact gives a client another mobile; the rest of the contact data lie
// sealed in the command and are read from the record.
func (m *Machine) changeContact(c *record.ChangeContact) record.Code {
	row, code := m.clientFor(c.Client)
	switch {
	case code != record.Accepted:
		return code
	case c.Mobile == state.Key{}:
		return record.BadHash
	case len(c.Sealed) > record.SealedMax:
		return record.SealedTooLong
	}
	client := *m.clients.At(row)
	changed := client.Mobile != c.Mobile
	client.Mobile = c.Mobile
	put(m, m.clients, row, client)
	if changed {
		m.fileEvent(row, record.FilingChange)
	}
	return record.Accepted
}

// changeIdentity gives a client another name or document. Every account that a
// bank knows by the old data waits for that bank from now on.
func (m *Machine) changeIdentity(c *record.ChangeIdentity) record.Code {
	row, code := m.clientAtDesk(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	if code := checkDocument(client.Class, c.Document); code != record.Accepted {
		return code
	}
	holder, taken := m.byIdentity(c.ID)
	switch none := (state.Key{}); {
	case c.Verified != 1:
		return record.IdentityNotVerified
	case c.ID == none || c.Name == none:
		return record.BadHash
	case len(c.Sealed) > record.SealedMax:
		return record.SealedTooLong
	case taken && holder != row:
		return record.IdentityTaken
	case c.ID == client.ID && c.Name == client.Name && c.Document == client.Document:
		return record.NothingChanged
	}
	held, code := m.judgeChecks(client.Class, c.ID, c.Name)
	switch {
	case code != record.Accepted:
		return code
	case held&HeldUnanswered != 0:
		return record.IdentityUnanswered // the old data stand until there is an answer
	case held != 0:
		client.hold(held)
	}
	client.Document, client.ID, client.Name = c.Document, c.ID, c.Name
	put(m, m.clients, row, client)
	m.fileEvent(row, record.FilingChange)
	m.eachFund(row, func(fund uint32, f *Fund) bool {
		if f.knownToBank() {
			m.setUnconfirmed(fund, 1)
		}
		return true
	})
	return record.Accepted
}

// knownToBank says whether a bank has the owner's data for this account.
func (a *Fund) knownToBank() bool {
	return a.Relation == RelationDesignated || a.Relation == RelationPreDesignated && a.Side == record.SideBank
}

// setUnconfirmed marks an account as waiting for its bank to have our data, or
// takes the mark back, and keeps the client's count of such accounts.
func (m *Machine) setUnconfirmed(row uint32, mark uint8) {
	f := *m.funds.At(row)
	if f.Unconfirmed == mark {
		return
	}
	client := *m.clients.At(f.Client)
	client.Mismatch += mark - f.Unconfirmed // wraps to the right figure when a mark goes
	f.Unconfirmed = mark
	put(m, m.clients, f.Client, client)
	put(m, m.funds, row, f)
}

func (m *Machine) bankDataConfirmed(c *record.BankDataConfirmed) record.Code {
	row, same, code := m.bankData(c.Fund, c.Bank, c.ID, c.Name)
	switch {
	case code != record.Accepted:
		return code
	case !same:
		return record.BankDataDiffers
	}
	m.setUnconfirmed(row, 0)
	return record.Accepted
}

func (m *Machine) bankDataChanged(c *record.BankDataChanged) record.Code {
	row, same, code := m.bankData(c.Fund, c.Bank, c.ID, c.Name)
	switch {
	case code != record.Accepted:
		return code
	case same:
		m.setUnconfirmed(row, 0)
	default:
		m.setUnconfirmed(row, 1)
	}
	return record.Accepted
}

// bankData compares what a bank says of the owner of a fund account with ours.
func (m *Machine) bankData(number uint64, bank uint16, id, name state.Key) (row uint32, same bool, code record.Code) {
	if !m.fromBank(bank) {
		return 0, false, record.NotPermitted
	}
	row, ok := m.fund(number)
	if !ok {
		return 0, false, record.UnknownFund
	}
	f := m.funds.At(row)
	switch {
	case !f.knownToBank():
		return 0, false, record.NotSigned
	case f.partner() != bank:
		return 0, false, record.WrongBank
	}
	client := m.clients.At(f.Client)
	return row, client.ID == id && client.Name == name, record.Accepted
}

// partner returns the bank of the relation in force or begun.
func (a *Fund) partner() uint16 {
	if a.Relation == RelationPreDesignated {
		return a.Next
	}
	return a.Bank
}
