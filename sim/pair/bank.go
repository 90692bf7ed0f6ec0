package pair

import (
	"strconv"

	"sancun/custody"
	gateway "sancun/gateway/bank"
	"sancun/journal"
	"sancun/record"
	"sancun/sequencer"
	wire "sancun/wire/bank"
)

// bank is the counterparty. It carries every effect out once by its key, and
// refuses an epoch below the newest it has heard.
type bank struct {
	epoch   uint32
	speaker map[uint32]int // which centre spoke under an epoch
	effects map[uint64]effect
	order   []uint64
}

// effect is what the bank carried out.
type effect struct {
	fund     uint64
	amount   int64
	function wire.Function
}

// outbox reads released blocks in their order and hands what must leave the house
// to the bank, as node's Outbound and its gateways do.
type outbox struct {
	ready bool
	next  uint64 // height to read next
	open  []gateway.Intent
}

const sayAgain = 2 * second

// beginOutbox takes up what an earlier reign may have sent.
func (s *site) beginOutbox() {
	s.box = outbox{}
	reign := s.reign
	look := &sequencer.Batch{Between: func(height uint64) {
		s.box.next, s.box.open = height+1, gateway.OpenIntents(s.state.Machine, bankOfRun)
	}, Read: func() {}}
	_ = s.submit(look, func(b *sequencer.Batch) {
		if b.Err != nil || s.reign != reign {
			return
		}
		s.box.ready = true
		s.sayAll()
		s.each(sayAgain, s.sayAll)
	})
}

// sayAll tells the bank everything that has no outcome yet.
func (s *site) sayAll() {
	for _, in := range s.box.open {
		s.sayToBank(in)
	}
}

// pumpOutbox sends what has been released since the last call.
func (s *site) pumpOutbox() {
	if !s.box.ready || !s.writing || s.shield.Opened() < s.box.next {
		return
	}
	opened := s.shield.Opened()
	var asked []uint64
	_ = s.engine.Read(s.box.next, func(b *journal.Block) error { // what cannot be read now is read at the next call
		if b.Height > opened {
			return errEnough
		}
		for _, raw := range b.Records() {
			v, err := record.Parse(raw)
			if err != nil {
				return err
			}
			if v.Code == record.Accepted && (v.Kind == record.KindAskDeposit || v.Kind == record.KindAskWithdrawal) {
				asked = append(asked, v.Ref)
			}
		}
		s.box.next = b.Height + 1
		return nil
	})
	for _, id := range asked {
		t, ok := s.state.Machine.TransferBy(id)
		if !ok || !t.Open() {
			continue
		}
		in := gateway.IntentOf(s.state.Machine, &t)
		s.box.open = append(s.box.open, in)
		s.sayToBank(in)
	}
}

// sayToBank sends one intent.
func (s *site) sayToBank(in gateway.Intent) {
	s.w.oracle.sends(s, in.Transfer)
	epoch := s.epoch
	s.w.travel(s.w.net.cut[s.i][s.i], nil, func() { s.w.bank.hear(s, epoch, in) })
}

// hear is what arrives at the bank.
func (b *bank) hear(s *site, epoch uint32, in gateway.Intent) {
	w := s.w
	if epoch < b.epoch {
		w.Refused++
		w.say("the bank refuses transfer %d of epoch %d, it has heard %d", in.Transfer, epoch, b.epoch)
		return
	}
	b.epoch = epoch
	if who, known := b.speaker[epoch]; known && who != s.i {
		w.broken("two centres speak to the bank under epoch %d", epoch)
		return
	}
	b.speaker[epoch] = s.i
	now := effect{in.Fund, int64(in.Amount), in.Function}
	if was, done := b.effects[in.Transfer]; done && was != now {
		w.broken("transfer %d is two things: %+v was carried out, %s now says %+v", in.Transfer, was, s.name, now)
		return
	} else if !done {
		w.oracle.effect(s, in.Transfer)
		b.effects[in.Transfer] = now
		b.order = append(b.order, in.Transfer)
		w.Effects++
	}
	w.travel(w.net.cut[s.i][s.i], nil, func() { s.bankAnswers(in.Transfer) })
}

// bankAnswers is the bank's answer at a centre.
func (s *site) bankAnswers(id uint64) {
	s.then(0, func() {
		if !s.writing {
			return
		}
		b := sequencer.Request(record.Request{
			Caller: record.CallerOf(record.CallerBank, bankOfRun),
			Cmd:    &record.BankAnswered{Transfer: id, Outcome: record.OutcomeSuccess, BankRef: "B" + strconv.FormatUint(id%1_000_000_000_000, 10)},
		})
		if t, ok := s.state.Machine.TransferBy(id); !ok || t.State == custody.TransferDone {
			return // an answer to what is over
		}
		_ = s.submit(b, func(b *sequencer.Batch) {
			if b.Err != nil {
				return
			}
			rest := s.box.open[:0]
			for _, in := range s.box.open {
				if in.Transfer != id {
					rest = append(rest, in)
				}
			}
			s.box.open = rest
		})
	})
}
