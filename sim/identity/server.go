package identity

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config is what a simulated register is made of. Truth and Token are required.
type Config struct {
	Truth Truth
	Token string
	Seed  uint64 // chooses the questions that Rates strike
	Rates []Rate
	// Delay is how long a Late answer takes. Wait lets it pass, until ctx ends;
	// nil waits by the clock.
	Delay time.Duration
	Wait  func(ctx context.Context, d time.Duration) error
}

const (
	headerTimeout = 10 * time.Second // for callers that open a connection and say nothing
	commandsMax   = 10_000           // faults waiting by command
)

// Server is a running register. Its owner must call Stop.
type Server struct {
	config  Config
	address string
	http    *http.Server
	base    context.Context // ends with Stop, so that silent questions end
	cancel  context.CancelFunc
	served  chan error // the end of the serving goroutine

	mu       sync.Mutex // guards what follows
	commands []Fault
	struck   [Late + 1]int // by fault; 0 counts honest answers
}

// Start serves the register on a loopback listener, which Stop closes. It returns
// an error, and leaves the listener open, when the listener is not on loopback or
// the configuration is incomplete.
func Start(listener net.Listener, config Config) (*Server, error) {
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() {
		return nil, fmt.Errorf("identity simulator: %v is not a loopback address", listener.Addr())
	}
	if config.Truth == nil || config.Token == "" {
		return nil, errors.New("identity simulator: truth or token is missing")
	}
	sum := 0
	for _, r := range config.Rates {
		sum += r.PerMille
		if r.PerMille < 0 || sum > 1000 || r.Fault < Silent || r.Fault > Late {
			return nil, fmt.Errorf("identity simulator: rate %+v is out of bounds", r)
		}
	}
	if config.Wait == nil {
		config.Wait = wait
	}
	base, cancel := context.WithCancel(context.Background())
	s := &Server{config: config, address: address.String(), base: base, cancel: cancel, served: make(chan error, 1)}
	s.http = &http.Server{
		Handler:           http.MaxBytesHandler(http.HandlerFunc(s.serve), bodyBytesMax),
		ReadHeaderTimeout: headerTimeout,
	}
	go func() { s.served <- s.http.Serve(listener) }()
	return s, nil
}

// URL is the address for a client's configuration.
func (s *Server) URL() string { return "http://" + s.address }

// Command makes the next count questions meet a fault, after those commanded
// before. It returns an error for no fault or too many.
func (s *Server) Command(fault Fault, count int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fault < Silent || fault > Late || count < 0 || len(s.commands)+count > commandsMax {
		return fmt.Errorf("identity simulator: command %v × %d is out of bounds", fault, count)
	}
	for range count {
		s.commands = append(s.commands, fault)
	}
	return nil
}

// Struck counts the questions that met a fault; fault 0 counts the honest answers.
func (s *Server) Struck(fault Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if fault > Late {
		return 0
	}
	return s.struck[fault]
}

// Stop ends silent questions, lets others finish until ctx ends, closes the
// listener and waits for the serving goroutine.
func (s *Server) Stop(ctx context.Context) error {
	s.cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	if end := <-s.served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	if err != nil {
		return fmt.Errorf("identity simulator: stop: %w", err)
	}
	return nil
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		refuse(w, http.StatusMethodNotAllowed, "", malformed)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "", tooLarge)
		return
	}
	q, err := decodeQuestion(r.URL.Path, body)
	token := []byte("Bearer " + s.config.Token)
	switch {
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), token) != 1:
		refuse(w, http.StatusUnauthorized, q.Serial, tokenWrong)
	case err != nil:
		refuse(w, http.StatusBadRequest, q.Serial, malformed)
	default:
		s.answer(w, r, q)
	}
}

// answer strikes a good question with its fault or answers it honestly.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q question) {
	honest := judge(s.config.Truth, r.URL.Path, q)
	switch s.fault(r.Header.Get(FaultHeader), q.Serial) {
	case Silent:
		select {
		case <-r.Context().Done():
		case <-s.base.Done():
		}
		panic(http.ErrAbortHandler)
	case Refuse:
		refuse(w, http.StatusTooManyRequests, q.Serial, busy)
	case Contrary:
		reply(w, http.StatusOK, honest.contrary(r.URL.Path))
	case Broken:
		http.Error(w, "internal error", http.StatusInternalServerError)
	case Nonsense:
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"serial":"`) // the caller may be gone
	case HangUp:
		panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
	case Mistaken:
		honest.Serial += "-other"
		reply(w, http.StatusOK, honest)
	case Late:
		if s.late(r.Context()) != nil {
			panic(http.ErrAbortHandler)
		}
		reply(w, http.StatusOK, honest)
	default:
		reply(w, http.StatusOK, honest)
	}
}

// late lets the delay pass, unless the caller or the simulator goes first.
func (s *Server) late(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.base, cancel)()
	return s.config.Wait(ctx, s.config.Delay)
}

// fault chooses by header, then by command, then by seed, and counts.
func (s *Server) fault(header, serial string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	chosen, named := ParseFault(header)
	switch {
	case named:
	case len(s.commands) > 0:
		chosen, s.commands = s.commands[0], s.commands[1:]
	default:
		chosen = byRate(s.config.Seed, s.config.Rates, serial)
	}
	s.struck[chosen]++
	return chosen
}

func refuse(w http.ResponseWriter, status int, serial string, reason int) {
	reply(w, status, answer{Serial: serial, RegisterSerial: registerSerial(serial), Reason: reason})
}

func reply(w http.ResponseWriter, status int, a answer) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(a) // the caller may be gone
}

// wait waits by the clock.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
