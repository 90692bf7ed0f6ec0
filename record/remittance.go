package record

import "sancun/money"

// KindAskRemittance asks a custodian bank to move clients' money between its pooled
// account and the reserve.
const KindAskRemittance Kind = 130

// AskRemittance asks a bank to pay clients' money from the pooled account into the
// reserve account of a market at the clearing house (备付金划拨, positive Amount), or
// to confirm what the clearing house pays back (negative). Money on its way out is
// booked when it is asked, money on its way back when the bank has it, like a
// withdrawal and a deposit; a definite refusal books it back, silence never does.
// The outcome's Ref is the platform serial, under which BankAnswered,
// TransferTimedOut, EnquiryResult and ResolveTransfer say what became of it (row K4,
// domain facts E.2).
type AskRemittance struct {
	Bank     uint16
	Market   uint8
	Currency money.Currency
	Amount   money.Amount // minor units
}

// Kind returns KindAskRemittance.
func (*AskRemittance) Kind() Kind { return KindAskRemittance }

// Walk walks the fields.
func (c *AskRemittance) Walk(w *Codec) {
	w.U16(&c.Bank)
	w.U8(&c.Market)
	w.U8((*uint8)(&c.Currency))
	w.Amount(&c.Amount)
}
