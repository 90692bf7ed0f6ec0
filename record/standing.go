package record

import "sancun/money"

// Commands that change the state of a client or of a fund account (rows K9, K16,
// K17, domain facts B.4).
const (
	KindChangeClientState Kind = 61
	KindChangeFundState   Kind = 62
	KindSetCommission     Kind = 63
	KindCloseClient       Kind = 64
)

// ChangeClientState freezes a client, reports loss, moves to the dormant library,
// marks as unqualified, or brings back to normal. A client may report the loss.
type ChangeClientState struct {
	Client    uint64
	To        uint8  // custody.Normal, Frozen, LossReported, Dormant or Unqualified
	Verified  uint8  // 1 when the person was checked; needed on the way back to normal
	Reference string // order, report or list it rests on
}

// Kind returns KindChangeClientState.
func (*ChangeClientState) Kind() Kind { return KindChangeClientState }

// Walk walks the fields.
func (c *ChangeClientState) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.To)
	w.U8(&c.Verified)
	w.Text(&c.Reference)
}

// ChangeFundState does the same for one fund account. Frozen is not among the
// states it takes: that is what PlaceFreeze and ReleaseFreeze are for.
type ChangeFundState struct {
	Fund      uint64
	To        uint8
	Verified  uint8
	Reference string
}

// Kind returns KindChangeFundState.
func (*ChangeFundState) Kind() Kind { return KindChangeFundState }

// Walk walks the fields.
func (c *ChangeFundState) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U8(&c.To)
	w.U8(&c.Verified)
	w.Text(&c.Reference)
}

// SetCommission agrees a rate of commission with a client; 0 takes the default.
type SetCommission struct {
	Fund      uint64
	Rate      money.Rate
	Reference string // the agreement it rests on
}

// Kind returns KindSetCommission.
func (*SetCommission) Kind() Kind { return KindSetCommission }

// Walk walks the fields.
func (c *SetCommission) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.Rate(&c.Rate)
	w.Text(&c.Reference)
}

// CloseClient closes a client whose fund accounts are all closed. Nothing is
// deleted. When one is left open the rejection's reference is its number.
type CloseClient struct {
	Client   uint64
	Verified uint8 // 1 when the person was checked
}

// Kind returns KindCloseClient.
func (*CloseClient) Kind() Kind { return KindCloseClient }

// Walk walks the fields.
func (c *CloseClient) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Verified)
}
