package bank

import (
	"time"

	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// Question is something asked of the bank outside transfers: a balance, an
// identity, or business of the account class.
type Question struct {
	Message wire.Message // filled but for the header
	// Serial makes the question the same one when asked again. Empty takes a serial
	// of the line, for what may be asked twice without harm.
	Serial   string
	Account  string      // what the password is bound to
	Password wire.Secret // of the card, sealed when sent
	HasPIN   bool
	// Then, if set, is submitted after the bank's success and before Done: the
	// command that makes the bank's word ours, as ConfirmClosing.
	Then *record.Request
	// Done is called once by the driver: with the answer, or with ErrTimeout,
	// ErrDown or the reason why it cannot be said. It must not call back.
	Done func(r Reply, err error)
}

// Reply is what came of a question.
type Reply struct {
	Message wire.Message // the bank's answer
	Decided bool         // Then was decided
	Answer  state.Answer // of Then
}

type question struct {
	Question
	sent     bool
	asked    time.Time
	deadline time.Time
}

func (q *question) end(r Reply, err error) {
	if q.Done != nil {
		q.Done(r, err)
	}
}

// Ask leaves a question. It returns ErrFull when too many wait. Business of the
// account class that changes our books is recorded by Then, or by whoever asked,
// after the bank's success.
func (g *Gateway) Ask(q Question) error {
	g.door.Lock()
	defer g.door.Unlock()
	if len(g.questions) >= g.o.Limits.Queue {
		return ErrFull
	}
	g.questions = append(g.questions, &question{Question: q, asked: g.doorNow, deadline: g.doorNow.Add(g.o.Limits.AnswerWithin)})
	g.wake()
	return nil
}

// sendQuestions says questions that wait.
func (g *Gateway) sendQuestions() {
	kept := g.asked[:0:0]
	for _, q := range g.takeAsked() {
		if q.sent || g.phase != phaseUp {
			kept = append(kept, q)
			continue
		}
		if err := g.sendQuestion(q); err != nil {
			q.end(Reply{}, err)
			continue
		}
		kept = append(kept, q)
	}
	g.asked = append(kept, g.asked...)
}

func (g *Gateway) sendQuestion(q *question) error {
	envelope := g.envelope()
	if q.Serial != "" {
		envelope.BrokerSerial = q.Serial
	}
	*q.Message.Head() = envelope.Header
	if q.HasPIN {
		block, err := g.codec.SealPIN(g.keySet, q.Account, q.Password)
		if err != nil {
			return err
		}
		setBankPassword(q.Message, block)
	}
	q.sent = true
	q.deadline = g.now.Add(g.o.Limits.AnswerWithin)
	if !g.say(q.Message) {
		return ErrDown
	}
	return nil
}

func setBankPassword(m wire.Message, block wire.PINBlock) {
	switch m := m.(type) {
	case *wire.QueryBankBalance:
		m.BankPassword = block
	case *wire.SignOneStep:
		m.BankPassword = block
	case *wire.Confirm:
		m.BankPassword = block
	case *wire.ChangeBankAccount:
		m.BankPassword = block
	}
}

// questionAnswered hands an answer to who asked.
func (g *Gateway) questionAnswered(m wire.Message) {
	for i, q := range g.asked {
		if q.sent && q.Message.Function() == m.Function() && q.Message.Head().BrokerSerial == m.Head().BrokerSerial {
			g.asked = append(g.asked[:i:i], g.asked[i+1:]...)
			g.conclude(q, m)
			return
		}
	}
	g.counts.Stray++
}

// conclude ends an answered question, after its command if it has one.
func (g *Gateway) conclude(q *question, m wire.Message) {
	if q.Then == nil || m.Result().Final() != wire.Success {
		q.end(Reply{Message: m}, nil)
		return
	}
	g.pending = append(g.pending, pending{*q.Then, func(a state.Answer, err error) {
		q.end(Reply{Message: m, Decided: err == nil, Answer: a}, err)
	}})
}

func (g *Gateway) takeAsked() []*question {
	all := g.asked
	g.asked = nil
	return all
}

// expireQuestions ends what has waited too long.
func (g *Gateway) expireQuestions() {
	kept := g.asked[:0:0]
	for _, q := range g.takeAsked() {
		switch {
		case g.now.Before(q.deadline) && !g.off:
			kept = append(kept, q)
		case q.sent:
			q.end(Reply{}, ErrTimeout)
		default:
			q.end(Reply{}, ErrDown)
		}
	}
	g.asked = append(kept, g.asked...)
}
