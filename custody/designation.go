package custody

import (
	"sancun/record"
	"sancun/state"
)

// preDesignate is the first step of a contract in two steps (row K19). The account
// keeps the ledger it has until the other side confirms.
func (m *Machine) preDesignate(c *record.PreDesignate) record.Code {
	row, code := m.mayPreDesignate(c)
	if code != record.Accepted {
		return code
	}
	f := *m.funds.At(row)
	f.Card, f.Next, f.Side = c.Card, c.Bank, c.Side
	f.Relation, f.RelationDate, f.State = RelationPreDesignated, m.today().Date, PreDesignated
	put(m, m.funds, row, f)
	return record.Accepted
}

// mayPreDesignate checks a first step and returns the account's row.
func (m *Machine) mayPreDesignate(c *record.PreDesignate) (uint32, record.Code) {
	row, code := m.speaks(c.Side, c.Fund, c.Bank)
	if code != record.Accepted {
		return 0, code
	}
	if code := m.signable(row, c.Bank); code != record.Accepted {
		return 0, code
	}
	if c.Side == record.SideBroker && c.Verified != 1 {
		return 0, record.IdentityNotVerified
	}
	if c.Side == record.SideBank {
		if code := m.bankKnows(m.funds.At(row), c.Card, c.Name); code != record.Accepted {
			return 0, code
		}
	}
	return row, record.Accepted
}

// bankKnows checks what a bank says of its client in a contract.
func (m *Machine) bankKnows(f *Fund, card, name state.Key) record.Code {
	switch {
	case card == state.Key{}:
		return record.CardMissing
	case name != m.clients.At(f.Client).Name:
		return record.NameDiffers
	}
	return record.Accepted
}

// confirmDesignation is the second step, by the other side. Card and name must be
// those of the first step, as far as it named them.
func (m *Machine) confirmDesignation(c *record.ConfirmDesignation) record.Code {
	row, code := m.mayConfirm(c)
	if code == record.Accepted {
		m.designate(row, c.Bank, c.Card)
	}
	return code
}

// mayConfirm checks a second step and returns the account's row.
func (m *Machine) mayConfirm(c *record.ConfirmDesignation) (uint32, record.Code) {
	row, code := m.speaks(c.Side, c.Fund, c.Bank)
	if code != record.Accepted {
		return 0, code
	}
	f := m.funds.At(row)
	switch {
	case f.Relation != RelationPreDesignated:
		return 0, record.NotPreDesignated
	case f.Next != c.Bank:
		return 0, record.WrongBank
	case f.Side == c.Side:
		return 0, record.SameSide
	case c.Side == record.SideBroker && c.Verified != 1:
		return 0, record.IdentityNotVerified
	case c.Card == state.Key{}:
		return 0, record.CardMissing
	case f.Card != state.Key{} && f.Card != c.Card:
		return 0, record.CardDiffers
	}
	if c.Side == record.SideBank {
		if code := m.bankKnows(f, c.Card, c.Name); code != record.Accepted {
			return 0, code
		}
	}
	if code := m.bindable(row, c.Bank); code != record.Accepted {
		return 0, code
	}
	return row, record.Accepted
}

// cancelRelation takes a pre-designation back at once, or ends the relation of an
// auxiliary account that has nothing left. A main account leaves its bank by a
// change of bank or by closing, because its trades settle there.
func (m *Machine) cancelRelation(c *record.CancelRelation) (record.Code, uint64) {
	row, code, ref := m.mayCancel(c)
	if code == record.Accepted {
		m.endRelation(row)
	}
	return code, ref
}

// mayCancel checks the end of a relation and returns the account's row.
func (m *Machine) mayCancel(c *record.CancelRelation) (row uint32, code record.Code, blockers uint64) {
	row, code = m.speaks(c.Side, c.Fund, c.Bank)
	if code != record.Accepted {
		return 0, code, 0
	}
	f := m.funds.At(row)
	switch {
	case f.Relation != RelationDesignated && f.Relation != RelationPreDesignated:
		return 0, record.NotSigned, 0
	case f.partner() != c.Bank:
		return 0, record.WrongBank, 0
	case f.State != Normal && f.State != PreDesignated:
		return 0, record.FundNotNormal, 0
	}
	if f.Relation == RelationDesignated {
		if code, ref := m.endable(row); code != record.Accepted {
			return 0, code, ref
		}
	}
	return row, record.Accepted, 0
}

// endable checks whether an auxiliary account may go without its bank.
func (m *Machine) endable(row uint32) (record.Code, uint64) {
	f := m.funds.At(row)
	switch {
	case f.Main == 1:
		return record.MainNeedsBank, 0
	case f.ClosingDate != 0:
		return record.ApplicationPending, 0
	case m.movedToday(row):
		return record.TransfersToday, 0
	}
	if code, ref := m.clear(row, leavingBank|emptied); code != record.Accepted {
		return code, ref
	}
	if m.earnedLastNight(f) {
		return record.NotSecondDay, 0
	}
	return record.Accepted, 0
}

// endRelation ends what a fund account has with a bank. The card stays as the last
// one there was.
func (m *Machine) endRelation(row uint32) {
	m.setUnconfirmed(row, 0)
	f := *m.funds.At(row)
	if f.Relation == RelationDesignated || f.Relation == RelationPreDesignated {
		f.Relation, f.RelationDate = RelationCancelled, m.today().Date
	}
	if f.State == PreDesignated {
		f.State = Normal
	}
	f.Next, f.Side, f.Closing, f.ClosingDate = 0, 0, 0, 0
	put(m, m.funds, row, f)
}
