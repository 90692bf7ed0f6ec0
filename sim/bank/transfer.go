package bank

import wire "sancun/wire/bank"

// transfer carries out a deposit or withdrawal that the broker starts.
func (b *Bank) transfer(m wire.Message, t *wire.Transfer, f Fault) wire.Message {
	h := m.Head()
	key, _ := h.Key() // take has checked it
	known := b.byKey[key]
	if known != nil && known.Poisoned {
		known.State = wire.TransferRefused
		return b.reply(m, wire.Refused, "该笔业务已先被冲正")
	}
	e := &Entry{
		Key: key, Function: m.Function(), BrokerSerial: h.BrokerSerial, PlatformSerial: h.PlatformSerial,
		Card: t.BankAccount, Fund: t.FundAccount, Currency: t.Currency, Amount: t.Amount, Date: h.Date, Time: b.clock(),
	}
	if why := b.judge(m, t); why != "" {
		e.State = wire.TransferRefused
		b.record(e)
		return b.reply(m, wire.Refused, why)
	}
	e.BankSerial, e.State = b.nextSerial(), wire.TransferDone
	b.record(e)
	b.settleEntry(e, f)
	reply := b.reply(m, wire.Success, "")
	reply.Head().BankSerial = e.BankSerial
	return reply
}

// settleEntry books an entry as its fault lets it.
func (b *Bank) settleEntry(e *Entry, f Fault) {
	switch f {
	case FaultBrokerOnly:
		e.Phantom = true
		b.note(f, FindBrokerHas, e)
	case FaultBankOnly:
		b.book(e)
		e.Hidden = true
		b.note(f, FindBankHas, e)
	default:
		b.book(e)
	}
}

// judge says why a transfer is refused, or nothing.
func (b *Bank) judge(m wire.Message, t *wire.Transfer) string {
	a, why := b.related(t.FundAccount, t.BankAccount, t.Currency)
	switch {
	case why != "":
		return why
	case t.Amount <= 0:
		return "金额错误"
	}
	deposit := m.Function() == wire.FunctionDeposit
	switch {
	case deposit && (b.config.NeedPassword || len(t.BankPassword) > 0) &&
		!b.passwordRight(m.Head().KeySet, a.owner, t.BankAccount, t.BankPassword):
		return "银行密码错误"
	case deposit && a.owner.Balance < t.Amount:
		return "余额不足"
	case !deposit && b.pool(t.Currency).balance < t.Amount:
		return "汇总账户余额不足"
	}
	return ""
}

// reverse takes back a transfer that the broker started. One that never arrived
// is poisoned: it will be refused should it still come.
func (b *Bank) reverse(m wire.Message, r *wire.Reversal, f Fault) wire.Message {
	h := m.Head()
	key, _ := h.Key()
	of, err := r.Original.Key()
	if err != nil || r.Date != b.date {
		return b.reply(m, wire.Refused, "原交易不是当日交易")
	}
	e := &Entry{
		Key: key, Function: m.Function(), BrokerSerial: h.BrokerSerial, PlatformSerial: h.PlatformSerial, Reverses: of,
		Card: r.BankAccount, Fund: r.FundAccount, Currency: r.Currency, Amount: r.Amount, Date: h.Date, Time: b.clock(),
	}
	o := b.byKey[of]
	why := b.judgeReversal(m, r, o)
	switch {
	case why != "":
		e.State = wire.TransferRefused
		b.record(e)
		return b.reply(m, wire.Refused, why)
	case o == nil, o.Hidden, o.Poisoned:
		b.poison(o, of, m, r)
		e.BankSerial, e.State = b.nextSerial(), wire.TransferDone
		b.record(e)
	case o.Phantom:
		o.State = wire.TransferReversed
		b.heal(of)
		e.BankSerial, e.State = b.nextSerial(), wire.TransferDone
		b.record(e)
	default:
		e.BankSerial, e.State = b.nextSerial(), wire.TransferDone
		b.record(e)
		b.settleEntry(e, f)
		if !e.Hidden {
			o.State = wire.TransferReversed
		}
	}
	reply := b.reply(m, wire.Success, "")
	reply.Head().BankSerial = e.BankSerial
	return reply
}

func (b *Bank) poison(o *Entry, of wire.Key, m wire.Message, r *wire.Reversal) {
	if o == nil {
		o = b.record(&Entry{
			Key: of, Function: originalFunction(m.Function()), BrokerSerial: r.BrokerSerial, Card: r.BankAccount, Fund: r.FundAccount,
			Currency: r.Currency, Amount: r.Amount, Date: r.Date, Time: b.clock(), State: wire.TransferRefused,
		})
	}
	o.Poisoned = true
}

func originalFunction(reversal wire.Function) wire.Function {
	if reversal == wire.FunctionReverseDeposit {
		return wire.FunctionDeposit
	}
	return wire.FunctionWithdrawal
}

// judgeReversal says why a reversal is refused, or nothing.
func (b *Bank) judgeReversal(m wire.Message, r *wire.Reversal, o *Entry) string {
	a, why := b.related(r.FundAccount, r.BankAccount, r.Currency)
	if why != "" {
		return why
	}
	if o == nil || o.Hidden || o.Poisoned {
		return ""
	}
	switch {
	case o.State == wire.TransferReversed:
		return "原交易已冲正"
	case o.State != wire.TransferDone:
		return "原交易未成功"
	case o.Function != originalFunction(m.Function()) || o.Amount != r.Amount || o.Fund != r.FundAccount || o.Card != r.BankAccount:
		return "冲正要素与原交易不符"
	case m.Function() == wire.FunctionReverseWithdrawal && a.owner.Balance < r.Amount:
		return "余额不足，无法冲正"
	}
	return ""
}

// enquire answers a question.
func (b *Bank) enquire(m wire.Message) wire.Message {
	switch m := m.(type) {
	case *wire.QueryTransfer:
		return b.stateOf(m)
	case *wire.QueryBankBalance:
		k := b.cards[m.BankAccount]
		switch {
		case k == nil || k.account == nil || k.account.fund != m.FundAccount:
			return b.reply(m, wire.Refused, "账户不存在")
		case !b.passwordRight(m.KeySet, k, m.BankAccount, m.BankPassword):
			return b.reply(m, wire.Refused, "银行密码错误")
		}
		reply := b.reply(m, wire.Success, "").(*wire.QueryBankBalance)
		reply.Balance, reply.Available = k.Balance, k.Balance
		return reply
	}
	check := m.(*wire.IdentityCheck)
	reply := b.reply(m, wire.Success, "").(*wire.IdentityCheck)
	reply.Match = b.match(&check.Party)
	return reply
}

// stateOf tells what became of a transfer, as the front end knows it.
func (b *Bank) stateOf(m *wire.QueryTransfer) wire.Message {
	reply := b.reply(m, wire.Success, "").(*wire.QueryTransfer)
	reply.Original, reply.State = m.Original, wire.TransferAbsent
	key, err := m.Original.Key()
	if err != nil {
		return b.reply(m, wire.Refused, "缺少原流水号")
	}
	e := b.byKey[key]
	switch {
	case b.parked[key] && (e == nil || !e.Poisoned):
		reply.State = wire.TransferProcessing
	case e == nil, e.Hidden && !e.Poisoned:
	case e.Poisoned:
		reply.State = wire.TransferRefused
	default:
		reply.State, reply.Amount = e.State, e.Amount
		reply.Original.BankSerial = e.BankSerial
	}
	return reply
}
