package custody

import (
	"sancun/ledger"
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideContract(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.SignContracts:
		return m.signContracts(c)
	case *record.SignContract:
		return m.signContract(c), 0
	case *record.PreDesignate:
		return m.preDesignate(c), 0
	case *record.ConfirmDesignation:
		return m.confirmDesignation(c), 0
	case *record.ChangeCard:
		return m.changeCard(c), 0
	case *record.AskChangeBank:
		return m.askChangeBank(c)
	case *record.ConfirmChangeBank:
		return m.confirmChangeBank(c)
	case *record.CancelRelation:
		return m.cancelRelation(c)
	case *record.AskClosing:
		return m.askClosing(c)
	case *record.ConfirmClosing:
		return m.confirmClosing(c)
	case *record.WithdrawApplication:
		return m.withdrawApplication(c), 0
	}
	return record.UnknownKind, 0
}

// speaks checks that the caller may speak for a side of a fund account's contract,
// on an open day, and returns the account's row.
func (m *Machine) speaks(side uint8, number uint64, bank uint16) (uint32, record.Code) {
	row, ok := m.fund(number)
	if !ok {
		return 0, record.UnknownFund
	}
	switch side {
	case record.SideBroker:
		if !m.forClient(m.funds.At(row)) {
			return 0, record.NotPermitted
		}
	case record.SideBank:
		if !m.fromBank(bank) {
			return 0, record.NotPermitted
		}
	default:
		return 0, record.BadSide
	}
	return row, m.takesBusiness()
}

func (m *Machine) signContracts(c *record.SignContracts) (record.Code, uint64) {
	if code := m.fromDesk(); code != record.Accepted {
		return code, 0
	}
	var funds, banks state.Index
	code, ref := batch(len(c.Rows), func(i int) record.Code {
		d := &c.Rows[i]
		row, ok := m.fund(d.Fund)
		if !ok {
			return record.UnknownFund
		}
		if code := m.signable(row, d.Bank); code != record.Accepted {
			return code
		}
		if d.Card == (state.Key{}) {
			return record.CardMissing
		}
		f := m.funds.At(row)
		fund := state.KeyOf(d.Fund, 0)
		bank := state.KeyOf(uint64(f.Client), uint64(f.Currency)<<16|uint64(d.Bank))
		if _, taken := funds.Find(fund); taken {
			return record.AlreadySigned
		}
		if _, taken := banks.Find(bank); taken {
			return record.BankAlreadyUsed
		}
		funds.Put(fund, 0)
		banks.Put(bank, 0)
		return record.Accepted
	})
	if code != record.Accepted {
		return code, ref
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		row, _ := m.fund(d.Fund)
		m.designate(row, d.Bank, d.Card)
	}
	return code, ref
}

// signContract signs in one step.
func (m *Machine) signContract(c *record.SignContract) record.Code {
	row, code := m.maySign(c)
	if code == record.Accepted {
		m.designate(row, c.Bank, c.Card)
	}
	return code
}

// maySign checks a signing in one step and returns the account's row.
func (m *Machine) maySign(c *record.SignContract) (uint32, record.Code) {
	row, code := m.speaks(c.Side, c.Fund, c.Bank)
	if code != record.Accepted {
		return 0, code
	}
	if code := m.signable(row, c.Bank); code != record.Accepted {
		return 0, code
	}
	switch {
	case c.Side == record.SideBroker && c.Verified != 1:
		return 0, record.IdentityNotVerified
	case c.Card == state.Key{}:
		return 0, record.CardMissing
	case c.Name != m.clients.At(m.funds.At(row).Client).Name:
		return 0, record.NameDiffers
	}
	return row, record.Accepted
}

// signable checks that a fund account may enter a relation with a bank.
func (m *Machine) signable(row uint32, bank uint16) record.Code {
	if r := m.funds.At(row).Relation; r == RelationDesignated || r == RelationPreDesignated {
		return record.AlreadySigned
	}
	return m.bindable(row, bank)
}

// bindable checks what both steps of a contract need: states, confirmed data, a
// bank in service that no other account of the client has, and an empty ledger at
// the former bank.
func (m *Machine) bindable(row uint32, bank uint16) record.Code {
	f := m.funds.At(row)
	client := m.clients.At(f.Client)
	switch {
	case f.State != Normal && f.State != PreDesignated:
		return record.FundNotNormal
	case client.State != Normal:
		return record.ClientNotNormal
	case f.ClosingDate != 0:
		return record.ApplicationPending
	case client.Mismatch != 0:
		return record.DataUnconfirmed
	}
	if code := m.bankServes(bank); code != record.Accepted {
		return code
	}
	if m.bankUsed(row, bank) {
		return record.BankAlreadyUsed
	}
	if f.Cash != 0 && f.Bank != bank && !m.empty(f.Cash-1) {
		return record.FormerBankNotZero
	}
	return record.Accepted
}

// empty says whether a ledger account is at zero in every figure.
func (m *Machine) empty(row uint32) bool {
	a := m.Ledger.At(row)
	return a.Balance == 0 && a.Buckets == [len(a.Buckets)]int64{}
}

// bankServes checks that a bank is there and not switched off.
func (m *Machine) bankServes(number uint16) record.Code {
	row, ok := m.bank(number)
	switch {
	case !ok:
		return record.UnknownBank
	case m.banks.At(row).Service != BankOpen:
		return record.BankSuspended
	}
	return record.Accepted
}

// bankUsed says whether another fund account of the same client and currency is
// with the bank: each auxiliary account has a bank of its own (row K26).
func (m *Machine) bankUsed(row uint32, bank uint16) (used bool) {
	f := m.funds.At(row)
	m.eachFund(f.Client, func(other uint32, o *Fund) bool {
		used = other != row && o.Currency == f.Currency && o.partner() == bank &&
			(o.Relation == RelationDesignated || o.Relation == RelationPreDesignated)
		return !used
	})
	return used
}

// designate puts a custody relation in force. The ledger of the account with this
// bank opens with it; one with a former bank stays, at zero.
func (m *Machine) designate(row uint32, bank uint16, card state.Key) {
	f := *m.funds.At(row)
	f.Bank, f.Card, f.Next, f.Side = bank, card, 0, 0
	f.Relation, f.RelationDate = RelationDesignated, m.today().Date
	f.Cash = m.Ledger.Ensure(ledger.Key{Kind: ledger.ClientCash, Bank: bank, Unit: uint32(f.Currency), Owner: uint64(row)}) + 1
	if f.State == PreDesignated {
		f.State = Normal
	}
	put(m, m.funds, row, f)
}

// changeCard changes the bank settlement account. Money that moved on the old card
// today, or moves on it still, must be over first: a reversal goes to the card it
// came from.
func (m *Machine) changeCard(c *record.ChangeCard) record.Code {
	row, code := m.mayChangeCard(c)
	if code != record.Accepted {
		return code
	}
	f := *m.funds.At(row)
	f.Card, f.CardDate = c.New, m.today().Date
	put(m, m.funds, row, f)
	return record.Accepted
}

// mayChangeCard checks a change of card and returns the account's row.
func (m *Machine) mayChangeCard(c *record.ChangeCard) (uint32, record.Code) {
	row, code := m.speaks(c.Side, c.Fund, c.Bank)
	if code != record.Accepted {
		return 0, code
	}
	f := m.funds.At(row)
	client := m.clients.At(f.Client)
	switch {
	case f.Relation != RelationDesignated:
		return 0, record.NotSigned
	case f.Bank != c.Bank:
		return 0, record.WrongBank
	case f.State != Normal:
		return 0, record.FundNotNormal
	case client.State != Normal:
		return 0, record.ClientNotNormal
	case client.Mismatch != 0:
		return 0, record.DataUnconfirmed
	case c.Old != f.Card:
		return 0, record.CardDiffers
	case c.Side == record.SideBank && c.Name != client.Name:
		return 0, record.NameDiffers
	case c.New == state.Key{}:
		return 0, record.CardMissing
	case c.New == c.Old:
		return 0, record.CardSame
	case f.ClosingDate != 0:
		return 0, record.ApplicationPending
	case m.movedToday(row):
		return 0, record.TransfersToday
	}
	return row, record.Accepted
}

// movedToday says whether money moved between a fund account and its bank today,
// or a transfer of any day has no known outcome yet.
func (m *Machine) movedToday(row uint32) bool {
	c := m.counted(m.funds.At(row))
	return c.inCount != 0 || c.outCount != 0 || m.transfersOpen(row)
}

// Foresee says what Decide would answer now to a command of a contract, or to the
// posting of interest before its end, when a caller asks, and changes nothing. A bank is asked only for what we would take.
func (m *Machine) Foresee(caller record.Caller, cmd record.Command) (code record.Code, ref uint64) {
	look := *m // its own caller; the tables are the machine's and only read
	look.caller = caller
	if code := look.alone(cmd); code != record.Accepted {
		return code, 0
	}
	switch c := cmd.(type) {
	case *record.SignContract:
		_, code = look.maySign(c)
	case *record.PreDesignate:
		_, code = look.mayPreDesignate(c)
	case *record.ConfirmDesignation:
		_, code = look.mayConfirm(c)
	case *record.ChangeCard:
		_, code = look.mayChangeCard(c)
	case *record.CancelRelation:
		_, code, ref = look.mayCancel(c)
	case *record.ConfirmChangeBank:
		_, code, ref = look.mayLeave(c)
	case *record.ConfirmClosing:
		_, code, ref = look.mayClose(c)
	case *record.CloseInterest:
		_, code, ref = look.mayCloseInterest(c)
	default:
		return record.UnknownKind, 0
	}
	return code, ref
}
