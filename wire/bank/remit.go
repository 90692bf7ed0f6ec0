package bank

import "sancun/money"

// Remit moves clients' money between the broker's pooled account and the reserve
// account of a market at the clearing house (备付金划拨, row K4). Out, the bank pays
// into the reserve account that is registered with it and into no other, which is
// why the message names none; back, it confirms that what the clearing house paid
// has arrived, and answers when it has. The published lists of transactions have no
// such message: it is our assumption.
type Remit struct {
	Envelope
	Market   uint8 // 1 Shanghai, 2 Shenzhen, 3 Beijing
	Back     bool
	Currency money.Currency
	Amount   money.Amount // minor units; a format refuses less than zero
}

// Function returns FunctionRemit.
func (*Remit) Function() Function { return FunctionRemit }

func (m *Remit) slots() []slot {
	return append(m.Envelope.slots(),
		wholeSlot("market", &m.Market),
		flagSlot("back", &m.Back),
		wholeSlot("currency", &m.Currency),
		wholeSlot("amount", &m.Amount),
	)
}
