package bench

import (
	"fmt"
	"runtime"

	"sancun/money"
	"sancun/record"
)

// positionsEach is how many securities a client holds in the measure of memory.
const positionsEach = 5

// Memory measures how much memory a client takes, with cash, a contract, one
// securities account and five positions. The rate is that of making them.
func Memory(c Conditions, clients int) (Result, error) {
	r := Result{Name: "memory of a client with 5 positions", Size: clients, Unit: "clients"}
	empty, err := openCell(c, 0, 3)
	if err != nil {
		return r, err
	}
	before := heap()
	if err := empty.close(c.Dir, nil); err != nil {
		return r, err
	}
	made, err := openCell(c, clients, 3)
	if err != nil {
		return r, err
	}
	const perBatch = batchRequests / positionsEach
	var batches [][]record.Request
	for first := 0; first < clients; first += perBatch {
		var batch []record.Request
		for n := first; n < min(first+perBatch, clients); n++ {
			for p := range uint32(positionsEach) {
				batch = append(batch, record.Request{Cmd: &record.SecuritiesIn{Fund: fundOf(n), Instrument: cellShare + (uint32(n)*7+p*131)%cellStocks, Quantity: money.Quantity(100 * (p + 1))}})
			}
		}
		batches = append(batches, batch)
	}
	if err := r.inOrder(made.Core, batches, clients); err != nil {
		return r, made.close(c.Dir, err)
	}
	batches = nil
	r.Each = (heap() - before) / int64(clients)
	r.Note = fmt.Sprintf("%d bytes a client", r.Each)
	return r, made.close(c.Dir, nil)
}

// heap returns the bytes in use after everything unused is freed.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}
