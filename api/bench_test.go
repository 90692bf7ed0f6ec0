package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sancun/api"
	"sancun/custody"
	"sancun/journal"
	"sancun/journal/disk"
	"sancun/money"
	"sancun/record"
	"sancun/state"
)

// serveDisk is a centre on a real disk behind TLS; it returns the address.
func serveDisk(b *testing.B) (*centre, string, *tls.Config) {
	b.Helper()
	engine, _, err := disk.Open(disk.Options{Dir: b.TempDir(), Cell: 1})
	if err != nil {
		b.Fatal(err)
	}
	c := openOn(b, 1_000_000_000, engine)
	certificate, key, err := api.SelfSigned([]string{"127.0.0.1"}, time.Now(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	served := make(chan error)
	go func() {
		served <- c.api.Serve(ctx, l, &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}})
	}()
	b.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			b.Error(err)
		}
		if err := engine.Close(); err != nil {
			b.Error(err)
		}
	})
	return c, "https://" + l.Addr().String(), &tls.Config{InsecureSkipVerify: true} // our own, a moment old
}

// benchFunds are enough accounts that none reaches the 65,535 transfers of a day.
const benchFunds = 500

// withBenchFunds opens accounts numbered from 990000, past the door.
func withBenchFunds(c *centre) {
	c.t.Helper()
	clients, funds, contracts := &record.OpenClients{}, &record.OpenFunds{}, &record.SignContracts{}
	for i := range uint64(benchFunds) {
		clients.Rows = append(clients.Rows, record.ClientData{
			Number: 1000 + i, Class: custody.Person, Document: 1, ID: state.KeyOf(i, 1), Name: state.KeyOf(i, 2), Mobile: state.KeyOf(i, 3),
		})
		funds.Rows = append(funds.Rows, record.FundData{Number: 990_000 + i, Client: 1000 + i, Currency: money.CNY, Main: 1})
		contracts.Rows = append(contracts.Rows, record.ContractData{Fund: 990_000 + i, Bank: uint16(1 + i%2), Card: state.KeyOf(i, 4)})
	}
	for _, cmd := range []record.Command{clients, funds, contracts} {
		c.system(cmd)
	}
}

// BenchmarkHTTP measures acts over TLS 1.3 with every answer durable, the callers
// on the same machine: single deposits, one caller and 64, and batches of 1,000
// deposits in both forms.
func BenchmarkHTTP(b *testing.B) {
	single := func(i int64) (string, []byte) {
		return "application/json", fmt.Appendf(nil, `{"fund":%d,"amount":%d}`, 990_000+i%benchFunds, 1+i%1000)
	}
	many := make([]any, 1000)
	compact := make([]compactItem, 1000)
	for i := range many {
		fund := 990_000 + uint64(i%benchFunds)
		many[i] = map[string]any{"deposit": map[string]any{"fund": fund, "amount": 5}}
		compact[i] = compactItem{kind: 1, fund: fund, a: 5}
	}
	text, err := json.Marshal(map[string]any{"items": many})
	if err != nil {
		b.Fatal(err)
	}
	bytesOf := compactBatch(compact...)
	for _, load := range []struct {
		name    string
		path    string
		callers int
		items   int
		body    func(int64) (string, []byte)
	}{
		{"single-1", "/v1/deposits", 1, 1, single},
		{"single-64", "/v1/deposits", 64, 1, single},
		{"batch-json-4", "/v1/batch", 4, 1000, func(int64) (string, []byte) { return "application/json", text }},
		{"batch-compact-4", "/v1/batch", 4, 1000, func(int64) (string, []byte) { return "application/vnd.sancun.batch", bytesOf }},
	} {
		b.Run(load.name, func(b *testing.B) {
			c, address, security := serveDisk(b)
			withMoney(c)
			withBenchFunds(c)
			token := c.signIn("maker")
			var next atomic.Int64
			took := make([][]time.Duration, load.callers)
			var callers sync.WaitGroup
			b.ResetTimer()
			for n := range load.callers {
				callers.Go(func() {
					transport := &http.Transport{TLSClientConfig: security.Clone(), MaxIdleConnsPerHost: 1}
					defer transport.CloseIdleConnections()
					for {
						i := next.Add(1)
						if i > int64(b.N) {
							return
						}
						media, body := load.body(i)
						r, err := http.NewRequestWithContext(b.Context(), "POST", address+load.path, bytes.NewReader(body))
						if err != nil {
							b.Error(err)
							return
						}
						r.Header.Set("Content-Type", media)
						r.Header.Set("Authorization", "Bearer "+token)
						r.Header.Set("Idempotency-Key", fmt.Sprint("k", i))
						began := time.Now()
						answer, err := transport.RoundTrip(r)
						if err != nil {
							b.Error(err)
							return
						}
						text, _ := io.ReadAll(answer.Body)
						answer.Body.Close()
						took[n] = append(took[n], time.Since(began))
						if answer.StatusCode >= 300 || i%100 == 1 && bytes.Contains(text, []byte("above-daily")) {
							b.Errorf("%s %s", answer.Status, text)
							return
						}
					}
				})
			}
			callers.Wait()
			b.StopTimer()
			all := slices.Concat(took...)
			slices.Sort(all)
			b.ReportMetric(float64(b.N*load.items)/b.Elapsed().Seconds(), "items/s")
			b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
		})
	}
}

var _ journal.Engine = (*memory)(nil)
