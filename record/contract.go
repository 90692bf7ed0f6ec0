package record

import "sancun/state"

// Commands of the contract between client, broker and bank (rows K16, K19, K23).
// Side says for whom a command speaks; what a bank says comes from its gateway.
const (
	KindSignContracts       Kind = 80
	KindSignContract        Kind = 81
	KindPreDesignate        Kind = 82
	KindConfirmDesignation  Kind = 83
	KindChangeCard          Kind = 84
	KindAskChangeBank       Kind = 85
	KindConfirmChangeBank   Kind = 86
	KindCancelRelation      Kind = 87
	KindAskClosing          Kind = 88
	KindConfirmClosing      Kind = 89
	KindWithdrawApplication Kind = 90
)

// Sides of a contract.
const (
	SideBroker uint8 = 1
	SideBank   uint8 = 2
)

var contractCommands = []func() Command{
	func() Command { return &SignContracts{} },
	func() Command { return &SignContract{} },
	func() Command { return &PreDesignate{} },
	func() Command { return &ConfirmDesignation{} },
	func() Command { return &ChangeCard{} },
	func() Command { return &AskChangeBank{} },
	func() Command { return &ConfirmChangeBank{} },
	func() Command { return &CancelRelation{} },
	func() Command { return &AskClosing{} },
	func() Command { return &ConfirmClosing{} },
	func() Command { return &WithdrawApplication{} },
}

// ContractData is one contract of a batch.
type ContractData struct {
	Fund uint64
	Bank uint16
	Card state.Key // keyed hash of the bank settlement account
}

func (d *ContractData) walk(w *Codec) {
	w.U64(&d.Fund)
	w.U16(&d.Bank)
	w.Fixed(d.Card[:])
}

// SignContracts signs many contracts in one step (批量签约), for the migration of
// a branch: the bank has compared cards and names before. It is carried out as
// a whole or not at all, like the other commands of many rows.
type SignContracts struct{ Rows []ContractData }

// Kind returns KindSignContracts.
func (*SignContracts) Kind() Kind { return KindSignContracts }

// Walk walks the fields.
func (c *SignContracts) Walk(w *Codec) { walkRows(w, &c.Rows, (*ContractData).walk) }

// SignContract signs in one step (一步式签约): the bank has compared card and name,
// or the broker has the bank's answer to both.
type SignContract struct {
	Fund     uint64
	Bank     uint16
	Side     uint8     // SideBroker or SideBank
	Card     state.Key // keyed hash of the bank settlement account
	Name     state.Key // keyed hash of the name as the bank has it
	Verified uint8     // 1 when the broker checked the person; a bank checks for itself
}

// Kind returns KindSignContract.
func (*SignContract) Kind() Kind { return KindSignContract }

// Walk walks the fields.
func (c *SignContract) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.U8(&c.Side)
	w.Fixed(c.Card[:])
	w.Fixed(c.Name[:])
	w.U8(&c.Verified)
}

// PreDesignate is the first of two steps (预指定). No transfer is possible until
// the other side confirms.
type PreDesignate struct {
	Fund     uint64
	Bank     uint16
	Side     uint8
	Card     state.Key // zero when the broker does not know it yet
	Name     state.Key // as the bank has it; the broker leaves it zero
	Verified uint8     // 1 when the broker checked the person
}

// Kind returns KindPreDesignate.
func (*PreDesignate) Kind() Kind { return KindPreDesignate }

// Walk walks the fields.
func (c *PreDesignate) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.U8(&c.Side)
	w.Fixed(c.Card[:])
	w.Fixed(c.Name[:])
	w.U8(&c.Verified)
}

// ConfirmDesignation is the second step (指定确认), by the side that did not do the
// first.
type ConfirmDesignation struct {
	Fund     uint64
	Bank     uint16
	Side     uint8
	Card     state.Key
	Name     state.Key // as the bank has it; the broker leaves it zero
	Verified uint8
}

// Kind returns KindConfirmDesignation.
func (*ConfirmDesignation) Kind() Kind { return KindConfirmDesignation }

// Walk walks the fields.
func (c *ConfirmDesignation) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.U8(&c.Side)
	w.Fixed(c.Card[:])
	w.Fixed(c.Name[:])
	w.U8(&c.Verified)
}

// ChangeCard changes the bank settlement account (变更银行结算账户). No money moves
// between bank and ledger on the day of the change.
type ChangeCard struct {
	Fund uint64
	Bank uint16
	Side uint8
	Old  state.Key
	New  state.Key
	Name state.Key // as the bank has it; the broker leaves it zero
}

// Kind returns KindChangeCard.
func (*ChangeCard) Kind() Kind { return KindChangeCard }

// Walk walks the fields.
func (c *ChangeCard) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.U8(&c.Side)
	w.Fixed(c.Old[:])
	w.Fixed(c.New[:])
	w.Fixed(c.Name[:])
}

// AskChangeBank asks to leave the custodian bank (变更存管银行). From then on nothing
// is bought, sold or brought in.
type AskChangeBank struct {
	Fund     uint64
	Verified uint8 // 1 when the person was checked
}

// Kind returns KindAskChangeBank.
func (*AskChangeBank) Kind() Kind { return KindAskChangeBank }

// Walk walks the fields.
func (c *AskChangeBank) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U8(&c.Verified)
}

// ConfirmChangeBank says that the former bank has cancelled its side, on the second
// working day or later. A contract with another bank may be signed then.
type ConfirmChangeBank struct {
	Fund uint64
	Bank uint16
}

// Kind returns KindConfirmChangeBank.
func (*ConfirmChangeBank) Kind() Kind { return KindConfirmChangeBank }

// Walk walks the fields.
func (c *ConfirmChangeBank) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
}

// CancelRelation takes a pre-designation back or ends the relation of an empty
// auxiliary account.
type CancelRelation struct {
	Fund uint64
	Bank uint16
	Side uint8
}

// Kind returns KindCancelRelation.
func (*CancelRelation) Kind() Kind { return KindCancelRelation }

// Walk walks the fields.
func (c *CancelRelation) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
	w.U8(&c.Side)
}

// AskClosing asks to close a fund account (销户).
type AskClosing struct {
	Fund     uint64
	Verified uint8 // 1 when the person was checked
}

// Kind returns KindAskClosing.
func (*AskClosing) Kind() Kind { return KindAskClosing }

// Walk walks the fields.
func (c *AskClosing) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U8(&c.Verified)
}

// ConfirmClosing closes the account after the bank has closed its management
// account; one without a bank is closed by the house, with Bank 0.
type ConfirmClosing struct {
	Fund uint64
	Bank uint16
}

// Kind returns KindConfirmClosing.
func (*ConfirmClosing) Kind() Kind { return KindConfirmClosing }

// Walk walks the fields.
func (c *ConfirmClosing) Walk(w *Codec) {
	w.U64(&c.Fund)
	w.U16(&c.Bank)
}

// WithdrawApplication takes AskChangeBank or AskClosing back.
type WithdrawApplication struct {
	Fund uint64
}

// Kind returns KindWithdrawApplication.
func (*WithdrawApplication) Kind() Kind { return KindWithdrawApplication }

// Walk walks the fields.
func (c *WithdrawApplication) Walk(w *Codec) {
	w.U64(&c.Fund)
}
