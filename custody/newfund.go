package custody

import (
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// fundsMax bounds the fund accounts of one client, so that walking them is short.
const fundsMax = 16

// commissionMax is the published cap of 3 per mille; what the levies leave of it
// is checked when fees are reckoned.
const commissionMax = 3 * money.RateUnit / 1_000

func (m *Machine) openFunds(c *record.OpenFunds) (record.Code, uint64) {
	if code := m.fromDesk(); code != record.Accepted {
		return code, 0
	}
	var numbers, mains, counts state.Index
	code, ref := batch(len(c.Rows), func(i int) record.Code {
		d := &c.Rows[i]
		client, code := m.checkFund(d)
		if code != record.Accepted {
			return code
		}
		number, main := state.KeyOf(d.Number, 0), state.KeyOf(uint64(client), uint64(d.Currency))
		owner := state.KeyOf(uint64(client), 0)
		if _, taken := numbers.Find(number); taken {
			return record.FundNumberTaken
		}
		_, hasMain := mains.Find(main)
		if !hasMain {
			_, hasMain = m.mainFund(client, d.Currency)
		}
		switch {
		case d.Main == 1 && hasMain:
			return record.MainExists
		case d.Main == 0 && !hasMain:
			return record.MainMissing
		}
		more, _ := counts.Find(owner)
		if m.fundCount(client)+more >= fundsMax {
			return record.TooManyFunds
		}
		numbers.Put(number, 0)
		mains.Put(main, 0)
		counts.Put(owner, more+1)
		return record.Accepted
	})
	if code != record.Accepted {
		return code, ref
	}
	for i := range c.Rows {
		m.openFund(&c.Rows[i])
	}
	return code, ref
}

// checkFund checks one fund account by itself and returns its client's row.
func (m *Machine) checkFund(d *record.FundData) (uint32, record.Code) {
	switch {
	case d.Number == 0 || d.Number > record.FundNumberMax:
		return 0, record.BadNumber
	case !d.Currency.Valid():
		return 0, record.BadCurrency
	case d.Main > 1:
		return 0, record.Malformed
	case d.Commission < 0 || d.Commission > commissionMax:
		return 0, record.BadCommission
	}
	if _, taken := m.fund(d.Number); taken {
		return 0, record.FundNumberTaken
	}
	return m.normalClient(d.Client)
}

// normalClient returns the row of a client who may do new business.
func (m *Machine) normalClient(number uint64) (uint32, record.Code) {
	row, ok := m.client(number)
	if !ok {
		return 0, record.UnknownClient
	}
	switch m.clients.At(row).State {
	case Normal:
		return row, record.Accepted
	case Closed:
		return 0, record.ClientClosed
	case Held:
		return 0, record.ClientHeld
	}
	return 0, record.ClientNotNormal
}

func (m *Machine) openFund(d *record.FundData) {
	client, _ := m.client(d.Client)
	owner := *m.clients.At(client)
	row := m.funds.Len()
	put(m, m.funds, row, Fund{
		Number: d.Number, Client: client, Currency: d.Currency, Main: d.Main, State: Normal,
		Commission: d.Commission, Earlier: owner.Funds,
	})
	owner.Funds = row + 1
	put(m, m.clients, client, owner)
}

// eachFund visits a client's fund accounts, the newest first, until visit
// returns false.
func (m *Machine) eachFund(client uint32, visit func(row uint32, f *Fund) bool) {
	for next := m.clients.At(client).Funds; next != 0; {
		f := m.funds.At(next - 1)
		if !visit(next-1, f) {
			return
		}
		next = f.Earlier
	}
}

// mainFund returns the row of a client's open main fund account of a currency.
func (m *Machine) mainFund(client uint32, c money.Currency) (main uint32, found bool) {
	m.eachFund(client, func(row uint32, f *Fund) bool {
		if f.Main == 1 && f.Currency == c && f.State != Closed {
			main, found = row, true
		}
		return !found
	})
	return main, found
}

// fundCount returns how many fund accounts a client has that are not closed.
func (m *Machine) fundCount(client uint32) (n uint32) {
	m.eachFund(client, func(_ uint32, f *Fund) bool {
		if f.State != Closed {
			n++
		}
		return true
	})
	return n
}
