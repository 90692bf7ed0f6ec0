package bank

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"testing"

	"sancun/money"
	wire "sancun/wire/bank"
)

// strange is the amount by which a test finds the field: as fen and as yuan.
const strange = money.Amount(123_45)

func spelled(t testing.TB, frame []byte) (old, negative []byte) {
	t.Helper()
	for _, as := range []string{"12345", "123.45"} {
		if bytes.Contains(frame, []byte(as)) {
			return []byte(as), append([]byte("-"), as[1:]...)
		}
	}
	t.Fatalf("no amount in %q", frame)
	return nil, nil
}

func prefixBytes(f *wire.Format) int {
	if f.Prefix == wire.PrefixDigits6 {
		return 6
	}
	return 4
}

// A line that ends inside a frame or says a length that cannot be is given up and
// counted; nothing of it is done, and the broker signs in anew and says it again.
func TestLinesThatBreak(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, nil)
		m := p.head(&wire.Deposit{Transfer: move(1, "8001", strange)})
		frame := p.frame(m)
		for i, last := range [][]byte{
			frame[:len(frame)/2], frame[:len(frame)-1], frame[:prefixBytes(&f)], bytes.Repeat([]byte{0xff}, prefixBytes(&f)), make([]byte, prefixBytes(&f)),
		} {
			p.write(last)
			if i < 3 {
				if err := p.conn.Close(); err != nil {
					t.Fatal(err)
				}
			} else if _, err := p.frames.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("the line goes on after a length that cannot be: %v", err)
			}
			for p.b.Control().Totals().Broken <= uint64(i) { // the bank sees the end in its own time
				runtime.Gosched()
			}
			p.dial()
			p.signIn()
		}
		if n := len(p.b.Control().Entries()); n != 0 {
			t.Errorf("%d entries of frames that did not arrive", n)
		}
		for range 2 {
			m.Head().KeySet = p.keySet
			p.write(p.frame(m))
			if got := p.read().Result().Final(); got != wire.Success {
				t.Errorf("said again: %v", got)
			}
		}
		if a, _ := p.b.Control().Account("8001"); a.Managed != 5_000+strange {
			t.Errorf("%+v", a)
		}
	})
}

// An authentic frame that makes no sense is answered "not processed" in words, and
// one for another bank or in an unknown function not at all; the line goes on.
func TestFramesThatMakeNoSense(t *testing.T) {
	each(t, func(t *testing.T, f wire.Format) {
		p := open(t, f, trust)
		m := p.head(&wire.Deposit{Transfer: move(1, "8001", strange)})
		good := p.frame(m)
		amount, negative := spelled(t, good)
		named := p.frame(p.head(&wire.PreDesignate{Party: partyFor(3, "8003")}))
		name := []byte{0xb2, 0xe2, 0xca, 0xd4} // 测试 in GBK and GB18030
		if !bytes.Contains(named, name) {
			name = []byte("测试")
		}
		for _, c := range []struct {
			what     string
			frame    []byte
			old, new []byte
			answered bool
		}{
			{"negative amount", good, amount, negative, true},
			{"amount of letters", good, amount, append([]byte("1E"), amount[2:]...), true},
			{"bytes outside the code page", named, name, bytes.Repeat([]byte{0xff}, len(name)), true},
			{"no such day", good, []byte("20230825"), []byte("20230230"), false},
		} {
			refused := p.b.Control().Totals().Refused
			p.write(bytes.Replace(c.frame, c.old, c.new, 1))
			if c.answered {
				if o := p.read().Result(); o.Status != wire.NotProcessed || o.ErrorText == "" {
					t.Errorf("%s: %v %q", c.what, o.Status, o.ErrorText)
				}
			}
			p.must(&wire.Probe{}) // the next answer is the probe's
			if got := p.b.Control().Totals().Refused; got != refused+1 {
				t.Errorf("%s: %d frames refused after %d", c.what, got, refused)
			}
		}
		if n := len(p.b.Control().Entries()); n != 0 {
			t.Errorf("%d entries of frames that make no sense", n)
		}
		p.write(good)
		if got := p.read().Result().Status; got != wire.Success {
			t.Errorf("a good deposit after all that: %v", got)
		}
	})
}

// FuzzSession plays any bytes as the broker on a line that is signed in and believed:
// the bank refuses, answers or hangs up, no account goes below zero, and it still
// takes a new line.
func FuzzSession(f *testing.F) {
	formats := wire.Formats()
	for i, format := range formats {
		p := open(f, format, trust)
		for _, m := range []wire.Message{
			&wire.Deposit{Transfer: move(1, "8001", strange)}, &wire.Withdrawal{Transfer: move(1, "8001", strange)},
			&wire.ReverseDeposit{Reversal: wire.Reversal{Original: wire.Original{Initiator: wire.Broker, Date: firstDay, BrokerSerial: "S1"}, FundAccount: "8001", BankAccount: someone(1, "", 0).Card, Currency: money.CNY, Amount: 1}},
			&wire.PreDesignate{Party: partyFor(3, "8003")}, &wire.CancelContract{Party: partyFor(1, "8001")}, &wire.IdentityCheck{Party: partyFor(1, "8001")},
			&wire.QueryTransfer{Original: wire.Original{Initiator: wire.Broker, Date: firstDay, BrokerSerial: "S1"}},
			&wire.Remit{Market: 2, Currency: money.CNY, Amount: 5}, &wire.SignIn{}, &wire.SignOut{}, &wire.Probe{},
			&wire.FileReady{FileNotice: wire.FileNotice{Name: "sbusi0825.dat", Size: 5, SHA256: make([]byte, 32), Chunks: 1}}, &wire.FilesDone{Count: 1},
			&wire.FileFetch{Name: "sbala0825.dat"},
		} {
			frame := p.frame(p.head(m))
			f.Add(uint8(i), frame)
			f.Add(uint8(i), append(frame, frame[:len(frame)/2]...))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, stream []byte) {
		p := open(t, formats[int(which)%len(formats)], trust)
		frames := p.codec.Frames(bytes.NewReader(stream))
		for {
			frame, err := frames.Next()
			if err != nil {
				break
			}
			p.b.mu.Lock()
			if s := p.b.active; s != nil {
				p.b.receive(s, frame)
			}
			p.b.mu.Unlock()
		}
		for _, fund := range []string{"8001", "8002"} {
			if a, ok := p.b.Control().Account(fund); ok && (a.Managed < 0 || a.OnCard < 0) {
				t.Fatalf("%s: %+v", fund, a)
			}
		}
		p.dial()
		p.write(p.frame(p.head(&wire.SignIn{})))
		p.read() // success, or a refusal because a believed broker raised the epoch
	})
}
