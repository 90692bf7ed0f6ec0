package record

import "sancun/state"

// Commands of the contract between client, broker and bank (rows K19, K23).
const (
	KindSignContracts Kind = 80
)

var contractCommands = []func() Command{
	func() Command { return &SignContracts{} },
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
