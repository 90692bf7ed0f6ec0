package custody

import (
	"sancun/record"
	"sancun/state"
)

func (m *Machine) decideClient(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.OpenClients:
		return m.openClients(c)
	case *record.OpenFunds:
		return m.openFunds(c)
	case *record.OpenSecurities:
		return m.openSecurities(c)
	case *record.CloseSecurities:
		return m.closeSecurities(c), 0
	case *record.PlaceFreeze:
		return m.placeFreeze(c)
	case *record.ReleaseFreeze:
		return m.releaseFreeze(c), 0
	case *record.DeductFrozen:
		return m.deductFrozen(c), 0
	case *record.DeductionPaid:
		return m.deductionPaid(c), 0
	case *record.BankDataConfirmed:
		return m.bankDataConfirmed(c), 0
	case *record.BankDataChanged:
		return m.bankDataChanged(c), 0
	case *record.ChangeFundState:
		return m.changeFundState(c), 0
	case *record.SetCommission:
		return m.setCommission(c), 0
	}
	return m.decideOneClient(cmd)
}

// decideOneClient decides what is about one client.
func (m *Machine) decideOneClient(cmd record.Command) (record.Code, uint64) {
	switch c := cmd.(type) {
	case *record.ChangeContact:
		return m.changeContact(c), 0
	case *record.ChangeIdentity:
		return m.changeIdentity(c), 0
	case *record.RiskAnswered:
		return m.riskAnswered(c), 0
	case *record.SetInvestor:
		return m.setInvestor(c), 0
	case *record.GrantPermission:
		return m.grantPermission(c), 0
	case *record.RevokePermission:
		return m.revokePermission(c), 0
	case *record.ChangeClientState:
		return m.changeClientState(c), 0
	case *record.CloseClient:
		return m.closeClient(c)
	case *record.SetPassword:
		return m.setPassword(c), 0
	case *record.PasswordTried:
		return m.passwordTried(c), 0
	case *record.UnlockPassword:
		return m.unlockPassword(c), 0
	case *record.ResetPassword:
		return m.resetPassword(c), 0
	case *record.EndSessions:
		return m.endSessions(c), 0
	}
	return m.decideCheck(cmd)
}

// A command of many rows first checks every row, also against the rows before it,
// and remembers what those will take in an Index of its own.

// batch runs check over n rows and returns the first code that is not Accepted
// with the place of its row, or Accepted with n.
func batch(n int, check func(i int) record.Code) (record.Code, uint64) {
	if n == 0 || n > record.BatchMax {
		return record.BatchSize, 0
	}
	for i := range n {
		if code := check(i); code != record.Accepted {
			return code, uint64(i) + 1
		}
	}
	return record.Accepted, uint64(n)
}

// fromDesk checks that the house or its staff ask while the day is open.
func (m *Machine) fromDesk() record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	return m.takesBusiness()
}

// client returns the row of a client number.
func (m *Machine) client(number uint64) (uint32, bool) {
	return m.index.clients.Find(state.KeyOf(number, 0))
}

// byIdentity returns the row of the client who holds an identity document now.
// The index may still lead to who held it once (rule C4).
func (m *Machine) byIdentity(id state.Key) (uint32, bool) {
	row, ok := m.index.identities.Find(id)
	if !ok {
		return 0, false
	}
	c := m.clients.At(row)
	return row, c.ID == id && c.State != Closed
}

// clientFor returns the row of a client for whom the caller may act: the client
// himself, or the house. A closed client is an object of the past.
func (m *Machine) clientFor(number uint64) (uint32, record.Code) {
	own := m.caller.Class() == record.CallerClient && m.caller.Number() == number
	if !own && !m.fromHouse() {
		return 0, record.NotPermitted
	}
	row, ok := m.client(number)
	switch {
	case !ok:
		return 0, record.UnknownClient
	case m.clients.At(row).State == Closed:
		return 0, record.ClientClosed
	}
	return row, record.Accepted
}

// clientAtDesk is clientFor where only the house may act, on an open day.
func (m *Machine) clientAtDesk(number uint64) (uint32, record.Code) {
	if code := m.fromDesk(); code != record.Accepted {
		return 0, code
	}
	return m.clientFor(number)
}

// fundFor returns the row of a fund account that is not closed, for whose owner
// the caller may act.
func (m *Machine) fundFor(number uint64) (uint32, record.Code) {
	row, ok := m.fund(number)
	switch {
	case !ok:
		return 0, record.UnknownFund
	case !m.forClient(m.funds.At(row)):
		return 0, record.NotPermitted
	case m.funds.At(row).State == Closed:
		return 0, record.AccountClosed
	}
	return row, record.Accepted
}
