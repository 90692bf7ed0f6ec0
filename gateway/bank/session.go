package bank

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sancun/record"
	"sancun/state"
	wire "sancun/wire/bank"
)

// phase is how far the session with the bank is.
type phase uint8

const (
	phaseDown    phase = 1 // no line
	phaseSigning phase = 2 // sign-in sent
	phaseKeys    phase = 3 // new working keys sent
	phaseUp      phase = 4
	phaseLeaving phase = 5 // sign-out sent
)

func (p phase) String() string {
	switch p {
	case phaseDown:
		return "down"
	case phaseSigning:
		return "signing in"
	case phaseKeys:
		return "exchanging keys"
	case phaseUp:
		return "up"
	case phaseLeaving:
		return "signing out"
	}
	return fmt.Sprintf("phase %d", uint8(p))
}

// errLost ends a line that is of no use any more.
var errLost = errors.New("the line is lost")

// want follows what the door wants of the session.
func (g *Gateway) want(ctx context.Context, w wish) {
	changed := g.date != w.date
	g.date, g.off = w.date, w.off
	if w.date != 0 {
		g.day = w.date
	}
	switch {
	case g.off:
		g.hangUp(errLost)
		g.expire()
		g.tellSession(0)
	case g.date == 0 && g.phase == phaseUp:
		g.enter(phaseLeaving)
		if !g.say(&wire.SignOut{Envelope: g.envelope(), Operator: g.o.Operator}) {
			g.hangUp(errLost)
			g.tellSession(0)
		}
	case g.date == 0:
		g.hangUp(errLost)
		g.tellSession(0)
	case changed && g.line != nil:
		g.signIn()
	default:
		g.dialAt = g.now
		g.connect(ctx)
	}
}

func (g *Gateway) enter(p phase) { g.phase, g.since = p, g.now }

// connect gets a line when one is wanted and due. Before the first tick nobody knows
// what time it is, and keys of no time would be older than those the bank has.
func (g *Gateway) connect(ctx context.Context) {
	if g.line != nil || g.date == 0 || g.off || g.now.IsZero() || g.now.Before(g.dialAt) {
		return
	}
	g.dialAt = g.now.Add(g.o.Limits.RedialEvery)
	conn, err := g.o.Dial(ctx)
	if err != nil {
		g.counts.DialsFailed++
		g.note("no line to the bank", slog.Any("error", err))
		return
	}
	g.lines++
	g.line = openLine(g.lines, conn, g.codec, g.inbox)
	g.heard = g.now
	g.signIn()
}

func (g *Gateway) signIn() {
	g.enter(phaseSigning)
	g.probe = ""
	g.say(&wire.SignIn{Envelope: g.envelope(), Operator: g.o.Operator})
}

// signedIn goes on after an answer to the sign-in.
func (g *Gateway) signedIn(m *wire.SignIn) {
	if g.phase != phaseSigning {
		return
	}
	if m.Result().Final() != wire.Success {
		g.refused(m, "the bank refused the sign-in")
		return
	}
	g.exchangeKeys()
}

// generation returns a generation above every one of this run, and above those of
// earlier runs because it counts seconds since 2020.
func (g *Gateway) generation() uint32 {
	const epoch2020 = 1_577_836_800
	seconds := max(0, g.now.Unix()-epoch2020)
	g.lastKeys = max(g.lastKeys+1, uint32(min(seconds, 1<<32-2)))
	return g.lastKeys
}

// exchangeKeys brings new working keys. A generation that either store has seen
// is tried again one higher.
func (g *Gateway) exchangeKeys() {
	g.enter(phaseKeys)
	const attempts = 8 // restarts within one second of the clock
	for range attempts {
		keys, err := g.o.Keys.NewWorkingKeys(g.o.Code, g.generation())
		if err == nil {
			g.say(&wire.KeyExchange{Envelope: g.envelope(), Keys: keys})
			return
		}
		g.note("no new working keys", slog.Any("error", err))
	}
	g.hangUp(errLost)
}

// keysAnswered goes on after an answer to our key exchange.
func (g *Gateway) keysAnswered(m *wire.KeyExchange) {
	if g.phase != phaseKeys || m.Keys.Generation != g.lastKeys {
		return
	}
	if m.Result().Final() != wire.Success {
		g.counts.KeysRefused++
		if g.counts.KeysRefused%4 == 0 { // a bank with another master key refuses for ever: be patient
			g.refused(m, "the bank refused new keys")
			return
		}
		g.exchangeKeys()
		return
	}
	g.keySet = m.Keys.Generation
	g.enter(phaseUp)
	g.counts.SignIns++
	g.tellSession(uint32(g.date))
	g.resumeFiles()
}

func (g *Gateway) refused(m wire.Message, what string) {
	g.note(what, slog.String("code", m.Result().ErrorCode), slog.String("text", m.Result().ErrorText))
	g.hangUp(errLost)
}

// signedOut ends the session politely.
func (g *Gateway) signedOut() {
	if g.phase == phaseLeaving {
		g.hangUp(errLost)
		g.tellSession(0)
	}
}

// tellSession records the sign-in or sign-out, once.
func (g *Gateway) tellSession(date uint32) {
	if g.told == date {
		return
	}
	g.told = date
	g.submit(state.Key{}, &record.BankSession{Bank: g.o.Bank, Date: date}, func(a state.Answer, err error) {
		if err != nil || record.Code(a.Code) != record.Accepted {
			g.told = ^uint32(0) // say it again with the next tick
			g.note("the session was not recorded", slog.Int("code", int(a.Code)), slog.Any("error", err))
		}
	})
}

// hangUp ends the line. Whatever was on it is of unknown outcome.
func (g *Gateway) hangUp(why error) {
	if g.line == nil {
		return
	}
	g.line.close()
	g.line = nil
	g.probe = ""
	g.enter(phaseDown)
	g.dialAt = g.now.Add(g.o.Limits.RedialEvery)
	g.dropExchange()
	if why == nil || g.failure != nil {
		return // the gateway ends: the journal knows what was open
	}
	g.counts.LinesLost++
	for _, w := range g.open {
		if w.phase == workSent {
			g.timeOut(w)
		}
	}
	for _, q := range g.takeAsked() {
		q.end(Reply{}, ErrTimeout)
	}
}

// tick brings the time and does what falls due.
func (g *Gateway) tick(ctx context.Context, now time.Time) error {
	if now.After(g.now) {
		g.now = now
	}
	g.door.Lock()
	g.doorNow = g.now
	for key, p := range g.passwords {
		if g.now.After(p.until) {
			delete(g.passwords, key)
		}
	}
	g.door.Unlock()
	limits := &g.o.Limits
	switch {
	case g.line == nil:
		if g.told != 0 && g.now.Sub(g.since) >= limits.AnswerWithin {
			g.tellSession(0) // new transfers are refused at once instead of waiting
		}
	case g.phase != phaseUp:
		if g.now.Sub(g.since) >= limits.AnswerWithin {
			g.hangUp(errLost)
		}
	case g.probe != "":
		if g.now.Sub(g.probed) >= limits.AnswerWithin {
			g.hangUp(errLost)
		}
	default:
		g.tellSession(uint32(g.date))
		if g.now.Sub(g.heard) >= limits.ProbeEvery {
			g.sendProbe()
		}
	}
	g.expire()
	return g.act(ctx)
}

// sendProbe asks whether the bank is alive.
func (g *Gateway) sendProbe() {
	if g.probe != "" {
		return
	}
	m := &wire.Probe{Envelope: g.envelope()}
	g.probe, g.probed = m.BrokerSerial, g.now
	g.say(m)
	g.activity-- // a probe is nothing new
}

// envelope heads a message of ours that is no transfer, with a serial of its own.
func (g *Gateway) envelope() wire.Envelope {
	g.serial++
	return wire.Envelope{Header: g.header(fmt.Sprintf("G%d%07d", g.lines%1000, g.serial%10_000_000), g.day)}
}

func (g *Gateway) header(serial string, date wire.Date) wire.Header {
	return wire.Header{
		Version: wire.Version, Sender: g.o.Broker, Receiver: g.o.Code, Date: date, Time: wire.TimeOf(g.now),
		Initiator: wire.Broker, BrokerSerial: serial, Epoch: g.o.Epoch,
	}
}

// say sends a message under the keys in force; false when it certainly was not
// sent, with the line ended if the bank does not read.
func (g *Gateway) say(m wire.Message) bool {
	if g.line == nil {
		return false
	}
	if f := m.Function(); f == wire.FunctionSignIn || f == wire.FunctionKeyExchange {
		m.Head().KeySet = 0
	} else if g.keySet != 0 {
		m.Head().KeySet = g.keySet
	} // else an answer before our first exchange, under the keys of its request
	g.codec.Fit(m)
	frame, err := g.codec.Encode(m)
	if err != nil {
		g.counts.Unsayable++
		g.note("a message cannot be said in the bank's format", slog.Any("error", err))
		return false
	}
	if !g.line.push(frame) {
		g.note("the bank does not read")
		g.hangUp(errLost)
		return false
	}
	g.activity++
	g.counts.Sent++
	return true
}
