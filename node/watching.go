package node

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"sancun/custody"
)

// Watching is what a centre knows of itself and of its likeness to the other one,
// for the wall, for readiness and for people.
type Watching struct {
	Drift   DriftReport  `json:"drift"`
	Goods   GoodsStatus  `json:"goods"`
	Scrub   ScrubStatus  `json:"scrub"`
	Data    []DataState  `json:"data"`
	Located *Located     `json:"located,omitempty"` // where memory differed from the journal
	Orphans OrphanCounts `json:"orphans"`
}

// OrphanCounts are the orphans that the journal in force has as cases.
type OrphanCounts struct {
	All     int   `json:"all"`
	Open    int   `json:"open"`
	CashFen int64 `json:"open_cash_fen"`
	Shares  int64 `json:"open_shares"`
}

// Watching looks at everything that is watched in the background.
func (n *Node) Watching(ctx context.Context) (Watching, error) {
	w := Watching{Goods: n.peer.goods.Status(), Scrub: n.Scrubbed(), Data: n.Data(), Located: n.peer.located.Load()}
	w.Drift, _ = n.Drift()
	err := n.Core.Look(ctx, func(m *custody.Machine) {
		for _, o := range m.Orphans() {
			w.Orphans.All++
			if o.State == custody.OrphanOpen {
				w.Orphans.Open++
				w.Orphans.CashFen += int64(o.Cash)
				w.Orphans.Shares += int64(o.Shares)
			}
		}
	})
	return w, err
}

// locateWithin bounds a comparison row by row: it rebuilds the state from the journal.
const locateWithin = 15 * time.Minute

// mountWatching answers questions about what is watched, on the control door.
func (n *Node) mountWatching(mux *http.ServeMux) {
	mux.HandleFunc("GET /watching", func(w http.ResponseWriter, r *http.Request) {
		s, err := n.Watching(r.Context())
		sendControl(w, s, err)
	})
	mux.HandleFunc("GET /drift", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("now") {
			n.peer.drift.compare(r.Context())
		}
		d, _ := n.Drift()
		sendControl(w, d, nil)
	})
	mux.HandleFunc("POST /locate", func(w http.ResponseWriter, r *http.Request) {
		within, done := context.WithTimeout(r.Context(), locateWithin)
		defer done()
		l, err := n.Locate(within)
		if err == nil {
			n.peer.located.Store(&l)
		}
		sendControl(w, l, err)
	})
}

// locateOnce names the rows when the state has been found to differ.
func (n *Node) locateOnce(ctx context.Context) {
	within, done := context.WithTimeout(ctx, locateWithin)
	defer done()
	l, err := n.locate(within)
	if err != nil {
		n.log.Error("the rows that differ could not be located", slog.Any("error", err))
		return
	}
	n.peer.located.Store(&l)
}

// Watching asks a centre for what it watches.
func (c *Carrier) Watching(ctx context.Context) (w Watching, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/watching", nil)
	if err != nil {
		return w, err
	}
	err = c.do(r, &w)
	return w, err
}

// Drift asks a centre how it differs from the other one. Now has it compared anew.
func (c *Carrier) Drift(ctx context.Context, now bool) (d DriftReport, err error) {
	path := "/drift"
	if now {
		path += "?now"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return d, err
	}
	err = c.do(r, &d)
	return d, err
}

// Locate has a copying centre compare its state row by row.
func (c *Carrier) Locate(ctx context.Context) (l Located, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/locate", nil)
	if err != nil {
		return l, err
	}
	err = c.do(r, &l)
	return l, err
}
