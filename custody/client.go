package custody

import "sancun/state"

// Client is an investor. Personal data are not here: they are sealed in the
// command that opened the client, and the row holds keyed hashes to find and
// compare them by (row K10, law L10).
type Client struct {
	Number      uint64
	Class       uint8 // Person or Organisation
	State       uint8
	Document    uint8  // kind of identity document
	Risk        uint8  // C1 to C5 as 1 to 5, 0 when never asked
	Investor    uint8  // InvestorOrdinary or InvestorProfessional
	Mismatch    uint8  // how many fund accounts have Unconfirmed set: while any has, transfers stop
	Branch      uint16 // 营业部
	Permissions uint32 // bits Permit…
	Opened      uint32 // date
	Closed      uint32 // date, 0 while open
	RiskUntil   uint32 // last date the risk answer is valid
	ID          state.Key
	Name        state.Key
	Mobile      state.Key
	TradeTries  uint8 // wrong trading passwords in a row
	FundTries   uint8 // wrong fund passwords in a row
	TradeLocked uint8
	FundLocked  uint8
	Sessions    uint32 // sessions begun before this generation are void
	Funds       uint32 // row + 1 of the fund account opened last, which links to the ones before
	TradeSet    uint8  // a trading password exists
	FundSet     uint8  // a fund password exists
	Held        uint8  // bits Held…: why the client waits for a review, 0 otherwise
	FactorSet   uint8  // a second factor exists
	Resume      uint8  // state to go back to when a hold ends; 0 is Normal
	Filed       uint8  // 1 when the opening is filed, or to be filed, with the supervisor
}

// States of a client or of a fund account (row K9, domain facts B.4).
const (
	Normal        uint8 = 1
	PreDesignated uint8 = 2 // a fund account signed at one side only
	Frozen        uint8 = 3
	LossReported  uint8 = 4
	Dormant       uint8 = 5
	Unqualified   uint8 = 6
	Closed        uint8 = 7
	Held          uint8 = 8 // 开户锁定: a client that two people have to review first
)

// Why a client is held, as bits.
const (
	HeldUnanswered   uint8 = 1 << 0 // a check has no answer
	HeldListed       uint8 = 1 << 1 // a name list has the name or the document
	HeldContradicted uint8 = 1 << 2 // a register that had not answered disagreed later
)

// Classes of clients and investors.
const (
	Person       uint8 = 1
	Organisation uint8 = 2

	InvestorOrdinary     uint8 = 1
	InvestorProfessional uint8 = 2
)

// documentOrganisation is the one kind of document that organisations have; it is
// the greatest number of the kinds.
const documentOrganisation uint8 = 8

// Permissions of a client to trade on boards and in businesses (row K12).
const (
	PermitMain    uint32 = 1 << 0
	PermitChiNext uint32 = 1 << 1
	PermitSTAR    uint32 = 1 << 2
	PermitBSE     uint32 = 1 << 3
	PermitRisk    uint32 = 1 << 4 // risk-warning board
	PermitConnect uint32 = 1 << 5 // Hong Kong Connect
	PermitMargin  uint32 = 1 << 6 // margin trading
	permitAll     uint32 = 1<<7 - 1
)

const clientWidth = 128

// Encode writes the row.
func (c *Client) Encode(dst []byte) { f := state.Writing(dst); c.walk(&f) }

// Decode reads the row.
func (c *Client) Decode(src []byte) { f := state.Reading(src); c.walk(&f) }

func (c *Client) walk(f *state.Fields) {
	f.U64(&c.Number)
	f.U8(&c.Class)
	f.U8(&c.State)
	f.U8(&c.Document)
	f.U8(&c.Risk)
	f.U8(&c.Investor)
	f.U8(&c.Mismatch)
	f.U16(&c.Branch)
	f.U32(&c.Permissions)
	f.U32(&c.Opened)
	f.U32(&c.Closed)
	f.U32(&c.RiskUntil)
	f.Bytes(c.ID[:])
	f.Bytes(c.Name[:])
	f.Bytes(c.Mobile[:])
	f.U8(&c.TradeTries)
	f.U8(&c.FundTries)
	f.U8(&c.TradeLocked)
	f.U8(&c.FundLocked)
	f.U32(&c.Sessions)
	f.U32(&c.Funds)
	f.U8(&c.TradeSet)
	f.U8(&c.FundSet)
	f.U8(&c.Held)
	f.U8(&c.FactorSet)
	f.U8(&c.Resume)
	f.U8(&c.Filed)
}
