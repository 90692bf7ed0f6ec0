package custody

import (
	"crypto/sha256"
	"encoding/binary"

	"sancun/approval"
	"sancun/record"
	"sancun/risk"
	"sancun/state"
)

// indexes find rows by the keys outsiders use. They follow from the tables, so
// they are in no root and no snapshot.
type indexes struct {
	banks       [256]uint32 // bank number → row + 1; banks are few
	clients     state.Index // client number
	identities  state.Index // keyed hash of the identity document; check the row (C4)
	funds       state.Index // fund account number
	securities  state.Index // market and account
	ofFund      state.Index // row of the fund account and market, to the securities account
	instruments state.Index // market.ID
	orders      state.Index // order number
	transfers   state.Index // platform serial of those that are not where it says (transfer)
	bankRefs    state.Index // bank number, date and bank serial
	reports     state.Index // market and partition
	limits      state.Index // scope of a limit, to the newest row of the scope
	entitled    state.Index // event and fund account
	cases       state.Index // what makes a difference the same
	listings    state.Index // subject and number
	checks      state.Index // keyed hash of the identity document
	factors     state.Index // the person
	files       state.Index // hash of the name
	filesAt     uint64      // newest height of the manifest
	erased      state.Index // client number
	orphans     state.Index // what makes an orphan the same
	watches     []uint32    // row of the fund account → row of its watch + 1
	holdings    holdings
	next        nextOrders
}

func (x *indexes) clear(table uint16) {
	switch table {
	case TableOrders:
		x.orders.Clear()
	case TableTransfers:
		x.transfers.Clear()
		x.bankRefs.Clear()
	case TableNextOrders:
		x.next = nextOrders{}
	}
}

// indexRow enters a new or changed row into the indexes of its table. Keys that a
// row has from its beginning and never changes are entered once.
func (m *Machine) indexRow(table uint16, row uint32, fresh bool) {
	if fresh {
		m.indexFresh(table, row)
	}
	x := &m.index
	switch table {
	case TableDay:
		m.rules.resolve(m.day.At(row).Date, m.day.At(row).Next)
		m.rules.resolveRisk(m.day.At(row).Date, m.settings)
		m.rules.resolveGuards(m.day.At(row).Date, m.guards)
		m.resolveCeilings(m.day.At(row).Date)
	case TableCeilings:
		m.rules.ceilingsOn = 0 // resolved anew with the row of net buys that follows, or the day
		m.resolveCeilings(m.today().Date)
	case TableGuards:
		m.rules.guards = approval.On(m.rules.guardsOn, m.guards)
	case TableRiskSettings:
		m.rules.risk = risk.On(m.rules.riskOn, m.settings)
	case TableWatches:
		fund := int(m.watches.At(row).Fund)
		for len(x.watches) <= fund {
			x.watches = append(x.watches, 0)
		}
		x.watches[fund] = row + 1
	case TableBlacklist:
		l := m.listings.At(row)
		x.listings.Put(risk.Key(l.Subject, l.Number), row)
	case TableBanks:
		x.banks[m.banks.At(row).Number] = row + 1
	case TableClients:
		if c := m.clients.At(row); c.State != Closed { // who left may come back under a new number
			x.identities.Put(c.ID, row)
		}
	case TableSecurities:
		a := m.securities.At(row)
		x.securities.Put(codeKey(uint8(a.Market), a.Account[:]), row)
		x.ofFund.Put(state.KeyOf(uint64(a.Fund), uint64(a.Market)), row)
	case TableTransfers:
		t := m.transfers.At(row)
		if t.BankRef != ([20]byte{}) {
			x.bankRefs.Put(bankRefKey(t.Bank, t.Date, t.BankRef), row)
		}
	case TableCases:
		x.cases.Put(m.cases.At(row).Same, row)
	case TableKeptFiles:
		x.filesAt = max(x.filesAt, m.keptFiles.At(row).Height)
	case TableLimits:
		x.limits.Put(m.limits.At(row).scope(), row)
	case TableNextOrders:
		x.next.put(row, m.nextOrders.At(row))
	}
}

// indexFresh enters the keys that a row has from its beginning.
func (m *Machine) indexFresh(table uint16, row uint32) {
	x := &m.index
	switch table {
	case TableClients:
		x.clients.Put(state.KeyOf(m.clients.At(row).Number, 0), row)
	case TableFunds:
		x.funds.Put(state.KeyOf(m.funds.At(row).Number, 0), row)
	case TableInstruments:
		x.instruments.Put(state.KeyOf(uint64(m.instruments.At(row).ID), 0), row)
	case TableOrders:
		x.orders.Put(state.KeyOf(m.orders.At(row).ID, 0), row)
	case TableTransfers:
		if id := m.transfers.At(row).ID; id%serialsOfDay != uint64(row)+1 {
			x.transfers.Put(state.KeyOf(id, 0), row)
		}
	case TableKeptFiles:
		x.files.Put(fileKey(m.keptFiles.At(row).Path()), row)
	case TableErasures:
		x.erased.Put(state.KeyOf(m.erasures.At(row).Client, 0), row)
	case TableOrphans:
		x.orphans.Put(m.orphans.At(row).Same, row)
	case TableFactors:
		x.factors.Put(state.KeyOf(uint64(m.factors.At(row).Caller), 0), row)
	case TableNetBuys:
		m.rules.ceilingsOn = 0
		m.resolveCeilings(m.today().Date)
	case TableChecks:
		x.checks.Put(m.checks.At(row).ID, row)
	case TableEntitlements:
		e := m.entitlements.At(row)
		x.entitled.Put(entitlementKey(e.Fund, e.Event), row)
	case TableReports:
		r := m.reports.At(row)
		x.reports.Put(state.KeyOf(uint64(r.Market), uint64(r.Partition)), row)
	}
}

// codeKey is a key of a market and a code of at most 12 bytes.
func codeKey(market uint8, code []byte) (k state.Key) {
	k[15] = market
	copy(k[:12], code)
	return k
}

// bankRefKey is the beginning of the hash of bank, date and serial: the serial is
// longer than a key, and no two serials may meet because the second of them
// would be taken for a repetition.
func bankRefKey(bank uint16, date uint32, ref [record.BankRefMax]byte) state.Key {
	var text [6 + record.BankRefMax]byte
	binary.LittleEndian.PutUint16(text[0:], bank)
	binary.LittleEndian.PutUint32(text[2:], date)
	copy(text[6:], ref[:])
	sum := sha256.Sum256(text[:])
	return state.Key(sum[:16])
}
