package bank

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sancun/money"
	wire "sancun/wire/bank"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	brokerCode = "60050000"
	ownCode    = "BANK0001"
	firstDay   = 20230825
	pin        = "135790"
)

var start = time.Date(2023, 8, 25, 9, 30, 0, 0, time.FixedZone("CST", 8*3600))

// peer is a broker's front end in a test: it says messages and takes answers one
// by one.
type peer struct {
	t      testing.TB
	b      *Bank
	codec  *wire.Codec
	keys   *wire.SoftStore
	conn   net.Conn
	frames *wire.FrameReader
	keySet uint32
	serial int
	epoch  uint64
}

func stores(t testing.TB) (ours, theirs *wire.SoftStore) {
	t.Helper()
	made := [2]*wire.SoftStore{}
	for i := range made {
		made[i] = wire.NewSoftStore(rand.NewChaCha8([32]byte{byte(i + 1)}))
		if err := made[i].SetMaster(ownCode, make([]byte, 16)); err != nil {
			t.Fatal(err)
		}
	}
	return made[0], made[1]
}

// trusting is a key store whose MAC is always the same, so that a test reaches what
// lies behind the MAC.
type trusting struct{ wire.KeyStore }

func (trusting) MAC(wire.KeyRef, wire.MACAlgorithm, []byte) ([]byte, error) {
	return make([]byte, 32), nil
}

func trust(c *Config) { c.Keys = trusting{c.Keys} }

func someone(n int, fund string, managed money.Amount) Customer {
	return Customer{
		Name: fmt.Sprintf("测试客户%d", n), Kind: wire.Person, IDKind: wire.IDCard, IDNumber: fmt.Sprintf("11010119000101%04d", n),
		Card: fmt.Sprintf("6200%015d", n), Currency: money.CNY, Balance: 100_000, Password: pin, Fund: fund, Managed: managed,
	}
}

// open makes a bank with two signed clients and one who has only a card, and a
// peer that is signed in.
func open(t testing.TB, f wire.Format, change func(*Config)) *peer {
	t.Helper()
	ours, theirs := stores(t)
	c := Config{
		Code: ownCode, Broker: brokerCode, Number: "0001", Format: f, Keys: theirs, Start: start,
		Customers: []Customer{someone(1, "8001", 5_000), someone(2, "8002", 0), someone(3, "", 0)},
	}
	if change != nil {
		change(&c)
	}
	b, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	var keys wire.KeyStore = ours
	if _, all := c.Keys.(trusting); all {
		keys = trusting{ours}
	}
	codec, err := wire.NewCodec(f, ownCode, keys)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, b: b, codec: codec, keys: ours, epoch: 3}
	p.dial()
	p.signIn()
	return p
}

func (p *peer) dial() {
	p.t.Helper()
	ours, theirs := net.Pipe()
	if err := p.b.Attach(theirs); err != nil {
		p.t.Fatal(err)
	}
	p.conn, p.frames = ours, p.codec.Frames(ours)
	p.t.Cleanup(func() { _ = ours.Close() })
}

func (p *peer) signIn() {
	p.t.Helper()
	p.must(&wire.SignIn{})
	keys, err := p.keys.NewWorkingKeys(ownCode, p.keySet+1)
	if err != nil {
		p.t.Fatal(err)
	}
	p.must(&wire.KeyExchange{Keys: keys})
	p.keySet = keys.Generation
}

// head fills the header of a message with a serial of its own.
func (p *peer) head(m wire.Message) wire.Message {
	p.serial++
	h := m.Head()
	serial := h.BrokerSerial
	if serial == "" {
		serial = fmt.Sprintf("S%d", p.serial)
	}
	*h = wire.Header{
		Version: wire.Version, Sender: brokerCode, Receiver: ownCode, Date: firstDay, Time: 93000, Initiator: wire.Broker, BrokerSerial: serial,
		Epoch: p.epoch, KeySet: p.keySet,
	}
	if m.Function() == wire.FunctionSignIn || m.Function() == wire.FunctionKeyExchange {
		h.KeySet = 0
	}
	p.codec.Fit(m)
	return m
}

func (p *peer) frame(m wire.Message) []byte {
	p.t.Helper()
	frame, err := p.codec.Encode(m)
	if err != nil {
		p.t.Fatal(err)
	}
	return frame
}

func (p *peer) write(frame []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(frame); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) read() wire.Message {
	p.t.Helper()
	frame, err := p.frames.Next()
	if err != nil {
		p.t.Fatal(err)
	}
	m, err := p.codec.Decode(frame)
	if err != nil {
		p.t.Fatal(err)
	}
	return m
}

// say says a message with a new head and returns the answer.
func (p *peer) say(m wire.Message) wire.Message {
	p.t.Helper()
	p.write(p.frame(p.head(m)))
	return p.read()
}

func (p *peer) must(m wire.Message) wire.Message {
	p.t.Helper()
	answer := p.say(m)
	if answer.Result().Status != wire.Success {
		p.t.Fatalf("%v: %v %s", m.Function(), answer.Result().Status, answer.Result().ErrorText)
	}
	return answer
}

// refused says a message that must be refused with words.
func (p *peer) refused(m wire.Message, want wire.Status) {
	p.t.Helper()
	if o := p.say(m).Result(); o.Status != want || o.ErrorText == "" {
		p.t.Errorf("%v: %v %q, want %v", m.Function(), o.Status, o.ErrorText, want)
	}
}

func (p *peer) seal(account, password string) wire.PINBlock {
	p.t.Helper()
	block, err := p.codec.SealPIN(p.keySet, account, wire.NewSecret(password))
	if err != nil {
		p.t.Fatal(err)
	}
	return block
}

func move(n int, fund string, amount money.Amount) wire.Transfer {
	return wire.Transfer{FundAccount: fund, BankAccount: someone(n, "", 0).Card, Currency: money.CNY, Amount: amount}
}

func partyFor(n int, fund string) wire.Party {
	k := customer{Customer: someone(n, "", 0)}
	return k.party(fund)
}
