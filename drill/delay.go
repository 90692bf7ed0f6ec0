package drill

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// delayed is a line that takes time: what goes in comes out a while later, and on
// loopback no faster than its bandwidth; between network namespaces the kernel
// keeps to that. The kernels that drills run on have no delay of their own.
type delayed struct {
	listener net.Listener
	ground   *ground
	from     int // the centre on whose side it stands
	to       string
	delay    time.Duration
	bits     int64
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	shut  bool
}

func newDelayed(g *ground, from int, to string, delay time.Duration, bitsPerSec int64) (*delayed, error) {
	d := &delayed{ground: g, from: from, to: to, delay: delay, bits: bitsPerSec, conns: map[net.Conn]bool{}}
	if g.apart() {
		d.bits = 0
	}
	if err := g.inside(from, func() (err error) {
		d.listener, err = net.Listen("tcp", drillHost+":0")
		return err
	}); err != nil {
		return nil, err
	}
	d.running.Go(d.accept)
	return d, nil
}

func (d *delayed) address() string { return d.listener.Addr().String() }

func (d *delayed) accept() {
	for {
		near, err := d.listener.Accept()
		if err != nil {
			return
		}
		var far net.Conn
		if err := d.ground.inside(d.from, func() (err error) {
			far, err = net.Dial("tcp", d.to)
			return err
		}); err != nil {
			_ = near.Close() // the far end is not there: the caller learns it so
			continue
		}
		if !d.keep(near, far) {
			return
		}
		d.running.Go(func() { d.carry(far, near) })
		d.running.Go(func() { d.carry(near, far) })
	}
}

// keep remembers connections for close; false when it was closed meanwhile.
func (d *delayed) keep(conns ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range conns {
		if d.shut {
			_ = c.Close()
		}
		d.conns[c] = true
	}
	return !d.shut
}

// parcel is some bytes and when they come out.
type parcel struct {
	data []byte
	at   time.Time
}

// parcelBytes is what is read at once; parcels bounds what is on its way.
const (
	parcelBytes = 32 << 10
	parcels     = 256
)

// carry takes bytes from one connection to another until either ends.
func (d *delayed) carry(to, from net.Conn) {
	way := make(chan parcel, parcels)
	d.running.Go(func() {
		defer func() { _, _ = to.Close(), from.Close() }()
		for p := range way {
			time.Sleep(time.Until(p.at))
			if _, err := to.Write(p.data); err != nil {
				for range way { // the reader ends by the closing of from
					_ = from.Close()
				}
				return
			}
		}
	})
	defer close(way)
	free := time.Now()
	for {
		buffer := make([]byte, parcelBytes)
		n, err := from.Read(buffer)
		if n > 0 {
			free = later(free, time.Now())
			if d.bits > 0 {
				free = free.Add(time.Duration(int64(n) * 8 * int64(time.Second) / d.bits))
			}
			way <- parcel{buffer[:n], free.Add(d.delay)}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return
			}
			return
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (d *delayed) close() error {
	err := d.listener.Close()
	d.mu.Lock()
	d.shut = true
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.running.Wait()
	return err
}
