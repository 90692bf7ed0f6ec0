package reconcile

import (
	"bytes"
	"fmt"

	"sancun/approval"
	"sancun/custody"
	"sancun/money"
	"sancun/record"
)

func serialOf(t *custody.Transfer) string { return string(bytes.TrimRight(t.BankRef[:], "\x00")) }

// moved is what a transfer has in the ledger now, signed as in a difference.
func moved(t *custody.Transfer) money.Amount {
	if t.Booked == 0 {
		return 0
	}
	return signed(t.Direction, t.Amount)
}

// signed is what a movement of a direction does to the client's ledger.
func signed(direction uint8, amount money.Amount) money.Amount {
	if direction == custody.Withdrawal {
		return -amount
	}
	return amount
}

// transfer: the bank's data prevail. Whatever the kind of difference, the books
// must come to show Theirs under the bank's serial and account.
func (v *view) transfer() Advice {
	k := &v.k
	if k.Type == record.CaseTotal || k.Type == record.CaseFile {
		return v.data()
	}
	if k.OurRef == 0 {
		return v.missingHere()
	}
	t, ok := v.m.TransferBy(k.OurRef)
	if !ok {
		return v.gone()
	}
	if t.Open() {
		return v.unknown(&t)
	}
	return v.concluded(&t)
}

// missingHere books what the bank has, unless it came in since.
func (v *view) missingHere() Advice {
	k := &v.k
	act := v.correct(k.Theirs, k.Serial(), k.Fund)
	if v.did(act) {
		return closing(record.ResolvedByBooking)
	}
	if k.Theirs == 0 || k.Serial() == "" || k.Fund == 0 || len(k.Serial()) > record.BankRefMax {
		return byBank(Ask, "明细缺少流水号、账户或金额：请银行重发明细", "the detail lacks serial, account or amount: have the bank send it again")
	}
	t, ok := v.m.TransferOfBank(k.Bank, k.Date, k.Serial())
	if !ok || t.Booked == 0 && t.Reverses == 0 && !t.Open() {
		return v.book("银行有、我方无：按银行数据补记", "the bank has it and we have not: book it by the bank's data", act)
	}
	if moved(&t) == k.Theirs && v.m.FundAt(t.Fund).Number == k.Fund && t.Ended >= k.Opened {
		return closing(record.ResolvedByTime)
	}
	return byBank(Ask, "该银行流水号在我方为另一笔：请银行核对是否重复入账", "the serial stands for another entry here: have the bank check whether it booked twice")
}

// unknown gives a transfer without an outcome the one that the bank's detail shows.
// A reversal is decided before its original.
func (v *view) unknown(t *custody.Transfer) Advice {
	k := &v.k
	if t.Reversing() {
		return byBank(Wait, "冲正结果未定：先处理冲正差错", "its reversal has no outcome yet: work that off first")
	}
	act := &record.ResolveTransfer{Transfer: t.ID, Outcome: record.OutcomeRefused, Case: k.Number}
	switch {
	case k.Type == record.CaseAccount && k.Fund == v.m.FundAt(t.Fund).Number:
		return v.whichAccount()
	case k.Type == record.CaseAccount:
		return v.book("银行记在其他账户：本账户按失败处理", "the bank has it under another account: for this one it failed", act)
	case k.Theirs == 0:
		return v.book("结果未知，银行无此笔：按失败处理", "the outcome is unknown and the bank has not got it: it failed", act)
	}
	act.Outcome, act.BankRef = record.OutcomeSuccess, k.Serial()
	return v.book("结果未知，银行已成功：按成功处理", "the outcome is unknown and the bank has it: it succeeded", act)
}

// concluded makes a transfer whose outcome we know agree with the bank.
func (v *view) concluded(t *custody.Transfer) Advice {
	k := &v.k
	right := v.correct(k.Theirs, k.Serial(), k.Fund)
	switch {
	case v.did(right):
		return closing(record.ResolvedByBooking)
	case k.Theirs != 0 && (k.Serial() == "" || len(k.Serial()) > record.BankRefMax):
		return byBank(Ask, "明细缺少流水号：请银行重发明细", "the detail lacks the serial: have the bank send it again")
	case t.Reverses != 0:
		return v.reversal(t, right)
	case t.State == custody.TransferReversed:
		return v.reversed(t)
	case t.State == custody.TransferPoisoned:
		return v.poisoned(t, right)
	case k.Type == record.CaseAccount && k.Fund == v.m.FundAt(t.Fund).Number:
		return v.whichAccount()
	case moved(t) == k.Theirs && (k.Theirs == 0 || k.Fund == v.m.FundAt(t.Fund).Number):
		return v.agreed(t)
	case t.Reversing():
		return byBank(Wait, "冲正结果未定：先处理冲正差错", "its reversal has no outcome yet: work that off first")
	case k.Theirs == 0:
		return v.book("我方有、银行无：冲回我方记账", "we have it and the bank has not: take ours back", v.undo(t.ID))
	case t.State == custody.TransferDone:
		return v.book("金额、方向或账户与银行不同：冲回后按银行数据重记", "amount, direction or account differ: take ours back and book the bank's", v.undo(t.ID), right)
	}
	return v.book("银行已成功、我方已失败：按银行数据补记", "the bank has it and ours had failed: book it by the bank's data", right)
}

// reversal makes a reversal agree with the bank, which has it or has not.
func (v *view) reversal(t *custody.Transfer, right *record.CorrectTransfer) Advice {
	k := &v.k
	o, ok := v.m.TransferBy(t.Reverses)
	switch {
	case t.State != custody.TransferDone && k.Theirs != 0:
		return v.book("银行已冲正、我方已失败：按银行数据补记", "the bank reversed it and ours had failed: book it by the bank's data", right)
	case t.State != custody.TransferDone, k.Theirs != 0 && k.Type == record.CaseState:
		return v.agreed(t)
	case k.Theirs != 0 || !ok:
		return byBank(Investigate, "冲正与银行不符：人工核实", "the reversal differs from the bank's: look into it")
	case o.State == custody.TransferReversed:
		return v.book("银行未冲正：撤销我方冲正，原交易恢复", "the bank did not reverse it: take our reversal back, the original stands again", v.undo(t.ID))
	case o.State == custody.TransferPoisoned && serialOf(&o) != "":
		return byBank(Wait, "原交易差错尚未办结", "the original is not worked off yet")
	}
	return closing(record.ResolvedByBooking) // the original stands again by its own case
}

// reversed judges an original that we have as reversed.
func (v *view) reversed(t *custody.Transfer) Advice {
	switch {
	case t.Ended >= v.k.Opened:
		return closing(record.ResolvedByTime) // open when compared; the reversal's own case decided it
	case v.k.Theirs == signed(t.Direction, t.Amount):
		return v.book("银行未冲正：撤销我方冲正，原交易恢复", "the bank did not reverse it: take our reversal back, the original stands again", v.undo(t.ReversedBy))
	}
	return byBank(Investigate, "已冲正交易与银行不符：人工核实", "a reversed transfer differs from the bank's: look into it")
}

// poisoned judges an original that was reversed before it arrived here. The bank
// has both, and then nothing is left of them; or it has the original alone, and
// then its reversal is a case too.
func (v *view) poisoned(t *custody.Transfer, right *record.CorrectTransfer) Advice {
	if v.k.Theirs != 0 && missingThere(v.m, t.ReversedBy) {
		return v.book("银行未冲正：按银行数据补记原交易", "the bank did not reverse it: book the original by the bank's data", right)
	}
	return closing(record.ResolvedByTime)
}

// agreed closes a case whose transfer shows what the bank shows.
func (v *view) agreed(t *custody.Transfer) Advice {
	if t.Case == v.k.Number {
		return closing(record.ResolvedByBooking)
	}
	return closing(record.ResolvedByTime)
}

func (v *view) whichAccount() Advice {
	return byBank(Ask, "银行记在其他账户：请提供其账户后重新登记", "the bank has it under another account: register the difference with that account")
}

func (v *view) undo(id uint64) *record.UndoTransfer {
	return &record.UndoTransfer{Transfer: id, Case: v.k.Number}
}

// gone works off a transfer of an earlier day, whose row is only in the journal by
// now. What we have is taken back by an entry of its own, under a serial of the
// case because the bank has none for it.
func (v *view) gone() Advice {
	k := &v.k
	var acts []record.Command
	if k.Ours != 0 {
		acts = append(acts, v.correct(-k.Ours, fmt.Sprintf("case %d", k.Number), k.Fund))
	}
	if k.Theirs != 0 {
		if k.Serial() == "" || len(k.Serial()) > record.BankRefMax {
			return byBank(Ask, "明细缺少流水号：请银行重发明细", "the detail lacks the serial: have the bank send it again")
		}
		acts = append(acts, v.correct(k.Theirs, k.Serial(), k.Fund))
	}
	if len(acts) == 0 || k.Fund == 0 || k.Type == record.CaseAccount || k.Type == record.CaseState {
		return byBank(Investigate, "原交易已归档，状态须人工核实", "the transfer is archived: look up in the journal what became of it")
	}
	return v.book("原交易已归档：以新分录更正", "the transfer is archived: correct it by a new entry", acts...)
}

// correct is the act that books a movement for a fund account.
func (v *view) correct(move money.Amount, serial string, fund uint64) *record.CorrectTransfer {
	c := &record.CorrectTransfer{
		Bank: v.k.Bank, Date: v.k.Date, BankRef: serial, Fund: fund,
		Direction: custody.Deposit, Amount: move, Case: v.k.Number,
	}
	if move < 0 {
		c.Direction, c.Amount = custody.Withdrawal, -move
	}
	return c
}

// did says whether an act was carried out for this case already.
func (v *view) did(act record.Command) bool {
	digest := approval.Digest(record.Encode(nil, act))
	for _, d := range v.approved {
		if d == digest {
			return true
		}
	}
	return false
}

// book advises the acts that are not carried out yet.
func (v *view) book(zh, en string, acts ...record.Command) Advice {
	a := Advice{Prevails: Bank, Action: Book, ZH: zh, EN: en}
	for _, act := range acts {
		if !v.did(act) {
			a.Acts = append(a.Acts, act)
			a.Debt = a.Debt || v.leavesDebt(act)
		}
	}
	if len(a.Acts) == 0 {
		return closing(record.ResolvedByBooking)
	}
	return a
}

// leavesDebt says whether an act takes more from a client than is there.
func (v *view) leavesDebt(act record.Command) bool {
	var fund uint32
	var amount money.Amount
	switch c := act.(type) {
	case *record.CorrectTransfer:
		_, row, ok := v.m.Fund(c.Fund)
		if !ok || c.Direction != custody.Withdrawal {
			return false
		}
		fund, amount = row, c.Amount
	case *record.UndoTransfer:
		t, ok := v.m.TransferBy(c.Transfer)
		if !ok || moved(&t) <= 0 {
			return false
		}
		fund, amount = t.Fund, t.Amount
	default:
		return false
	}
	cash := v.m.CashOf(fund)
	return money.Amount(cash.Available()) < amount
}

func byBank(action Action, zh, en string) Advice {
	return Advice{Prevails: Bank, Action: action, ZH: zh, EN: en}
}

func closing(as uint8) Advice {
	if as == record.ResolvedByTime {
		return Advice{Prevails: Bank, Action: Close, As: as, ZH: "双方现已一致", EN: "both sides agree now"}
	}
	return Advice{Prevails: Bank, Action: Close, As: as, ZH: "已记账更正，双方一致", EN: "booked, and both sides agree"}
}
