package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"sancun/node"
	"sancun/vault"
)

// door is a whole node, as `sancun serve` runs it, with its query tables, behind
// TLS 1.3 on loopback. Those who knock are goroutines of this process, each with a
// connection of its own.
type door struct {
	*cell
	address  string
	dialling chan struct{} // bounds handshakes at once
	security *tls.Config
	token    string
	stop     context.CancelFunc
	served   chan error
}

const (
	doorUser     = "bench"
	doorPassword = "Right-Horse-7"
	doorOpening  = 10 * time.Second
	doorDialling = 64
)

// openDoor opens a node with clients in an empty folder and signs in.
func openDoor(c Conditions, clients int, hot bool) (*door, error) {
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, err
	}
	config, certificate, err := doorConfig(c.Dir)
	if err != nil {
		return nil, err
	}
	n, err := node.Open(config, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	clock := n.Clock()
	made := &cell{Core: n.Core, clients: clients, banks: banksOf(hot), now: clock.Now}
	if err := made.fill(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificate)
	d := &door{cell: made, address: config.HTTP.Listen.String(), security: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, dialling: make(chan struct{}, doorDialling), served: make(chan error, 1)}
	ctx, stop := context.WithCancel(context.Background())
	d.stop = stop
	go func() { d.served <- n.Serve(ctx) }()
	if d.token, err = d.signIn(ctx); err == nil {
		err = drained(ctx, d.Core, n.Books) // of the clients, whose opening is not part of the measurement
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// doorConfig writes what a configuration of a node names: keys, certificate and
// the file of users.
func doorConfig(dir string) (node.Config, []byte, error) {
	config := node.Defaults()
	at := func(name string) string { return filepath.Join(dir, name) }
	config.Centre.Dir, config.Centre.Answers = at("centre"), cellAnswers
	config.Vault.KeyFile, config.Broker.Code = at("vault.key"), "BENCH"
	config.Clock = node.ClockConfig{Real: node.Time(time.Now()), Drill: node.Time(time.Unix(cellMorning, 0)), Speed: 1}
	config.HTTP = node.HTTPConfig{Certificate: at("door.pem"), KeyFile: at("door.key"), Users: at("users.json"), RatePerSecond: 100_000}
	certificate, key, err := node.SelfSigned([]string{"127.0.0.1"}, time.Now(), rand.Reader)
	if err != nil {
		return config, nil, err
	}
	passwords, err := vault.NewPasswords(vault.DefaultPasswordCost, 1, rand.Reader)
	if err != nil {
		return config, nil, err
	}
	hash, err := passwords.HashPassword(context.Background(), vault.NewSecret(doorPassword))
	if err != nil {
		return config, nil, err
	}
	users, err := json.Marshal(map[string]any{"users": []any{map[string]any{"name": doorUser, "roles": []string{"broker-maker"}, "number": 1, "hash": hash}}})
	if err != nil {
		return config, nil, err
	}
	err = os.MkdirAll(config.Centre.Dir, 0o700)
	for name, text := range map[string][]byte{config.HTTP.Certificate: certificate, config.HTTP.KeyFile: key, config.HTTP.Users: users} {
		err = errors.Join(err, os.WriteFile(name, text, 0o600))
	}
	l, listening := net.Listen("tcp", "127.0.0.1:0") // a free port, which the node takes in a moment
	if err = errors.Join(err, listening, vault.CreateKeyFile(config.Vault.KeyFile, rand.Reader)); err != nil {
		return config, nil, err
	}
	config.HTTP.Listen.AddrPort = netip.MustParseAddrPort(l.Addr().String())
	return config, certificate, l.Close()
}

// signIn waits until the door is open and returns the token of a session.
func (d *door) signIn(ctx context.Context) (string, error) {
	ctx, stop := context.WithTimeout(ctx, doorOpening)
	defer stop()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: d.security}}
	defer client.CloseIdleConnections()
	body := fmt.Appendf(nil, `{"user":%q,"password":%q}`, doorUser, doorPassword)
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+d.address+"/v1/sessions", bytes.NewReader(body))
		if err != nil {
			return "", err
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(request)
		if err != nil {
			if ctx.Err() != nil {
				return "", fmt.Errorf("the door of the node does not open: %w", err)
			}
			time.Sleep(10 * time.Millisecond)
			continue
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close() // everything is read
		var got struct {
			Token string `json:"token"`
		}
		if err = errors.Join(err, json.Unmarshal(text, &got)); err != nil || got.Token == "" {
			return "", fmt.Errorf("signing in: %s %s: %w", answer.Status, text, err)
		}
		return got.Token, nil
	}
}

// close ends the node.
func (d *door) close() error {
	d.stop()
	return <-d.served
}
