package settle

import (
	"fmt"

	wire "sancun/wire/bank"
)

// settleDays is the T+N of the clients' nets: every security we clear settles on
// the next trading day; a product that does not would need a row of its own.
const settleDays = 1

// serial numbers the rows of a file: date and place.
func (b *bankBook) serial(n int) string { return fmt.Sprintf("%s%08d", b.date, n) }

// clientNets are the rows of sbusi: clients whom anything but a transfer and the
// interest, which accr has, moved today.
func (b *bankBook) clientNets() []wire.Row {
	var rows []wire.Row
	for i := range b.clients {
		c := &b.clients[i]
		if c.move.told() == 0 && c.bought == 0 && c.sold == 0 {
			continue
		}
		rows = append(rows, &wire.ClientNet{
			Serial: b.serial(len(rows) + 1), BankType: b.bank.Code, BankAccount: c.person.Card, BrokerCode: b.broker.Code, Branch: c.branch,
			FundAccount: c.fundAccount(), Currency: c.currency, Net: c.move.told(), Days: settleDays, Process: wire.ProcessPending,
			Buy: c.bought, Sell: c.sold,
		})
	}
	return rows
}

// ledgerBalances are the rows of sbala: every client of the bank.
func (b *bankBook) ledgerBalances() []wire.Row {
	rows := make([]wire.Row, 0, len(b.clients))
	for i := range b.clients {
		c := &b.clients[i]
		rows = append(rows, &wire.LedgerBalance{
			BankAccount: c.person.Card, FundAccount: c.fundAccount(), Currency: c.currency, Balance: c.balance,
			BuyOpen: c.bought, SellOpen: c.sold, Frozen: c.held, Date: b.date,
		})
	}
	return rows
}

// businessNet is our name of the business in spay; the banks' lists of them are
// not public (assumption).
const businessNet = "0001"

// pooledSettlements are the rows of spay: one a currency.
func (b *bankBook) pooledSettlements() []wire.Row {
	var rows []wire.Row
	for _, s := range b.sums {
		if s == (bankSum{currency: s.currency}) {
			continue
		}
		rows = append(rows, &wire.PooledSettlement{
			BrokerCode: b.broker.Code, Business: businessNet, CompanyCode: b.broker.Code, CompanyName: b.broker.Name,
			BankAccount: b.bank.Pooled.Number, BankAccountName: b.bank.Pooled.Name, Currency: s.currency, Amount: s.moves(), TradeDate: b.date,
			ClosingInterest: s.closing, QuarterInterest: s.interest, Trade: s.trade + s.stays, Other: s.other - s.paid,
		})
	}
	return rows
}

// interestEntries are the rows of accr: interest of the batch. Tax on it has been
// nil since 2008 and is written as zero.
func (b *bankBook) interestEntries() []wire.Row {
	var rows []wire.Row
	for i := range b.clients {
		c := &b.clients[i]
		if c.move.interest == 0 {
			continue
		}
		rows = append(rows, &wire.InterestEntry{
			Serial: b.serial(len(rows) + 1), BankAccount: c.person.Card, BrokerCode: b.broker.Code, Branch: c.branch,
			ClientKind: c.kind, FundAccount: c.fundAccount(), Currency: c.currency, Interest: c.move.interest,
		})
	}
	return rows
}
