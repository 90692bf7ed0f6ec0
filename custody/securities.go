package custody

import (
	"sancun/market"
	"sancun/state"
)

// SecuritiesAccount is a client's account at the clearing house for one market
// (股东账户) and the trading unit it orders through (row K2).
type SecuritiesAccount struct {
	Account [10]byte
	PBU     [6]byte
	Market  market.Market
	State   uint8
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
