package step

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"sancun/wire/frame"
)

// Line is what passes over the connection: one of the types below.
type Line interface {
	verb() string
	columns(w *walk)
}

// Open begins a session, and answers that.
type Open struct {
	User string // ours at the counter
	Date frame.Date
	Beat uint32 // seconds between two signs of life; 0 wants none
}

// Close ends a session and says why.
type Close struct{ Text string }

// Beat is the counter's sign of life.
type Beat struct{}

// From asks for all rows numbered from Next on, and those to come. Zero asks for
// nothing but an End, and is our sign of life.
type From struct{ Next uint64 }

// End answers a From: Last is the number of the last row there was. The rows asked for
// follow it.
type End struct{ Next, Last uint64 }

// Insert gives the counter a request, to be written into the table reqresp.
type Insert struct{ Request Request }

// Refuse says that a request was not written into the table, so that nothing of
// it will ever be in a row.
type Refuse struct {
	Reff   string // ClOrdID of the request
	PBU    string
	Remark uint32
}

// The states of a row that has been answered.
const (
	StatusTaken    = 'O' // the exchange has it
	StatusRefused  = 'F' // the exchange refused it
	StatusRejected = 'E' // EzSTEP refused it
)

// Answer is a row of the table reqresp that has been answered. The columns that
// only repeat our request are left out.
type Answer struct {
	Number       uint64 // of the row in the counter's order, over both tables
	ReqNum       uint32
	Reff         string
	PBU          string
	Time         Stamp // when the request was written
	Status       byte
	LocalRespNum uint32
	Reply        Reply
}

// Report is a row of the table execreport.
type Report struct {
	Number    uint64 // of the row in the counter's order, over both tables
	ExecNum   uint32
	SetID     string
	SeqNum    uint32
	Time      Stamp
	Execution Execution
}

func (*Open) verb() string   { return "open" }
func (*Close) verb() string  { return "close" }
func (*Beat) verb() string   { return "beat" }
func (*From) verb() string   { return "from" }
func (*End) verb() string    { return "end" }
func (*Insert) verb() string { return "insert" }
func (*Refuse) verb() string { return "refuse" }
func (*Answer) verb() string { return "reqresp" }
func (*Report) verb() string { return "execreport" }

// newLine makes an empty line of a verb, or nil.
func newLine(verb string) Line {
	for _, l := range []Line{&Open{}, &Close{}, &Beat{}, &From{}, &End{}, &Insert{}, &Refuse{}, &Answer{}, &Report{}} {
		if l.verb() == verb {
			return l
		}
	}
	return nil
}

func (l *Open) columns(w *walk) {
	w.chars(0, "user", &l.User, 10)
	number(w, 0, "date", &l.Date, 8)
	if w.err == nil && (l.Date == 0 || !l.Date.Valid()) {
		w.fail("date", frame.ErrRange, "no day of the calendar")
	}
	number(w, 0, "beat", &l.Beat, 3)
}

func (l *Close) columns(w *walk) { w.chars(0, "text", &l.Text, 100) }

func (l *Beat) columns(*walk) {}

func (l *From) columns(w *walk) { number(w, 0, "number", &l.Next, 18) }

func (l *End) columns(w *walk) {
	number(w, 0, "number", &l.Next, 18)
	number(w, 0, "last", &l.Last, 18)
}

func (l *Insert) columns(w *walk) {
	var reff, security, pbu string
	if !w.reading {
		if l.Request == nil {
			w.fail("reqtext", frame.ErrType, "nothing to insert")
			return
		}
		reff, security, pbu = l.Request.Key()
	}
	w.constant(0, "reqid", ReqID)
	w.chars(0, "reff", &reff, 10)
	w.chars(0, "securityid", &security, 6)
	w.chars(0, "pbu", &pbu, 5)
	w.text("reqtext", l.Request, func(t Text) { l.Request, _ = t.(Request) }, &NewOrder{}, &Cancel{})
	if w.err != nil {
		return
	}
	if r, s, p := l.Request.Key(); r != reff || s != security || p != pbu || r == "" || p == "" {
		w.fail("reqtext", frame.ErrCode, "the columns do not say what the text says")
	}
}

func (l *Refuse) columns(w *walk) {
	w.chars(0, "reff", &l.Reff, 10)
	w.chars(0, "pbu", &l.PBU, 5)
	w.code(0, "remark", &l.Remark)
	if w.err == nil && (l.Reff == "" || l.Remark == 0) {
		w.fail("remark", frame.ErrCode, "says neither whose nor why")
	}
}

func (l *Answer) columns(w *walk) {
	w.row(&l.Number)
	number(w, 0, "reqnum", &l.ReqNum, 10)
	w.chars(0, "reff", &l.Reff, 10)
	w.chars(0, "pbu", &l.PBU, 5)
	w.stamp(0, "recordtimestamp", &l.Time)
	w.letter(0, "ordstatus", &l.Status, "OFE")
	remark := uint32(0)
	if !w.reading && l.Reply != nil {
		remark = l.Reply.Code()
	}
	w.code(0, "remark", &remark)
	number(w, 0, "localrespnum", &l.LocalRespNum, 10)
	w.text("resptext", l.Reply, func(t Text) { l.Reply, _ = t.(Reply) }, &Response{}, &CancelReject{})
	switch {
	case w.err != nil:
	case remark != l.Reply.Code() || (l.Status == StatusTaken) != (remark == 0):
		w.fail("remark", frame.ErrCode, "ordstatus, remark and resptext do not agree")
	case l.clOrdID() != l.Reff:
		w.fail("reff", frame.ErrCode, "resptext answers another request")
	}
}

func (l *Answer) clOrdID() string {
	switch r := l.Reply.(type) {
	case *Response:
		return r.ClOrdID
	case *CancelReject:
		return r.ClOrdID
	}
	return ""
}

func (l *Report) columns(w *walk) {
	w.row(&l.Number)
	number(w, 0, "execnum", &l.ExecNum, 10)
	w.constant(0, "bcasttype", BcastType)
	w.chars(0, "setid", &l.SetID, 3)
	number(w, 0, "seqnum", &l.SeqNum, 10)
	w.stamp(0, "recordtimestamp", &l.Time)
	w.text("execreporttext", &l.Execution, func(Text) {}, &l.Execution)
}

// row visits the number of a row, which begins at 1.
func (w *walk) row(n *uint64) {
	number(w, 0, "number", n, 18)
	if w.err == nil && *n == 0 {
		w.fail("number", frame.ErrRange, "rows begin at 1")
	}
}

// text visits a column that holds a message: have is written; what is read, one
// of the candidates, is handed to take.
func (w *walk) text(name string, have Text, take func(Text), candidates ...Text) {
	if w.err != nil {
		return
	}
	s := ""
	if !w.reading {
		if have == nil {
			w.fail(name, frame.ErrType, "nothing to write")
			return
		}
		if s, w.err = text(have); w.err != nil {
			return
		}
	}
	s = w.value(0, name, s)
	if len(s) > textMax {
		w.fail(name, frame.ErrLength, "over 1,024 characters")
	}
	if w.err != nil || !w.reading {
		return
	}
	t, err := parse(s, candidates...)
	if err != nil {
		w.err = err
		return
	}
	take(t)
}

const (
	// textMax is the width of a column that holds a message.
	textMax = 1_024
	// lineMax is over the longest line: one text and the columns before it.
	lineMax = 2_048
)

// AppendLine appends a line with its end. A line that does not fit leaves dst as
// it was.
func AppendLine(dst []byte, l Line) ([]byte, error) {
	w := walk{what: "ezstep line " + l.verb(), out: []byte(l.verb())}
	l.columns(&w)
	if w.err != nil {
		return dst, w.err
	}
	return append(append(dst, w.out...), lineEnd), nil
}

// ParseLine reads a line without its end. The error is a *frame.Error.
func ParseLine(s string) (Line, error) {
	verb, _, _ := strings.Cut(s, string(columnSep))
	l := newLine(verb)
	w := walk{reading: true, what: "ezstep line", whole: s}
	if l == nil {
		w.fail("", frame.ErrType, "")
		return nil, w.err
	}
	w.what, w.at = w.what+" "+verb, len(verb)
	l.columns(&w)
	if err := w.finish(); err != nil {
		return nil, err
	}
	return l, nil
}

// Reader reads lines from a connection.
type Reader struct{ in *bufio.Reader }

// NewReader reads from src.
func NewReader(src io.Reader) *Reader { return &Reader{bufio.NewReaderSize(src, lineMax)} }

// Next returns the next line without its end. A line that is too long ends the
// stream with a *frame.Error; one that the stream cuts short, with
// io.ErrUnexpectedEOF.
func (r *Reader) Next() (string, error) {
	line, err := r.in.ReadSlice(lineEnd)
	switch {
	case err == nil:
		return string(line[:len(line)-1]), nil
	case errors.Is(err, bufio.ErrBufferFull):
		return "", &frame.Error{Message: "ezstep line", Offset: len(line), Reason: frame.ErrLength, Detail: "has no end"}
	case errors.Is(err, io.EOF) && len(line) > 0:
		return "", io.ErrUnexpectedEOF
	}
	return "", err
}
