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
	empty, err := openCell(c, 0, manyBanks)
	if err != nil {
		return r, err
	}
	before := heap()
	if err := empty.close(c.Dir, nil); err != nil {
		return r, err
	}
	made, err := openCell(c, clients, manyBanks)
	if err != nil {
		return r, err
	}
	const perBatch = batchRequests / positionsEach
	next := 0
	err = r.inOrder(made.Core, rounds((clients+perBatch-1)/perBatch, func() []record.Request {
		var batch []record.Request
		for end := min(next+perBatch, clients); next < end; next++ {
			for p := range uint32(positionsEach) {
				batch = append(batch, record.Request{Cmd: &record.SecuritiesIn{Fund: fundOf(next), Instrument: cellShare + (uint32(next)*7+p*131)%cellStocks, Quantity: money.Quantity(100 * (p + 1))}})
			}
		}
		return batch
	}))
	if err != nil {
		return r, made.close(c.Dir, err)
	}
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
