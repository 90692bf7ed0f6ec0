package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"sancun/dr"
	"sancun/replica"
)

// CentreState is what a centre says of itself to the other one, to the runner of
// plans and to the wall. It holds no personal data.
type CentreState struct {
	Centre   string     `json:"centre"`
	Cell     uint32     `json:"cell"`
	Role     string     `json:"role"`
	Since    time.Time  `json:"since"`
	Why      string     `json:"why"`
	Epoch    uint32     `json:"epoch"`
	Newest   uint32     `json:"newest"` // epoch it has seen: an order leads to the next one
	Side     dr.Side    `json:"side"`   // which epochs are its own
	Fence    uint32     `json:"fence"`
	Time     time.Time  `json:"time"`
	Stored   uint64     `json:"stored"`  // height durable here
	Hash     string     `json:"hash"`    // of that block
	Shown    uint64     `json:"shown"`   // height that answers and enquiries have reached
	Applied  uint64     `json:"applied"` // height the state has reached
	BlockAge int64      `json:"block_age_ms"`
	Root     string     `json:"root,omitempty"` // of the state, when asked for
	RootAt   uint64     `json:"root_at,omitempty"`
	Mode     string     `json:"mode"`
	Alone    bool       `json:"alone"`
	Disagree bool       `json:"disagree"` // its state root differed: it must not serve
	Line     PeerStatus `json:"line"`
	// Goods are the files and keys beside the journal.
	Goods GoodsStatus `json:"goods"`
	// Drift are keys of program and configuration that differ from the other centre's
	// and must not, at most 20.
	Drift []string `json:"drift,omitempty"`
	// Drill is the drill that runs on a fork of this centre.
	Drill *DrillState `json:"drill,omitempty"`
}

// Leads is the epoch that an order of this act to the centre must name.
func (s *CentreState) Leads(act dr.Act) uint32 {
	return dr.Place{Epoch: s.Newest, Side: s.Side}.Leads(act)
}

// OrderResult is what became of an order.
type OrderResult struct {
	Centre string    `json:"centre"`
	Role   string    `json:"role"`
	Epoch  uint32    `json:"epoch"`
	Height uint64    `json:"height"`
	Hash   string    `json:"hash"`
	Root   string    `json:"root,omitempty"`
	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended"`
	// Drill is the drill that an order began, Proof what it left when one ended it.
	Drill *DrillState `json:"drill,omitempty"`
	Proof *DrillProof `json:"proof,omitempty"`
}

// Delays are the measured delays of blocks since they were last asked for, from
// durable here to acknowledged by the other centre.
type Delays struct {
	NS      []int64 `json:"ns"`
	Dropped uint64  `json:"dropped"` // not kept
}

// controlProblem is an error on the control door.
type controlProblem struct {
	Error string `json:"error"`
	Hint  string `json:"hint,omitempty"`
}

const (
	// answerBytesMax bounds an answer: the delays of a minute.
	answerBytesMax = 16 << 20
	// obeyWithin bounds one act: a hand-over waits for the other centre's
	// acknowledgement, a promotion applies what is left.
	obeyWithin = 30 * time.Second
)

// serveControl answers the other centre and the carriers of orders until ctx
// ends. Keys that are not pinned do not get past the handshake.
func (n *Node) serveControl(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /centre", func(w http.ResponseWriter, r *http.Request) {
		s, err := n.CentreState(r.Context(), r.URL.Query().Has("root"))
		sendControl(w, s, err)
	})
	mux.HandleFunc("GET /delays", func(w http.ResponseWriter, _ *http.Request) {
		delays, dropped := n.Core.shield.delays()
		sendControl(w, Delays{NS: delays, Dropped: dropped}, nil)
	})
	mux.HandleFunc("GET /outlook", func(w http.ResponseWriter, _ *http.Request) {
		o, err := n.Outlook()
		sendControl(w, o, err)
	})
	n.mountWatching(mux)
	mux.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		o, err := dr.ReadOrder(r.Body)
		if err != nil {
			sendControl(w, nil, err)
			return
		}
		within, done := context.WithTimeout(context.WithoutCancel(r.Context()), obeyWithin)
		defer done()
		result, err := n.Obey(within, o)
		sendControl(w, result, err)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: healthTimeout, MaxHeaderBytes: healthBytesMax, ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() {
		within, done := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
		defer done()
		if server.Shutdown(within) != nil {
			_ = server.Close() // what does not end by itself is cut
		}
	})
	defer stop()
	err := server.Serve(tls.NewListener(n.peer.control, n.peer.carriers.TLS(n.peer.certificate, time.Now)))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func sendControl(w http.ResponseWriter, answer any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		status := http.StatusConflict
		if errors.Is(err, dr.ErrOrder) {
			status = http.StatusForbidden
		}
		w.WriteHeader(status)
		answer = controlProblem{Error: err.Error(), Hint: Hint(err)}
	}
	_ = json.NewEncoder(w).Encode(answer) // the asker went away
}

// CentreState looks at this centre. The root of the whole state is computed only
// when it is asked for: requests wait meanwhile.
func (n *Node) CentreState(ctx context.Context, withRoot bool) (CentreState, error) {
	stored, err := n.Core.Stored()
	if err != nil {
		return CentreState{}, err
	}
	fence, err := n.Core.engine.Fenced()
	if err != nil {
		return CentreState{}, err
	}
	shown, _ := n.Core.Head()
	role, _ := n.peer.station.what()
	since, why := n.peer.station.why()
	applied := n.Core.Applied()
	protection := n.Core.shield.protection()
	s := CentreState{
		Centre: n.config.Centre.Name, Cell: n.config.Centre.Cell, Role: role.String(), Since: since, Why: why, Epoch: n.Core.Epoch(), Newest: n.newestEpoch(), Side: n.peer.side, Fence: fence,
		Time: n.clock.Now(), Stored: stored.Height, Hash: stored.Hash.String(), Shown: shown.Height, Applied: applied.Height,
		BlockAge: max(0, n.clock.Now().UnixNano()-stored.Time) / 1e6, Mode: protection.Mode.String(), Alone: protection.Alone, Disagree: applied.Disagree,
		Line: n.peer.line.Status(), Goods: n.peer.goods.Status(), Drift: n.driftKeys(), Drill: n.drillState(),
	}
	if n.Core.Writing() {
		s.Applied = shown.Height
	}
	if withRoot {
		root, height, err := n.Core.Root(ctx)
		if err != nil {
			return s, err
		}
		s.Root, s.RootAt = root.String(), height
	}
	return s, nil
}

// Carrier brings orders to the control door of a centre and asks for its state.
type Carrier struct {
	base   string
	client *http.Client
}

// NewCarrier makes a carrier with a certificate of its own to a centre whose key
// is pinned.
func NewCarrier(address string, own tls.Certificate, centre replica.Pins) *Carrier {
	return &Carrier{base: "https://" + address, client: &http.Client{
		Transport: &http.Transport{TLSClientConfig: centre.TLS(own, time.Now), ForceAttemptHTTP2: false, MaxIdleConns: 2},
	}}
}

// Close ends the carrier's connections.
func (c *Carrier) Close() { c.client.CloseIdleConnections() }

// State asks a centre for its state.
func (c *Carrier) State(ctx context.Context, withRoot bool) (s CentreState, err error) {
	path := "/centre"
	if withRoot {
		path += "?root"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return s, err
	}
	err = c.do(r, &s)
	return s, err
}

// Order brings an order and waits until it is carried out.
func (c *Carrier) Order(ctx context.Context, o dr.Order) (result OrderResult, err error) {
	text, err := json.Marshal(&o)
	if err != nil {
		return result, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/order", bytes.NewReader(text))
	if err != nil {
		return result, err
	}
	err = c.do(r, &result)
	return result, err
}

// Delays asks a centre for the delays it measured since the last time.
func (c *Carrier) Delays(ctx context.Context) ([]int64, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/delays", nil)
	if err != nil {
		return nil, err
	}
	var d Delays
	err = c.do(r, &d)
	return d.NS, err
}

// ErrControl is what a centre answered when it did not do what was asked.
var ErrControl = errors.New("the centre did not do it")

func (c *Carrier) do(r *http.Request, into any) error {
	answer, err := c.client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, answerBytesMax))
	err = errors.Join(err, answer.Body.Close())
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		var p controlProblem
		if json.Unmarshal(text, &p) != nil || p.Error == "" {
			p.Error = answer.Status
		}
		if answer.StatusCode == http.StatusForbidden {
			return fmt.Errorf("%w: %w: %s", ErrControl, dr.ErrOrder, p.Error)
		}
		return fmt.Errorf("%w: %s", ErrControl, p.Error)
	}
	return json.Unmarshal(text, into)
}
