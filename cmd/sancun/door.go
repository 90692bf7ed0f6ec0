package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"sancun/node"
)

// doorFlags say how the HTTP door of a running centre is reached, and as whom.
type doorFlags struct {
	URL         string `name:"url" default:"https://127.0.0.1:8443" env:"SANCUN_URL" help:"Address of the door."`
	Certificate string `env:"SANCUN_CERTIFICATE" help:"Certificate the door must show, PEM; that of this machine's authorities when not given." type:"path"`
	User        string `required:"" env:"SANCUN_USER" help:"Who signs in."`
	Password    string `required:"" env:"SANCUN_PASSWORD" help:"The password, as file:/path of a file of mode 600 or env:NAME of a variable."`
	Code        string `help:"Code of the second factor, for users who have one."`
	JSON        bool   `name:"json" help:"Print the answer as it comes."`

	again string `kong:"-"` // the idempotency key, empty for a fresh one
}

// door is a session at a centre.
type door struct {
	flags *doorFlags
	web   *http.Client
	who   map[string]any // what signs in
	token string
}

// doorTimeout bounds one request: the door itself answers within its own limits.
const doorTimeout = 30 * time.Second

// answerMax bounds an answer that is read.
const answerMax = 16 << 20

// open signs in. Close ends the session.
func (f *doorFlags) open(ctx context.Context) (*door, error) {
	security := &tls.Config{MinVersion: tls.VersionTLS13}
	if f.Certificate != "" {
		text, err := os.ReadFile(f.Certificate)
		if err != nil {
			return nil, err
		}
		security.RootCAs = x509.NewCertPool()
		if !security.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", f.Certificate)
		}
	}
	var where node.Secret
	if err := where.UnmarshalText([]byte(f.Password)); err != nil {
		return nil, fmt.Errorf("--password: %w", err)
	}
	password, err := where.Resolve()
	if err != nil {
		return nil, fmt.Errorf("--password: %w", err)
	}
	who := map[string]any{"user": f.User, "password": password.Plain(), "channel": "api"}
	if f.Code != "" {
		who["code"] = f.Code
	}
	d := &door{flags: f, who: who, web: &http.Client{Timeout: doorTimeout, Transport: &http.Transport{TLSClientConfig: security}}}
	return d, d.signIn(ctx)
}

func (d *door) signIn(ctx context.Context) error {
	var session struct {
		Token string `json:"token"`
	}
	d.token = ""
	err := d.send(ctx, "POST", "/v1/sessions", d.who, &session)
	d.token = session.Token
	return err
}

// close signs out. Whatever was asked for is done by now.
func (d *door) close(ctx context.Context) {
	_ = d.send(context.WithoutCancel(ctx), "DELETE", "/v1/session", nil, nil) // it ends by itself soon
	d.web.CloseIdleConnections()
}

// problem is what the door says of an error.
type problem struct {
	Title    string `json:"title"`
	Code     string `json:"code"`
	Chinese  string `json:"zh"`
	AdviceEN string `json:"advice_en"`
	Detail   string `json:"detail"`
	Fields   []struct {
		Location string `json:"location"`
		Message  string `json:"message"`
	} `json:"errors"`
}

// Error says what is wrong and what to do.
func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (%s)", p.Code, p.Title, p.Chinese)
	if p.Detail != "" {
		b.WriteString("\n  " + p.Detail)
	}
	for _, f := range p.Fields {
		fmt.Fprintf(&b, "\n  %s: %s", f.Location, f.Message)
	}
	if p.AdviceEN != "" {
		b.WriteString("\nWhat to do: " + p.AdviceEN)
	}
	return b.String()
}

// call sends a request and reads the answer into out, which may be nil. The error
// is a *problem when the door said no. A session that has ended meanwhile, as while
// a run is watched for long or the time of a drill is moved, begins anew.
func (d *door) call(ctx context.Context, method, path string, body, out any) error {
	err := d.send(ctx, method, path, body, out)
	var no *problem
	if !errors.As(err, &no) || no.Code != "sign-in-needed" {
		return err
	}
	if err := d.signIn(ctx); err != nil {
		return err
	}
	return d.send(ctx, method, path, body, out)
}

func (d *door) send(ctx context.Context, method, path string, body, out any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(d.flags.URL, "/")+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", cmp.Or(d.flags.again, rand.Text()))
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	answer, err := d.web.Do(r)
	if err != nil {
		return fmt.Errorf("%w; is the centre running, and is %s its door?", err, d.flags.URL)
	}
	raw, err := io.ReadAll(io.LimitReader(answer.Body, answerMax))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		p := &problem{}
		if json.Unmarshal(raw, p) != nil || p.Code == "" {
			return fmt.Errorf("%s %s: %s", method, path, answer.Status)
		}
		return p
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// await gets what was made a moment ago: the query tables are a moment behind.
func (d *door) await(ctx context.Context, path string, out any) error {
	for try := 0; ; try++ {
		err := d.call(ctx, "GET", path, nil, out)
		var no *problem
		if !errors.As(err, &no) || no.Code != "unknown-object" || try == awaitTries {
			return err
		}
		select {
		case <-time.After(awaitEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// awaitEvery and awaitTries bound how long await waits: tables that are further
// behind are a matter for operations.
const (
	awaitEvery = 200 * time.Millisecond
	awaitTries = 10
)
