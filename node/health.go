package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"sancun/custody"
	"sancun/market"
)

// Status is a picture of a running centre, without personal data.
type Status struct {
	Centre    string
	Time      time.Time // of this centre's clock
	Drill     bool
	Ready     bool // business is taken and every part runs
	Height    uint64
	Epoch     uint32
	Snapshot  uint64 // height of the last one
	Replayed  uint64 // records, at the start
	Root      string // of the state at the start
	Date      uint32 // business date, 0 before the first
	Phase     uint8  // of the business day, custody.DayOpen and so on
	Books     int64  // blocks the books are behind, -1 without books
	Units     []UnitStatus
	Exchanges []LineStatus
	Banks     []LineStatus
	Backup    *BackupState `json:",omitempty"` // nil when nothing is backed up
	Restored  *Restored    `json:",omitempty"` // nil unless the folder came from a backup
}

// LineStatus is the line to a counterparty.
type LineStatus struct {
	Name    string
	State   string
	Up      bool
	Waiting int // not yet sent
	OnWire  int // sent, the answer is awaited
	Unknown int // without a known outcome
	Lane    int // on the way to the gateway
	Failure string
}

// Status looks at everything. It returns an error when the core cannot be looked at.
func (n *Node) Status(ctx context.Context) (Status, error) {
	head, _ := n.Core.Head()
	s := Status{
		Centre: n.config.Centre.Name, Time: n.clock.Now(), Drill: !n.clock.Drill.IsZero() || n.zone != nil, Height: head.Height, Epoch: n.Core.Epoch(),
		Snapshot: n.snapshot.Load(), Replayed: n.Core.Recovery.Replayed, Root: n.Core.Recovery.Root.String(), Books: -1,
	}
	if err := n.Core.Look(ctx, func(m *custody.Machine) { s.Date, s.Phase = m.Today().Date, m.Today().Phase }); err != nil {
		return s, err
	}
	if f := n.filler.Load(); f != nil {
		s.Books = int64(head.Height) - int64(f.Position().Height)
	}
	if s.Restored = n.restored; n.backups != nil {
		told := n.backups.told()
		s.Backup = &told
	}
	s.Ready = s.Phase == custody.DayOpen && n.Core.Writing()
	n.gateways.RLock()
	defer n.gateways.RUnlock()
	for _, u := range n.listed() {
		unit := u.status()
		s.Units = append(s.Units, unit)
		s.Ready = s.Ready && unit.Running
	}
	for of, gateway := range n.Exchanges {
		line := lineOf(of.String(), gateway)
		line.Lane = n.lane(destination{market: of})
		s.Exchanges = append(s.Exchanges, line)
	}
	if n.AfterHours != nil {
		s.Exchanges = append(s.Exchanges, lineOf(market.Shanghai.String()+" after hours", n.AfterHours))
	}
	for number, seat := range n.banks {
		h := seat.bank().Health()
		line := LineStatus{
			Name: fmt.Sprintf("bank %d", number), State: h.Phase, Up: h.Up, Waiting: h.Waiting, OnWire: h.Flying, Unknown: h.Unknown, Lane: n.lane(destination{bank: number}),
		}
		if h.Failure != nil {
			line.Failure = h.Failure.Error()
		}
		s.Banks = append(s.Banks, line)
	}
	byName := func(a, b LineStatus) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(s.Exchanges, byName)
	slices.SortFunc(s.Banks, byName)
	return s, nil
}

func lineOf(name string, gateway *Exchange) LineStatus {
	g := gateway.Status()
	return LineStatus{
		Name: name, State: g.State.String(), Up: g.State.String() == "ready", Waiting: g.Queue + g.Waiting, OnWire: g.OnWire, Unknown: g.Unknown,
		Failure: g.Detail,
	}
}

func (n *Node) lane(to destination) int {
	if n.dispatch == nil {
		return 0
	}
	return n.dispatch.waiting(to)
}

const (
	healthTimeout = 5 * time.Second
	// healthBytesMax bounds the header of a question; it has no body.
	healthBytesMax = 16 << 10
)

// serveHealth serves /health, which says everything, and /ready, which says with
// its status alone whether business is taken. It holds no personal data and listens
// on this machine only.
func (n *Node) serveHealth(ctx context.Context) error {
	listener, err := net.Listen("tcp", n.config.Health.Listen.String())
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, r *http.Request, whole bool) {
		ask, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		s, err := n.Status(ask)
		w.Header().Set("Content-Type", "application/json")
		if err != nil || !s.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		if whole {
			_ = json.NewEncoder(w).Encode(s) // the asker may be gone
		}
	}
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { answer(w, r, true) })
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, r *http.Request) { answer(w, r, false) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: healthTimeout, WriteTimeout: 2 * healthTimeout, MaxHeaderBytes: healthBytesMax}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	err = server.Close()
	if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}
