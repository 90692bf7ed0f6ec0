package day

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/identity"
	"sancun/money"
	"sancun/node"
	"sancun/record"
	"sancun/sim/bank"
	"sancun/state"
	"sancun/vault"
	wire "sancun/wire/bank"
)

// house is one custodian bank of the day and our gateway to it.
type house struct {
	number  uint16
	sim     *bank.Bank
	control *bank.Control
	gateway *node.Bank
	clients []int // places of its investors
	done    []uint64
	serials []string // of transfers the bank started
	arrived *arrivals
}

// brokerCode is the invented broker's institution code.
const brokerCode = "60050000"

// The passwords of the invented clients; everyone has the same, because nobody
// is real.
const (
	cardPassword = "246810"
	fundPassword = "135790"
)

// bankFaults are some of every fault in a day of a few thousand transfers, parts
// per million.
func bankFaults(c Config, number uint16) bank.Faults {
	if !c.Faults {
		return bank.Faults{}
	}
	return bank.Faults{
		Seed: c.Seed ^ uint64(number)<<32, Delay: 4_000, Late: 3_000, Silent: 2_500, NoAnswer: 3_000, Twice: 3_000, DropBefore: 700,
		DropAfter: 700, Refuse: 4_000, Unsure: 1_500, BankOnly: 1_800, BrokerOnly: 1_800,
	}
}

// openBank starts a simulated bank on loopback and a gateway to it. The first
// three banks speak a format of each style, fixed, delimited and XML; a fourth
// the other fixed one; and so on.
func (p *player) openBank(number uint16) (*house, error) {
	formats := []func() wire.Format{wire.Fixed24, wire.Delim, wire.XML, wire.Fixed10}
	format := formats[int(number-1)%len(formats)]
	h := &house{number: number, arrived: &arrivals{paths: map[string]string{}}}
	code := fmt.Sprintf("BANK%02d", number)
	conf := bank.Config{
		Code: code, Broker: brokerCode, Number: fmt.Sprintf("%04d", number), Format: format(), Start: p.clock.Now(),
		NeedPassword: false, ReplyWithin: time.Minute, Faults: bankFaults(p.config, number),
	}
	for i := range p.investors {
		v := &p.investors[i]
		if v.bank != number {
			continue
		}
		h.clients = append(h.clients, i)
		conf.Customers = append(conf.Customers, bank.Customer{
			Name: v.person.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: v.person.Number, Mobile: v.person.Mobile, Card: v.person.Card,
			Currency: money.CNY, Balance: bankCards * 100, Password: cardPassword, Fund: strconv.FormatUint(v.fund, 10), Managed: v.opened,
		})
	}
	ours, theirs := p.keys(code, 1), p.keys(code, 2)
	conf.Keys = theirs
	var err error
	if h.sim, err = bank.New(conf); err != nil {
		return nil, err
	}
	h.control = h.sim.Control()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for bank %d: %w", number, err)
	}
	p.running.Go(func() error { return h.sim.Serve(listener) })
	h.gateway, err = p.core.NewBank(node.BankOptions{
		Bank: number, Code: code, Broker: brokerCode, Format: format(), Keys: ours, Epoch: 1, Dial: dial(listener.Addr()),
		Hasher: hasher{p.sealer.vault}, Reveal: people{p}, Dir: fmt.Sprintf("%s/files/bank%02d", p.config.Dir, number), Operator: "SANCUN", Files: h.arrived,
	})
	if err == nil {
		h.gateway.OpenDay(wire.Date(p.config.Date))
	}
	return h, err
}

// keys makes a key store with the master key that both sides of a bank share.
// In earnest it is carried between the houses by people; here it is drawn from
// the seed, and the working keys too, so that the day repeats.
func (p *player) keys(code string, side uint64) *wire.SoftStore {
	store := wire.NewSoftStore(reader{dice(p.config.Seed, diceVault+side*100+uint64(code[len(code)-1]))})
	master := sha256.Sum256([]byte("drill master key of " + code))
	if err := store.SetMaster(code, master[:16]); err != nil {
		panic("day: a master key of sixteen bytes is taken: " + err.Error())
	}
	return store
}

// reader turns a seeded stream of numbers into bytes.
type reader struct{ rng interface{ Uint64() uint64 } }

func (r reader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r.rng.Uint64())
	}
	return len(p), nil
}

// hasher makes the keyed hashes of the vault.
type hasher struct{ vault *vault.Vault }

func (h hasher) CardIndex(number string) state.Key {
	return state.Key(h.vault.CardIndex(vault.NewSecret(number)))
}

func (h hasher) NameIndex(name string) state.Key {
	return state.Key(h.vault.NameIndex(vault.NewSecret(name)))
}

func (h hasher) DocumentIndex(_ wire.IDKind, number string) state.Key {
	return state.Key(h.vault.DocumentIndex(identity.IDCardDocument, vault.NewSecret(number)))
}

// people tells the gateways what messages must say of a client. A real centre
// opens the sealed fields for it; the player knows its inventions.
type people struct{ p *player }

// errNobody reports a fund account nobody here has.
var errNobody = errors.New("no invented client has this fund account")

func (s people) of(fund uint64) (*investor, error) {
	i := fund - fundBase
	if fund < fundBase || i >= uint64(len(s.p.investors)) {
		return nil, errNobody
	}
	return &s.p.investors[i], nil
}

// Card returns the number of the bank settlement account.
func (s people) Card(_ context.Context, fund uint64) (string, error) {
	v, err := s.of(fund)
	if err != nil {
		return "", err
	}
	return v.person.Card, nil
}

// Party returns what a message says of a client.
func (s people) Party(_ context.Context, fund uint64) (wire.Party, error) {
	v, err := s.of(fund)
	if err != nil {
		return wire.Party{}, err
	}
	return wire.Party{
		Name: v.person.Name, Kind: wire.Person, IDKind: wire.IDCard, IDNumber: v.person.Number, Mobile: v.person.Mobile,
		FundAccount: strconv.FormatUint(fund, 10), BankAccount: v.person.Card, Branch: "0001", Currency: money.CNY,
	}, nil
}

// FundPassword compares a fund password.
func (s people) FundPassword(_ context.Context, _ uint64, password wire.Secret) (bool, error) {
	return password.Reveal() == fundPassword, nil
}

// transferWindow is when clients move money: the banks' window, less the last
// half hour in which the banks answer what is open.
const (
	transfersFrom  = calendar.TimeOfDay(9*calendar.Hour + 10*calendar.Minute)
	transfersUntil = calendar.TimeOfDay(15*calendar.Hour + 20*calendar.Minute)
)

// move places a slot's transfers: deposits and withdrawals, started by either
// side, and now and then a reversal.
func (p *player) move(ctx context.Context, until calendar.TimeOfDay) error {
	if until < transfersFrom || until > transfersUntil {
		return nil
	}
	for _, h := range p.banks {
		for range 1 + p.transfers.IntN(2+len(h.clients)/1_200) {
			if len(h.clients) == 0 {
				continue
			}
			v := &p.investors[h.clients[p.transfers.IntN(len(h.clients))]]
			if err := p.moveOne(ctx, h, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *player) moveOne(ctx context.Context, h *house, v *investor) error {
	amount := money.Amount(1+p.transfers.IntN(400)) * 10_000 // up to 40,000 yuan
	own := record.CallerOf(record.CallerClient, v.number)
	switch draw := p.transfers.IntN(100); {
	case draw < 40:
		return p.asked(ctx, h, own, &record.AskDeposit{Fund: v.fund, Amount: amount, Channel: record.ChannelMobile})
	case draw < 62:
		return p.asked(ctx, h, own, &record.AskWithdrawal{Fund: v.fund, Amount: amount / 4, Channel: record.ChannelWeb, PasswordOK: 1, SecondFactor: 1})
	case draw < 80:
		serial, err := h.control.Deposit(v.person.Card, amount)
		return h.started(serial, err)
	case draw < 92:
		serial, err := h.control.Withdraw(v.person.Card, fundPassword, amount/4)
		return h.started(serial, err)
	case draw < 96 && len(h.done) > 0:
		return p.reverse(ctx, h)
	case len(h.serials) > 0:
		at := p.transfers.IntN(len(h.serials))
		_, err := h.control.Reverse(h.serials[at])
		h.serials = slices.Delete(h.serials, at, at+1)
		return h.refusedAtBank(err)
	}
	return nil
}

// asked submits a request of a client; a refusal is part of the day.
func (p *player) asked(ctx context.Context, h *house, caller record.Caller, cmd record.Command) error {
	answers, err := p.core.Submit(ctx, record.Request{Caller: caller, Cmd: cmd})
	if err != nil {
		return err
	}
	if answers[0].Code == 0 && p.transfers.IntN(8) == 0 {
		h.done = append(h.done, answers[0].Ref)
	}
	return nil
}

// reverse asks a member of staff to reverse an earlier transfer that succeeded.
func (p *player) reverse(ctx context.Context, h *house) error {
	at := p.transfers.IntN(len(h.done))
	id := h.done[at]
	h.done = slices.Delete(h.done, at, at+1)
	var t custody.Transfer
	if err := p.core.Look(ctx, func(m *custody.Machine) { t, _ = m.TransferBy(id) }); err != nil {
		return err
	}
	if t.State != custody.TransferDone {
		return nil
	}
	_, err := p.core.Submit(ctx, record.Request{Caller: clerk, Cmd: &record.AskReversal{Transfer: id, Amount: t.Amount}})
	return err
}

// The two people of the clearing desk.
var (
	clerk   = record.CallerOf(record.CallerStaff, 101)
	checker = record.CallerOf(record.CallerStaff, 102)
)

func (h *house) started(serial string, err error) error {
	if err == nil {
		h.serials = append(h.serials, serial)
		if len(h.serials) > 200 {
			h.serials = h.serials[100:]
		}
	}
	return h.refusedAtBank(err)
}

// refusedAtBank passes over what a bank will not start: no line at the moment, or
// a customer who may not.
func (h *house) refusedAtBank(err error) error {
	if errors.Is(err, bank.ErrNoLine) || errors.Is(err, bank.ErrConfig) {
		return nil
	}
	return err
}

// bankStep lets a bank and our gateway to it work up to the present time.
func (p *player) bankStep(ctx context.Context, h *house) error {
	now := p.clock.Now()
	if err := h.control.Advance(now); err != nil {
		return err
	}
	if err := h.gateway.Tick(ctx, now); err != nil {
		return err
	}
	return h.gateway.Drain(ctx)
}
