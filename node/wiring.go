package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"time"

	"sancun/calendar"
	"sancun/custody"
	"sancun/gateway/bank"
	"sancun/market"
	"sancun/record"
	wire "sancun/wire/bank"
)

// dialTimeout bounds one attempt to reach a counterparty: its gateway does
// nothing else meanwhile.
const dialTimeout = 5 * time.Second

// dialer opens connections to an address and gives up by itself.
func dialer(to Address) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		d := net.Dialer{Timeout: dialTimeout}
		return d.DialContext(ctx, "tcp", string(to))
	}
}

// openFirstGateways makes the gateways of a centre that is the only one, so that a
// configuration that cannot work is refused at the start. With a second centre
// they are made when this one begins to write. A restored centre has none.
func (n *Node) openFirstGateways() error {
	if n.peer != nil || n.zone != nil || n.restored != nil { // a drill's are made when it writes
		return nil
	}
	return n.openGateways()
}

// closeGateways ends the gateways when the centre stops or writes no more.
func (n *Node) closeGateways() {
	n.gateways.Lock()
	defer n.gateways.Unlock()
	for _, s := range n.banks {
		s.bank().Close()
	}
	n.AfterHours = nil
	n.Exchanges, n.Quotes, n.banks, n.dispatch = map[market.Market]*Exchange{}, map[market.Market]*Quotes{}, map[uint16]*seat{}, nil
}

// openGateways makes the gateways of the configuration. None says anything yet.
func (n *Node) openGateways() error {
	n.gateways.Lock()
	defer n.gateways.Unlock()
	for i := range n.config.Exchanges {
		if err := n.openExchange(&n.config.Exchanges[i]); err != nil {
			return fmt.Errorf("exchange %s: %w", n.config.Exchanges[i].Market, err)
		}
	}
	for i := range n.config.Banks {
		number := n.config.Banks[i].Number
		gateway, err := n.makeBank(&n.config.Banks[i])
		if err != nil {
			return fmt.Errorf("bank %d: %w", number, err)
		}
		n.banks[number] = &seat{number: number, gateway: gateway}
	}
	return nil
}

func (n *Node) openExchange(c *ExchangeConfig) error {
	of := map[string]market.Market{"SH": market.Shanghai, "SZ": market.Shenzhen}[c.Market]
	logon, err := logonOf(c.CompID, c.Target, c.Password, c.Heartbeat)
	if err != nil {
		return err
	}
	logon.Version = c.Version
	gateway, err := n.Core.NewExchange(ExchangeOptions{
		Market: of, Dial: n.paths.dialer(c.Market, c.Address, n.dial), Logon: logon, Now: n.clock.Now, Timer: n.clock.After, Duplicates: c.Duplicates,
		AckTimeout: time.Duration(c.AckTimeout),
	})
	if err != nil {
		return err
	}
	n.Exchanges[of] = gateway
	if c.AfterHours.Address != "" {
		logon := ExchangeLogon{CompID: c.AfterHours.User, Heartbeat: time.Duration(c.Heartbeat)}
		if n.AfterHours, err = n.Core.NewExchange(ExchangeOptions{
			Market: of, Format: EzSTEP, Dial: n.dial(c.AfterHours.Address), Logon: logon, Now: n.clock.Now, Timer: n.clock.After, Duplicates: c.Duplicates,
			AckTimeout: time.Duration(c.AckTimeout),
		}); err != nil {
			return err
		}
	}
	var sources []QuoteSource
	for _, q := range c.Quotes {
		logon, err := logonOf(q.CompID, q.Target, q.Password, q.Heartbeat)
		if err != nil {
			return err
		}
		sources = append(sources, QuoteSource{Dial: n.dial(q.Address), Logon: logon})
	}
	if len(sources) == 0 {
		return nil
	}
	o := QuoteOptions{Market: of, Sources: sources, Now: n.clock.Now, Timer: n.clock.After}
	if n.config.Issues.File != "" {
		o.Issues = IssuesOf(n.config.Issues.File, n.log)
	}
	n.Quotes[of], err = n.Core.NewQuotes(o)
	return err
}

func logonOf(compID, target string, password Secret, heartbeat Duration) (ExchangeLogon, error) {
	secret, err := password.Resolve()
	return ExchangeLogon{CompID: compID, Target: target, Password: secret.Plain(), Heartbeat: time.Duration(heartbeat)}, err
}

// makeBank makes the gateway of a bank of the configuration.
func (n *Node) makeBank(c *BankConfig) (*Bank, error) {
	format, _ := wire.FormatOf(c.Format)
	keys, err := wire.OpenKeyFile(c.KeyFile, rand.Reader)
	if err != nil {
		return nil, err
	}
	return n.Core.NewBank(BankOptions{
		Bank: c.Number, Code: c.Code, Broker: n.config.Broker.Code, Format: format, Keys: keys, Epoch: uint64(n.Core.Epoch()), Dial: n.paths.dialer(bankLine(c.Number), c.Address, n.dial),
		Hasher: n.Owners, Reveal: n.Owners, Dir: n.bankFolder(c.Number), Files: n.bankFiles[c.Number],
		Log: n.log, Operator: c.Operator, NeedPassword: c.NeedPassword,
		Limits: bank.Limits{AnswerWithin: time.Duration(c.AnswerWithin), QueueFor: time.Duration(c.QueueFor), RedialEvery: time.Duration(c.RedialEvery)},
	})
}

// bankFolder is where the files exchanged with a bank lie.
func (n *Node) bankFolder(number uint16) string {
	return filepath.ToSlash(filepath.Join(n.config.Centre.Dir, "files", fmt.Sprintf("bank%03d", number)))
}

// EnterBanks brings banks into the journal that it does not know yet.
func (n *Node) EnterBanks(ctx context.Context) error {
	known := map[uint16]string{}
	if err := n.Core.Look(ctx, func(m *custody.Machine) {
		for _, b := range m.Banks() {
			known[b.Number] = strings.TrimRight(string(b.Code[:]), "\x00")
		}
	}); err != nil {
		return err
	}
	for i := range n.config.Banks {
		b := &n.config.Banks[i]
		code, there := known[b.Number]
		if there && code != b.Code {
			return fmt.Errorf("bank %d has the code %s in the journal and %s in the configuration: %w", b.Number, code, b.Code, ErrOtherBank)
		}
		if there {
			continue
		}
		answers, err := n.Core.Submit(ctx, record.Request{Cmd: &record.SetBank{
			Number: b.Number, Service: custody.BankOpen, WindowFrom: uint32(b.Terms.From), WindowTo: uint32(b.Terms.Until), SingleMin: b.Terms.SingleMin.fen(),
			SingleMax: b.Terms.SingleMax.fen(), DailyMax: b.Terms.DailyMax.fen(), DailyCount: b.Terms.DailyCount, MinRemaining: b.Terms.MinRemaining.fen(),
			Code: b.Code, Name: b.Name,
		}})
		if err != nil {
			return err
		}
		if code := record.Code(answers[0].Code); code != record.Accepted {
			return fmt.Errorf("the terms of bank %d were refused: %s", b.Number, code)
		}
		n.log.Info("a bank was entered with the terms of the configuration", slog.Int("bank", int(b.Number)))
	}
	return nil
}

// ErrOtherBank says that a bank's number belongs to another bank in the journal.
var ErrOtherBank = errors.New("bank numbers cannot be given to another bank")

// openDay lets the banks sign in for a business date, and loads lists of its
// securities that came before it opened.
func (n *Node) openDay(date uint32) {
	for _, q := range n.Quotes {
		q.DayOpened(calendar.Date(date))
	}
	for _, s := range n.banks {
		s.bank().OpenDay(wire.Date(date))
	}
}
