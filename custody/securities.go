package custody

import (
	"bytes"

	"sancun/market"
	"sancun/record"
	"sancun/state"
)

// SecuritiesAccount is a client's account at the clearing house for one market
// (股东账户) and the trading unit it orders through (row K2).
type SecuritiesAccount struct {
	Account [10]byte
	PBU     [6]byte
	Market  market.Market
	State   uint8  // Normal, or Closed once it was taken off
	Fund    uint32 // row of the main fund account
}

const securitiesWidth = 32

// Encode writes the row.
func (a *SecuritiesAccount) Encode(dst []byte) { f := state.Writing(dst); a.walk(&f) }

// Decode reads the row.
func (a *SecuritiesAccount) Decode(src []byte) { f := state.Reading(src); a.walk(&f) }

func (a *SecuritiesAccount) walk(f *state.Fields) {
	f.Bytes(a.Account[:])
	f.Bytes(a.PBU[:])
	f.U8((*uint8)(&a.Market))
	f.U8(&a.State)
	f.U32(&a.Fund)
}

func (m *Machine) openSecurities(c *record.OpenSecurities) (record.Code, uint64) {
	if code := m.fromDesk(); code != record.Accepted {
		return code, 0
	}
	var accounts, markets state.Index
	code, ref := batch(len(c.Rows), func(i int) record.Code {
		d := &c.Rows[i]
		fund, code := m.checkSecurities(d)
		if code != record.Accepted {
			return code
		}
		account, market := codeKey(d.Market, d.Account[:]), state.KeyOf(uint64(fund), uint64(d.Market))
		if _, taken := accounts.Find(account); taken {
			return record.SecuritiesTaken
		}
		if _, taken := markets.Find(market); taken {
			return record.MarketTaken
		}
		accounts.Put(account, 0)
		markets.Put(market, 0)
		return record.Accepted
	})
	if code != record.Accepted {
		return code, ref
	}
	for i := range c.Rows {
		d := &c.Rows[i]
		fund, _ := m.fund(d.Fund)
		put(m, m.securities, m.securities.Len(), SecuritiesAccount{
			Account: d.Account, PBU: d.PBU, Market: market.Market(d.Market), State: Normal, Fund: fund,
		})
	}
	return code, ref
}

// checkSecurities checks one securities account by itself and against those there
// are, and returns its fund account's row.
func (m *Machine) checkSecurities(d *record.SecuritiesData) (uint32, record.Code) {
	if !market.Market(d.Market).Valid() || !capitalsAndDigits(d.Account[:]) || !capitalsAndDigits(bytes.TrimRight(d.PBU[:], "\x00")) {
		return 0, record.BadSecurities
	}
	row, ok := m.fund(d.Fund)
	if !ok {
		return 0, record.UnknownFund
	}
	f := m.funds.At(row)
	switch {
	case f.Main == 0:
		return 0, record.NotMain
	case f.State != Normal && f.State != PreDesignated:
		return 0, record.FundNotNormal
	}
	if _, taken := m.securitiesOf(d.Market, d.Account); taken {
		return 0, record.SecuritiesTaken
	}
	if _, taken := m.securitiesFor(row, market.Market(d.Market)); taken {
		return 0, record.MarketTaken
	}
	return row, record.Accepted
}

// securitiesOf returns the row of a securities account that is joined now. The
// index may still lead to one that was taken off (rule C4).
func (m *Machine) securitiesOf(of uint8, account [10]byte) (uint32, bool) {
	row, ok := m.index.securities.Find(codeKey(of, account[:]))
	return row, ok && m.securities.At(row).State != Closed
}

// securitiesFor returns the row of a fund account's securities account of a market.
func (m *Machine) securitiesFor(fund uint32, of market.Market) (uint32, bool) {
	row, ok := m.index.ofFund.Find(state.KeyOf(uint64(fund), uint64(of)))
	return row, ok && m.securities.At(row).State != Closed
}

// closeSecurities takes a securities account off its fund account.
func (m *Machine) closeSecurities(c *record.CloseSecurities) record.Code {
	if code := m.fromDesk(); code != record.Accepted {
		return code
	}
	fund, code := m.fundFor(c.Fund)
	if code != record.Accepted {
		return code
	}
	row, ok := m.securitiesFor(fund, market.Market(c.Market))
	if !ok {
		return record.NoSecuritiesHere
	}
	if m.securitiesUsed(fund, row) {
		return record.SecuritiesInUse
	}
	m.takeOff(row)
	return record.Accepted
}

// securitiesUsed says whether a fund account holds anything of the market of a
// securities account, or has an order open on it.
func (m *Machine) securitiesUsed(fund, account uint32) bool {
	for in := range m.instruments.Len() {
		if m.instruments.At(in).ID.Market() != m.securities.At(account).Market {
			continue
		}
		if row, ok := m.positionRow(fund, in); ok && !m.empty(row) {
			return true
		}
	}
	for _, o := range m.eachNextOrder(fund) {
		if o.Account == account {
			return true
		}
	}
	for row := range m.orders.Len() {
		if o := m.orders.At(row); o.Account == account && o.Open() {
			return true
		}
	}
	return false
}

func (m *Machine) takeOff(row uint32) {
	a := *m.securities.At(row)
	a.State = Closed
	put(m, m.securities, row, a)
}

// takeOffAll takes every securities account off a fund account that closes.
func (m *Machine) takeOffAll(fund uint32) {
	for _, of := range [...]market.Market{market.Shanghai, market.Shenzhen, market.Beijing} {
		if row, ok := m.securitiesFor(fund, of); ok {
			m.takeOff(row)
		}
	}
}

func capitalsAndDigits(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	for _, b := range text {
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return true
}
