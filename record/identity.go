package record

import "sancun/state"

// Commands of a client's data (rows K10, K14): contact data, name and document.
const (
	KindChangeContact     Kind = 53
	KindChangeIdentity    Kind = 54
	KindBankDataConfirmed Kind = 55
	KindBankDataChanged   Kind = 56
)

// ChangeContact gives a client other contact data: mobile, e-mail, address. The
// data themselves lie sealed in the command.
type ChangeContact struct {
	Client uint64
	Mobile state.Key // keyed hash, never zero
	Sealed []byte
}

// Kind returns KindChangeContact.
func (*ChangeContact) Kind() Kind { return KindChangeContact }

// Walk walks the fields.
func (c *ChangeContact) Walk(w *Codec) {
	w.U64(&c.Client)
	w.Fixed(c.Mobile[:])
	w.Blob(&c.Sealed)
}

// ChangeIdentity gives a client another name or identity document. Until every
// bank in custody for the client has the same data, transfers stop (K14, B.5).
type ChangeIdentity struct {
	Client   uint64
	Document uint8 // kind, as in ClientData
	ID       state.Key
	Name     state.Key
	Verified uint8 // 1 when the person and the papers were checked
	Sealed   []byte
}

// Kind returns KindChangeIdentity.
func (*ChangeIdentity) Kind() Kind { return KindChangeIdentity }

// Walk walks the fields.
func (c *ChangeIdentity) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Document)
	w.Fixed(c.ID[:])
	w.Fixed(c.Name[:])
	w.U8(&c.Verified)
	w.Blob(&c.Sealed)
}

// BankDataConfirmed says which data the bank has now for the owner of a fund
// account. They must be ours.
type BankDataConfirmed struct {
	Fund uint64
	Bank uint16
	ID   state.Key
	Name state.Key
}

// Kind returns KindBankDataConfirmed.
func (*BankDataConfirmed) Kind() Kind { return KindBankDataConfirmed }

// Walk walks the fields.
func (c *BankDataConfirmed) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.Fixed(c.ID[:])
	w.Fixed(c.Name[:])
}

// BankDataChanged says that name or document were changed at the bank first. If
// they are not ours, transfers stop until we have them too and the bank confirms.
type BankDataChanged struct {
	Fund uint64
	Bank uint16
	ID   state.Key
	Name state.Key
}

// Kind returns KindBankDataChanged.
func (*BankDataChanged) Kind() Kind { return KindBankDataChanged }

// Walk walks the fields.
func (c *BankDataChanged) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.Fixed(c.ID[:])
	w.Fixed(c.Name[:])
}
