package node

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"

	"sancun/dr"
)

// relay is the door of a centre with another one (row B184): on one address and port,
// connections are passed on unread to the door of the centre that writes while this
// one does not (path rs2), and are this centre's own once it writes (path rs3). What
// was passed on ends when the role changes: whoever was served that way calls again.
type relay struct {
	net.Listener
	dial func(context.Context) (net.Conn, error) // to the other centre's door
	// who says which side answers now, and gives a channel closed when the role changes.
	who func() (side, <-chan struct{})
	log *slog.Logger

	ctx     context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	room    chan struct{}
}

// side is who answers at the door.
type side uint8

const (
	sideOwn   side = 1 // this centre: it writes
	sideOther side = 2 // the other one: this one follows it now
	// sideNobody: the other centre is not known to write. Passing on then could go round
	// in a circle, when that one does not write either and passes on to this one.
	sideNobody side = 3
)

// relayedMax bounds the connections that are passed on at once; more are closed, and
// those who called try the other centre's address.
const relayedMax = 4_096

func newRelay(l net.Listener, dial func(context.Context) (net.Conn, error), who func() (side, <-chan struct{}), log *slog.Logger) *relay {
	r := &relay{Listener: l, dial: dial, who: who, log: log, room: make(chan struct{}, relayedMax)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// Accept returns the next connection that is this centre's own, and passes the others on.
func (r *relay) Accept() (net.Conn, error) {
	for {
		near, err := r.Listener.Accept()
		if err != nil {
			return nil, err
		}
		to, turn := r.who()
		switch to {
		case sideOwn:
			return near, nil
		case sideNobody:
			_ = near.Close() // whoever called tries the other address, or again
			continue
		}
		select {
		case r.room <- struct{}{}:
			r.running.Go(func() {
				defer func() { <-r.room }()
				r.pass(near, turn)
			})
		default:
			r.log.Warn("too many connections to pass on to the other centre", slog.Int("most", relayedMax))
			_ = near.Close() // nothing was said
		}
	}
}

// pass carries one connection until either side ends it, the role changes, or the
// door closes. When the other centre is not there the caller learns it by the end.
func (r *relay) pass(near net.Conn, turn <-chan struct{}) {
	ctx, done := context.WithCancel(r.ctx)
	defer done()
	var beside sync.WaitGroup
	defer beside.Wait()
	far, err := r.dial(ctx)
	if err != nil {
		done()
		r.log.Debug("the other centre's door is not there", slog.Any("error", err))
		_ = near.Close()
		return
	}
	ended := func() { _, _ = near.Close(), far.Close() } // both directions end then
	defer ended()
	beside.Go(func() {
		select {
		case <-turn:
		case <-ctx.Done():
		}
		ended()
	})
	beside.Go(func() {
		defer done()
		_, _ = io.Copy(far, near) // the end of a line is no error here
		if half, ok := far.(*net.TCPConn); ok && half.CloseWrite() == nil {
			<-ctx.Done() // the answer is still on its way
		}
	})
	_, _ = io.Copy(near, far)
	done()
}

// Close closes the door and ends what is passed on.
func (r *relay) Close() error {
	err := r.Listener.Close()
	r.stop()
	r.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// answering says which side answers at the door of this centre.
func (n *Node) answering() (side, <-chan struct{}) {
	role, turn := n.peer.station.what()
	switch {
	case role.Writes():
		return sideOwn, turn
	case role == dr.Standby && n.peer.line.Status().Connected:
		return sideOther, turn
	}
	return sideNobody, turn
}

// front says how a centre answers at its door: itself, or by passing on.
func (n *Node) front() string {
	switch {
	case n.config.HTTP.Relay == "" || n.peer == nil:
		return ""
	case n.Core.Writing():
		return "rs3"
	}
	return "rs2"
}
