package clearing

import (
	"cmp"
	"fmt"
	"slices"

	"sancun/calendar"
	"sancun/money"
	"sancun/wire/csdc"
)

// Code says how a movement or a settlement ended. The codes of settlements stand
// in the files too.
type Code string

// The codes.
const (
	CodeOK      Code = csdc.ResultOK
	CodeDrawn   Code = csdc.ResultDrawn   // paid, partly from the member's own account (关联交收)
	CodeDefault Code = csdc.ResultDefault // 违约: not paid in full
	CodeShort   Code = "9001"             // funds do not cover the net payable, or a withdrawal
	CodeMinimum Code = "9002"             // balance is, or would be, under the minimum reserve
	CodeClosed  Code = "9003"             // outside 8:30 to 17:00 of a trading day
	CodeAccount Code = "9004"             // no such cash account
	CodeAmount  Code = "9005"             // amount is not positive, or too large
)

var codeTexts = map[Code][2]string{
	CodeOK:      {"成功", "done"},
	CodeDrawn:   {"客户备付金不足，已从自营备付金账户划付", "paid, partly drawn from the own account: bring the client reserve up"},
	CodeDefault: {"交收违约", "settlement default: pay the overdraft and its penalty before the next 16:00"},
	CodeShort:   {"备付金不足", "reserve is short: move cash in"},
	CodeMinimum: {"低于最低备付", "under the minimum reserve: move cash in, or withdraw less"},
	CodeClosed:  {"非业务受理时间", "cash moves from 8:30 to 17:00 on trading days"},
	CodeAccount: {"资金账户不存在", "no such cash account: check number, currency and purpose"},
	CodeAmount:  {"金额错误", "amount must be positive and in range"},
}

// Chinese says what the code means in Chinese.
func (c Code) Chinese() string { return codeTexts[c][0] }

// English says what the code means, and what to do, in English.
func (c Code) English() string { return codeTexts[c][1] }

// obligation is a net that waits for its settlement.
type obligation struct{ Net }

// Settlement is the payment of one net, or of an entitlement or an overdraft.
// Amount is positive when the member received.
type Settlement struct {
	Member     string
	Account    string
	Net        Net // zero for an entitlement's cash and for an overdraft
	Date       calendar.Date
	Amount     money.Amount // what was due
	FromClient money.Amount // paid by the client account
	FromOwn    money.Amount // drawn from the member's own account
	Short      money.Amount // left unpaid: the default
	Code       Code
	member     int
}

// FundCheck is the look at one account at 17:00 (资金核验).
type FundCheck struct {
	Member    string
	Account   string
	Purpose   Purpose
	Balance   money.Amount
	Frozen    money.Amount
	Overdraft money.Amount
	Payable   money.Amount // nets to be paid from it on later days, less those to be received
	Available money.Amount // balance − frozen − overdraft − payable; negative means short
	Code      Code
}

// MinimumCheck is the look at one account at the end of a calendar day.
type MinimumCheck struct {
	Date    calendar.Date
	Member  string
	Account string
	Purpose Purpose
	Balance money.Amount
	Minimum money.Amount
	Code    Code
}

// Cash moves on trading days from 8:30 until 17:00 (domain facts E.2).
const (
	cashFrom = 8*calendar.Hour + 30*calendar.Minute
	cashTo   = 17 * calendar.Hour
)

// Deposit brings cash to a member's account, from a bank.
func (h *House) Deposit(account string, currency money.Currency, purpose Purpose, amount money.Amount) Code {
	a, code := h.movable(account, currency, purpose, amount)
	if code != CodeOK {
		return code
	}
	sum, err := a.Balance.Add(amount)
	if err != nil {
		return CodeAmount
	}
	a.Balance = sum
	return CodeOK
}

// Withdraw takes cash from a member's account, to a bank. What is frozen, what
// is already owed and the minimum reserve must stay.
func (h *House) Withdraw(account string, currency money.Currency, purpose Purpose, amount money.Amount) Code {
	a, code := h.movable(account, currency, purpose, amount)
	switch {
	case code != CodeOK:
		return code
	case a.free()-amount < max(h.payable(a), 0)+a.Overdraft+a.Penalty:
		return CodeShort
	case a.Balance-amount < a.Minimum:
		return CodeMinimum
	}
	a.Balance -= amount
	return CodeOK
}

func (h *House) movable(account string, currency money.Currency, purpose Purpose, amount money.Amount) (*Account, Code) {
	if h.day == nil || !h.day.trading || h.day.now < cashFrom || h.day.now >= cashTo {
		return nil, CodeClosed
	}
	if amount <= 0 || amount > amountMax {
		return nil, CodeAmount
	}
	for i := range h.members {
		for j := range h.members[i].Accounts {
			if a := &h.members[i].Accounts[j]; a.No == account && a.Currency == currency && a.Purpose == purpose {
				return a, CodeOK
			}
		}
	}
	return nil, CodeAccount
}

// payable is what waits to be paid from an account, less what it waits for.
func (h *House) payable(a *Account) money.Amount {
	var sum money.Amount
	for _, o := range h.owed {
		if h.members[o.member].account(o.Market, o.Currency, Client) == a {
			sum -= o.Amount
		}
	}
	return sum
}

// settle is the final settlement of the day: overdrafts, then receipts, then
// payments, then entitlements.
func (h *House) settle() error {
	for i := range h.members {
		for j := range h.members[i].Accounts {
			h.repay(i, &h.members[i].Accounts[j])
		}
	}
	var later, due []obligation
	for _, o := range h.owed {
		if o.Settles > h.day.date {
			later = append(later, o)
		} else {
			due = append(due, o)
		}
	}
	// What a member receives may pay what it owes in the same batch.
	slices.SortStableFunc(due, func(a, b obligation) int {
		return cmp.Compare(min(b.Amount, 0), min(a.Amount, 0))
	})
	h.owed = later
	for _, o := range due {
		a := h.members[o.member].account(o.Market, o.Currency, Client)
		s := Settlement{Member: o.Member, Account: a.No, Net: o.Net, Date: h.day.date, Amount: o.Amount, Code: CodeOK, member: o.member}
		if err := h.pay(&s, a); err != nil {
			return err
		}
	}
	return h.payEntitlements()
}

// pay books a settlement on an account: what it lacks comes from the member's
// own account, and what that lacks is a default.
func (h *House) pay(s *Settlement, a *Account) error {
	if s.Amount >= 0 {
		sum, err := a.Balance.Add(s.Amount)
		if err != nil {
			return fmt.Errorf("balance of %s: %w", a.No, err)
		}
		a.Balance = sum
	} else {
		need := -s.Amount
		s.FromClient = min(need, a.free())
		a.Balance -= s.FromClient
		s.FromOwn = h.draw(s.member, a, need-s.FromClient)
		s.Short = need - s.FromClient - s.FromOwn
		a.Overdraft += s.Short
		switch {
		case s.Short > 0:
			s.Code = CodeDefault
		case s.FromOwn > 0:
			s.Code = CodeDrawn
		}
	}
	h.day.report.Settlements = append(h.day.report.Settlements, *s)
	return nil
}

// draw takes up to amount from the own account beside a (关联交收).
func (h *House) draw(member int, a *Account, amount money.Amount) money.Amount {
	own := h.members[member].account(a.Market, a.Currency, Own)
	if own == nil || own == a {
		return 0
	}
	drawn := min(amount, own.free())
	own.Balance -= drawn
	return drawn
}

// repay makes up for an earlier default, its penalty first.
func (h *House) repay(member int, a *Account) {
	due := a.Overdraft + a.Penalty
	if due == 0 {
		return
	}
	s := Settlement{Member: h.members[member].Name, Account: a.No, Date: h.day.date, Amount: -due, Code: CodeOK, member: member}
	s.FromClient = min(due, a.free())
	a.Balance -= s.FromClient
	s.FromOwn = h.draw(member, a, due-s.FromClient)
	paid := s.FromClient + s.FromOwn
	penalty := min(paid, a.Penalty)
	a.Penalty -= penalty
	a.Overdraft -= paid - penalty
	s.Short = due - paid
	switch {
	case s.Short > 0:
		s.Code = CodeDefault
	case s.FromOwn > 0:
		s.Code = CodeDrawn
	}
	h.day.report.Settlements = append(h.day.report.Settlements, s)
}

// payEntitlements credits the cash of today's grants, one sum an account.
func (h *House) payEntitlements() error {
	sums, order := map[*Account]*Settlement{}, []*Account(nil)
	for _, g := range h.day.granted {
		a := h.members[g.member].account(g.security.Market(), g.currency, Client)
		if a == nil || g.cash == 0 {
			continue
		}
		if sums[a] == nil {
			sums[a] = &Settlement{Member: h.members[g.member].Name, Account: a.No, Date: h.day.date, Code: CodeOK, member: g.member}
			order = append(order, a)
		}
		sum, err := sums[a].Amount.Add(g.cash)
		if err != nil {
			return fmt.Errorf("entitlements of %s: %w", a.No, err)
		}
		sums[a].Amount = sum
	}
	for _, a := range order {
		if err := h.pay(sums[a], a); err != nil {
			return err
		}
	}
	return nil
}

// checkFunds looks at every account at 17:00.
func (h *House) checkFunds() {
	for i := range h.members {
		for j := range h.members[i].Accounts {
			a := &h.members[i].Accounts[j]
			c := FundCheck{
				Member: h.members[i].Name, Account: a.No, Purpose: a.Purpose, Balance: a.Balance, Frozen: a.Frozen,
				Overdraft: a.Overdraft + a.Penalty, Payable: h.payable(a), Code: CodeOK,
			}
			c.Available = c.Balance - c.Frozen - c.Overdraft - c.Payable
			if c.Available < 0 {
				c.Code = CodeShort
			}
			h.day.report.Checks = append(h.day.report.Checks, c)
		}
	}
}

// penaltyRate is what an overdraft costs a calendar day (domain facts E.2).
const penaltyRate money.Rate = 1_000_000

// endCalendarDay compares every account with its minimum, also on days without
// settlement, and charges overdrafts.
func (h *House) endCalendarDay(date calendar.Date) error {
	for i := range h.members {
		for j := range h.members[i].Accounts {
			a := &h.members[i].Accounts[j]
			penalty, err := a.Overdraft.AtRate(penaltyRate)
			if err != nil {
				return err
			}
			a.Penalty += penalty
			c := MinimumCheck{Date: date, Member: h.members[i].Name, Account: a.No, Purpose: a.Purpose, Balance: a.Balance, Minimum: a.Minimum, Code: CodeOK}
			if c.Balance < c.Minimum {
				c.Code = CodeMinimum
			}
			h.day.report.Minimums = append(h.day.report.Minimums, c)
		}
	}
	return nil
}
