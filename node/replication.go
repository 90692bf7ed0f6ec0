package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"sancun/centre"
	"sancun/journal"
	"sancun/record"
	"sancun/replica"
)

// Replication ties a core to the other centre. While the core writes it serves
// the other one; while it copies it follows.
type Replication struct {
	core *Core
	o    ReplicationOptions
	tls  *tls.Config

	mu      sync.Mutex
	applied chan struct{} // closed and replaced when something was applied here
	status  PeerStatus
}

// ReplicationOptions say how the two centres reach each other.
type ReplicationOptions struct {
	Centre string // own name
	Peer   string // the other centre's
	// Listen is where this centre serves; Dial reaches the other one.
	Listen net.Listener
	Dial   func(context.Context) (net.Conn, error)
	// Certificate is this centre's; Pins know both keys.
	Certificate tls.Certificate
	Pins        replica.Pins
	Bandwidth   *replica.Cap
	Now         func() time.Time
	Log         *slog.Logger
	// Again is the pause before a broken line is called again.
	Again time.Duration
}

// PeerStatus is the line to the other centre, for consoles and decisions.
type PeerStatus struct {
	Connected bool
	Since     time.Time // of Connected
	Failure   string    // why the last line ended
	Breaks    uint64
	Traffic   replica.Traffic
	Beat      replica.Beat    // a follower's last news of the source
	BeatAt    time.Time       // when it came
	Behind    *replica.Behind // a source's measure of its follower
	// Parting is set when the chains have parted: somebody must decide.
	Parting *replica.Parting
	// Deposed is set when the other centre has begun a newer epoch.
	Deposed bool
}

// NewReplication prepares the tie; Serve and Follow run it.
func NewReplication(core *Core, o ReplicationOptions) *Replication {
	if o.Again == 0 {
		o.Again = lineAgain
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Replication{core: core, o: o, tls: o.Pins.TLS(o.Certificate, time.Now), applied: make(chan struct{})}
}

const (
	// lineAgain is the pause before a broken line is called again: the other centre
	// may be starting, and each call costs a handshake.
	lineAgain = 200 * time.Millisecond
	// knockBeat is how often a centre that writes and is not followed asks the other
	// one who it is: within a second or two of the line's return two reigns are one.
	knockBeat = time.Second
	// wishBeat is how often the gate is asked for changes of the mode.
	wishBeat = 20 * time.Millisecond
)

// Status is a picture of the line.
func (r *Replication) Status() PeerStatus {
	r.mu.Lock()
	s := r.status
	r.mu.Unlock()
	if shield := r.core.shield; shield != nil && r.core.Writing() {
		b := shield.behind()
		s.Behind = &b
	}
	return s
}

func (r *Replication) note(change func(*PeerStatus)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.status)
}

// Serve sends blocks to the other centre while this one writes, until ctx ends.
// A follower that has fenced this epoch deposes the core: nothing is answered
// any more, and the error is ErrDeposed.
// Told, which may be nil, hears of every message of the other centre; with it the
// core need not write yet.
func (r *Replication) Serve(ctx context.Context, told func(*replica.Source)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer func() { cancel(nil); running.Wait() }()
	if r.core.Writing() {
		running.Go(func() { r.watch(ctx) })
		running.Go(func() {
			if err := r.knock(ctx); err != nil {
				r.core.shield.depose(err)
				r.note(func(s *PeerStatus) { s.Deposed = true })
				cancel(err)
			}
		})
	}
	timed := r.o.Listen.(interface{ SetDeadline(time.Time) error })
	_ = timed.SetDeadline(time.Time{})
	woken := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = timed.SetDeadline(time.Unix(1, 0))
	})
	defer func() {
		if !stop() {
			<-woken // a deadline set after this would end the next reign's listening
		}
	}()
	for {
		conn, err := r.o.Listen.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close() // it came too late; the other centre calls again
			}
			if cause := context.Cause(ctx); errors.Is(cause, replica.ErrDeposed) {
				return cause
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("listen for the other centre: %w", err)
		}
		running.Go(func() {
			err := r.send(ctx, conn, told)
			r.note(func(s *PeerStatus) { s.Connected, s.Failure = false, errText(err); s.Breaks++ })
			if errors.Is(err, replica.ErrDeposed) {
				r.core.shield.depose(err)
				r.note(func(s *PeerStatus) { s.Deposed = true })
				cancel(err)
			}
			if ctx.Err() == nil {
				r.o.Log.Warn("the line to the other centre ended", slog.Any("error", err))
			}
		})
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// send serves one follower.
func (r *Replication) send(ctx context.Context, conn net.Conn, told func(*replica.Source)) error {
	secure, shaken := conn.(*tls.Conn) // by the door it came through
	if !shaken {
		secure = tls.Server(conn, r.tls)
	}
	shake, done := context.WithTimeout(ctx, dialTimeout)
	err := secure.HandshakeContext(shake)
	done()
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	who, _ := r.o.Pins.Who(secure.ConnectionState().PeerCertificates[0])
	wire, err := replica.NewWire(secure, r.o.Bandwidth)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	shield := r.core.shield
	source := replica.NewSource(replica.SourceOptions{
		Chain: r.core.engine, Cell: r.core.config.Cell, Centre: r.o.Centre, Epoch: r.core.Epoch(),
		Known: func(centre string) bool { return centre == who && centre == r.o.Peer }, DurableAt: shield.durableAt,
		Now: func() int64 { return r.o.Now().UnixNano() },
	})
	r.note(func(s *PeerStatus) { s.Connected, s.Since = true, r.o.Now() })
	line := replica.Line{Wire: wire, Now: time.Now, News: shield.home}
	return line.Send(ctx, source, func() replica.Beat {
		r.note(func(s *PeerStatus) { s.Traffic = wire.Traffic() })
		return shield.beat(r.core.Epoch())
	}, func() {
		if source.Welcomed() {
			shield.acked(source.Stored().Height, source.Peer().Applied)
			if told != nil {
				told(source)
			}
		}
	})
}

// watch journals the fall and the return of mode available.
func (r *Replication) watch(ctx context.Context) {
	for pause(ctx, wishBeat) == nil {
		wish, behind := r.core.shield.wish()
		if wish == replica.WishNothing {
			continue
		}
		c := centre.StandAlone(wish, behind)
		answers, err := r.askNoAnswer(ctx, c)
		if err != nil || record.Code(answers) != record.Accepted && record.Code(answers) != record.NothingToStand {
			r.o.Log.Error("the protection mode could not be journaled", slog.Any("error", err), slog.Int("code", int(answers)))
		}
		r.o.Log.Warn("the protection mode changed by itself", slog.Bool("alone", c.Alone == 1), slog.Uint64("behind", behind))
	}
}

// askNoAnswer submits a record of the house. Its answer may wait for the very
// centre that is lost until its own block opens the gate, which it does.
func (r *Replication) askNoAnswer(ctx context.Context, c *record.StandAlone) (uint16, error) {
	answers, err := r.core.Submit(ctx, record.Request{Cmd: c})
	if err != nil {
		return 0, err
	}
	return answers[0].Code, nil
}

// Follow copies the other centre until ctx ends, calling again when the line
// breaks. It returns nil then, a *Parting when the chains have parted, or what
// makes this copy unfit to go on: ErrDiverged or the store's error.
func (r *Replication) Follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	stored := &bell{}
	var running sync.WaitGroup
	defer func() { cancel(nil); running.Wait() }()
	running.Go(func() {
		if err := r.keepApplying(ctx, stored); err != nil {
			cancel(err)
		}
	})
	for {
		err := r.followOnce(ctx, stored)
		r.note(func(s *PeerStatus) { s.Connected, s.Failure = false, errText(err); s.Breaks++ })
		if ctx.Err() != nil {
			if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
				return cause
			}
			return nil
		}
		var parting *replica.Parting
		if errors.As(err, &parting) {
			r.note(func(s *PeerStatus) { s.Parting = parting })
			return err
		}
		if errors.Is(err, journal.ErrPoisoned) {
			return err
		}
		r.o.Log.Warn("the line to the other centre ended, it is called again", slog.Any("error", err))
		if pause(ctx, r.o.Again) != nil {
			return nil
		}
	}
}

func (r *Replication) followOnce(ctx context.Context, stored *bell) error {
	wire, err := r.call(ctx)
	if err != nil {
		return err
	}
	follower, err := replica.NewFollower(replica.FollowerOptions{
		Engine: r.core.engine, Cell: r.core.config.Cell, Centre: r.o.Centre, Applied: r.core.Applied,
		Now:    func() int64 { return r.o.Now().UnixNano() },
		Stored: stored.ring,
	})
	if err != nil {
		return errors.Join(err, wire.Close())
	}
	r.note(func(s *PeerStatus) { s.Connected, s.Since = true, r.o.Now() })
	line := replica.Line{Wire: wire, Now: time.Now, News: r.news}
	return line.Follow(ctx, follower, func(b replica.Beat) {
		r.note(func(s *PeerStatus) { s.Beat, s.BeatAt, s.Traffic = b, r.o.Now(), wire.Traffic() })
	})
}

// ask finds out whether the other centre serves its own blocks.
func (r *Replication) ask(ctx context.Context) (serves bool, err error) {
	answer, err := r.greet(ctx)
	return err == nil && centre.Serves(answer), err
}

// knock asks the other centre, while it does not follow this one, whether it writes
// under a newer epoch; an older one learns by the same question that its reign is
// over. It returns ErrDeposed, or nil when ctx ends.
func (r *Replication) knock(ctx context.Context) error {
	for pause(ctx, knockBeat) == nil {
		if r.following() {
			continue
		}
		answer, err := r.greet(ctx)
		if err != nil {
			continue // the other centre's silence: it is asked again
		}
		if err := centre.Knock(answer, r.core.Epoch()); err != nil {
			return err
		}
	}
	return nil
}

// following says whether the other centre is connected.
func (r *Replication) following() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status.Connected
}

// greet says who this centre is and how far, and returns what the other one says
// to that.
func (r *Replication) greet(ctx context.Context) (answer replica.Message, err error) {
	wire, err := r.call(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, wire.Close()) }()
	follower, err := replica.NewFollower(replica.FollowerOptions{
		Engine: r.core.engine, Cell: r.core.config.Cell, Centre: r.o.Centre, Applied: r.core.Applied, Now: func() int64 { return r.o.Now().UnixNano() },
	})
	if err != nil {
		return nil, err
	}
	hello, err := follower.Hello()
	if err == nil {
		err = wire.Send(hello)
	}
	if err == nil {
		err = wire.Deadline(time.Now().Add(dialTimeout))
	}
	if err != nil {
		return nil, err
	}
	return wire.Receive()
}

// call opens the line to the other centre.
func (r *Replication) call(ctx context.Context) (*replica.Wire, error) {
	conn, err := r.o.Dial(ctx)
	if err != nil {
		return nil, err
	}
	secure := tls.Client(conn, r.tls)
	shake, done := context.WithTimeout(ctx, dialTimeout)
	err = secure.HandshakeContext(shake)
	done()
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	wire, err := replica.NewWire(secure, nil)
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return wire, nil
}

// keepApplying folds what was stored into the state, behind the line.
func (r *Replication) keepApplying(ctx context.Context, stored *bell) error {
	for {
		news := stored.news()
		n, err := r.core.CatchUp()
		if err != nil {
			return err
		}
		if n > 0 {
			r.mu.Lock()
			close(r.applied)
			r.applied = make(chan struct{})
			r.mu.Unlock()
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		}
	}
}

func (r *Replication) news() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.applied
}
