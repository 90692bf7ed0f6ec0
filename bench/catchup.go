package bench

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"net"
	"os"
	"sync"
	"time"

	"sancun/internal/durable"
	"sancun/node"
	"sancun/replica"
)

// unsynced is a disk that forgets to sync: the journal that a standby catches up
// with is prepared on it, and only read while the clock runs.
type unsynced struct{ durable.OS }

type unsyncedFile struct{ durable.File }

// Open opens a file whose Sync does nothing.
func (u unsynced) Open(name string, mode durable.Mode) (durable.File, error) {
	f, err := u.OS.Open(name, mode)
	return unsyncedFile{f}, err
}

// Sync does nothing.
func (unsyncedFile) Sync() error { return nil }

// CatchUp copies a journal of so many blocks to an empty second centre over TLS on
// loopback, where every block is proved, stored durably and applied. Both centres
// run in this process.
func CatchUp(c Conditions, clients, blocks, each int) (r Result, err error) {
	r = Result{Name: "catching up", Unit: "commands", Size: blocks * each}
	if err := os.RemoveAll(c.Dir); err != nil {
		return r, err
	}
	morning := func() time.Time { return time.Unix(cellMorning, 0) }
	from, err := node.OpenCore(node.CoreConfig{Dir: c.Dir + "/north", FS: unsynced{}, Answers: cellAnswers, Shield: true, Now: morning})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, from.Abandon(), os.RemoveAll(c.Dir)) }()
	made := &cell{Core: from, clients: clients, banks: manyBanks, now: morning}
	if err := made.fill(); err != nil {
		return r, err
	}
	at := teller{cell: made, rng: mrand.New(mrand.NewPCG(c.Seed, 2))}
	for range blocks {
		if err := prepare(from, at.deposits(each)); err != nil {
			return r, err
		}
	}
	to, err := node.OpenCore(node.CoreConfig{Dir: c.Dir + "/south", Answers: cellAnswers, Standby: true, Shield: true, Now: morning})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, to.Abandon()) }()
	line, stop, err := join(from, to)
	if err != nil {
		return r, err
	}
	head, err := from.Stored()
	if err != nil {
		return r, err
	}
	began := startClock()
	stored := 0.0
	for to.Applied().Height < head.Height {
		if at, err := to.Stored(); err == nil && stored == 0 && at.Height == head.Height {
			stored = time.Since(began.began).Seconds()
		}
		time.Sleep(time.Millisecond)
	}
	r.timed(began, r.Size)
	sent := line.Status().Traffic
	r.Note = fmt.Sprintf("%d blocks of %d deposits of %d clients; stored after %.1f s, applied after %.1f s; %.2f GB in %.2f GB on the line; both centres in one process",
		head.Height, each, clients, max(stored, 0), r.Seconds, float64(sent.SentRaw)/1e9, float64(sent.SentLine)/1e9)
	return r, stop()
}

// join ties two cores by a line on loopback and lets it run. It returns the sending
// end and what ends both.
func join(from, to *node.Core) (line *node.Replication, stop func() error, err error) {
	names := [2]string{"north", "south"}
	pins := replica.Pins{}
	var certs [2]tls.Certificate
	for i, name := range names {
		if certs[i], err = replica.NewCertificate(name, rand.Reader, time.Now()); err != nil {
			return nil, nil, err
		}
		pins[name] = replica.PinOf(certs[i].Leaf)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	var lines [2]*node.Replication
	for i, core := range []*node.Core{from, to} {
		lines[i] = node.NewReplication(core, node.ReplicationOptions{
			Centre: names[i], Peer: names[1-i], Listen: listener, Certificate: certs[i], Pins: pins, Now: time.Now,
			Dial: func(ctx context.Context) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "tcp", listener.Addr().String())
			},
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var ended [2]error
	running.Go(func() { ended[0] = lines[0].Serve(ctx, nil) })
	running.Go(func() { ended[1] = lines[1].Follow(ctx) })
	return lines[0], func() error {
		cancel()
		running.Wait()
		return errors.Join(ended[0], ended[1], listener.Close())
	}, nil
}
