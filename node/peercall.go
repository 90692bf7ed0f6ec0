package node

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
	"time"

	"sancun/replica"
)

// peerCaller asks the other centre's door.
type peerCaller struct{ client *http.Client }

const (
	// peerAnswerMax bounds an answer that is read into memory: the slots of the
	// largest batch of keys, or the biggest block, written as text.
	peerAnswerMax = 32 << 20
	// peerQuiet closes a connection nobody asks on.
	peerQuiet = 30 * time.Second
)

// problemBytesMax bounds the text of an error.
const problemBytesMax = 64 << 10

// errNotThere says that the other centre has not what was asked for.
var errNotThere = errors.New("the other centre has it not")

// errPeerAnswer says that the other centre answered with an error.
var errPeerAnswer = errors.New("the other centre could not answer")

func newPeerCaller(dial func(context.Context) (net.Conn, error), own tls.Certificate, pins replica.Pins) *peerCaller {
	config := pins.TLS(own, time.Now)
	config.NextProtos = []string{protoAsk}
	secure := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		shake, done := context.WithTimeout(ctx, dialTimeout)
		defer done()
		to := tls.Client(stallConn{conn}, config)
		if err := to.HandshakeContext(shake); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return to, nil
	}
	return &peerCaller{&http.Client{Transport: &http.Transport{DialTLSContext: secure, IdleConnTimeout: peerQuiet, MaxIdleConns: 4, DisableCompression: true}}}
}

// stallWithin is how long an answer may stand still before the line counts as
// broken; a question for keys is answered within a second.
const stallWithin = 10 * time.Second

// stallConn ends a connection on which nothing comes for a while.
type stallConn struct{ net.Conn }

// Read waits for something, for a while.
func (c stallConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(stallWithin)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *peerCaller) close() { c.client.CloseIdleConnections() }

// open asks and returns the body of the answer; the caller closes it.
func (c *peerCaller) open(ctx context.Context, path string, question any) (io.ReadCloser, error) {
	text, err := json.Marshal(question)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://peer/1/"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	say, err := io.ReadAll(io.LimitReader(answer.Body, problemBytesMax))
	err = errors.Join(err, answer.Body.Close())
	if answer.StatusCode == http.StatusNotFound {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, errNotThere), err)
	}
	return nil, errors.Join(fmt.Errorf("%s: %w: %s", path, errPeerAnswer, bytes.TrimSpace(say)), err)
}

// ask asks and reads the answer.
func (c *peerCaller) ask(ctx context.Context, path string, question, answer any) error {
	body, err := c.open(ctx, path, question)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(body, peerAnswerMax))
	if err = errors.Join(err, body.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("%s: %w: %w", path, errPeerAnswer, err)
	}
	return nil
}

// answering makes the handler of one question. The path is that of ask.
func answering[Q, A any](mux *http.ServeMux, path string, answer func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST /1/"+path, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, peerAnswerMax)).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a, err := answer(r.Context(), q)
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a) // the asker went away
	})
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusConflict
	if errors.Is(err, errNotThere) {
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}
