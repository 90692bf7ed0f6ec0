package drill

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sancun/bench"
	"sancun/dr"
	"sancun/node"
)

// Rehearsed is one drill on a fork of the standby.
type Rehearsed struct {
	Run     string  `json:"run"`
	OpenMS  float64 `json:"open_ms"` // from the order to open for writing
	PurgeMS int64   `json:"purge_ms"`
	Fork    uint64  `json:"fork_height"`
	Blocks  uint64  `json:"blocks"` // that the drill wrote
	Closed  string  `json:"closed"` // what closes its zone off
	// LeftBytes left the zone, by the counters of CountedBy; nobody could count
	// when that is empty.
	LeftBytes int64    `json:"left_bytes"`
	CountedBy []string `json:"counted_by"`
	// Before and During are the delays of the copy without and with the drill, under
	// the same load.
	Before     Spread     `json:"delay_before_ms"`
	During     Spread     `json:"delay_during_ms"`
	Functions  []Function `json:"functions"`
	Refused    int        `json:"refused"` // orders that had to be refused and were
	RootBefore string     `json:"root_before"`
	RootAfter  string     `json:"root_after"`
	Equal      bool       `json:"root_equal"`
}

// Function is one thing of business that was tried at a door.
type Function struct {
	Name string  `json:"name"`
	OK   bool    `json:"ok"`
	MS   float64 `json:"ms"`
	Note string  `json:"note,omitempty"`
}

// print writes a drill's lines of the table.
func (r *Rehearsed) print(row func(format string, args ...any)) {
	good := 0
	for _, f := range r.Functions {
		if f.OK {
			good++
		}
	}
	row("drill on a fork           open in %.0f ms, purged in %d ms; %d of %d functions, %d wrong orders refused; %d blocks dropped, root equal %v\n",
		r.OpenMS, r.PurgeMS, good, len(r.Functions), r.Refused, r.Blocks, r.Equal)
	row("                          %s; %d bytes left by %s; delay of the copy mean %.1f ms before, %.1f ms during\n",
		r.Closed, r.LeftBytes, strings.Join(append(r.CountedBy, "nobody's count")[:max(1, len(r.CountedBy))], " and "), r.Before.Mean, r.During.Mean)
}

// rehearsals holds drills on forks of the standby.
func (d *drill) rehearsals(ctx context.Context) error {
	equal := true
	for i := range d.o.Forks {
		r, err := d.rehearse(ctx)
		d.report.Drills = append(d.report.Drills, r)
		equal = equal && r.Equal
		d.report.DrillRootEqual = &equal
		if err != nil {
			equal = false
			return fmt.Errorf("drill %d: %w", i+1, err)
		}
	}
	return nil
}

// rehearse forks the standby under load, tries the business on the fork, tries what
// must be refused, and purges it.
func (d *drill) rehearse(ctx context.Context) (r Rehearsed, err error) {
	primary, standby := d.centres[d.writer], d.centres[1-d.writer]
	if _, err := standby.until(ctx, dr.Standby, func(s node.CentreState) bool { return s.Line.Connected && !s.Line.BeatAt.IsZero() }); err != nil {
		return r, err
	}
	stop := d.load.begin(max(1, d.o.High/10))
	defer stop()
	if r.Before, err = d.delaysOf(ctx, primary); err != nil {
		return r, err
	}
	began := time.Now()
	begun, err := standby.order(ctx, dr.ActDrillBegin, d.epoch, "", true)
	if err != nil {
		return r, err
	}
	drill := begun.Drill
	r.Run, r.OpenMS, r.Fork, r.Closed, r.RootBefore = drill.Run, float64(time.Since(began))/1e6, drill.Height, drill.Closed, drill.Root
	count := watchNetwork(drill)
	if r.During, err = d.delaysOf(ctx, primary); err != nil {
		return r, err
	}
	r.Functions = tryFunctions(ctx, d.field.doorOf(drill.Door), d.field.ground.host[0], drill.Height)
	if err := d.tryWrongOrders(ctx, standby, &r); err != nil {
		return r, err
	}
	now, err := standby.state(ctx, false)
	if err != nil {
		return r, err
	}
	if now.Drill.Counted {
		r.CountedBy, r.LeftBytes = append(r.CountedBy, "the kernel's device counters"), now.Drill.Left
	}
	if packets, counted := count(); counted {
		r.CountedBy, r.LeftBytes = append(r.CountedBy, "nft"), r.LeftBytes+packets
	}
	ended, err := standby.order(ctx, dr.ActDrillEnd, d.epoch, "", true)
	if p := ended.Proof; p != nil {
		r.PurgeMS, r.Blocks, r.RootAfter, r.Equal = p.PurgeMS, p.Blocks, p.RootAfter, p.Equal
	}
	if err != nil {
		return r, err
	}
	stop()
	if err := d.sameRoot(ctx, primary, standby); err != nil {
		return r, err
	}
	for _, f := range r.Functions {
		if !f.OK {
			return r, fmt.Errorf("in the drill %s failed: %s", f.Name, f.Note)
		}
	}
	d.o.Say("drill on a fork: open in %.0f ms, %d functions, %d wrong orders refused, purged in %d ms, root equal %v, %d bytes left", r.OpenMS, len(r.Functions), r.Refused, r.PurgeMS, r.Equal, r.LeftBytes)
	return r, nil
}

// delaysOf measures the delay of the copy for as long as a load settles.
func (d *drill) delaysOf(ctx context.Context, primary *centre) (s Spread, err error) {
	if _, err := primary.delays(ctx); err != nil { // drops those of before
		return s, err
	}
	time.Sleep(steady)
	delays, err := primary.delays(ctx)
	s.fill(delays)
	return s, err
}

// sameRoot waits until the copy is level and compares the roots.
func (d *drill) sameRoot(ctx context.Context, primary, standby *centre) error {
	head, err := primary.state(ctx, true)
	if err != nil {
		return err
	}
	level, err := standby.untilRoot(ctx, dr.Standby, head.RootAt)
	if err != nil {
		return err
	}
	if level.RootAt == head.RootAt && level.Root != head.Root {
		return fmt.Errorf("after the drill %s has the root %s, %s has %s", standby.name, level.Root, primary.name, head.Root)
	}
	return nil
}

// tryWrongOrders brings orders that must be refused while a drill runs.
func (d *drill) tryWrongOrders(ctx context.Context, standby *centre, r *Rehearsed) error {
	s, err := standby.state(ctx, false)
	if err != nil {
		return err
	}
	good := dr.Order{
		Cell: d.field.cell, Centre: standby.name, Act: dr.ActDrillEnd, Epoch: d.epoch, Run: r.Run, Planned: true, Reason: "a drill",
		Issued: s.Time, Expires: s.Time.Add(time.Hour), Maker: "trainer", Checker: "verifier",
	}
	for name, spoil := range map[string]func(o *dr.Order){
		"one person":         func(o *dr.Order) { o.Checker = o.Maker },
		"without the duty":   func(o *dr.Order) { o.Maker = "operator" },
		"checked by command": func(o *dr.Order) { o.Checker = "commander" },
		"another run":        func(o *dr.Order) { o.Run = "drill-0" },
		"a second drill":     func(o *dr.Order) { o.Act, o.Checker = dr.ActDrillBegin, "commander" },
		"a way out": func(o *dr.Order) {
			o.Act, o.Checker, o.Detail = dr.ActDrillBegin, "commander", "simulate 10.0.0.1:1=10.0.0.2:2"
		},
	} {
		o := good
		spoil(&o)
		if _, err := standby.carry(ctx, o); !errors.Is(err, node.ErrControl) {
			return fmt.Errorf("an order that is wrong (%s) was answered with %w", name, err)
		}
		r.Refused++
	}
	return nil
}

// doorOf is a client of the door behind a socket in a folder.
func (f *field) doorOf(socket string) *http.Client {
	return &http.Client{Timeout: waitAtMost, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS13},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
}

// watchNetwork counts with nft, where that is there, what a drill's network sends
// out by anything but its loopback device.
func watchNetwork(drill *node.DrillState) (count func() (bytes int64, counted bool)) {
	none := func() (int64, bool) { return 0, false }
	if !drill.Counted { // no network of its own
		return none
	}
	file := fmt.Sprintf("/proc/%d/ns/net", drill.Process)
	nft := func(args ...string) (out []byte, err error) {
		err = inNetwork(file, func() error {
			out, err = exec.Command("nft", args...).CombinedOutput()
			return err
		})
		return out, err
	}
	if _, err := nft(`add table inet drill; add chain inet drill out { type filter hook output priority 0; }; add rule inet drill out oifname != "lo" counter`); err != nil {
		return none
	}
	return func() (int64, bool) {
		out, err := nft("list", "table", "inet", "drill")
		found := regexp.MustCompile(`packets \d+ bytes (\d+)`).FindSubmatch(out)
		if err != nil || found == nil {
			return 0, false
		}
		sent, err := strconv.ParseInt(string(found[1]), 10, 64)
		return sent, err == nil
	}
}

// talker asks things of a door as the broker's maker.
type talker struct {
	client *http.Client
	base   string
	token  string
	asked  int
	name   string
}

func (t *talker) ask(ctx context.Context, method, path, body string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, t.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	if method == http.MethodPost {
		t.asked++
		r.Header.Set("Idempotency-Key", fmt.Sprintf("function-%s-%d", t.name, t.asked))
	}
	got, err := t.client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(got.Body)
	if err = errors.Join(err, got.Body.Close()); err != nil {
		return err
	}
	if got.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, got.StatusCode, text)
	}
	return json.Unmarshal(text, into)
}

// until asks again until something is in a state.
func (t *talker) until(ctx context.Context, path, state string) error {
	var got struct {
		State string `json:"state"`
	}
	var err error
	for end := time.Now().Add(waitAtMost / 2); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askEvery) {
		if err = t.ask(ctx, http.MethodGet, path, "", &got); err == nil && got.State == state {
			return nil
		}
	}
	return fmt.Errorf("%s is %q, not %q: %w", path, got.State, state, errors.Join(err, ctx.Err()))
}

// tryFunctions tries the business at a door: signing in, bringing money in, sending
// it out, an order and its fill, and what enquiries say of it.
func tryFunctions(ctx context.Context, client *http.Client, host string, fork uint64) []Function {
	defer client.CloseIdleConnections()
	t := &talker{client: client, base: "https://" + host, name: strconv.FormatInt(time.Now().UnixNano(), 36)}
	fund := bench.FundOf(0)
	before, after := int64(0), int64(0)
	var functions []Function
	for _, f := range []struct {
		name string
		do   func() error
	}{
		{"sign in", func() error {
			var got struct {
				Token string `json:"token"`
			}
			err := t.ask(ctx, http.MethodPost, "/v1/sessions", fmt.Sprintf(`{"user":%q,"password":%q}`, drillUser, drillPassword), &got)
			t.token = got.Token
			return err
		}},
		{"query tables", func() error { return t.caughtUp(ctx, fund, fork) }}, // a fund password is looked up there
		{"balance", func() (err error) { before, err = t.balance(ctx, fund); return err }},
		{"deposit", func() error { return t.transfer(ctx, "/v1/deposits", fmt.Sprintf(`{"fund":%d,"amount":50000}`, fund)) }},
		{"withdrawal", func() error {
			return t.transfer(ctx, "/v1/withdrawals", fmt.Sprintf(`{"fund":%d,"amount":20000,"fund_password":%q}`, fund, fundPassword))
		}},
		{"order and fill", func() error {
			return t.transferOrOrder(ctx, "/v1/orders", fmt.Sprintf(`{"fund":%d,"instrument":"600000.SH","side":"buy","price":100000,"quantity":100}`, fund), "/v1/orders/", "filled")
		}},
		{"positions", func() error { return t.holds(ctx, fund, "600000.SH") }},
		{"balance afterwards", func() (err error) {
			if after, err = t.balance(ctx, fund); err == nil && after <= before-20000 {
				err = fmt.Errorf("the balance was %d and is %d", before, after)
			}
			return err
		}},
	} {
		began := time.Now()
		err := f.do()
		got := Function{Name: f.name, OK: err == nil, MS: float64(time.Since(began)) / 1e6}
		if err != nil {
			got.Note = err.Error()
		}
		functions = append(functions, got)
	}
	return functions
}

func (t *talker) balance(ctx context.Context, fund uint64) (int64, error) {
	var got struct {
		Balance int64 `json:"balance"`
	}
	err := t.ask(ctx, http.MethodGet, fmt.Sprintf("/v1/funds/%d/balance", fund), "", &got)
	return got.Balance, err
}

// caughtUp waits until the query tables, which a fork fills anew, know its journal.
func (t *talker) caughtUp(ctx context.Context, fund, height uint64) error {
	var got struct {
		Height uint64 `json:"height"`
	}
	for end := time.Now().Add(waitAtMost); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askEvery) {
		if err := t.ask(ctx, http.MethodGet, fmt.Sprintf("/v1/funds/%d/positions", fund), "", &got); err != nil {
			return err
		}
		if got.Height > height {
			return nil
		}
	}
	return fmt.Errorf("the query tables are at height %d of more than %d", got.Height, height)
}

func (t *talker) transfer(ctx context.Context, path, body string) error {
	return t.transferOrOrder(ctx, path, body, "/v1/transfers/", "done")
}

func (t *talker) transferOrOrder(ctx context.Context, path, body, of, state string) error {
	var got struct {
		Ref uint64 `json:"ref"`
	}
	if err := t.ask(ctx, http.MethodPost, path, body, &got); err != nil {
		return err
	}
	return t.until(ctx, of+strconv.FormatUint(got.Ref, 10), state)
}

func (t *talker) holds(ctx context.Context, fund uint64, instrument string) error {
	var got json.RawMessage
	for end := time.Now().Add(waitAtMost / 2); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(askEvery) { // the query tables follow the journal
		if err := t.ask(ctx, http.MethodGet, fmt.Sprintf("/v1/funds/%d/positions", fund), "", &got); err != nil {
			return err
		}
		if strings.Contains(string(got), instrument) {
			return nil
		}
	}
	return fmt.Errorf("%s is not among %s", instrument, got)
}
