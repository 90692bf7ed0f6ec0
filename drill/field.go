package drill

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/bench"
	"sancun/node"
	"sancun/record"
	"sancun/replica"
	"sancun/vault"
)

// names are the two centres.
var names = [2]string{"north", "south"}

const (
	drillUser     = "drill"
	drillPassword = "Right-Horse-7"
)

// field is everything around the centres: keys, configurations, clients, the line.
type field struct {
	o        Options
	cell     uint32
	commands int // of the genesis
	configs  [2]string
	dirs     [2]string
	doors    [2]string
	carriers [2]*node.Carrier
	roots    *x509.CertPool
	people   map[string]ed25519.PrivateKey
	lines    [2]*delayed
	ground   *ground
}

func (f *field) at(name string) string { return filepath.Join(f.o.Dir, name) }

func newField(o Options) (*field, error) {
	f := &field{o: o, cell: 1, people: map[string]ed25519.PrivateKey{}, roots: x509.NewCertPool()}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	f.ground = loopback("asked for")
	if !o.Loopback {
		f.ground = newGround(o.BitsPerSec)
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// prepare makes keys, configurations, clients and the line.
func (f *field) prepare() error {
	o := f.o
	if err := errors.Join(f.writePeople(), f.writeDoor(), vault.CreateKeyFile(f.at("vault.key"), rand.Reader)); err != nil {
		return err
	}
	runner, err := f.writeCertificate("runner")
	if err != nil {
		return err
	}
	var certs [2]tls.Certificate
	var addresses [2][3]string // blocks, control, door
	for i, name := range names {
		if certs[i], err = f.writeCertificate(name); err != nil {
			return err
		}
		if addresses[i], err = f.addresses(i); err != nil {
			return err
		}
		f.dirs[i], f.doors[i] = f.at(name), addresses[i][2]
	}
	clock := node.ClockConfig{Real: node.Time(time.Now()), Drill: node.Time(Morning()), Speed: 1}
	for i, name := range names {
		if f.lines[i], err = newDelayed(f.ground, i, addresses[1-i][0], o.RoundTrip/2, o.BitsPerSec); err != nil {
			return err
		}
		c := f.configOf(i, clock)
		c.Peer = node.PeerConfig{
			Name: names[1-i], Start: []string{"primary", "standby"}[i], Listen: node.Address(addresses[i][0]), Control: node.Address(addresses[i][1]),
			Address: node.Address(f.lines[i].address()), Certificate: f.at(name + ".pem"), KeyFile: f.at(name + ".key"), Pin: pinText(certs[1-i]),
			People: f.at("people.yaml"), Carriers: []node.CarrierConfig{{Name: "runner", Pin: pinText(runner)}},
		}
		f.carriers[i] = node.NewCarrier(addresses[i][1], runner, replica.Pins{name: replica.PinOf(certs[i].Leaf)})
		if err := f.fill(i, c); err != nil {
			return err
		}
		f.configs[i] = f.at(name + ".yaml")
		if err := os.WriteFile(f.configs[i], []byte(textOf(c)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Morning is when the centres of a drill think it is: the day after that of their
// business date, a Saturday, because drills on forks are for days without trade.
func Morning() time.Time { return bench.Morning().AddDate(0, 0, 1) }

// The ports of a centre that has a network of its own.
const (
	blocksPort  = 7511
	controlPort = 7512
	doorPort    = 7513
)

// addresses are where a centre serves blocks, orders and its door.
func (f *field) addresses(i int) (all [3]string, err error) {
	if f.ground.apart() {
		return [3]string{
			fmt.Sprintf("%s:%d", f.ground.wan[i], blocksPort), fmt.Sprintf("%s:%d", f.ground.host[i], controlPort), fmt.Sprintf("%s:%d", f.ground.host[i], doorPort),
		}, nil
	}
	for k := range all {
		if all[k], err = freeAddress(); err != nil {
			return all, err
		}
	}
	return all, nil
}

func (f *field) configOf(i int, clock node.ClockConfig) node.Config {
	c := node.Defaults()
	c.Centre.Name, c.Centre.Dir, c.Centre.Cell, c.Centre.Answers = names[i], f.dirs[i], f.cell, 4_000_000
	c.Log.Level, c.Clock = "info", clock
	c.Vault.KeyFile, c.Broker.Code = f.at("vault.key"), "DRILL"
	c.HTTP = node.HTTPConfig{Certificate: f.at("door.pem"), KeyFile: f.at("door.key"), Users: f.at("users.json"), RatePerSecond: 100_000}
	c.HTTP.Listen.AddrPort = netip.MustParseAddrPort(f.doors[i])
	return c
}

// textOf is a configuration as its operators would write it down.
func textOf(c node.Config) string {
	p := &c.Peer
	return fmt.Sprintf(`centre:
  name: %s
  dir: %s
  cell: %d
  answers: %d
clock:
  real: %s
  drill: %s
vault:
  key_file: %s
broker:
  code: %s
http:
  listen: %s
  certificate: %s
  key_file: %s
  users: %s
  rate_per_second: %d
peer:
  name: %s
  start: %s
  listen: %s
  address: %s
  control: %s
  certificate: %s
  key_file: %s
  pin: "%s"
  people: %s
  carriers:
    - name: %s
      pin: "%s"
`, c.Centre.Name, c.Centre.Dir, c.Centre.Cell, c.Centre.Answers, time.Time(c.Clock.Real).Format(time.RFC3339Nano), time.Time(c.Clock.Drill).Format(time.RFC3339Nano),
		c.Vault.KeyFile, c.Broker.Code, c.HTTP.Listen, c.HTTP.Certificate, c.HTTP.KeyFile, c.HTTP.Users, c.HTTP.RatePerSecond,
		p.Name, p.Start, p.Listen, p.Address, p.Control, p.Certificate, p.KeyFile, p.Pin, p.People, p.Carriers[0].Name, p.Carriers[0].Pin)
}

// fill gives the first centre its clients before there is a second one.
func (f *field) fill(i int, c node.Config) error {
	if i != 0 {
		return nil
	}
	c.Peer = node.PeerConfig{}
	c.HTTP, c.Books.Enabled = node.HTTPConfig{RatePerSecond: 1}, false
	n, err := node.Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	if err = bench.FillClients(n.Core, f.o.Clients); err == nil {
		err = f.setPassword(n.Core)
	}
	f.commands = int(n.Core.Records())
	return errors.Join(err, n.Close())
}

// fundPassword is the first client's, who withdraws money in the drill on a fork.
const fundPassword = "Right-Mule-9"

func (f *field) setPassword(core *node.Core) error {
	hash, err := hashOf(fundPassword)
	if err != nil {
		return err
	}
	answers, err := core.Submit(context.Background(), record.Request{Cmd: &record.SetPassword{Client: 1, Which: record.PasswordFund, Hash: []byte(hash)}})
	if err == nil && answers[0].Code != uint16(record.Accepted) {
		err = fmt.Errorf("the first client's password was refused: %s", record.Code(answers[0].Code))
	}
	return err
}

func hashOf(password string) (string, error) {
	passwords, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, rand.Reader)
	if err != nil {
		return "", err
	}
	hash, err := passwords.HashPassword(context.Background(), vault.NewSecret(password))
	return string(hash), err
}

func pinText(c tls.Certificate) string {
	pin := replica.PinOf(c.Leaf)
	return hex.EncodeToString(pin[:])
}

func (f *field) writeCertificate(name string) (tls.Certificate, error) {
	cert, err := replica.NewCertificate(name, rand.Reader, time.Now())
	if err != nil {
		return cert, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return cert, err
	}
	return cert, errors.Join(
		os.WriteFile(f.at(name+".pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}), 0o600),
		os.WriteFile(f.at(name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	)
}

// writePeople makes the people of the drill, whose keys only this process has.
func (f *field) writePeople() error {
	var text strings.Builder
	text.WriteString("people:\n")
	for i, name := range []string{"operator", "commander", "verifier", "trainer"} {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			return err
		}
		f.people[name] = private
		duty := []string{"operate", "command", "verify", "rehearse"}[i]
		fmt.Fprintf(&text, "  - {name: %s, staff: %d, key: %q, duties: [%s], from: 2020-01-01T00:00:00Z, until: 2040-01-01T00:00:00Z}\n", name, i+1, hex.EncodeToString(public), duty)
	}
	return os.WriteFile(f.at("people.yaml"), []byte(text.String()), 0o600)
}

// writeDoor makes what both HTTP doors need.
func (f *field) writeDoor() error {
	certificate, key, err := node.SelfSigned(f.ground.host[:], time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	f.roots.AppendCertsFromPEM(certificate)
	hash, err := hashOf(drillPassword)
	if err != nil {
		return err
	}
	users, err := json.Marshal(map[string]any{"users": []any{map[string]any{"name": drillUser, "roles": []string{"broker-maker"}, "number": 1, "hash": hash}}})
	return errors.Join(err, os.WriteFile(f.at("door.pem"), certificate, 0o600), os.WriteFile(f.at("door.key"), key, 0o600), os.WriteFile(f.at("users.json"), bytes.TrimSpace(users), 0o600))
}

// drillHost is where everything of a drill listens.
const drillHost = "127.0.0.1"

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", drillHost+":0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (f *field) close() error {
	var errs []error
	for i := range f.lines {
		if f.carriers[i] != nil {
			f.carriers[i].Close()
		}
		if f.lines[i] != nil {
			errs = append(errs, f.lines[i].close())
		}
	}
	errs = append(errs, f.ground.close())
	return errors.Join(errs...)
}
