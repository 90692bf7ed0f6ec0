package custody

import "sancun/state"

// Client is an investor. Personal data are not here: they are sealed in the
// command that opened the client, and the row holds keyed hashes to find and
// compare them by (row K10, law L10).
type Client struct {
	Number      uint64
	Class       uint8 // 1 natural person, 2 organisation
	State       uint8
	Document    uint8  // kind of identity document
	Risk        uint8  // C1 to C5 as 1 to 5, 0 when never asked
	Investor    uint8  // 1 ordinary, 2 professional
	Mismatch    uint8  // name or document changed here and not yet at the bank: transfers stop
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
)

// Permissions of a client to trade on boards and in businesses (row K12).
const (
	PermitMain    uint32 = 1 << 0
	PermitChiNext uint32 = 1 << 1
	PermitSTAR    uint32 = 1 << 2
	PermitBSE     uint32 = 1 << 3
	PermitRisk    uint32 = 1 << 4 // risk-warning board
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
}
