package custody

import (
	"sancun/record"
	"sancun/state"
)

// Erasure says that the data key of a client is to be destroyed in every centre,
// and stays destroyed there.
type Erasure struct {
	Client uint64
	At     int64 // block time, unix nanoseconds
}

const erasureWidth = 16

// Encode writes the row.
func (e *Erasure) Encode(dst []byte) { f := state.Writing(dst); e.walk(&f) }

// Decode reads the row.
func (e *Erasure) Decode(src []byte) { f := state.Reading(src); e.walk(&f) }

func (e *Erasure) walk(f *state.Fields) {
	f.U64(&e.Client)
	state.I64(f, &e.At)
}

// retention is how many years after a client has left the records must be kept, by
// the date on which they are asked to be erased.
var retention = []struct {
	from   uint32
	years  uint32
	source string
}{
	{20200301, 20, "Securities Law of 2019, article 137: clients' records at least 20 years"},
}

// keptUntil is the first date on which the data of a client who left may be erased.
func keptUntil(closed, today uint32) uint32 {
	years := retention[0].years
	for _, r := range retention {
		if r.from <= today {
			years = r.years
		}
	}
	return closed + years*10_000 // a date is yyyymmdd
}

func (m *Machine) eraseClient(c *record.EraseClient) record.Code {
	row, ok := m.index.clients.Find(state.KeyOf(c.Client, 0))
	switch {
	case !ok:
		return record.UnknownClient
	case m.clients.At(row).State != Closed:
		return record.ClientNotClosed
	case c.Reason == "":
		return record.ReasonMissing
	case m.today().Date < keptUntil(m.clients.At(row).Closed, m.today().Date):
		return record.KeptByLaw
	}
	if _, erased := m.index.erased.Find(state.KeyOf(c.Client, 0)); erased {
		return record.AlreadyErased
	}
	put(m, m.erasures, m.erasures.Len(), Erasure{Client: c.Client, At: m.now})
	return record.Accepted
}

// ErasuresFrom returns whose keys are destroyed, from a row on.
func (m *Machine) ErasuresFrom(row uint32) []Erasure {
	var all []Erasure
	for ; row < m.erasures.Len(); row++ {
		all = append(all, *m.erasures.At(row))
	}
	return all
}

// Erased says whether the key of a client is to be destroyed.
func (m *Machine) Erased(client uint64) bool {
	_, erased := m.index.erased.Find(state.KeyOf(client, 0))
	return erased
}

// ClientNumbersFrom returns the numbers of the clients from a row on, at most n.
func (m *Machine) ClientNumbersFrom(row uint32, n int) []uint64 {
	var all []uint64
	for ; row < m.clients.Len() && len(all) < n; row++ {
		all = append(all, m.clients.At(row).Number)
	}
	return all
}
