package record

// Commands of the filing of clients with the supervisor (row K13). That a client
// is to be filed follows from the command that opened, changed or closed him; these
// put what is to be filed into files, and say what the supervisor answered.
const (
	KindMakeFiling     Kind = 322
	KindFilingAnswered Kind = 323
	KindFileAgain      Kind = 324
	KindFilingRead     Kind = 325
)

const (
	// FilingMax bounds the entries of one file, as a batch of clients is bounded: a
	// command with the longest sealed lines still is a command.
	FilingMax = 500
	// FilingSealedMax bounds one sealed line in bytes.
	FilingSealedMax = 960
)

// The kinds of entries.
const (
	FilingOpening uint8 = 1
	FilingChange  uint8 = 2 // of name, document or mobile
	FilingClosing uint8 = 3
)

// What the supervisor answers to an entry.
const (
	FilingAcknowledged uint8 = 1
	FilingRefused      uint8 = 2
)

// FilingLine is one entry of a file: its number, and the line as it stands in the
// file, sealed under the client's key, so that the file can be written again byte
// by byte for as long as the client's data may be read.
type FilingLine struct {
	Filing uint64
	Sealed []byte
}

func (l *FilingLine) walk(w *Codec) {
	w.U64(&l.Filing)
	w.Blob(&l.Sealed)
}

// MakeFiling puts entries into a file: the next ones in their order, none left out,
// so that an entry is in exactly one file. The outcome's reference is the number
// of the file.
type MakeFiling struct{ Lines []FilingLine }

// Kind returns KindMakeFiling.
func (*MakeFiling) Kind() Kind { return KindMakeFiling }

// Walk walks the fields.
func (c *MakeFiling) Walk(w *Codec) { walkRows(w, &c.Lines, (*FilingLine).walk) }

// FilingAnswer is the supervisor's answer to one entry.
type FilingAnswer struct {
	Filing  uint64
	Outcome uint8  // FilingAcknowledged or FilingRefused
	Reason  uint16 // the supervisor's own, 0 without one
}

func (a *FilingAnswer) walk(w *Codec) {
	w.U64(&a.Filing)
	w.U8(&a.Outcome)
	w.U16(&a.Reason)
}

// FilingAnswered takes the supervisor's answer to a file, or to a part of it. The
// same answer again changes nothing. The outcome's reference is how many entries
// were answered for the first time.
type FilingAnswered struct {
	File uint64
	Rows []FilingAnswer
}

// Kind returns KindFilingAnswered.
func (*FilingAnswered) Kind() Kind { return KindFilingAnswered }

// Walk walks the fields.
func (c *FilingAnswered) Walk(w *Codec) {
	w.U64(&c.File)
	walkRows(w, &c.Rows, (*FilingAnswer).walk)
}

// FileAgain has an entry that was refused filed again, as an entry of its own, with
// the client's data as they are when its file is made. The outcome's reference is
// the number of the new entry.
type FileAgain struct {
	Filing    uint64
	Reference string // what was put right
}

// Kind returns KindFileAgain.
func (*FileAgain) Kind() Kind { return KindFileAgain }

// Walk walks the fields.
func (c *FileAgain) Walk(w *Codec) {
	w.U64(&c.Filing)
	w.Text(&c.Reference)
}

// FilingRead says that a person took a file with its personal data in clear, and
// why. It is durable before the file is given (row K54).
type FilingRead struct {
	File   uint64
	Reason string // never personal data itself
}

// Kind returns KindFilingRead.
func (*FilingRead) Kind() Kind { return KindFilingRead }

// Walk walks the fields.
func (c *FilingRead) Walk(w *Codec) {
	w.U64(&c.File)
	w.Text(&c.Reason)
}

// complianceCommands are comparisons and filings.
var complianceCommands = []func() Command{
	func() Command { return &BeginComparison{} },
	func() Command { return &ClientsCompared{} },
	func() Command { return &MakeFiling{} },
	func() Command { return &FilingAnswered{} },
	func() Command { return &FileAgain{} },
	func() Command { return &FilingRead{} },
}
