package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"sancun/dr"
	"sancun/node"
	"sancun/replica"
)

type centreCmd struct {
	State  centreStateCmd  `cmd:"" help:"Ask a centre what it is and how far the other one is behind."`
	Draft  centreDraftCmd  `cmd:"" help:"Write an order for two people to sign."`
	Sign   centreSignCmd   `cmd:"" help:"Sign an order with the key of its maker or checker."`
	Carry  centreCarryCmd  `cmd:"" help:"Bring a signed order to its centre and wait until it is carried out."`
	Drift  centreDriftCmd  `cmd:"" help:"Show how program and configuration of the two centres differ, key by key; fails when they differ where they must not."`
	Watch  centreWatchCmd  `cmd:"" help:"Show what a centre watches: files and keys, drift, reading again, other databases, orphans."`
	Locate centreLocateCmd `cmd:"" help:"Have a copying centre compare its state with the journal and the other centre, row by row."`
	Fork   centreForkCmd   `cmd:"" help:"Write the order to fork the standby's state and open a drill centre on it: made with the duty rehearse, checked with command."`
	Purge  centrePurgeCmd  `cmd:"" help:"Write the order to drop the fork and prove the standby: made with the duty rehearse, checked by a verifier who did not operate the drill."`
}

// Help says what orders are.
func (*centreCmd) Help() string {
	return `Two centres change who writes only by an order that two people signed: draft it, have each sign it with a key of
their own, and carry it. docs/flows/two-centres.md says which orders make a switchover.`
}

// carrierFlags say how a centre is reached.
type carrierFlags struct {
	Address     string `help:"Host and port of the centre's control door (peer.control)." required:""`
	Pin         string `help:"Pin of the centre's key." required:""`
	Certificate string `help:"Certificate of this carrier; sancun keys centre makes one." required:"" type:"existingfile"`
	Key         string `help:"Its private key." required:"" type:"existingfile"`
}

func (c *carrierFlags) carrier() (*node.Carrier, error) {
	own, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, err
	}
	pin, err := hex.DecodeString(c.Pin)
	if err != nil || len(pin) != len(replica.Pin{}) {
		return nil, fmt.Errorf("the pin is not 64 hexadecimal digits")
	}
	return node.NewCarrier(c.Address, own, replica.Pins{"centre": replica.Pin(pin)}), nil
}

type centreStateCmd struct {
	carrierFlags
	Root bool `help:"Also compute the root of the whole state; requests wait meanwhile."`
}

// Run prints the state of a centre as JSON.
func (c *centreStateCmd) Run(ctx context.Context) error {
	carrier, err := c.carrier()
	if err != nil {
		return err
	}
	defer carrier.Close()
	state, err := carrier.State(ctx, c.Root)
	if err != nil {
		return err
	}
	return printJSON(state)
}

func printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		_, err = fmt.Println(string(text))
	}
	return err
}

// draftFlags are what every order has.
type draftFlags struct {
	File    string        `arg:"" help:"The order to write; an existing one is refused." type:"path"`
	Centre  string        `help:"Name of the centre that is to act." required:""`
	Epoch   uint32        `help:"The epoch it leads to: the next one for hand-over and promote, the present one for the others." required:""`
	Cell    uint32        `help:"Number of the cell." default:"1"`
	PlanRun string        `name:"run" help:"Name of the run of the plan it belongs to." required:""`
	Reason  string        `help:"Why." required:""`
	Maker   string        `help:"Who makes it." required:""`
	Checker string        `help:"Who checks it." required:""`
	At      time.Time     `help:"When it begins to be valid; now when left out. A drill has its own time."`
	Valid   time.Duration `help:"How long it is valid." default:"1h"`
}

// write writes an order without signatures.
func (c *draftFlags) write(act dr.Act, detail string, planned bool) error {
	at := c.At
	if at.IsZero() {
		at = time.Now()
	}
	at = at.UTC().Truncate(time.Second)
	o := dr.Order{
		Cell: c.Cell, Centre: c.Centre, Act: act, Epoch: c.Epoch, Run: c.PlanRun, Detail: detail, Planned: planned,
		Reason: c.Reason, Issued: at, Expires: at.Add(c.Valid), Maker: c.Maker, Checker: c.Checker,
	}
	text, err := json.MarshalIndent(&o, "", "  ")
	if err != nil {
		return err
	}
	return make600(c.File, append(text, '\n'))
}

type centreDraftCmd struct {
	draftFlags
	Act     string `help:"hand-over, promote, protection, rebase or write-alone; fork and purge draft drill-begin and drill-end." required:""`
	Detail  string `help:"For protection: protect, fast, or available and a number of milliseconds."`
	Planned bool   `help:"The other centre handed over; without it, it is lost."`
}

// Run writes an order without signatures.
func (c *centreDraftCmd) Run() error { return c.write(dr.Act(c.Act), c.Detail, c.Planned) }

type centreForkCmd struct {
	draftFlags
	Clock    string   `help:"What time it is in the drill when it begins, such as 2026-03-02T10:00:00+08:00; the centre's own when left out."`
	Simulate []string `help:"ADDRESS=127.0.0.1:PORT: a simulator on this machine for an address of the configuration; what is left out is played inside the drill centre." sep:"none"`
}

// Run writes the order to begin a drill.
func (c *centreForkCmd) Run() error {
	detail := ""
	if c.Clock != "" {
		detail = "clock " + c.Clock
	}
	for _, pair := range c.Simulate {
		detail += " simulate " + pair
	}
	detail = strings.TrimSpace(detail)
	if _, err := dr.ParseZone(detail); err != nil {
		return err
	}
	return c.write(dr.ActDrillBegin, detail, true)
}

type centrePurgeCmd struct {
	draftFlags
}

// Run writes the order to end a drill.
func (c *centrePurgeCmd) Run() error { return c.write(dr.ActDrillEnd, "", true) }

type centreSignCmd struct {
	File string `arg:"" help:"The order." type:"existingfile"`
	Name string `arg:"" help:"Who signs."`
	Key  string `arg:"" help:"The signer's private key; sancun keys person makes one." type:"existingfile"`
}

// Run adds a signature to an order.
func (c *centreSignCmd) Run() error {
	o, err := readOrder(c.File)
	if err != nil {
		return err
	}
	private, err := node.ReadPersonKey(c.Key)
	if err != nil {
		return err
	}
	if err := o.Sign(c.Name, private); err != nil {
		return err
	}
	signed, err := json.MarshalIndent(&o, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(c.File, append(signed, '\n'), 0o600)
}

func readOrder(name string) (o dr.Order, err error) {
	file, err := os.Open(name)
	if err != nil {
		return o, err
	}
	defer file.Close()
	if o, err = dr.ReadOrder(file); err != nil {
		return o, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

type centreCarryCmd struct {
	File string `arg:"" help:"The signed order." type:"existingfile"`
	carrierFlags
}

// Run brings an order.
func (c *centreCarryCmd) Run(ctx context.Context) error {
	o, err := readOrder(c.File)
	if err != nil {
		return err
	}
	carrier, err := c.carrier()
	if err != nil {
		return err
	}
	defer carrier.Close()
	result, err := carrier.Order(ctx, o)
	if err != nil {
		return err
	}
	return printJSON(result)
}

type keysCentreCmd struct {
	Certificate string `arg:"" help:"The certificate to make." type:"path"`
	Key         string `arg:"" help:"Its private key to make." type:"path"`
	Name        string `arg:"" help:"Name of the centre or carrier."`
}

// Run makes a certificate and prints its pin.
func (c *keysCentreCmd) Run() error {
	cert, err := replica.NewCertificate(c.Name, rand.Reader, time.Now())
	if err != nil {
		return err
	}
	if err := makeKey(c.Key, cert.PrivateKey); err != nil {
		return err
	}
	if err := make600(c.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})); err != nil {
		return err
	}
	pin := replica.PinOf(cert.Leaf)
	fmt.Printf("%s made for %s, valid until %s; its pin is\n%x\n", c.Certificate, c.Name, cert.Leaf.NotAfter.Format(time.DateOnly), pin[:])
	return nil
}

type keysPersonCmd struct {
	Key string `arg:"" help:"The private key to make." type:"path"`
}

// Run makes the key by which a person signs orders and prints its public half for
// the file of people.
func (c *keysPersonCmd) Run() error {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := makeKey(c.Key, private); err != nil {
		return err
	}
	fmt.Printf("%s made; only this person may have it. In the file of people write\nkey: %x\n", c.Key, []byte(public))
	return nil
}

func makeKey(name string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return make600(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}
