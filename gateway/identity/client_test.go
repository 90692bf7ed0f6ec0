package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	person "sancun/identity"
	"sancun/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var holder = Holder{Serial: "S1", Name: vault.NewSecret("金红子"), Kind: person.IDCardDocument, Number: vault.NewSecret("120000194111261664")}

// provider answers every question as told and keeps the last one.
type provider struct {
	status  int
	body    string
	request *http.Request
	asked   string
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.request, p.asked = r, string(body)
	if p.status >= 300 && p.status < 400 {
		w.Header().Set("Location", "/elsewhere")
	}
	w.WriteHeader(p.status)
	_, _ = io.WriteString(w, p.body)
}

func testClient(t *testing.T, handler http.Handler, timeout time.Duration) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	c, err := NewClient(Config{Base: server.URL + "/", Token: vault.NewSecret("token-1"), Timeout: timeout, AtOnce: 2, FaceScoreMin: 8000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c
}

// TestQuestions pins what goes over the wire, word for word.
func TestQuestions(t *testing.T) {
	p := &provider{status: 200, body: `{"serial":"S1","register_serial":"R1","result":1,"score":9000,"document":{"name":"金红子"}}`}
	c := testClient(t, p, time.Minute)
	who := `{"serial":"S1","name":"金红子","kind":1,"number":"120000194111261664"`
	cases := []struct {
		path, want string
		ask        func() Answer
	}{
		{"/v1/name", who + "}", func() Answer { return c.CheckName(t.Context(), holder) }},
		{"/v1/face", who + `,"portrait":"AQID"}`, func() Answer { return c.CompareFace(t.Context(), Face{holder, []byte{1, 2, 3}}) }},
		{"/v1/card", who + `,"card":"9999030000000200004","mobile":"16133990001"}`, func() Answer {
			return c.CheckCard(t.Context(), Card{holder, vault.NewSecret("9999030000000200004"), vault.NewSecret("16133990001")})
		}},
		{"/v1/document", `{"serial":"S1","image":"AQID"}`, func() Answer {
			return c.ReadDocument(t.Context(), Picture{"S1", []byte{1, 2, 3}}).Answer
		}},
	}
	for _, k := range cases {
		got := k.ask()
		if got.Outcome != Agree || got.RegisterSerial != "R1" || got.Cause != nil {
			t.Errorf("%s: %+v", k.path, got)
		}
		if p.asked != k.want {
			t.Errorf("%s asked %s, want %s", k.path, p.asked, k.want)
		}
		r := p.request
		if r.Method != "POST" || r.RequestURI != k.path || r.Header.Get("Authorization") != "Bearer token-1" || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s came as %s %s with %v", k.path, r.Method, r.RequestURI, r.Header)
		}
	}
}

// TestOutcomes proves that everything but a well-formed answer is unknown.
func TestOutcomes(t *testing.T) {
	good := func(rest string) string { return `{"serial":"S1","register_serial":"R1",` + rest + `}` }
	cases := []struct {
		name   string
		status int
		body   string
		want   Outcome
		reason Reason
	}{
		{"agree", 200, good(`"result":1`), Agree, 0},
		{"agree, with news", 200, good(`"result":1,"later":"field"`), Agree, 0},
		{"disagree", 200, good(`"result":2,"reason":102`), Disagree, NameDiffers},
		{"refused", 400, good(`"reason":901`), Refused, Malformed},
		{"busy", 429, good(`"reason":904`), Refused, RegisterClosed},
		{"a new reason", 403, good(`"reason":777`), Refused, 777},
		{"no result", 200, good(`"reason":0`), Unknown, 0},
		{"result 3", 200, good(`"result":3`), Unknown, 0},
		{"agree with a reason", 200, good(`"result":1,"reason":102`), Unknown, 0},
		{"disagree without", 200, good(`"result":2`), Unknown, 0},
		{"score too high", 200, good(`"result":1,"score":10001`), Unknown, 0},
		{"another serial", 200, `{"serial":"S2","register_serial":"R1","result":1}`, Unknown, 0},
		{"no register serial", 200, `{"serial":"S1","result":1}`, Unknown, 0},
		{"bad register serial", 200, `{"serial":"S1","register_serial":"R\n1","result":1}`, Unknown, 0},
		{"two answers", 200, good(`"result":1`) + good(`"result":2,"reason":102`), Unknown, 0},
		{"half", 200, `{"serial":"S1"`, Unknown, 0},
		{"empty", 200, ``, Unknown, 0},
		{"a page", 200, `<html>`, Unknown, 0},
		{"too long", 200, good(`"result":1`) + strings.Repeat(" ", answerBytesMax), Unknown, 0},
		{"a proxy's 404", 404, `<html>not found</html>`, Unknown, 0},
		{"a refusal without reason", 400, good(`"reason":0`), Unknown, 0},
		{"a refusal of another", 400, `{"serial":"S2","register_serial":"R1","reason":901}`, Unknown, 0},
		{"time over there", 408, good(`"reason":904`), Unknown, 0},
		{"moved", 302, good(`"result":1`), Unknown, 0},
		{"accepted", 202, good(`"result":1`), Unknown, 0},
		{"broken", 500, good(`"result":1`), Unknown, 0},
		{"gateway", 502, ``, Unknown, 0},
	}
	p := &provider{}
	c := testClient(t, p, time.Minute)
	for _, k := range cases {
		p.status, p.body = k.status, k.body
		got := c.CheckName(t.Context(), holder)
		if got.Outcome != k.want || got.Reason != k.reason || (got.Cause != nil) != (k.want == Unknown) {
			t.Errorf("%s: %+v, want %v, reason %d", k.name, got, k.want, k.reason)
		}
		if got.Outcome == Unknown && got.RegisterSerial != "" {
			t.Errorf("%s: an unknown outcome carries the serial %q", k.name, got.RegisterSerial)
		}
		for _, secret := range []string{"金红子", "120000194111261664", "token-1"} {
			if text := fmt.Sprintf("%+v", got); strings.Contains(text, secret) {
				t.Errorf("%s: the answer shows %s: %s", k.name, secret, text)
			}
		}
		if k.name == "moved" && p.request.RequestURI != "/v1/name" {
			t.Errorf("the redirect was followed to %s", p.request.RequestURI)
		}
	}
}

func TestFaceAndReading(t *testing.T) {
	p := &provider{status: 200}
	c := testClient(t, p, time.Minute)
	for body, want := range map[string]Answer{
		`"result":1,"score":8000`:              {Outcome: Agree, RegisterSerial: "R1", Score: 8000},
		`"result":1,"score":7999`:              {Outcome: Disagree, Reason: FaceUnlike, RegisterSerial: "R1", Score: 7999},
		`"result":2,"reason":202,"score":9999`: {Outcome: Disagree, Reason: FaceUnlike, RegisterSerial: "R1", Score: 9999},
	} {
		p.body = `{"serial":"S1","register_serial":"R1",` + body + `}`
		if got := c.CompareFace(t.Context(), Face{holder, []byte{1}}); got != want {
			t.Errorf("%s: %+v, want %+v", body, got, want)
		}
	}
	p.body = `{"serial":"S1","register_serial":"R1","result":1}`
	if got := c.CompareFace(t.Context(), Face{holder, []byte{1}}); got.Outcome != Unknown || !errors.Is(got.Cause, ErrNoAnswer) {
		t.Errorf("a face without a score: %+v", got)
	}
	if got := c.ReadDocument(t.Context(), Picture{"S1", []byte{1}}); got.Outcome != Unknown || !errors.Is(got.Cause, ErrNoAnswer) {
		t.Errorf("a reading without a document: %+v", got)
	}
	p.body = `{"serial":"S1","register_serial":"R1","result":1,"document":{"name":"金红子","number":"N","address":"A"}}`
	got := c.ReadDocument(t.Context(), Picture{"S1", []byte{1}})
	if got.Outcome != Agree || got.Name.Plain() != "金红子" || got.Number.Plain() != "N" || got.Address.Plain() != "A" {
		t.Errorf("read %+v", got)
	}
	p.body = `{"serial":"S1","register_serial":"R1","result":1,"document":{"name":"` + strings.Repeat("红", 201) + `"}}`
	if got := c.ReadDocument(t.Context(), Picture{"S1", []byte{1}}); got.Outcome != Unknown || !got.Name.Empty() {
		t.Errorf("a name of 201 characters: %+v", got)
	}
}

// TestNotAsked proves that what cannot be a question never leaves the house.
func TestNotAsked(t *testing.T) {
	p := &provider{status: 200}
	c := testClient(t, p, time.Minute)
	long := make([]byte, PictureBytesMax+1)
	for name, got := range map[string]Answer{
		"no serial":    c.CheckName(t.Context(), Holder{}),
		"long serial":  c.CheckName(t.Context(), Holder{Serial: strings.Repeat("s", 65)}),
		"bad serial":   c.CheckName(t.Context(), Holder{Serial: "a\nb"}),
		"no portrait":  c.CompareFace(t.Context(), Face{holder, nil}),
		"big portrait": c.CompareFace(t.Context(), Face{holder, long}),
		"no image":     c.ReadDocument(t.Context(), Picture{"S1", nil}).Answer,
		"big image":    c.ReadDocument(t.Context(), Picture{"S1", long}).Answer,
	} {
		if got.Outcome != Unknown || got.Cause == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if p.request != nil {
		t.Errorf("something was asked: %s", p.asked)
	}
}

// TestTimeAndTurns proves that a silent register costs its callers no more than
// their time, and that callers wait for a turn.
func TestTimeAndTurns(t *testing.T) {
	arrived := make(chan struct{}, 10)
	c := testClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		arrived <- struct{}{}
		<-r.Context().Done()
	}), time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	answers := make(chan Answer, 3)
	for range 2 {
		go func() { answers <- c.CheckName(ctx, holder) }()
	}
	<-arrived
	<-arrived
	ended, end := context.WithCancel(t.Context())
	end()
	if got := c.CheckName(ended, holder); got.Outcome != Unknown || !errors.Is(got.Cause, context.Canceled) {
		t.Errorf("a third caller whose time ended: %+v", got)
	}
	stop()
	for range 2 {
		if got := <-answers; got.Outcome != Unknown || !errors.Is(got.Cause, context.Canceled) {
			t.Errorf("a caller who went away: %+v", got)
		}
	}
	c.timeout = time.Millisecond
	if got := c.CheckName(t.Context(), holder); got.Outcome != Unknown || !errors.Is(got.Cause, context.DeadlineExceeded) {
		t.Errorf("a silent register: %+v", got)
	}
	if len(c.turns) != 0 {
		t.Errorf("%d turns were not given back", len(c.turns))
	}
}

func TestNobodyThere(t *testing.T) {
	server := httptest.NewServer(nil)
	base := server.URL
	server.Close()
	c, err := NewClient(Config{Base: base, Token: vault.NewSecret("t"), Timeout: time.Minute, AtOnce: 1, FaceScoreMin: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.CheckName(t.Context(), holder); got.Outcome != Unknown || got.Cause == nil {
		t.Errorf("nobody there: %+v", got)
	}
}

func TestNewClient(t *testing.T) {
	good := Config{Base: "https://register.example", Token: vault.NewSecret("t"), Timeout: time.Second, AtOnce: 1, FaceScoreMin: 8000}
	if _, err := NewClient(good); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	for name, change := range map[string]func(*Config){
		"clear text": func(c *Config) { c.Base = "http://register.example" }, "no scheme": func(c *Config) { c.Base = "register.example" },
		"bad address": func(c *Config) { c.Base = "https://[" }, "no token": func(c *Config) { c.Token = vault.Secret{} },
		"token of two lines": func(c *Config) { c.Token = vault.NewSecret("a\nb") }, "no time": func(c *Config) { c.Timeout = 0 },
		"no turn": func(c *Config) { c.AtOnce = 0 }, "no score": func(c *Config) { c.FaceScoreMin = 0 }, "high score": func(c *Config) { c.FaceScoreMin = 10_001 },
	} {
		c := good
		change(&c)
		if _, err := NewClient(c); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range reasons {
		for _, text := range []string{r.reason.English(), r.reason.Chinese()} {
			if text == "" || seen[text] {
				t.Errorf("reason %d says %q", r.reason, text)
			}
			seen[text] = true
		}
	}
	if Reason(0).English() != "" || Reason(0).Chinese() != "" || !strings.Contains(Reason(7).English(), "7") || !strings.Contains(Reason(7).Chinese(), "7") {
		t.Error("no reason and a foreign reason say the wrong thing")
	}
}

// FuzzAnswer proves that no body makes the decoder panic, and that what passes
// answers our question.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"serial":"S1","register_serial":"R1","result":1,"score":9000,"document":{"name":"a"}}`), false)
	f.Add([]byte(`{"serial":"S1","register_serial":"R1","result":2,"reason":102}`), false)
	f.Add([]byte(`{"serial":"S1","register_serial":"R1","reason":901}`), true)
	f.Add([]byte(`{"serial":"`), false)
	f.Add([]byte(`null`), true)
	f.Fuzz(func(t *testing.T, body []byte, refusal bool) {
		a, err := decodeAnswer(body, "S1", refusal)
		if err != nil {
			if !errors.Is(err, ErrNoAnswer) {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if a.Serial != "S1" || a.RegisterSerial == "" || !refusal && a.Result != 1 && a.Result != 2 {
			t.Errorf("%q passed as %+v", body, a)
		}
		if !json.Valid(body) {
			t.Errorf("%q is no JSON and passed", body)
		}
		_, _, _, _ = a.reading()
	})
}
