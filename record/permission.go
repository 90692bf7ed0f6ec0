package record

import "sancun/money"

// Commands of suitability: risk answers, investor class, permissions (row K12).
const (
	KindRiskAnswered     Kind = 57
	KindSetInvestor      Kind = 58
	KindGrantPermission  Kind = 59
	KindRevokePermission Kind = 60
)

// RiskAnswered is the result of a questionnaire.
type RiskAnswered struct {
	Client uint64
	Risk   uint8  // C1 to C5 as 1 to 5
	Until  uint32 // last date it holds, at most two years from today
}

// Kind returns KindRiskAnswered.
func (*RiskAnswered) Kind() Kind { return KindRiskAnswered }

// Walk walks the fields.
func (c *RiskAnswered) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Risk)
	w.U32(&c.Until)
}

// SetInvestor makes a client an ordinary or a professional investor.
type SetInvestor struct {
	Client    uint64
	Investor  uint8  // 1 ordinary, 2 professional
	Reference string // the decision it rests on
}

// Kind returns KindSetInvestor.
func (*SetInvestor) Kind() Kind { return KindSetInvestor }

// Walk walks the fields.
func (c *SetInvestor) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Investor)
	w.Text(&c.Reference)
}

// GrantPermission opens one board or business to a client. The figures are the
// evidence the branch found; the rule of the permission decides on them.
type GrantPermission struct {
	Client     uint64
	Permission uint32       // one bit of custody.Permit…
	Assets     money.Amount // average of the last 20 trading days, CNY fen
	Months     uint16       // since the first trade
	Disclosed  uint8        // 1 when the risk disclosure was signed
}

// Kind returns KindGrantPermission.
func (*GrantPermission) Kind() Kind { return KindGrantPermission }

// Walk walks the fields.
func (c *GrantPermission) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U32(&c.Permission)
	w.Amount(&c.Assets)
	w.U16(&c.Months)
	w.U8(&c.Disclosed)
}

// RevokePermission closes a board or business to a client. What is held may still
// be sold only while the permission is there, so positions should be sold first.
type RevokePermission struct {
	Client     uint64
	Permission uint32
	Reference  string // the decision it rests on
}

// Kind returns KindRevokePermission.
func (*RevokePermission) Kind() Kind { return KindRevokePermission }

// Walk walks the fields.
func (c *RevokePermission) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U32(&c.Permission)
	w.Text(&c.Reference)
}
