package bench

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// knocks is what a door is asked.
type knocks struct {
	path    string
	media   string
	callers int // connections, each with one request at a time
	count   int
	items   int                                 // of one request
	body    func(dst []byte, v *visitor) []byte // appends a body
	refused bool                                // an answer of 503 is expected
}

// visitor is one caller: a plain client, because that of the standard library
// would take more of the two cores than the node.
type visitor struct {
	door *door
	rng  *rand.Rand
	conn *tls.Conn
	in   *bufio.Reader
	out  []byte
	text []byte

	pause time.Duration // that the last answer asked for
}

// visit is what became of one caller's requests.
type visit struct {
	took    []time.Duration // of those that were taken
	refused int
	slowest time.Duration // refusal
}

// knock has all callers ask and fills the result. What is asked of the banks is
// confirmed meanwhile, and the time ends with the last confirmation.
func (d *door) knock(r *Result, seed uint64, k *knocks, confirm bool) ([]visit, error) {
	banks := d.answerFor(confirm)
	visits, errs := make([]visit, k.callers), make([]error, k.callers)
	var next atomic.Int64
	var callers sync.WaitGroup
	began := startClock()
	for i := range k.callers {
		callers.Go(func() {
			v := &visitor{door: d, rng: rand.New(rand.NewPCG(seed, uint64(i)))}
			visits[i], errs[i] = v.run(k, &next)
		})
	}
	callers.Wait()
	err := errors.Join(append(errs, banks.drain())...)
	var took []time.Duration
	for i := range visits {
		took = append(took, visits[i].took...)
	}
	r.Size = len(took) * k.items
	r.timed(began, r.Size)
	r.percentiles("a request", took)
	r.Failures += banks.failed
	return visits, err
}

// run asks until all callers together have asked often enough.
func (v *visitor) run(k *knocks, next *atomic.Int64) (done visit, err error) {
	v.door.dialling <- struct{}{} // a node gives up on who does not get a turn in five seconds
	v.conn, err = tls.Dial("tcp", v.door.address, v.door.security)
	<-v.door.dialling
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, v.conn.Close()) }()
	v.in = bufio.NewReader(v.conn)
	for {
		i := next.Add(1)
		if i > int64(k.count) {
			return done, nil
		}
		v.text = k.body(v.text[:0], v)
		began := time.Now()
		status, body, err := v.ask(k, i)
		switch took := time.Since(began); {
		case err != nil:
			return done, err
		case status == http.StatusOK || status == http.StatusCreated:
			done.took = append(done.took, took)
			if k.items > 1 && i%16 == 1 && bytes.Contains(body, []byte(`"number"`)) {
				return done, fmt.Errorf("an item of a batch was rejected: %.300s", body)
			}
		case status == http.StatusServiceUnavailable && k.refused:
			done.refused++
			done.slowest = max(done.slowest, took)
			time.Sleep(v.pause)
		default:
			return done, fmt.Errorf("%s answered %d: %.300s", k.path, status, body)
		}
	}
}

// ask sends the request in v.text and reads the answer.
func (v *visitor) ask(k *knocks, i int64) (status int, body []byte, err error) {
	v.out = fmt.Appendf(v.out[:0], "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nIdempotency-Key: k%d\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		k.path, v.door.address, v.door.token, i, k.media, len(v.text))
	v.out = append(v.out, v.text...)
	if _, err := v.conn.Write(v.out); err != nil {
		return 0, nil, err
	}
	line, err := v.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil { // after "HTTP/1.1 "
		return 0, nil, err
	}
	length := -1
	for len(line) > 2 {
		if line, err = v.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			length, err = strconv.Atoi(string(bytes.TrimSpace(value)))
		case "Retry-After":
			v.pause, err = time.ParseDuration(string(bytes.TrimSpace(value)) + "s")
		}
		if err != nil {
			return 0, nil, err
		}
	}
	if length >= 0 {
		v.text = slices.Grow(v.text[:0], length)[:length]
		_, err = io.ReadFull(v.in, v.text)
		return status, v.text, err
	}
	v.text, err = v.chunks(v.text[:0])
	return status, v.text, err
}

// chunks reads a body that comes in chunks.
func (v *visitor) chunks(dst []byte) ([]byte, error) {
	for {
		line, err := v.in.ReadSlice('\n')
		if err != nil {
			return dst, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return dst, err
		}
		at := len(dst)
		dst = slices.Grow(dst, int(n)+2)[:at+int(n)+2]
		if _, err := io.ReadFull(v.in, dst[at:]); err != nil {
			return dst, err
		}
		dst = dst[:at+int(n)] // without the line's end
		if n == 0 {
			return dst, nil
		}
	}
}
