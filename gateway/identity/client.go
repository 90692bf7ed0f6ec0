package identity

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sancun/vault"
)

// Config is what a Client is made of. Base, Token, Timeout, AtOnce and
// FaceScoreMin are required.
type Config struct {
	// Base is the address before /v1. It must be https, or http to a loopback
	// address: personal data do not cross a network in clear.
	Base  string
	Token vault.Secret
	// Dial opens connections; nil dials as the machine does.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// TLS is the configuration for https; nil takes the machine's roots. The
	// version is at least 1.3 either way.
	TLS *tls.Config
	// Timeout bounds one question from its turn to the last byte of the answer.
	Timeout time.Duration
	// AtOnce bounds the questions in flight; more wait for their turn or their
	// context. It is the bulkhead of this register.
	AtOnce int
	// FaceScoreMin is the least likeness that counts as agreement, 1 to 10,000. It
	// is a rule of the house and comes from effective-dated data.
	FaceScoreMin int
}

// Client asks a register over HTTP. It implements Register.
type Client struct {
	base         string
	token        vault.Secret
	timeout      time.Duration
	faceScoreMin int
	http         *http.Client
	turns        chan struct{} // as many as may be in flight
}

var _ Register = (*Client)(nil)

// NewClient makes a client and opens no connection yet.
func NewClient(c Config) (*Client, error) {
	base, err := url.Parse(c.Base)
	switch {
	case err != nil:
		return nil, fmt.Errorf("identity register: base address: %w", err)
	case base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())):
		return nil, fmt.Errorf("identity register %s: use https, or http to a loopback address", base.Redacted())
	case c.Token.Empty() || !printable(c.Token.Plain()):
		return nil, errors.New("identity register: the token is missing or not printable")
	case c.Timeout <= 0 || c.AtOnce < 1 || c.FaceScoreMin < 1 || c.FaceScoreMin > scoreMax:
		return nil, fmt.Errorf("identity register: timeout %v, %d at once, least face score %d: out of bounds", c.Timeout, c.AtOnce, c.FaceScoreMin)
	}
	security := &tls.Config{}
	if c.TLS != nil {
		security = c.TLS.Clone()
	}
	security.MinVersion = max(security.MinVersion, tls.VersionTLS13)
	return &Client{
		base: strings.TrimRight(c.Base, "/"), token: c.Token, timeout: c.Timeout, faceScoreMin: c.FaceScoreMin,
		turns: make(chan struct{}, c.AtOnce),
		http: &http.Client{
			Transport: &http.Transport{DialContext: c.Dial, TLSClientConfig: security, MaxConnsPerHost: c.AtOnce, MaxIdleConnsPerHost: c.AtOnce},
			// A redirect would carry personal data to an address nobody agreed on.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// Close drops idle connections. Questions in flight go on.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// CheckName implements Register.
func (c *Client) CheckName(ctx context.Context, q Holder) Answer {
	_, result := c.ask(ctx, "/v1/name", q.question())
	return result
}

// CompareFace implements Register. The register gives a score; the house decides
// what score is enough, so an agreeing register with a low score is Disagree.
func (c *Client) CompareFace(ctx context.Context, q Face) Answer {
	if err := checkPicture(q.Portrait); err != nil {
		return unknown(err)
	}
	body := q.question()
	body.Portrait = q.Portrait
	raw, result := c.ask(ctx, "/v1/face", body)
	if result.Outcome != Agree {
		return result
	}
	if raw.Score == nil {
		return unknown(fmt.Errorf("agreement without a score: %w", ErrNoAnswer))
	}
	if result.Score < c.faceScoreMin {
		result.Outcome, result.Reason = Disagree, FaceUnlike
	}
	return result
}

// CheckCard implements Register.
func (c *Client) CheckCard(ctx context.Context, q Card) Answer {
	body := q.question()
	body.Card, body.Mobile = q.Card.Plain(), q.Mobile.Plain()
	_, result := c.ask(ctx, "/v1/card", body)
	return result
}

// ReadDocument implements Register.
func (c *Client) ReadDocument(ctx context.Context, q Picture) Reading {
	if err := checkPicture(q.Image); err != nil {
		return Reading{Answer: unknown(err)}
	}
	raw, result := c.ask(ctx, "/v1/document", question{Serial: q.Serial, Image: q.Image})
	if result.Outcome != Agree {
		return Reading{Answer: result}
	}
	name, number, address, err := raw.reading()
	if err != nil {
		return Reading{Answer: unknown(err)}
	}
	return Reading{Answer: result, Name: name, Number: number, Address: address}
}

// ask sends a question and judges what comes back.
func (c *Client) ask(ctx context.Context, path string, q question) (answer, Answer) {
	if q.Serial == "" || len(q.Serial) > serialMax || !printable(q.Serial) {
		return answer{}, unknown(fmt.Errorf("a serial has 1 to %d printable characters; nothing was asked", serialMax))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	case <-ctx.Done():
		return answer{}, unknown(fmt.Errorf("%s: wait for a turn: %w", path, ctx.Err()))
	}
	status, body, err := c.send(ctx, path, q)
	if err != nil {
		return answer{}, unknown(fmt.Errorf("%s: %w", path, err))
	}
	refusal := status >= 400 && status <= 499 && status != http.StatusRequestTimeout
	if status != http.StatusOK && !refusal {
		return answer{}, unknown(fmt.Errorf("%s: status %d: %w", path, status, ErrNoAnswer))
	}
	raw, err := decodeAnswer(body, q.Serial, refusal)
	if err != nil {
		return answer{}, unknown(fmt.Errorf("%s: status %d: %w", path, status, err))
	}
	result := Answer{Outcome: Agree, Reason: raw.Reason, RegisterSerial: raw.RegisterSerial}
	if raw.Score != nil {
		result.Score = *raw.Score
	}
	if refusal {
		result.Outcome = Refused
	} else if raw.Result == resultDisagree {
		result.Outcome = Disagree
	}
	return raw, result
}

// send carries one body there and one back.
func (c *Client) send(ctx context.Context, path string, q question) (status int, body []byte, err error) {
	encoded, err := json.Marshal(q)
	if err != nil {
		return 0, nil, fmt.Errorf("encode question: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(encoded))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.token.Plain())
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, answerBytesMax+1))
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read answer: %w", err)
	}
	if len(body) > answerBytesMax {
		return 0, nil, fmt.Errorf("an answer over %d bytes: %w", answerBytesMax, ErrNoAnswer)
	}
	return response.StatusCode, body, nil
}

func checkPicture(picture []byte) error {
	if len(picture) == 0 || len(picture) > PictureBytesMax {
		return fmt.Errorf("a picture of %d bytes, 1 to %d wanted; nothing was asked", len(picture), PictureBytesMax)
	}
	return nil
}

func unknown(cause error) Answer { return Answer{Outcome: Unknown, Cause: cause} }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
