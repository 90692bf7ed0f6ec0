package drill

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sancun/bench"
)

// callers is how many callers ask at once, each for one deposit at a time.
const callers = 48

// answer is what a caller was told, outside of the centres.
type answer struct {
	id     uint64
	ref    uint64
	height uint64
	at     time.Time
}

// load asks whichever centre writes for deposits, repeats under the same key what
// was not answered, and keeps every answer.
type load struct {
	field  *field
	client *http.Client
	tokens [2]atomic.Pointer[string]
	target atomic.Int32
	next   atomic.Uint64

	mu      sync.Mutex
	answers []answer
	checked int // answers before this one were asked for again
}

func newLoad(ctx context.Context, f *field) (*load, error) {
	l := &load{field: f, client: &http.Client{
		Timeout:   2 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: f.roots, MinVersion: tls.VersionTLS13}, MaxIdleConnsPerHost: callers, MaxConnsPerHost: callers},
	}}
	_, err := l.signIn(ctx, 0)
	return l, err
}

func (l *load) close() { l.client.CloseIdleConnections() }

// signIn opens a session at a centre, which keeps sessions to itself.
func (l *load) signIn(ctx context.Context, i int) (string, error) {
	body := fmt.Appendf(nil, `{"user":%q,"password":%q}`, drillUser, drillPassword)
	var got struct {
		Token string `json:"token"`
	}
	for end := time.Now().Add(waitAtMost); ; time.Sleep(askEvery) {
		status, err := l.post(ctx, i, "/v1/sessions", "", "", body, &got)
		if err == nil && got.Token != "" {
			l.tokens[i].Store(&got.Token)
			return got.Token, nil
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return "", fmt.Errorf("signing in at %s: %d, %w", names[i], status, err)
		}
	}
}

func (l *load) post(ctx context.Context, i int, path, token, key string, body []byte, into any) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+l.field.doors[i]+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Idempotency-Key", key)
	}
	got, err := l.client.Do(r)
	if err != nil {
		return 0, err
	}
	text, err := io.ReadAll(got.Body)
	err = errors.Join(err, got.Body.Close())
	if err == nil && got.StatusCode < 300 {
		err = json.Unmarshal(text, into)
	}
	return got.StatusCode, err
}

// ask asks for one deposit until it is answered.
func (l *load) ask(ctx context.Context, id uint64) (answer, error) {
	body := fmt.Appendf(nil, `{"fund":%d,"amount":%d}`, bench.FundOf(int(id)%l.field.o.Clients), 1+id%1000)
	key := fmt.Sprintf("drill-%d", id)
	for ctx.Err() == nil {
		i := int(l.target.Load())
		token := l.tokens[i].Load()
		if token == nil {
			t, err := l.signIn(ctx, i)
			if err != nil {
				return answer{}, err
			}
			token = &t
		}
		var got struct {
			Ref    uint64 `json:"ref"`
			Height uint64 `json:"height"`
		}
		status, err := l.post(ctx, i, "/v1/deposits", *token, key, body, &got)
		switch {
		case err == nil && status < 300:
			return answer{id, got.Ref, got.Height, time.Now()}, nil
		case status == http.StatusUnauthorized:
			l.tokens[i].CompareAndSwap(token, nil) // the centre was started anew
		case status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout:
			time.Sleep(askEvery)
		case err != nil || status == http.StatusMisdirectedRequest:
			l.target.CompareAndSwap(int32(i), int32(1-i))
			time.Sleep(askEvery / 2)
		default:
			return answer{}, fmt.Errorf("deposit %d was answered %d", id, status)
		}
	}
	return answer{}, ctx.Err()
}

// begin asks at a rate until the function it returns is called, which may be
// called again.
func (l *load) begin(rate int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	began := time.Now()
	var turn atomic.Int64
	for range callers {
		running.Go(func() {
			for {
				due := began.Add(time.Duration(turn.Add(1)) * time.Second / time.Duration(rate))
				select {
				case <-ctx.Done():
					return
				case <-time.After(time.Until(due)):
				}
				a, err := l.ask(ctx, l.next.Add(1))
				if err != nil {
					return
				}
				l.mu.Lock()
				l.answers = append(l.answers, a)
				l.mu.Unlock()
			}
		})
	}
	return func() { cancel(); running.Wait() }
}

// run asks at a rate for a while and returns how many were answered.
func (l *load) run(rate int, hold time.Duration) int {
	l.mu.Lock()
	before := len(l.answers)
	l.mu.Unlock()
	stop := l.begin(rate)
	time.Sleep(hold)
	stop()
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.answers) - before
}

// gap is the longest time between two answers in a while, in milliseconds.
func (l *load) gap(from, to time.Time) float64 {
	l.mu.Lock()
	var times []time.Time
	for i := len(l.answers) - 1; i >= 0 && l.answers[i].at.After(from.Add(-steady)); i-- {
		times = append(times, l.answers[i].at)
	}
	l.mu.Unlock()
	slices.SortFunc(times, time.Time.Compare)
	var longest time.Duration
	for i := 1; i < len(times); i++ {
		if times[i].After(from) && times[i-1].Before(to) {
			longest = max(longest, times[i].Sub(times[i-1]))
		}
	}
	return float64(longest) / 1e6
}

// checkersMax bounds how many ask again at once.
const checkersMax = 16

// check asks again, under its key, for every answer since the last check: the same
// reference in the same block says that nothing was lost or done twice. What was
// lost is done now, as any caller who repeats would have it.
func (l *load) check(ctx context.Context) (lost, doubled int, err error) {
	l.mu.Lock()
	all := slices.Clone(l.answers[l.checked:])
	l.checked = len(l.answers)
	l.mu.Unlock()
	var next atomic.Int64
	var lostN, doubledN atomic.Int64
	errs := make([]error, checkersMax)
	var running sync.WaitGroup
	for i := range checkersMax {
		running.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= len(all) || errs[i] != nil {
					return
				}
				var again answer
				if again, errs[i] = l.ask(ctx, all[k].id); errs[i] != nil {
					return
				}
				switch {
				case again.height != all[k].height:
					lostN.Add(1)
				case again.ref != all[k].ref:
					doubledN.Add(1)
				}
			}
		})
	}
	running.Wait()
	return int(lostN.Load()), int(doubledN.Load()), errors.Join(errs...)
}
