package statement

import (
	"fmt"

	"sancun/books"
	"sancun/ledger"
	"sancun/money"
)

// Kind says what a posting on cash was, by what stood on its other side.
type Kind string

// The kinds.
const (
	Deposit            Kind = "deposit"             // 银行转证券
	Withdrawal         Kind = "withdrawal"          // 证券转银行
	DepositReversed    Kind = "deposit-reversed"    // 冲银行转证券
	WithdrawalReversed Kind = "withdrawal-reversed" // 冲证券转银行, or refused by the bank
	Bought             Kind = "bought"
	Sold               Kind = "sold"
	Levies             Kind = "levies"
	Commission         Kind = "commission"
	Interest           Kind = "interest"
	Dividend           Kind = "dividend"
	Internal           Kind = "internal"
	Subscription       Kind = "subscription"
	Opening            Kind = "opening"
	Correction         Kind = "correction"
	WriteOff           Kind = "write-off"
	Deduction          Kind = "deduction" // 司法扣划
	Other              Kind = "other"
)

// kindByCode are the kinds that a reason alone decides.
var kindByCode = map[ledger.Code]Kind{
	ledger.CodeDeposit: Deposit, ledger.CodeWithdrawal: Withdrawal, ledger.CodeDepositReversed: DepositReversed, ledger.CodeWithdrawReversed: WithdrawalReversed,
	ledger.CodeInternal: Internal, ledger.CodeInterest: Interest, ledger.CodeDividend: Dividend, ledger.CodeSubscription: Subscription,
	ledger.CodeOpening: Opening, ledger.CodeCorrection: Correction, ledger.CodeWriteOff: WriteOff, ledger.CodeDeduction: Deduction,
}

// kindOf tells what a posting was. A charge that left the client in debt has one
// reason whatever it was, so trades are told by the account on the other side: the
// first posting of an order is its principal, what follows its charges.
func kindOf(l *books.Line, principal bool) Kind {
	switch {
	case l.Against == ledger.FeesDue:
		return Commission
	case l.Against == ledger.InterestDue:
		return Interest
	}
	if kind, ok := kindByCode[l.Code]; ok {
		return kind
	}
	switch {
	case l.Against != ledger.InSettlement:
		if l.Code == ledger.CodeForced {
			return Correction
		}
		return Other
	case !principal:
		return Levies
	case l.Amount < 0:
		return Bought
	}
	return Sold
}

// place adds a posting to the sum of its kind.
func (c *Cash) place(kind Kind, amount money.Amount) error {
	to := &c.Other
	switch kind {
	case Deposit, DepositReversed:
		to = &c.Deposits
	case Withdrawal, WithdrawalReversed:
		to = &c.Withdrawals
	case Bought:
		to = &c.Bought
	case Sold:
		to = &c.Sold
	case Levies:
		to = &c.Levies
	case Commission:
		to = &c.Commission
	case Interest:
		to = &c.Interest
	case Dividend:
		to = &c.Dividends
	case Internal:
		to = &c.Internal
	}
	sum, err := to.Add(amount)
	*to = sum
	return err
}

// movements are the sums between opening and closing.
func (c *Cash) movements() []money.Amount {
	return []money.Amount{c.Deposits, c.Withdrawals, c.Sold, c.Bought, c.Levies, c.Commission, c.Interest, c.Dividends, c.Internal, c.Other}
}

// lines turns the postings into lines and adds them up by bank and kind.
func (s *Statement) lines(x *books.Extract) error {
	at := map[uint16]int{}
	for _, c := range x.Cash {
		a := c.Closing.Account()
		at[c.Bank] = len(s.Cash)
		s.Cash = append(s.Cash, Cash{
			Bank: c.Bank, Opening: c.Opening, Closing: money.Amount(c.Closing.Balance), Available: money.Amount(a.Available()), Withdrawable: money.Amount(a.Withdrawable()),
			HeldOrder: money.Amount(c.Closing.HeldOrder), HeldTransfer: money.Amount(c.Closing.HeldTransfer), HeldOther: money.Amount(c.Closing.HeldOther),
			Payable: money.Amount(c.Closing.Payable), Receivable: money.Amount(c.Closing.Receivable),
		})
	}
	orders := map[uint64]bool{}
	for i := range x.Orders {
		orders[x.Orders[i].ID] = true
	}
	for i := range x.Lines {
		l := &x.Lines[i]
		row, ok := at[l.Bank]
		if !ok {
			return fmt.Errorf("a posting at bank %d, where there is no account: %w", l.Bank, ErrUnbalanced)
		}
		principal, traded := orders[l.Ref]
		line := Line{Date: l.Date, Time: l.Time, Height: l.Height, Bank: l.Bank, Kind: kindOf(l, principal), Amount: l.Amount, Balance: l.Balance}
		switch {
		case traded:
			orders[l.Ref] = false
			line.Order = l.Ref
		default:
			line.Transfer = l.Ref
		}
		if err := s.Cash[row].place(line.Kind, l.Amount); err != nil {
			return err
		}
		s.Lines = append(s.Lines, line)
	}
	return s.addsUp()
}

// addsUp proves that opening and movements lead to the closing at every bank.
func (s *Statement) addsUp() error {
	for i := range s.Cash {
		c := &s.Cash[i]
		sum := c.Opening
		for _, a := range c.movements() {
			var err error
			if sum, err = sum.Add(a); err != nil {
				return err
			}
		}
		if sum != c.Closing {
			return fmt.Errorf("fund account %d at bank %d: the postings lead to %s, the closing is %s: %w", s.Fund, c.Bank, sum, c.Closing, ErrUnbalanced)
		}
	}
	return nil
}
