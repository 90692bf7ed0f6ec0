package exchange

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"sancun/calendar"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// exchangeOf is an exchange with two members: one with units 20001 and 20002, B with 30001.
func exchangeOf(t testing.TB, m Market, change func(*Config)) *Exchange {
	t.Helper()
	c := Config{
		Market: m, Date: 20230825,
		Members: []Member{{CompID: "GWA", Password: "secret", PBUs: []string{"20001", "20002"}}, {CompID: "GWB", Password: "secret", PBUs: []string{"30001"}}},
	}
	for _, code := range []string{"000001", "000002", "000003"} {
		s := plain(code)
		s.Name = "平安银行"
		c.Securities = append(c.Securities, s)
	}
	issue := plain("730001")
	issue.Issue, issue.AfterHours = true, false
	c.Securities = append(c.Securities, issue)
	if change != nil {
		change(&c)
	}
	x, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// TestWireStories plays conversations in both byte formats as text. A line
// "NAME verb …" is what a gateway does, "< …" what the gateways get after it.
func TestWireStories(t *testing.T) {
	datadriven.Walk(t, "testdata/wire", func(t *testing.T, path string) {
		s := wireStory{peers: map[string]*peer{}}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "exchange" {
				market := Shenzhen
				if d.HasArg("shanghai") {
					market = Shanghai
				}
				s.x = exchangeOf(t, market, nil)
				return ""
			}
			var out strings.Builder
			for line := range strings.Lines(d.Input) {
				f := strings.Fields(line)
				fmt.Fprintf(&out, "%s\n", strings.Join(f, " "))
				s.act(t, f)
				s.print(&out)
			}
			return out.String()
		})
		for _, name := range s.names {
			s.peers[name].close()
		}
	})
}

type wireStory struct {
	x     *Exchange
	peers map[string]*peer
	names []string // in order of their first connection
}

func (s *wireStory) print(out *strings.Builder) {
	for _, name := range s.names { // what one member did may be an answer to another, whose line knows nothing of it yet
		s.peers[name].settle()
	}
	for _, name := range s.names {
		for _, line := range s.peers[name].take() {
			fmt.Fprintf(out, "  %s < %s\n", name, line)
		}
	}
}

func (s *wireStory) act(t *testing.T, f []string) {
	t.Helper()
	c := s.x.Control()
	var err error
	switch f[0] {
	case "at":
		clock, bad := calendar.ParseTimeOfDay(f[1])
		if bad != nil {
			t.Fatal(bad)
		}
		at(t, s.x, int(clock/calendar.Hour), int(clock/calendar.Minute%60), int(clock/calendar.Second%60))
	case "inject":
		fault, bad := ParseFault(f[1])
		if bad != nil {
			t.Fatal(bad)
		}
		err = c.Inject(fault, 1)
	case "halt":
		err = c.Halt(MakeCode(f[1]))
	case "resume":
		err = c.Resume(MakeCode(f[1]))
	case "disconnect":
		err = c.Disconnect(f[1])
	case "mute":
		err = c.Mute(f[1], f[2] == "on")
	case "refuse-logons":
		err = c.RefuseLogons(f[1], f[2] == "on")
	default:
		s.member(t, f)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// member does "NAME connect|quotes|ezstep", "NAME logon [PASSWORD]", "NAME sync INDEX UNIT…",
// "NAME buy|sell UNIT ID CODE PRICE QTY [issue|afterhours]", "NAME cancel UNIT ID CODE ORIGINAL",
// "NAME raw HEX", "NAME text LINE", "NAME logout", "NAME ended" which waits for the exchange to have
// closed the connection.
func (s *wireStory) member(t *testing.T, f []string) {
	t.Helper()
	name := f[0]
	switch f[1] {
	case "connect", "quotes", "ezstep":
		if old := s.peers[name]; old != nil {
			old.close()
		} else {
			s.names = append(s.names, name)
		}
		s.peers[name] = connectBy(t, s.x, map[string]lineKind{"connect": lineTrade, "quotes": lineQuotes, "ezstep": lineEzSTEP}[f[1]])
		return
	}
	p := s.peers[name]
	switch f[1] {
	case "logon":
		password := "secret"
		if len(f) > 2 {
			password = f[2]
		}
		p.send(p.newLogon("GW"+name[:1], password))
	case "sync":
		var index uint64
		fmt.Sscan(f[2], &index)
		p.send(p.newSync(index, f[3:]...))
	case "buy", "sell":
		side := Buy
		if f[1] == "sell" {
			side = Sell
		}
		var quantity int64
		fmt.Sscan(f[6], &quantity)
		business := BusinessAuction
		if len(f) > 7 {
			business = map[string]Business{"issue": BusinessIssue, "afterhours": BusinessAfterHours}[f[7]]
		}
		p.send(p.newOrder(f[2], f[3], f[4], side, priceOf(t, f[5]), moneyQuantity(quantity), business))
	case "cancel":
		p.send(p.newCancel(f[2], f[3], f[4], f[5]))
	case "text":
		p.write([]byte(strings.ReplaceAll(strings.Join(f[2:], " "), "␁", "\x01") + "\n"))
	case "raw":
		var b []byte
		fmt.Sscanf(f[2], "%x", &b)
		p.write(b)
	case "logout":
		p.send(p.newLogout())
	case "ended":
		p.gone.Wait()
	default:
		t.Fatalf("unknown act %v", f)
	}
}
