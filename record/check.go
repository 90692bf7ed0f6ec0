package record

import "sancun/state"

// Commands of the checks that stand before a client (rows K11, K13): what
// registers and name lists said of a person, which checks the house asks for,
// and the counter's decision about a client that was held.
const (
	KindClientsChecked Kind = 75
	KindSetCheckRule   Kind = 76
	KindReviewClient   Kind = 77
)

// The checks, by their numbers in records.
const (
	CheckName     uint8 = 1 // name and document number belong together (police register)
	CheckFace     uint8 = 2 // a portrait is that of the holder
	CheckDocument uint8 = 3 // what a picture of the document says is what was typed
	CheckCard     uint8 = 4 // name, document, card and mobile belong together (four elements)
	CheckList     uint8 = 5 // nobody on the name lists has this name or document

	// CheckCount is one more than the highest number of a check.
	CheckCount = 6
)

// Outcomes of a check. Zero is a check that was never asked for.
const (
	CheckAgreed    uint8 = 1 // yes; of the lists: nobody there
	CheckDisagreed uint8 = 2 // no; of the lists: somebody there may be the person
	CheckRefused   uint8 = 3 // the register did not look
	CheckUnknown   uint8 = 4 // nobody knows: no answer in time, or one that is none
)

// CheckSerialMax bounds the register's serial, or the name of the list and the
// number of its entry, in bytes.
const CheckSerialMax = 64

// CheckResult is what came of one check.
type CheckResult struct {
	Check   uint8
	Outcome uint8
	Reason  uint16 // the register's own, 0 without one
	Serial  string // the register's, or list and entry; never personal data
	// Entry is of a hit on name lists the keyed hash of the entries that were met,
	// so that what two people found harmless is known when it is met again; zero
	// otherwise.
	Entry state.Key
}

func (r *CheckResult) walk(w *Codec) {
	w.U8(&r.Check)
	w.U8(&r.Outcome)
	w.U16(&r.Reason)
	w.Text(&r.Serial)
	w.Fixed(r.Entry[:])
}

// CheckData are the results about one person, who is or may become a client.
type CheckData struct {
	Client  uint64 // number the person has, or is to have
	ID      state.Key
	Name    state.Key
	Results []CheckResult
}

func (d *CheckData) walk(w *Codec) {
	w.U64(&d.Client)
	w.Fixed(d.ID[:])
	w.Fixed(d.Name[:])
	walkRows(w, &d.Results, (*CheckResult).walk)
}

// ClientsChecked says what registers and lists answered (K11, K13). It stands in
// the journal before the opening or change that asked, so that an outcome is kept
// whatever becomes of it. The outcome's Ref is as for OpenClients.
type ClientsChecked struct{ Rows []CheckData }

// Kind returns KindClientsChecked.
func (*ClientsChecked) Kind() Kind { return KindClientsChecked }

// Walk walks the fields.
func (c *ClientsChecked) Walk(w *Codec) { walkRows(w, &c.Rows, (*CheckData).walk) }

// SetCheckRule says which checks a class of clients needs from a date on. It needs
// a second person.
type SetCheckRule struct {
	Class    uint8  // custody.Person or Organisation
	Required uint8  // bits: 1 << Check…
	Days     uint16 // how many days old an outcome may be; 0 is of the same business date
	From     uint32
	Source   string
}

// Kind returns KindSetCheckRule.
func (*SetCheckRule) Kind() Kind { return KindSetCheckRule }

// Walk walks the fields.
func (c *SetCheckRule) Walk(w *Codec) {
	w.U8(&c.Class)
	w.U8(&c.Required)
	w.U16(&c.Days)
	w.U32(&c.From)
	w.Text(&c.Source)
}

// ReviewClient decides about a client that was held: released, the client is what
// he was before, normal after an opening; refused, a client without accounts is
// closed and one with accounts is frozen. It needs a second person.
type ReviewClient struct {
	Client    uint64
	Release   uint8  // 1 released, 0 refused
	Reference string // what was looked at
}

// Kind returns KindReviewClient.
func (*ReviewClient) Kind() Kind { return KindReviewClient }

// Walk walks the fields.
func (c *ReviewClient) Walk(w *Codec) {
	w.U64(&c.Client)
	w.U8(&c.Release)
	w.Text(&c.Reference)
}
