package custody

import "sancun/record"

// stateMayFollow says whether a state set by hand may follow another: out of
// normal, and back to it. Closing and pre-designation have their own commands.
func stateMayFollow(from, to uint8) bool {
	switch to {
	case Frozen, LossReported, Dormant, Unqualified:
		return from == Normal
	case Normal:
		return from == Frozen || from == LossReported || from == Dormant || from == Unqualified
	}
	return false
}

// changeClientState moves a client between states (row K9, K17). It works on a
// stopped day too: a report of loss does not wait for the morning. A client may
// report the loss himself; everything else is the house's.
func (m *Machine) changeClientState(c *record.ChangeClientState) record.Code {
	if !m.fromHouse() && c.To != LossReported {
		return record.NotPermitted
	}
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	if code := m.stateChange(client.State, c.To, c.Verified, c.Reference); code != record.Accepted {
		return code
	}
	client.State = c.To
	if c.To == Frozen || c.To == LossReported {
		client.Sessions++ // whoever is in may not be the client
	}
	put(m, m.clients, row, client)
	return record.Accepted
}

// stateChange checks a change of state and what it rests on. The report of a
// client himself needs no paper.
func (m *Machine) stateChange(from, to, verified uint8, reference string) record.Code {
	switch {
	case !stateMayFollow(from, to):
		return record.StateNotAllowed
	case to == Normal && verified != 1:
		return record.IdentityNotVerified
	case reference == "" && m.fromHouse():
		return record.ReferenceMissing
	}
	return record.Accepted
}

// changeFundState does the same for a fund account. An account frozen by orders
// is released by orders alone.
func (m *Machine) changeFundState(c *record.ChangeFundState) record.Code {
	if !m.fromHouse() && c.To != LossReported {
		return record.NotPermitted
	}
	row, code := m.fundFor(c.Fund)
	if code != record.Accepted {
		return code
	}
	f := *m.funds.At(row)
	if f.State == Frozen || c.To == Frozen {
		return record.StateNotAllowed
	}
	if code := m.stateChange(f.State, c.To, c.Verified, c.Reference); code != record.Accepted {
		return code
	}
	f.State = c.To
	put(m, m.funds, row, f)
	return record.Accepted
}

func (m *Machine) setCommission(c *record.SetCommission) record.Code {
	if code := m.fromDesk(); code != record.Accepted {
		return code
	}
	row, code := m.fundFor(c.Fund)
	switch {
	case code != record.Accepted:
		return code
	case c.Rate < 0 || c.Rate > commissionMax:
		return record.BadCommission
	case c.Reference == "":
		return record.ReferenceMissing
	}
	f := *m.funds.At(row)
	f.Commission = c.Rate
	put(m, m.funds, row, f)
	return record.Accepted
}

// closeClient closes a client without open fund accounts. The row stays: nothing
// is deleted (row K9), and the same person may come back under a new number.
func (m *Machine) closeClient(c *record.CloseClient) (record.Code, uint64) {
	row, code := m.clientAtDesk(c.Client)
	if code != record.Accepted {
		return code, 0
	}
	client := *m.clients.At(row)
	switch {
	case client.State != Normal:
		return record.ClientNotNormal, 0
	case c.Verified != 1:
		return record.IdentityNotVerified, 0
	}
	var open uint64
	m.eachFund(row, func(_ uint32, f *Fund) bool {
		if f.State != Closed {
			open = f.Number
		}
		return open == 0
	})
	if open != 0 {
		return record.ClientHasFunds, open
	}
	client.State, client.Closed = Closed, m.today().Date
	client.Sessions++
	put(m, m.clients, row, client)
	m.fileEvent(row, record.FilingClosing)
	return record.Accepted, 0
}
