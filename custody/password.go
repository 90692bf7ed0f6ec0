package custody

import "sancun/record"

// passwordTries is how many wrong passwords in a row lock it (domain facts F.4).
const passwordTries = 5

// password is what a client's row says of one of the passwords.
type password struct {
	set, tries, locked *uint8
}

// passwordOf returns the fields of one password of a row.
func (c *Client) passwordOf(which uint8) (password, bool) {
	switch which {
	case record.PasswordTrade:
		return password{&c.TradeSet, &c.TradeTries, &c.TradeLocked}, true
	case record.PasswordFund:
		return password{&c.FundSet, &c.FundTries, &c.FundLocked}, true
	}
	return password{}, false
}

func hashFits(hash []byte) bool { return len(hash) > 0 && len(hash) <= record.PasswordHashMax }

func (m *Machine) setPassword(c *record.SetPassword) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	p, ok := client.passwordOf(c.Which)
	switch {
	case !ok:
		return record.PasswordKind
	case !hashFits(c.Hash):
		return record.PasswordHash
	case *p.locked != 0:
		return record.PasswordLocked
	case *p.set != 0 && c.Old != 1:
		return record.OldPasswordNeeded
	}
	*p.set, *p.tries = 1, 0
	put(m, m.clients, row, client)
	return record.Accepted
}

// passwordTried counts. A locked password is not compared any more, so that its
// tries tell nobody anything.
func (m *Machine) passwordTried(c *record.PasswordTried) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	p, ok := client.passwordOf(c.Which)
	switch {
	case !ok:
		return record.PasswordKind
	case *p.set == 0:
		return record.PasswordNotSet
	case *p.locked != 0:
		return record.PasswordLocked
	case c.OK == 1 && *p.tries == 0:
		return record.Accepted // the usual case changes nothing
	case c.OK == 1:
		*p.tries = 0
	default:
		*p.tries++
		if *p.tries >= passwordTries {
			*p.locked = 1
		}
	}
	put(m, m.clients, row, client)
	return record.Accepted
}

func (m *Machine) unlockPassword(c *record.UnlockPassword) record.Code {
	return m.mendPassword(c.Client, c.Which, c.Verified, func(client *Client, p password) record.Code {
		if *p.locked == 0 {
			return record.PasswordNotLocked
		}
		*p.tries, *p.locked = 0, 0
		return record.Accepted
	})
}

func (m *Machine) resetPassword(c *record.ResetPassword) record.Code {
	return m.mendPassword(c.Client, c.Which, c.Verified, func(client *Client, p password) record.Code {
		if !hashFits(c.Hash) {
			return record.PasswordHash
		}
		*p.set, *p.tries, *p.locked = 1, 0, 0
		client.Sessions++
		return record.Accepted
	})
}

// mendPassword is what unlocking and resetting share: the house does it, for a
// person who was checked, at any hour.
func (m *Machine) mendPassword(number uint64, which, verified uint8, mend func(*Client, password) record.Code) record.Code {
	if !m.fromHouse() {
		return record.NotPermitted
	}
	row, code := m.clientFor(number)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	p, ok := client.passwordOf(which)
	switch {
	case !ok:
		return record.PasswordKind
	case *p.set == 0:
		return record.PasswordNotSet
	case verified != 1:
		return record.IdentityNotVerified
	}
	if code := mend(&client, p); code != record.Accepted {
		return code
	}
	put(m, m.clients, row, client)
	return record.Accepted
}

func (m *Machine) endSessions(c *record.EndSessions) record.Code {
	row, code := m.clientFor(c.Client)
	if code != record.Accepted {
		return code
	}
	client := *m.clients.At(row)
	client.Sessions++
	put(m, m.clients, row, client)
	return record.Accepted
}
