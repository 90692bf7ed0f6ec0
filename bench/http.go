package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

const (
	jsonMedia    = "application/json"
	compactMedia = "application/vnd.sancun.batch"
	doorItems    = 1_000 // of a batch
)

// aDeposit appends the JSON of a deposit of some client.
func aDeposit(dst []byte, v *visitor) []byte {
	dst = append(dst, `{"fund":`...)
	dst = strconv.AppendUint(dst, fundOf(v.rng.IntN(v.door.clients)), 10)
	dst = append(dst, `,"amount":`...)
	dst = strconv.AppendInt(dst, int64(1+v.rng.IntN(1_000_00)), 10)
	return append(dst, '}')
}

// aBatch appends the JSON of a batch of deposits.
func aBatch(dst []byte, v *visitor) []byte {
	dst = append(dst, `{"items":[`...)
	for i := range doorItems {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(aDeposit(append(dst, `{"deposit":`...), v), '}')
	}
	return append(dst, `]}`...)
}

// aCompactBatch appends the compact form of a batch of deposits (docs/api.md).
func aCompactBatch(dst []byte, v *visitor) []byte {
	le := binary.LittleEndian
	dst = le.AppendUint32(append(dst, "SCQ1"...), doorItems)
	for range doorItems {
		dst = le.AppendUint64(dst, 1)
		dst = le.AppendUint64(dst, fundOf(v.rng.IntN(v.door.clients)))
		dst = le.AppendUint64(dst, uint64(1+v.rng.IntN(1_000_00)))
		dst = append(dst, make([]byte, 24)...)
	}
	return dst
}

// HTTPDeposits asks a node for deposits, one a request, each of which its bank
// confirms.
func HTTPDeposits(c Conditions, clients, deposits, callers int, hot bool) (Result, error) {
	r := Result{Name: "HTTP, a deposit a request", Unit: "deposits"}
	d, err := openDoor(c, clients, hot)
	if err != nil {
		return r, err
	}
	r.Note = fmt.Sprintf("%d connections, %d clients, %d banks, each deposit confirmed by its bank; callers are goroutines of the same process", callers, clients, d.banks)
	_, err = d.knock(&r, c.Seed, &knocks{path: "/v1/deposits", media: jsonMedia, callers: callers, count: deposits, items: 1, body: aDeposit}, true)
	return r, errors.Join(err, d.close(), os.RemoveAll(c.Dir))
}

// doorBatchCallers is how many callers send batches: enough that one is always
// being decided.
const doorBatchCallers = 4

// HTTPBatches asks a node for deposits, 1,000 a request, in JSON or in the compact
// form. The banks' confirmations are not part of it.
func HTTPBatches(c Conditions, clients, batches int, compact, hot bool) (Result, error) {
	r := Result{Name: "HTTP, 1,000 deposits a request", Unit: "deposits"}
	d, err := openDoor(c, clients, hot)
	if err != nil {
		return r, err
	}
	k := &knocks{path: "/v1/batch", media: jsonMedia, callers: doorBatchCallers, count: batches, items: doorItems, body: aBatch}
	form := "JSON"
	if compact {
		k.media, k.body, form = compactMedia, aCompactBatch, "compact"
	}
	r.Note = fmt.Sprintf("%s, %d connections, %d clients, %d banks; asked, not confirmed; callers are goroutines of the same process", form, k.callers, clients, d.banks)
	_, err = d.knock(&r, c.Seed, k, false)
	return r, errors.Join(err, d.close(), os.RemoveAll(c.Dir))
}

// doorCrowd is how many connections ask at once in an overload.
const doorCrowd = 4_000

// HTTPOverload asks a node for deposits from many more connections than it works
// on at once. The latencies are those of what was taken; the refused wait as
// long as they were told and ask for something else.
func HTTPOverload(c Conditions, clients, crowd, offers int, hot bool) (Result, error) {
	r := Result{Name: "HTTP, overload", Unit: "deposits taken"}
	d, err := openDoor(c, clients, hot)
	if err != nil {
		return r, err
	}
	visits, err := d.knock(&r, c.Seed, &knocks{path: "/v1/deposits", media: jsonMedia, callers: crowd, count: offers, items: 1, body: aDeposit, refused: true}, true)
	refused, slowest := 0, time.Duration(0)
	for i := range visits {
		refused += visits[i].refused
		slowest = max(slowest, visits[i].slowest)
	}
	r.Note = fmt.Sprintf("%d connections; %d of %d requests refused, the slowest refusal after %s; callers are goroutines of the same process", crowd, refused, offers, Short(slowest))
	return r, errors.Join(err, d.close(), os.RemoveAll(c.Dir))
}
