package bank

import (
	"sancun/money"
	wire "sancun/wire/bank"
)

// contract carries out business of the account class that the broker starts. In
// every case the bank compares name, paper and card first.
func (b *Bank) contract(m wire.Message) wire.Message {
	if p := wire.PartyOf(m); p != nil {
		if match := b.match(p); match != wire.MatchSame {
			return b.reply(m, wire.Refused, refusalOf(match))
		}
	}
	if why := b.change(m, true); why != "" {
		return b.reply(m, wire.Refused, why)
	}
	return b.reply(m, wire.Success, "")
}

func refusalOf(m wire.Match) string {
	switch m {
	case wire.MatchName:
		return "户名不符"
	case wire.MatchPaper:
		return "证件不符"
	}
	return "账户不符"
}

// change applies business of the account class, whoever started it, and says why
// it cannot. Passwords are looked at when the broker asks.
func (b *Bank) change(m wire.Message, broker bool) string {
	if p, ok := m.(*wire.PostInterest); ok {
		return b.postInterest(p)
	}
	p := wire.PartyOf(m)
	if p == nil {
		return "不支持的业务"
	}
	k := b.cards[p.BankAccount]
	if k == nil {
		return "账户不符"
	}
	a := b.accounts[p.FundAccount]
	switch m := m.(type) {
	case *wire.PreDesignate:
		if a != nil && a.state != wire.CustodyCancelled {
			return "已存在存管关系"
		}
		b.openAccount(k, p.FundAccount, wire.CustodyPreDesignated).byBroker = broker
		return ""
	case *wire.SignOneStep:
		if a != nil && a.state == wire.CustodyDesignated {
			return "已存在存管关系"
		}
		if broker && !b.passwordRight(m.KeySet, k, p.BankAccount, m.BankPassword) {
			return "银行密码错误"
		}
		b.openAccount(k, p.FundAccount, wire.CustodyDesignated)
		return ""
	case *wire.Confirm:
		switch {
		case a == nil || a.state != wire.CustodyPreDesignated:
			return "未预指定"
		case a.byBroker == broker: // the bank saw card and password in the step it did itself
			return "须由另一方确认"
		}
		b.openAccount(k, p.FundAccount, wire.CustodyDesignated)
		return ""
	}
	if a == nil || a.state != wire.CustodyDesignated || a.owner != k {
		return "未签约"
	}
	return b.changeRelation(m, a, k, broker)
}

// changeRelation applies what needs a relation in force.
func (b *Bank) changeRelation(m wire.Message, a *account, k *customer, broker bool) string {
	switch m := m.(type) {
	case *wire.ChangeBankAccount:
		to := b.cards[m.NewBankAccount]
		switch {
		case to == nil || to.IDNumber != k.IDNumber || to.Currency != k.Currency || to == k:
			return "新账户不符"
		case a.movedOn == b.date:
			return "当日已有转账"
		case broker && !b.passwordRight(m.KeySet, to, m.NewBankAccount, m.BankPassword):
			return "银行密码错误"
		}
		a.owner, to.account, k.account = to, a, nil
	case *wire.ChangeClientData:
		if m.NewName != "" {
			k.Name = m.NewName
		}
		if m.NewIDKind != 0 {
			k.IDKind, k.IDNumber = m.NewIDKind, m.NewIDNumber
		}
		if m.NewMobile != "" {
			k.Mobile = m.NewMobile
		}
	case *wire.ChangeCustodyBank, *wire.CancelContract:
		if a.balance != 0 {
			return "管理账户余额不为零"
		}
		a.state = wire.CustodyCancelled
	}
	return ""
}

// postInterest mirrors interest of one ledger.
func (b *Bank) postInterest(m *wire.PostInterest) string {
	a, why := b.related(m.FundAccount, m.BankAccount, m.Currency)
	if why != "" {
		return why
	}
	b.apply(a, m.Interest-m.Tax)
	return ""
}

// apply changes a management account by what trading or interest did; the money
// itself moves later between the pooled and the legal-person account.
func (b *Bank) apply(a *account, net money.Amount) {
	a.balance += net
	b.pool(a.currency).inCourse += net
}
