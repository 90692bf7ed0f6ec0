package record

import "sancun/state"

// Commands of the comparison of the clients there are with name lists (rows K13,
// K50). When a list changes, a comparison begins; it goes through the clients in
// bounded steps, so that a centre that stopped in the middle goes on where it was.
const (
	KindBeginComparison Kind = 320
	KindClientsCompared Kind = 321
)

const (
	// ComparisonStepMax bounds the clients of one step, so that other business is
	// decided between two steps.
	ComparisonStepMax = 500
	// ListsMax bounds the lists that one comparison names.
	ListsMax = 64
	// ListNameMax bounds a list's name in bytes.
	ListNameMax = 24
)

// ListVersion is one version of a name list. Sum tells versions of one name and
// date apart; nothing of the list's content is in it but a keyed hash.
type ListVersion struct {
	Name string
	Date uint32 // first business date it holds
	Sum  state.Key
}

func (v *ListVersion) walk(w *Codec) {
	w.Text(&v.Name)
	w.U32(&v.Date)
	w.Fixed(v.Sum[:])
}

// BeginComparison begins to compare every client with the lists that hold, and
// ends an older comparison that is under way. The house begins one when the lists
// are others than those compared last; a person may have it done again. The
// outcome's reference is the number of the comparison.
type BeginComparison struct{ Lists []ListVersion }

// Kind returns KindBeginComparison.
func (*BeginComparison) Kind() Kind { return KindBeginComparison }

// Walk walks the fields.
func (c *BeginComparison) Walk(w *Codec) { walkRows(w, &c.Lists, (*ListVersion).walk) }

// ClientsCompared says that the clients of a step were compared, in the order they
// were opened: those from From on, which is how many were compared before, up to
// Through. Rows are those on a list, and those whose data could not be opened, of
// which the outcome is CheckUnknown; nothing is said of the others. The outcome's
// reference is how many clients were held for it.
type ClientsCompared struct {
	Comparison uint64
	From       uint32
	Through    uint32
	Rows       []CheckData
}

// Kind returns KindClientsCompared.
func (*ClientsCompared) Kind() Kind { return KindClientsCompared }

// Walk walks the fields.
func (c *ClientsCompared) Walk(w *Codec) {
	w.U64(&c.Comparison)
	w.U32(&c.From)
	w.U32(&c.Through)
	walkRows(w, &c.Rows, (*CheckData).walk)
}
