package identity_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	gateway "sancun/gateway/identity"
	"sancun/identity"
	sim "sancun/sim/identity"
	"sancun/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var people = identity.NewPeople(1, 20230825)

// house is a simulator and a client of it.
func house(t *testing.T, config sim.Config) (*sim.Server, *gateway.Client) {
	t.Helper()
	config.Truth, config.Token = sim.Among(50, people.Person), "token-1"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.Start(listener, config)
	if err != nil {
		t.Fatal(err)
	}
	client, err := gateway.NewClient(gateway.Config{
		Base: server.URL(), Token: vault.NewSecret("token-1"), Timeout: time.Minute, AtOnce: 4, FaceScoreMin: 8000,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		if err := server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server, client
}

func holder(serial string, p identity.Person) gateway.Holder {
	return gateway.Holder{Serial: serial, Name: vault.NewSecret(p.Name), Kind: p.Kind, Number: vault.NewSecret(p.Number)}
}

func card(serial string, p identity.Person) gateway.Card {
	return gateway.Card{Holder: holder(serial, p), Card: vault.NewSecret(p.Card), Mobile: vault.NewSecret(p.Mobile)}
}

// TestHonest asks every question about true and false persons.
func TestHonest(t *testing.T) {
	server, c := house(t, sim.Config{})
	one, two, stranger := people.Person(1), people.Person(2), people.Person(1000)
	wrongName, wrongKind, wrongCard, wrongMobile := one, one, one, one
	wrongName.Name, wrongKind.Kind, wrongCard.Card, wrongMobile.Mobile = two.Name, identity.PassportDocument, two.Card, two.Mobile
	ctx := t.Context()
	cases := []struct {
		name   string
		got    gateway.Answer
		want   gateway.Outcome
		reason gateway.Reason
	}{
		{"name", c.CheckName(ctx, holder("1", one)), gateway.Agree, 0},
		{"name of another", c.CheckName(ctx, holder("2", wrongName)), gateway.Disagree, gateway.NameDiffers},
		{"stranger", c.CheckName(ctx, holder("3", stranger)), gateway.Disagree, gateway.NumberUnknown},
		{"another kind", c.CheckName(ctx, holder("4", wrongKind)), gateway.Disagree, gateway.NumberUnknown},
		{"no name", c.CheckName(ctx, gateway.Holder{Serial: "5", Kind: 1, Number: vault.NewSecret("x")}), gateway.Refused, gateway.Malformed},
		{"card", c.CheckCard(ctx, card("6", one)), gateway.Agree, 0},
		{"card of another", c.CheckCard(ctx, card("7", wrongCard)), gateway.Disagree, gateway.CardDiffers},
		{"mobile of another", c.CheckCard(ctx, card("8", wrongMobile)), gateway.Disagree, gateway.MobileDiffers},
		{"face", c.CompareFace(ctx, gateway.Face{Holder: holder("9", one), Portrait: sim.Portrait(one)}), gateway.Agree, 0},
		{"face of another", c.CompareFace(ctx, gateway.Face{Holder: holder("10", one), Portrait: sim.Portrait(two)}), gateway.Disagree, gateway.FaceUnlike},
		{"no face", c.CompareFace(ctx, gateway.Face{Holder: holder("11", one), Portrait: []byte("a cat")}), gateway.Disagree, gateway.Unreadable},
		{"no document", c.ReadDocument(ctx, gateway.Picture{Serial: "12", Image: []byte("a cat")}).Answer, gateway.Disagree, gateway.Unreadable},
	}
	for _, k := range cases {
		if k.got.Outcome != k.want || k.got.Reason != k.reason {
			t.Errorf("%s: %+v, want %v, reason %d", k.name, k.got, k.want, k.reason)
		}
	}
	read := c.ReadDocument(ctx, gateway.Picture{Serial: "13", Image: sim.Specimen(one)})
	if read.Outcome != gateway.Agree || read.Name.Plain() != one.Name || read.Number.Plain() != one.Number || read.Address.Plain() != one.Address {
		t.Errorf("read %+v", read)
	}
	again := c.CheckName(ctx, holder("1", one))
	if again != cases[0].got {
		t.Errorf("the same serial gave %+v and then %+v", cases[0].got, again)
	}
	if got := server.Struck(0); got != len(cases)+1 { // one was refused before it could be struck, two came after
		t.Errorf("%d honest answers", got)
	}
}

// TestFaults commands each fault and compares what the gateway makes of it.
func TestFaults(t *testing.T) {
	let := make(chan struct{}, 1)
	server, c := house(t, sim.Config{Delay: time.Hour, Wait: func(ctx context.Context, d time.Duration) error {
		if d != time.Hour {
			t.Errorf("a late answer waits %v", d)
		}
		select {
		case <-let:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}})
	cases := []struct {
		fault  sim.Fault
		want   gateway.Outcome
		reason gateway.Reason
	}{
		{sim.Refuse, gateway.Refused, gateway.RegisterClosed},
		{sim.Contrary, gateway.Disagree, gateway.NameDiffers},
		{sim.Broken, gateway.Unknown, 0},
		{sim.Nonsense, gateway.Unknown, 0},
		{sim.HangUp, gateway.Unknown, 0},
		{sim.Mistaken, gateway.Unknown, 0},
		{sim.Late, gateway.Agree, 0},
	}
	let <- struct{}{}
	for _, k := range cases {
		if err := server.Command(k.fault, 1); err != nil {
			t.Fatal(err)
		}
		serial := "f" + k.fault.String()
		if got := c.CheckName(t.Context(), holder(serial, people.Person(1))); got.Outcome != k.want || got.Reason != k.reason {
			t.Errorf("%v: %+v, want %v, reason %d", k.fault, got, k.want, k.reason)
		}
		if got := server.Struck(k.fault); got != 1 {
			t.Errorf("%v struck %d times", k.fault, got)
		}
		if got := c.CheckName(t.Context(), holder(serial, people.Person(1))); got.Outcome != gateway.Agree {
			t.Errorf("asking again after %v: %+v", k.fault, got)
		}
	}
	for fault, ask := range map[gateway.Reason]func() gateway.Answer{
		gateway.FaceUnlike: func() gateway.Answer {
			return c.CompareFace(t.Context(), gateway.Face{Holder: holder("x", people.Person(1)), Portrait: sim.Portrait(people.Person(1))})
		},
		gateway.Unreadable: func() gateway.Answer {
			return c.ReadDocument(t.Context(), gateway.Picture{Serial: "x", Image: sim.Specimen(people.Person(1))}).Answer
		},
	} {
		if err := server.Command(sim.Contrary, 1); err != nil {
			t.Fatal(err)
		}
		if got := ask(); got.Outcome != gateway.Disagree || got.Reason != fault {
			t.Errorf("contrary: %+v, want reason %d", got, fault)
		}
	}
	for _, bad := range []struct {
		fault sim.Fault
		count int
	}{{0, 1}, {9, 1}, {sim.Silent, -1}, {sim.Silent, 10_001}} {
		if err := server.Command(bad.fault, bad.count); err == nil {
			t.Errorf("command %v × %d was taken", bad.fault, bad.count)
		}
	}
}

// TestSilent proves that a silent register ends with its caller's time, and that
// Stop does not wait for it.
func TestSilent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := sim.Start(listener, sim.Config{Truth: sim.Among(2, people.Person), Token: "t"})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Command(sim.Silent, 2); err != nil {
		t.Fatal(err)
	}
	c, err := gateway.NewClient(gateway.Config{Base: server.URL(), Token: vault.NewSecret("t"), Timeout: 20 * time.Millisecond, AtOnce: 1, FaceScoreMin: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := c.CheckName(t.Context(), holder("1", people.Person(1))); got.Outcome != gateway.Unknown || !errors.Is(got.Cause, context.DeadlineExceeded) {
		t.Errorf("a silent register: %+v", got)
	}
	patient, err := gateway.NewClient(gateway.Config{Base: server.URL(), Token: vault.NewSecret("t"), Timeout: time.Hour, AtOnce: 1, FaceScoreMin: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	answers := make(chan gateway.Answer)
	go func() { answers <- patient.CheckName(t.Context(), holder("2", people.Person(1))) }()
	if err := server.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-answers; got.Outcome != gateway.Unknown {
		t.Errorf("stopped while silent: %+v", got)
	}
}

// TestRates proves that faults by seed strike their share, the same serials each
// time, and whatever the order.
func TestRates(t *testing.T) {
	rates := []sim.Rate{{Fault: sim.Refuse, PerMille: 100}, {Fault: sim.Contrary, PerMille: 50}}
	const count = 400
	run := func(seed uint64, first, step int) map[string]gateway.Outcome {
		_, c := house(t, sim.Config{Seed: seed, Rates: rates})
		got := map[string]gateway.Outcome{}
		for i := range count {
			serial := fmt.Sprintf("S%03d", (first+i*step)%count)
			got[serial] = c.CheckName(t.Context(), holder(serial, people.Person(1))).Outcome
		}
		return got
	}
	forward, shuffled, other := run(7, 0, 1), run(7, 13, 17), run(8, 0, 1)
	refused, differs := 0, 0
	for serial, outcome := range forward {
		if shuffled[serial] != outcome {
			t.Errorf("%s is %v in one order and %v in another", serial, outcome, shuffled[serial])
		}
		if outcome == gateway.Refused {
			refused++
		}
		if other[serial] != outcome {
			differs++
		}
	}
	if refused < 20 || refused > 60 || differs == 0 {
		t.Errorf("%d of %d refused, %d differ under another seed", refused, count, differs)
	}
}

// TestByHand asks with plain HTTP, as a person with curl does.
func TestByHand(t *testing.T) {
	server, _ := house(t, sim.Config{})
	client := &http.Client{}
	defer client.CloseIdleConnections()
	ask := func(method, path, token, fault, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		if fault != "" {
			r.Header.Set(sim.FaultHeader, fault)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, strings.TrimSpace(string(text))
	}
	p := people.Person(1)
	good := fmt.Sprintf(`{"serial":"S1","name":%q,"kind":1,"number":%q}`, p.Name, p.Number)
	cases := []struct {
		method, path, token, fault, body string
		status                           int
		want                             string
	}{
		{"POST", "/v1/name", "token-1", "", good, 200, `{"serial":"S1","register_serial":"SIMfnffv3whc39t","result":1,"reason":0}`},
		{"POST", "/v1/name", "token-1", "refuse", good, 429, `{"serial":"S1","register_serial":"SIMfnffv3whc39t","reason":904}`},
		{"POST", "/v1/name", "token-2", "", good, 401, `{"serial":"S1","register_serial":"SIMfnffv3whc39t","reason":902}`},
		{"POST", "/v1/none", "token-1", "", good, 400, `{"serial":"S1","register_serial":"SIMfnffv3whc39t","reason":901}`},
		{"POST", "/v1/name", "token-1", "", good + "{}", 400, `{"serial":"","register_serial":"SIM0","reason":901}`},
		{"GET", "/v1/name", "token-1", "", "", 405, `{"serial":"","register_serial":"SIM0","reason":901}`},
		{"POST", "/v1/name", "token-1", "", strings.Repeat(" ", 3<<20+1), 413, `{"serial":"","register_serial":"SIM0","reason":903}`},
	}
	for _, k := range cases {
		if status, got := ask(k.method, k.path, k.token, k.fault, k.body); status != k.status || got != k.want {
			t.Errorf("%s %s: %d %s, want %d %s", k.method, k.path, status, got, k.status, k.want)
		}
	}
}

func TestStartRefuses(t *testing.T) {
	truth := sim.Among(1, people.Person)
	loopback, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	everywhere, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	for name, start := range map[string]func() (*sim.Server, error){
		"everywhere": func() (*sim.Server, error) { return sim.Start(everywhere, sim.Config{Truth: truth, Token: "t"}) },
		"no truth":   func() (*sim.Server, error) { return sim.Start(loopback, sim.Config{Token: "t"}) },
		"no token":   func() (*sim.Server, error) { return sim.Start(loopback, sim.Config{Truth: truth}) },
		"bad rate": func() (*sim.Server, error) {
			return sim.Start(loopback, sim.Config{Truth: truth, Token: "t", Rates: []sim.Rate{{Fault: sim.Late, PerMille: 1001}}})
		},
		"bad fault": func() (*sim.Server, error) {
			return sim.Start(loopback, sim.Config{Truth: truth, Token: "t", Rates: []sim.Rate{{Fault: 9, PerMille: 1}}})
		},
	} {
		if _, err := start(); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if err := errors.Join(loopback.Close(), everywhere.Close()); err != nil {
		t.Fatal(err)
	}
}
