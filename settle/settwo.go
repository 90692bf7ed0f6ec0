package settle

import (
	"sancun/money"
	wire "sancun/wire/bank"
)

// ledger is the ledger number of set 2: broker code and fund account.
func (b *bankBook) ledger(c *clientRow) string { return b.broker.Code + c.fundAccount() }

// interestNets are the rows of S05: interest of the batch; what was posted on line
// at a closing the bank has heard already.
func (b *bankBook) interestNets() []wire.Row {
	var rows []wire.Row
	for i := range b.clients {
		c := &b.clients[i]
		if c.move.interest == 0 {
			continue
		}
		rows = append(rows, &wire.InterestNet{
			BankCode: b.bank.Code, BrokerCode: b.broker.Code, Region: c.branch, Date: b.date, Serial: b.serial(len(rows) + 1), Ledger: b.ledger(c),
			FundAccount: c.fundAccount(), Name: c.person.Name, Batch: true, Currency: c.currency, Amount: c.move.interest,
		})
	}
	return rows
}

// clientSettlements are the rows of S06: the clients of sbusi, by net.
func (b *bankBook) clientSettlements() []wire.Row {
	var rows []wire.Row
	for i := range b.clients {
		c := &b.clients[i]
		net := c.move.told()
		if net == 0 && c.bought == 0 && c.sold == 0 {
			continue
		}
		rows = append(rows, &wire.ClientSettlement{
			BankCode: b.bank.Code, BrokerCode: b.broker.Code, Region: c.branch, Date: b.date, Serial: b.serial(len(rows) + 1), Ledger: b.ledger(c),
			FundAccount: c.fundAccount(), Name: c.person.Name, Currency: c.currency, NetBuy: net < 0, Amount: magnitudeOf(net),
		})
	}
	return rows
}

// bankTotals are the rows of S08: what the clients settle together, of today.
func (b *bankBook) bankTotals() []wire.Row {
	var rows []wire.Row
	for _, s := range b.sums {
		rows = append(rows, b.total(s.currency, s.told))
	}
	return rows
}

func (b *bankBook) total(c money.Currency, net money.Amount) *wire.BankTotal {
	return &wire.BankTotal{
		BankCode: b.bank.Code, BrokerCode: b.broker.Code, Date: b.date, Pooled: b.bank.Pooled, LegalPerson: b.bank.Legal,
		NetBuy: net < 0, Currency: c, Amount: magnitudeOf(net),
	}
}

// interBankTotals are the rows of S11: what goes over the pooled account on the
// settlement day, whose date they carry.
func (b *bankBook) interBankTotals() []wire.Row {
	var rows []wire.Row
	for _, s := range b.sums {
		t := b.total(s.currency, s.moves())
		rows = append(rows, &wire.InterBankTotal{
			BankCode: t.BankCode, BrokerCode: t.BrokerCode, Date: b.next, Pooled: t.Pooled, LegalPerson: t.LegalPerson,
			NetBuy: t.NetBuy, Currency: t.Currency, Amount: t.Amount,
		})
	}
	return rows
}
