package bank

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"sancun/custody"
	"sancun/money"
	sim "sancun/sim/bank"
	wire "sancun/wire/bank"
)

// trusting is a key store whose MAC is always the same, so that a test reaches what
// lies behind the MAC.
type trusting struct{ wire.KeyStore }

func (trusting) MAC(wire.KeyRef, wire.MACAlgorithm, []byte) ([]byte, error) {
	return make([]byte, 32), nil
}

// frame is what the bank would say: a message that it starts, under its serial.
func (s *side) frame(m wire.Message, serial string) []byte {
	s.w.t.Helper()
	codec, err := wire.NewCodec(s.options.Format, s.options.Code, s.theirs)
	s.must(err)
	*m.Head() = wire.Header{
		Version: wire.Version, Sender: s.options.Code, Receiver: testBroker, Date: testDate, Time: 93100, Initiator: wire.Bank, BankSerial: serial,
		KeySet: s.gw.Health().KeySet,
	}
	codec.Fit(m)
	frame, err := codec.Encode(m)
	s.must(err)
	return frame
}

// strange is the amount by which a test finds the field: as fen and as yuan.
const strange = money.Amount(12_345_67)

func (s *side) deposit(amount money.Amount, serial string) []byte {
	s.w.t.Helper()
	return s.frame(&wire.Deposit{Transfer: wire.Transfer{FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY, Amount: amount}}, serial)
}

// say puts bytes on the line in the bank's place.
func (s *side) say(frame []byte) {
	s.w.t.Helper()
	_, err := s.peer.Write(frame)
	s.must(err)
	s.w.drain()
}

// prefixBytes is how long a format's length prefix is.
func prefixBytes(f *wire.Format) int {
	if f.Prefix == wire.PrefixDigits6 {
		return 6
	}
	return 4
}

// A frame that is forged, cut or of a length that cannot be moves nothing. A forged
// one is not answered and the line goes on; the others end the line, which comes
// back, and what the bank says again is booked once.
func TestFramesNobodyCanBelieve(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorld(t, 1, f)
		defer w.close()
		s, log := w.banks[0], bytes.Buffer{}
		s.options.Log = slog.New(slog.NewTextHandler(&log, nil))
		s.restart()
		w.drain()
		good := s.deposit(strange, "B9000001")
		replies := s.ctl.Totals().Replies
		s.say(respell(t, &f, good, amountIn(t, good), []byte("9"), false))
		if h := s.gw.Health(); h.Counts.Bad != 1 || !h.Up || w.balance(1001) != openingCash || s.ctl.Totals().Replies != replies {
			t.Fatalf("forged: %+v, balance %v", h, w.balance(1001))
		}
		s.say(good)
		s.say(good) // the same serial, played again
		s.say(s.deposit(strange+1, "B9000001"))
		if h := s.gw.Health(); h.Counts.Bad != 1 || w.balance(1001) != openingCash+strange || s.ctl.Totals().Replies != replies+3 {
			t.Fatalf("one deposit, again, and another under its serial: %+v, balance %v", h, w.balance(1001))
		}
		s.mute(good[:len(good)/2], "unexpected EOF", &log)
		s.mute(bytes.Repeat([]byte{0xff}, prefixBytes(&f)), "wrong length", &log)
		s.mute(make([]byte, prefixBytes(&f)), "wrong length", &log)
		s.say(s.deposit(strange, "B9000001")) // under the keys of the new line
		if h := s.gw.Health(); w.balance(1001) != openingCash+strange+30 || h.Counts.Requests != 4 {
			t.Errorf("in the end: %+v, balance %v", h, w.balance(1001))
		}
	})
}

// mute has the bank say bytes and hang up while a deposit of ours is on its way. The
// gateway says why the line ended, gets a new one and loses nothing.
func (s *side) mute(last []byte, why string, log *bytes.Buffer) {
	s.w.t.Helper()
	log.Reset()
	s.must(s.ctl.Inject(wire.FunctionDeposit, sim.FaultNoAnswer, 1)) // so that nothing of the bank stands in front
	id := s.w.deposit(1001, 10)
	s.w.drain()
	if _, err := s.peer.Write(last); err != nil {
		s.w.t.Fatal(err)
	}
	_ = s.peer.Close() // the gateway may have closed it before
	s.w.drain()
	if h := s.gw.Health(); h.Up || !strings.Contains(log.String(), why) {
		s.w.t.Fatalf("%+v after %q: %s", h, last, log.String())
	}
	s.w.settle()
	if got := s.w.state(id); got != custody.TransferDone || !s.gw.Health().Up {
		s.w.t.Fatalf("the deposit on its way is in state %d", got)
	}
}

// amountIn finds the digits of the strange amount in a frame.
func amountIn(t testing.TB, frame []byte) []byte {
	t.Helper()
	for _, spelled := range []string{"1234567", "12345.67"} {
		if bytes.Contains(frame, []byte(spelled)) {
			return []byte(spelled)
		}
	}
	t.Fatalf("no amount in %q", frame)
	return nil
}

// respell puts other bytes in the place of some, as many times as they take, or in a
// format without fixed widths just once with the length said anew.
func respell(t testing.TB, f *wire.Format, frame, old, with []byte, longer bool) []byte {
	t.Helper()
	if len(with) < len(old) && !longer {
		with = append(bytes.Clone(with), old[len(with):]...)
	}
	size := prefixBytes(f)
	if len(with) == len(old) {
		return append(bytes.Clone(frame[:size]), bytes.Replace(frame[size:], old, with, 1)...)
	}
	body := bytes.Replace(frame[size:], old, with, 1)
	length := len(body)
	head := make([]byte, size)
	for i := size - 1; i >= 0; i-- {
		if f.Prefix == wire.PrefixBinary4 {
			head[i], length = byte(length), length>>8
		} else {
			head[i], length = '0'+byte(length%10), length/10
		}
	}
	return append(head, body...)
}

// An authentic frame that makes no sense is answered "not processed" or refused, is
// counted, moves nothing, and the line goes on.
func TestFramesThatMakeNoSense(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		w := newWorldOf(t, 1, true, f)
		defer w.close()
		w.drain()
		s := w.banks[0]
		good := s.deposit(strange, "B9000001")
		digits := amountIn(t, good)
		p := s.ctl.Party(cardNumber(1001), "1001")
		named := s.frame(&wire.PreDesignate{Party: p}, "B9000002")
		name := nameIn(t, named, p.Name)
		cases := []struct {
			name  string
			frame []byte
			heard bool // the bank can be answered
		}{
			{"negative amount", respell(t, &f, good, digits, []byte("-"), false), true},
			{"amount of letters", respell(t, &f, good, digits, []byte("12E4"), false), true},
			{"bytes outside the code page", respell(t, &f, named, name, bytes.Repeat([]byte{0xff}, len(name)), false), true},
			{"no such day", respell(t, &f, good, []byte("20230825"), []byte("20230230"), false), false},
			{"another broker", respell(t, &f, good, []byte(testBroker), []byte("60059999"), false), false},
		}
		if !strings.HasPrefix(f.Name, "fixed") { // in the others no amount beyond 64 bits has a place
			cases = append(cases, struct {
				name  string
				frame []byte
				heard bool
			}{"amount beyond 64 bits", respell(t, &f, good, digits, []byte("99999999999999999999"), true), true})
		}
		for _, c := range cases {
			bad, replies := s.gw.Health().Counts.Bad, s.ctl.Totals().Replies
			s.say(c.frame)
			h := s.gw.Health()
			if h.Counts.Bad != bad+1 || !h.Up || (s.ctl.Totals().Replies == replies+1) != c.heard || w.balance(1001) != openingCash {
				t.Errorf("%s: %+v, answered %d, balance %v", c.name, h.Counts, s.ctl.Totals().Replies-replies, w.balance(1001))
			}
		}
		s.say(s.deposit(9_000_000_000_000_000, "B9000003")) // it fits every format, and no account
		if h := s.gw.Health(); h.Counts.BankRefused != 1 || w.balance(1001) != openingCash {
			t.Errorf("%+v, balance %v after more than there may be", h.Counts, w.balance(1001))
		}
		s.say(good)
		if w.balance(1001) != openingCash+strange {
			t.Errorf("balance %v after a good deposit", w.balance(1001))
		}
	})
}

// nameIn finds how a frame spells a name: what stands in its place when the name is
// another one.
func nameIn(t testing.TB, frame []byte, name string) []byte {
	t.Helper()
	for _, encoded := range [][]byte{[]byte(name), gbk(name)} {
		if len(encoded) > 0 && bytes.Contains(frame, encoded) {
			return encoded[:4]
		}
	}
	t.Fatalf("no name in %q", frame)
	return nil
}

// gbk is the beginning of the names of the tests, 测试, in GBK and GB18030.
func gbk(name string) []byte {
	if !strings.HasPrefix(name, "测试") {
		return nil
	}
	return []byte{0xb2, 0xe2, 0xca, 0xd4}
}

// FuzzSession plays any bytes as the bank on a line that is up and believed: the
// gateway refuses, answers or hangs up, its own counts stay whole, and it can be
// driven on. What a believed bank asks for may be done; nothing else is.
func FuzzSession(f *testing.F) {
	for i, format := range formats {
		w := newWorldOf(f, 1, true, format)
		w.drain()
		s := w.banks[0]
		p := s.ctl.Party(cardNumber(1001), "1001")
		for _, m := range []wire.Message{
			&wire.Deposit{Transfer: wire.Transfer{FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY, Amount: strange}},
			&wire.Withdrawal{Transfer: wire.Transfer{FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY, Amount: strange}},
			&wire.ReverseDeposit{Reversal: wire.Reversal{Original: wire.Original{Initiator: wire.Bank, Date: testDate, BankSerial: "B1"}, FundAccount: "1001", BankAccount: cardNumber(1001), Currency: money.CNY, Amount: 1}},
			&wire.PreDesignate{Party: p}, &wire.CancelContract{Party: p}, &wire.IdentityCheck{Party: p},
			&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Bank, Date: testDate, BankSerial: "B1"}},
			&wire.FileReady{FileNotice: wire.FileNotice{Name: "sbusi0825.dat", Size: 5, SHA256: make([]byte, 32), Chunks: 1}}, &wire.FilesDone{Count: 1},
			&wire.SignOut{}, &wire.Probe{},
		} {
			frame := s.frame(m, "B9000001")
			f.Add(uint8(i), frame)
			f.Add(uint8(i), append(frame, frame[:len(frame)/2]...))
		}
		w.close()
	}
	f.Fuzz(func(t *testing.T, which uint8, stream []byte) {
		w := newWorldOf(t, 1, true, formats[int(which)%len(formats)])
		defer w.close()
		w.drain()
		s := w.banks[0]
		id := w.deposit(1001, 10)
		frames := s.gw.codec.Frames(bytes.NewReader(stream))
		for {
			frame, err := frames.Next()
			s.gw.take(t.Context(), event{s.gw.line, frame, err})
			if err := s.gw.flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err != nil || s.gw.line == nil {
				break
			}
		}
		for range 3 {
			w.now = w.now.Add(20 * time.Second)
			s.must(s.ctl.Advance(w.now))
			s.must(s.gw.Tick(t.Context(), w.now))
		}
		if h := s.gw.Health(); h.Failure != nil || h.Flying < 0 || w.balance(1001) < 0 {
			t.Fatalf("%+v, balance %v", h, w.balance(1001))
		}
		if got := w.transfer(id); got.Amount != 10 {
			t.Fatalf("the transfer became %+v", got)
		}
	})
}
