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
	}
	return record.UnknownKind, 0
}

func (m *Machine) signContracts(c *record.SignContracts) (record.Code, uint64) {
	if code := m.fromDesk(); code != record.Accepted {
		return code, 0
	}
	var funds, banks state.Index
	code, ref := batch(len(c.Rows), func(i int) record.Code {
		d := &c.Rows[i]
		row, code := m.signable(d.Fund, d.Bank)
		if code != record.Accepted {
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

// signable checks that a fund account may enter a relation with a bank, and
// returns its row.
func (m *Machine) signable(fund uint64, bank uint16) (uint32, record.Code) {
	row, ok := m.fund(fund)
	if !ok {
		return 0, record.UnknownFund
	}
	f := m.funds.At(row)
	client := m.clients.At(f.Client)
	switch {
	case f.Relation == RelationDesignated || f.Relation == RelationPreDesignated:
		return 0, record.AlreadySigned
	case f.State != Normal:
		return 0, record.FundNotNormal
	case client.State != Normal:
		return 0, record.ClientNotNormal
	case client.Mismatch != 0:
		return 0, record.DataUnconfirmed
	}
	if code := m.bankServes(bank); code != record.Accepted {
		return 0, code
	}
	if m.bankUsed(row, bank) {
		return 0, record.BankAlreadyUsed
	}
	if f.Cash != 0 && f.Bank != bank && m.Ledger.At(f.Cash-1).Balance != 0 {
		return 0, record.FormerBankNotNil
	}
	return row, record.Accepted
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
		used = other != row && o.Currency == f.Currency && o.Bank == bank &&
			(o.Relation == RelationDesignated || o.Relation == RelationPreDesignated)
		return !used
	})
	return used
}

// designate puts a custody relation in force. The ledger of the account with this
// bank opens with it; one with a former bank stays, at zero.
func (m *Machine) designate(row uint32, bank uint16, card state.Key) {
	f := *m.funds.At(row)
	f.Bank, f.Card, f.Side = bank, card, 0
	f.Relation, f.RelationDate = RelationDesignated, m.today().Date
	f.Cash = m.Ledger.Ensure(ledger.Key{Kind: ledger.ClientCash, Bank: bank, Unit: uint32(f.Currency), Owner: uint64(row)}) + 1
	if f.State == PreDesignated {
		f.State = Normal
	}
	put(m, m.funds, row, f)
}
