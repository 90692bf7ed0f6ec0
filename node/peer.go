package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sancun/centre"
	"sancun/dr"
	"sancun/replica"
)

// peer is the tie of this centre to the other one.
type peer struct {
	station     *station
	line        *Replication
	certificate tls.Certificate
	carriers    replica.Pins
	people      []dr.Operator
	control     net.Listener
	listen      net.Listener
	door        *peerDoor
	caller      *peerCaller
	manifest    *manifest
	goods       *goods
	keys        *keyKeeper
	orphans     *orphanKeeper
	drift       *drift
	past        *pastTables
	located     atomic.Pointer[Located] // the last comparison row by row

	orders  sync.Mutex       // one order at a time
	purging sync.Mutex       // one end of a drill at a time
	rebase  *replica.Parting // set by the order to go back to the common block; read after Run
	side    dr.Side
	// unfinished holds why the reign must end though the role stays: an act broke off
	// after the core was changed, or the store failed.
	unfinished chan error

	mu     sync.Mutex
	drill  *drillState   // the drill on a fork of this centre, or nil
	hushed chan struct{} // while an order wants no following: closed when it may go on
	stop   context.CancelFunc
	done   chan struct{} // closed when the following that stop ends has ended
}

// openPeer makes the tie of the configuration. Nothing is said to anybody before Run.
func (n *Node) openPeer() error {
	c := &n.config.Peer
	if c.Name == "" || n.restored != nil {
		return nil
	}
	start, err := dr.ParseRole(c.Start)
	if err != nil {
		return err
	}
	p := &peer{side: dr.SideOf(start), unfinished: make(chan error, 1)}
	if p.station, err = openStation(n.config.Centre.Dir, start, n.clock.Now); err != nil {
		return err
	}
	n.peer = p
	head, err := n.Core.Stored()
	if err != nil {
		return err
	}
	fenced, err := n.Core.engine.Fenced()
	if err != nil {
		return err
	}
	p.station.begin(head, fenced, p.side)
	if err := n.sweepDrill(); err != nil {
		return fmt.Errorf("drop the fork of a drill that died: %w", err)
	}
	var pins replica.Pins
	if p.certificate, pins, p.carriers, err = c.load(n.config.Centre.Name); err != nil {
		return err
	}
	if p.people, err = readPeople(c.People); err != nil {
		return fmt.Errorf("people who may sign orders: %w", err)
	}
	bandwidth, err := c.bandwidth(beijing, time.Now)
	if err != nil {
		return err
	}
	if p.listen, err = net.Listen("tcp", string(c.Listen)); err != nil {
		return fmt.Errorf("listen for the other centre: %w", err)
	}
	if p.control, err = net.Listen("tcp", string(c.Control)); err != nil {
		return fmt.Errorf("listen for orders: %w", err)
	}
	p.door = newPeerDoor(p.listen, p.certificate, pins, c.Name, bandwidth)
	p.caller = newPeerCaller(dialer(c.Address), p.certificate, pins)
	p.manifest, p.goods = newManifest(n.Core, n.config.Centre.Dir), newGoods(n.Core, n.config.Centre.Dir, p.caller, n.log)
	p.drift, p.past = &drift{n: n}, &pastTables{core: n.Core}
	p.orphans = &orphanKeeper{core: n.Core, dir: n.config.Centre.Dir, own: n.config.Centre.Name, peer: c.Name, caller: p.caller, log: n.log}
	p.line = NewReplication(n.Core, ReplicationOptions{
		Centre: n.config.Centre.Name, Peer: c.Name, Listen: p.door.lines, Dial: dialer(c.Address), Certificate: p.certificate, Pins: pins,
		Bandwidth: bandwidth, Now: n.clock.Now, Log: n.log,
	})
	return nil
}

// leave ends the reign: with errUnfinished the centre is opened again, with the
// failure of its store the process stops.
func (p *peer) leave(why error) {
	select {
	case p.unfinished <- why:
	default:
	}
}

func (p *peer) close() error {
	var errs []error
	if p.caller != nil {
		p.caller.close()
	}
	for _, l := range []net.Listener{p.listen, p.control} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// hush ends the following of the other centre and waits until it has ended. It
// goes on when the function it returns is called, or in the next reign.
func (p *peer) hush() (resume func()) {
	p.mu.Lock()
	free := make(chan struct{})
	p.hushed = free
	stop, done := p.stop, p.done
	p.mu.Unlock()
	if stop != nil {
		stop()
		<-done
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hushed = nil
		close(free)
	}
}

// follow copies the other centre until ctx ends.
func (n *Node) follow(ctx context.Context) error {
	p := n.peer
	for {
		p.mu.Lock()
		hushed := p.hushed
		within, cancel := context.WithCancel(ctx)
		done := make(chan struct{})
		if hushed == nil {
			p.stop, p.done = cancel, done
		}
		p.mu.Unlock()
		if hushed != nil {
			cancel()
			select {
			case <-hushed:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		err := p.line.Follow(within)
		cancel()
		p.mu.Lock()
		p.stop, p.done = nil, nil
		p.mu.Unlock()
		close(done)
		if errors.Is(err, ErrDiverged) && n.peer.located.Load() == nil {
			n.locateOnce(ctx)
		}
		var parting *replica.Parting
		if errors.As(err, &parting) {
			if err := n.dropDrill("the chains have parted"); err != nil {
				return err
			}
			n.log.Error("the chains of the two centres have parted: what only this one has is kept until two people order otherwise", slog.Any("error", err))
			return n.turn(ctx, dr.Fenced, n.newestEpoch(), err.Error())
		}
		if err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// serveLine sends blocks to the other centre while this one writes. Once deposed
// it will not write again before it has met the other one.
func (n *Node) serveLine(ctx context.Context) error {
	err := n.peer.line.Serve(ctx, nil)
	if errors.Is(err, replica.ErrDeposed) {
		err = errors.Join(err, n.peer.station.become(dr.Recovering, n.newestEpoch(), err.Error()))
	}
	return err
}

// meet waits until the other centre has followed this one to the end of its
// journal: then nobody else has written since, and this one may. When the other
// centre has begun a newer epoch, or serves itself, this one copies it; should
// both have started like that, both copy, and people decide.
func (n *Node) meet(outer context.Context) error {
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	var lock sync.Mutex
	var meeting centre.Meeting
	hear := func(what func()) {
		lock.Lock()
		defer lock.Unlock()
		what()
		if role, _ := meeting.Verdict(); role != dr.Recovering {
			cancel()
		}
	}
	var asking sync.WaitGroup
	asking.Go(func() {
		for ctx.Err() == nil {
			serves, _ := n.peer.line.ask(ctx) // an error is the other centre's silence: it is asked again
			hear(func() { meeting.Answered(serves) })
			if pause(ctx, n.peer.line.o.Again) != nil {
				return
			}
		}
	})
	err := n.peer.line.Serve(ctx, func(s *replica.Source) {
		if head, err := n.Core.Stored(); err == nil {
			hear(func() { meeting.Told(s, head) })
		}
	})
	cancel()
	asking.Wait()
	if errors.Is(err, replica.ErrDeposed) {
		meeting.Deposed()
	} else if err != nil {
		return err
	}
	role, why := meeting.Verdict()
	if role == dr.Recovering {
		return nil
	}
	return n.turn(outer, role, n.newestEpoch(), why)
}

// turn changes the role and waits until that has ended the reign, in which the
// caller is a part.
func (n *Node) turn(ctx context.Context, role dr.Role, epoch uint32, why string) error {
	if err := n.peer.station.become(role, epoch, why); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// errTurn ends a reign because the role changed, and errUnfinished because an act
// broke off behind which the core must be opened again.
var (
	errTurn       = errors.New("the role of this centre changed")
	errUnfinished = errors.New("an order broke off, the centre is opened again")
)

// reign runs what a centre does in its present role, until ctx ends, the role
// changes (errTurn), or the centre must stop.
func (n *Node) reign(ctx context.Context, always int) error {
	defer n.forget(always)
	role, turn := n.peer.station.what()
	n.log.Info("the centre takes its role", slog.String("role", role.String()), slog.Uint64("epoch", uint64(n.Core.Epoch())))
	ctx, stop := context.WithCancelCause(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer stop(nil)
	watch.Go(func() {
		for now := role; ; {
			select {
			case <-turn:
			case err := <-n.peer.unfinished:
				stop(err)
				return
			case <-ctx.Done():
				return
			}
			was := now
			if now, turn = n.peer.station.what(); !was.Copies() || !now.Copies() {
				stop(errTurn) // a standby with a drill does what it did
				return
			}
		}
	})
	switch role {
	case dr.Primary:
		if !n.Core.Writing() {
			if err := n.Core.write(); err != nil {
				return err
			}
		}
		if err := n.openGateways(); err != nil {
			return err
		}
		defer n.closeGateways()
		// The line comes first: what is prepared may wait for the other centre.
		line := &unit{name: "line", run: n.serveLine, vital: true}
		n.addUnit(line)
		always++
		watch.Go(func() {
			if err := n.keep(ctx, line); err != nil {
				stop(err)
			}
		})
		if err := n.prepareWriting(ctx); err != nil {
			switch cause := context.Cause(ctx); {
			case cause == nil:
				return err
			case !errors.Is(cause, context.Canceled):
				return cause
			}
			return nil // stopped while it was prepared
		}
		n.addUnit(&unit{name: "orphans", run: n.peer.orphans.run, again: unitAgain})
		n.addUnit(&unit{name: "manifest", run: n.peer.manifest.run, again: unitAgain})
	case dr.Standby, dr.Drill:
		n.peer.mu.Lock()
		n.peer.hushed = nil // by the promotion that began the reign before
		n.peer.mu.Unlock()
		n.addUnit(&unit{name: "line", run: n.follow, again: unitAgain})
		n.addUnit(&unit{name: "keys", run: n.peer.keys.run, again: unitAgain})
	case dr.Recovering:
		n.addUnit(&unit{name: "line", run: n.meet, again: unitAgain})
	case dr.Fenced:
		n.log.Warn("fenced: this centre waits for the order to keep its orphans and follow again")
	}
	return n.runUnits(ctx, n.listed()[always:])
}
