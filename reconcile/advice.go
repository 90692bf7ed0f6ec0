package reconcile

import (
	"strings"

	"sancun/approval"
	"sancun/custody"
	"sancun/difference"
	"sancun/money"
	"sancun/record"
)

// Action is what to do about a case next.
type Action uint8

// The actions.
const (
	Book        Action = 1 // carry out the acts, each proposed and approved
	Close       Action = 2 // the books agree: close the case
	Ask         Action = 3 // ask the other side for its data again
	Wait        Action = 4 // it may be in flight, or another case explains it
	Investigate Action = 5 // a person must find the cause
	Done        Action = 6 // closed already
)

// Side says whose data prevail.
type Side uint8

// The sides.
const (
	Nobody Side = 0 // to be found out
	Bank   Side = 1 // transfers (domain facts B.7)
	Broker Side = 2 // trades and what follows from them
)

// Advice is what the rules say about a case, given the books as they are.
type Advice struct {
	Case     uint64
	Prevails Side
	Action   Action
	Acts     []record.Command // to Book, in their order
	As       uint8            // to Close: record.Resolved…
	Debt     bool             // booking leaves the client owing us: no buying until it is paid
	Age      int              // trading days since it was found
	Level    Level            // who must know
	ZH, EN   string           // why
}

// view is what advice is made from.
type view struct {
	m        *custody.Machine
	k        custody.Case
	age      int
	policy   *Policy
	approved [][32]byte // digests of the acts approved for the case
	written  bool       // a write-off was approved for it
}

// Advise says what to do about a case. The error is the calendar's, for dates it
// does not cover.
func (r *Rules) Advise(m *custody.Machine, k custody.Case) (Advice, error) {
	today := m.Today().Date
	v := view{m: m, k: k, policy: r.On(today)}
	var err error
	if v.age, err = r.Age(&k, today); err != nil {
		return Advice{}, err
	}
	for _, p := range m.Proposals() {
		if p.Case == k.Number && p.State == approval.Approved && p.Act != record.KindCloseCase {
			v.approved = append(v.approved, p.Payload)
			v.written = v.written || p.Act == record.KindWriteOff
		}
	}
	a := v.advise()
	a.Case, a.Age, a.Level = k.Number, v.age, v.policy.Level(v.age)
	return a, nil
}

func (v *view) advise() Advice {
	if v.k.State != custody.CaseOpen {
		return Advice{Action: Done, As: v.k.As, ZH: "差错已办结", EN: "the case is closed"}
	}
	switch v.k.Subject {
	case record.CaseTransfer:
		return v.transfer()
	case record.CaseTrade:
		return v.trade()
	case record.CasePosition:
		return v.position()
	case record.CaseCash:
		return v.cash()
	case record.CaseFees:
		return v.fees()
	}
	return v.data()
}

// trade: the broker's data prevail, so nothing is booked; the cause is looked for.
func (v *view) trade() Advice {
	if v.k.Type == record.CaseFile || v.age < v.policy.Wait {
		return Advice{Prevails: Broker, Action: Ask,
			ZH: "以证券公司成交数据为准：请交易所重发回报、请结算公司重发文件后重新比对",
			EN: "our trade data prevail: have the exchange's reports and the clearing house's file sent again, and compare again"}
	}
	return Advice{Prevails: Broker, Action: Investigate,
		ZH: "重发后仍不一致：由证券公司查明原因并调整",
		EN: "it differs after the data came again: find the cause on our side and adjust"}
}

// position: units are never written off; custody transfers and delivery in course
// explain a day.
func (v *view) position() Advice {
	if v.age < v.policy.Wait {
		return Advice{Prevails: Broker, Action: Ask,
			ZH: "请结算公司重发持有对账文件；在途交收、转托管于下一交易日再比对",
			EN: "have the clearing house's list of holdings sent again; delivery and custody transfers in course are compared on the next trading day"}
	}
	return Advice{Prevails: Broker, Action: Investigate,
		ZH: "已超过在途时限：逐笔核对成交、权益与转托管",
		EN: "no longer in flight: go through trades, entitlements and custody transfers one by one"}
}

// cash: a transfer that differs explains the balance of its account and the total
// of its bank, so those cases come first.
func (v *view) cash() Advice {
	if other := v.explained(); other != 0 {
		return Advice{Action: Wait, ZH: "同一账户或银行的转账差错尚未办结，先处理该差错", EN: "a transfer of the same account or bank is not worked off yet: work that off first"}
	}
	if v.written {
		return Advice{Action: Close, As: record.ResolvedByWriteOff, ZH: "已由自有资金承担", EN: "own funds took it over"}
	}
	if v.age < v.policy.Wait {
		return Advice{Action: Ask, ZH: "可能在途：请对方重发余额文件，下一交易日再比对", EN: "it may be in flight: have the balances sent again, and compare again on the next trading day"}
	}
	return v.writeOff()
}

// fees: our fees are computed by order and theirs by trade, so cents differ every
// day; those go to the rounding account at clearing. What is a case is more.
func (v *view) fees() Advice {
	if v.age < v.policy.Wait {
		return Advice{Prevails: Broker, Action: Ask, ZH: "核对费率生效日与对方费用明细，请对方重发", EN: "check the rates in force and have the other side's details sent again"}
	}
	return Advice{Prevails: Broker, Action: Investigate, ZH: "重发后仍不一致：逐笔核对费率与计费基数", EN: "it differs after the details came again: go through rates and amounts charged trade by trade"}
}

// data: a file is asked for again. A relation of custody that differs is set right
// by the business itself: signing, confirming, closing.
func (v *view) data() Advice {
	if v.k.Subject == record.CaseData && v.k.Type != record.CaseFile && v.k.Type != record.CaseTotal {
		return Advice{Action: Investigate, ZH: "存管关系或记录不一致：与银行核实后补办签约、确认或撤销", EN: "a relation or record differs: check with the bank, then sign, confirm or cancel"}
	}
	if v.age < v.policy.Wait {
		return Advice{Action: Ask, ZH: "请对方重发文件，校验后重新比对", EN: "have the file sent again, check it and compare again"}
	}
	return Advice{Action: Investigate, ZH: "文件迟迟未到或仍有错误：与对方值班人员联系", EN: "the file is still missing or wrong: call the other side's duty desk"}
}

// writeOff takes money over by own funds when it is old and small enough, and is
// money: what a bank's pooled account has beside our books. A management account is
// a record of the bank's, reserve and settlement are the clearing house's; there a
// cause must be found. The amount is ours less theirs, positive where the bank has
// less and own money must make it up.
func (v *view) writeOff() Advice {
	short := v.k.Ours - v.k.Theirs
	size := max(short, -short)
	currency, pooled := v.pooledTotal()
	if !pooled || v.age < v.policy.WriteOffAfter || size > v.policy.WriteOffMax || size == 0 {
		return Advice{Action: Investigate, ZH: "已超过在途时限：逐笔查明原因", EN: "no longer in flight: find the cause entry by entry"}
	}
	return Advice{Action: Book, Acts: []record.Command{&record.WriteOff{Case: v.k.Number, Bank: v.k.Bank, Currency: currency, Amount: short}},
		ZH: "长期无法查明且金额不大：由自有资金承担", EN: "old, small and without explanation: own funds take it over"}
}

// pooledTotal says whether the case is a total of a pooled account, and in which
// currency: its reference is the figure's name and the currency's.
func (v *view) pooledTotal() (money.Currency, bool) {
	figure, name, _ := strings.Cut(v.k.Serial(), " ")
	currency, err := money.ParseCurrency(name)
	return currency, err == nil && figure == difference.Pooled && v.k.Bank != 0 && v.k.Fund == 0 && v.k.Type == record.CaseTotal
}

// explained returns an open case of a transfer that explains a balance, 0 if none.
func (v *view) explained() uint64 {
	for _, k := range v.m.Cases() {
		if k.State == custody.CaseOpen && k.Subject == record.CaseTransfer && k.Bank == v.k.Bank && (v.k.Fund == 0 || k.Fund == v.k.Fund) {
			return k.Number
		}
	}
	return 0
}
