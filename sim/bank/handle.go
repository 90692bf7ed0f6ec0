package bank

import (
	"errors"

	wire "sancun/wire/bank"
)

// receive takes a frame of the broker.
func (b *Bank) receive(s *session, frame []byte) {
	if b.muted {
		return
	}
	m, err := b.codec.Decode(frame)
	if err != nil {
		b.totals.Refused++
		b.refuseFrame(s, err)
		return
	}
	h := m.Head()
	if h.Reply {
		b.totals.Replies++
		b.answeredTo(m)
		return
	}
	b.totals.Requests++
	if why := b.accepts(s, m); why != "" {
		s.say(b.reply(m, wire.NotProcessed, why))
		return
	}
	switch m := m.(type) {
	case *wire.SignIn:
		b.signIn(s, m)
	case *wire.SignOut:
		b.signedIn = 0
		s.say(b.reply(m, wire.Success, ""))
	case *wire.KeyExchange:
		b.installKeys(s, m)
	case *wire.Probe:
		s.say(b.reply(m, wire.Success, ""))
	case *wire.FileReady, *wire.FileSend, *wire.FilesDone, *wire.FileFetch:
		b.takeFile(s, m)
	default:
		b.take(s, m)
	}
}

// refuseFrame answers a frame that is authentic and cannot be understood.
func (b *Bank) refuseFrame(s *session, err error) {
	var fault *wire.FieldError
	if errors.As(err, &fault) && fault.Read != nil && !fault.Read.Head().Reply {
		s.say(b.reply(fault.Read, wire.NotProcessed, "报文格式错误"))
	}
}

// accepts says why a request is not looked at, or nothing.
func (b *Bank) accepts(s *session, m wire.Message) string {
	h := m.Head()
	if h.Sender != b.config.Broker || h.Receiver != b.config.Code || h.Initiator != wire.Broker {
		return "机构代码不符"
	}
	if h.Epoch < b.epoch {
		return "该中心已被接替"
	}
	b.epoch = h.Epoch
	switch m.Function() {
	case wire.FunctionSignIn:
		return ""
	case wire.FunctionKeyExchange, wire.FunctionProbe, wire.FunctionSignOut:
	default:
		if h.Date != b.date {
			return "业务日期不符"
		}
	}
	switch {
	case s != b.active:
		return "本连接未签到"
	case b.signedIn == 0:
		return "未签到"
	}
	return ""
}

// reply returns an answer to the broker with the bank's usual code. Two answers
// have a verdict that no format leaves out; it counts with success only.
func (b *Bank) reply(m wire.Message, status wire.Status, text string) wire.Message {
	reply := b.codec.Reply(m, b.codec.Format().Outcome(status, text))
	switch r := reply.(type) {
	case *wire.QueryTransfer:
		r.State = wire.TransferProcessing
	case *wire.IdentityCheck:
		r.Match = wire.MatchAccount
	}
	return reply
}

// signIn opens the business date. A newer line takes the place of an older one,
// of which nothing more is heard: so a broker that signs in again knows that no
// request of the old line can still arrive.
func (b *Bank) signIn(s *session, m *wire.SignIn) {
	if m.Date != b.date {
		s.say(b.reply(m, wire.Refused, "业务日期不符"))
		return
	}
	if f := b.command(wire.FunctionSignIn); f == FaultRefuse {
		s.say(b.reply(m, wire.Refused, "系统维护"))
		return
	}
	if b.active != nil && b.active != s {
		b.active.end()
	}
	b.active, b.signedIn = s, m.Date
	s.say(b.reply(m, wire.Success, ""))
}

func (b *Bank) installKeys(s *session, m *wire.KeyExchange) {
	if err := b.config.Keys.InstallWorkingKeys(b.config.Code, m.Keys); err != nil {
		s.say(b.reply(m, wire.Refused, "密钥代次或校验值不符"))
		return
	}
	b.keySet = m.Keys.Generation
	s.say(b.reply(m, wire.Success, ""))
	b.resumeFiles()
}

// take handles a piece of business: first the repetition of a key, then faults.
func (b *Bank) take(s *session, m wire.Message) {
	if enquiry(m.Function()) {
		f := b.command(m.Function())
		if f == FaultSilent {
			return
		}
		s.say(b.enquire(m))
		return
	}
	key, err := m.Head().Key()
	if err != nil {
		s.say(b.reply(m, wire.NotProcessed, "缺少流水号"))
		return
	}
	if first := b.answers[key]; first != nil {
		b.totals.Repeated++
		b.repeat(s, m, first)
		return
	}
	b.suffer(s, m, key)
}

func enquiry(f wire.Function) bool {
	switch f {
	case wire.FunctionQueryBankBalance, wire.FunctionQueryTransfer, wire.FunctionIdentityCheck:
		return true
	}
	return false
}

// repeat answers a key that came before.
func (b *Bank) repeat(s *session, m wire.Message, first *answered) {
	switch {
	case !wire.SameRequest(m, first.request):
		s.say(b.reply(m, wire.Refused, "流水号已用于另一笔业务"))
	case first.reply == nil: // in process, or an answer that is never given
	case b.config.TellDuplicates:
		again := b.codec.Reply(first.reply, b.codec.Format().Outcome(wire.Duplicate, "重复流水"))
		again.Head().Sender, again.Head().Receiver = b.config.Code, b.config.Broker
		again.Result().FirstStatus = first.reply.Result().Status
		s.say(again)
	default:
		s.say(first.reply)
	}
}

// suffer carries a new request out under the fault that befalls it.
func (b *Bank) suffer(s *session, m wire.Message, key wire.Key) {
	f := b.faultOf(m.Function(), key)
	memory := &answered{request: m}
	switch f {
	case FaultSilent, FaultDropBefore:
		b.noteMessage(f, m, key)
		if f == FaultDropBefore {
			s.end()
		}
		return // not remembered: the same key may come again
	case FaultDelay:
		b.answers[key], b.parked[key] = memory, true
		b.noteMessage(f, m, key)
		b.at(b.now.Add(b.faults.DelayBy), func() {
			delete(b.parked, key)
			if memory.reply = b.carryOut(m, FaultNone); memory.reply != nil {
				b.tell(memory.reply)
			}
		})
		return
	}
	b.answers[key] = memory
	reply := b.carryOut(m, f)
	if reply == nil {
		return // it waits for money, which brings its answer
	}
	if f != FaultNone && f != FaultBankOnly && f != FaultBrokerOnly {
		b.noteMessage(f, m, key)
	}
	switch f {
	case FaultBankOnly:
		if e := b.byKey[key]; e == nil || !e.Hidden { // refused on its merits: nothing to hide
			memory.reply = reply
			s.say(reply)
		}
	case FaultNoAnswer:
	case FaultLate:
		memory.reply = reply
		b.at(b.now.Add(b.faults.LateBy), func() { b.tell(reply) })
	case FaultDropAfter:
		memory.reply = reply
		s.end()
	case FaultTwice:
		memory.reply = reply
		s.say(reply)
		s.say(reply)
	default:
		memory.reply = reply
		s.say(reply)
	}
}

// noteMessage logs a fault that leaves nothing to find.
func (b *Bank) noteMessage(f Fault, m wire.Message, key wire.Key) {
	i := &Incident{Fault: f, Key: key, Function: m.Function(), Date: b.date, Time: b.clock()}
	switch m := m.(type) {
	case *wire.Deposit:
		i.Fund, i.Amount = m.FundAccount, m.Amount
	case *wire.Withdrawal:
		i.Fund, i.Amount = m.FundAccount, m.Amount
	case *wire.ReverseDeposit:
		i.Fund, i.Amount = m.Reversal.FundAccount, m.Reversal.Amount
	case *wire.ReverseWithdrawal:
		i.Fund, i.Amount = m.Reversal.FundAccount, m.Reversal.Amount
	case *wire.Remit:
		i.Amount = m.Amount
	}
	b.incidents = append(b.incidents, i)
}

// carryOut does the business and returns the answer.
func (b *Bank) carryOut(m wire.Message, f Fault) wire.Message {
	if f == FaultRefuse {
		return b.reply(m, wire.Refused, "系统维护")
	}
	var reply wire.Message
	switch m := m.(type) {
	case *wire.Deposit:
		reply = b.transfer(m, &m.Transfer, f)
	case *wire.Withdrawal:
		reply = b.transfer(m, &m.Transfer, f)
	case *wire.ReverseDeposit:
		reply = b.reverse(m, &m.Reversal, f)
	case *wire.ReverseWithdrawal:
		reply = b.reverse(m, &m.Reversal, f)
	case *wire.Remit:
		if reply = b.remit(m, f); reply == nil {
			return nil
		}
	default:
		reply = b.contract(m)
	}
	if f == FaultUnsure && reply.Result().Status == wire.Success {
		*reply.Result() = b.codec.Format().Outcome(wire.Unknown, "结果未知，请查询")
	}
	return reply
}

// armedFault is a fault by command.
type armedFault struct {
	function wire.Function // 0 any transfer or reversal
	fault    Fault
}

func moves(f wire.Function) bool {
	return f >= wire.FunctionDeposit && f <= wire.FunctionReverseWithdrawal
}

// command takes the next fault ordered for a function.
func (b *Bank) command(f wire.Function) Fault {
	for i, a := range b.armed {
		if a.function == f || a.function == 0 && moves(f) {
			b.armed = append(b.armed[:i:i], b.armed[i+1:]...)
			return a.fault
		}
	}
	return FaultNone
}

// faultOf returns the fault of a request: by command first, by seed for transfers.
func (b *Bank) faultOf(f wire.Function, key wire.Key) Fault {
	if fault := b.command(f); fault != FaultNone {
		return fault
	}
	if moves(f) {
		return b.faults.draw(key)
	}
	return FaultNone
}
