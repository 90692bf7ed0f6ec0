// Package step speaks to the integrated business platform of Shanghai (综合业务平台),
// which takes after-hours orders at the closing price: the STEP texts of
// interface IS105 chapter 7 in the rows of the database tables of interface
// IS108 (EzSTEP), described in docs/formats/ezstep.md.
//
// The texts and the columns are the exchange's. That the rows come as lines over
// a connection is this program's own assumption, because EzSTEP itself reads and
// writes the tables of a database that stands beside it.
//
// Every text that is accepted has one form only: reading it and writing it again
// gives the same bytes. It must never guess a field that is missing.
package step

import (
	"strings"

	"sancun/wire/frame"
)

// The separators. A value holds neither.
const (
	fieldEnd  = '\x01' // SOH, behind every field of a text
	columnSep = '|'    // before every column of a line
	lineEnd   = '\n'
)

// ReqID is the request type of after-hours orders, and BcastType the kind of
// their execution reports.
const (
	ReqID     = "PFP"
	BcastType = "19"
)

// Text is a STEP message: NewOrder, Cancel, Response, CancelReject or Execution.
type Text interface {
	msgType() string
	fields(w *walk)
}

// Request is a Text that we send.
type Request interface {
	Text
	// Key is what the columns of its row repeat.
	Key() (clOrdID, securityID, pbu string)
}

// Reply is a Text that answers a Request.
type Reply interface {
	Text
	// Code is why the request was refused; 0 when it was not.
	Code() uint32
}

// text writes a message: BodyLength, MsgType, and its fields in their order.
func text(t Text) (string, error) {
	body := walk{what: "step text " + t.msgType()}
	body.constant(35, "MsgType", t.msgType())
	t.fields(&body)
	head := walk{what: body.what, err: body.err}
	length := uint64(len(body.out))
	number(&head, 9, "BodyLength", &length, 5)
	return string(head.out) + string(body.out), head.err
}

// parse reads a message into the one of the candidates whose type it states.
func parse(s string, candidates ...Text) (Text, error) {
	w := walk{reading: true, what: "step text", whole: s}
	var length uint64
	number(&w, 9, "BodyLength", &length, 5)
	if w.err == nil && length != uint64(len(s)-w.at) {
		w.fail("BodyLength", frame.ErrLength, "")
	}
	stated := w.value(35, "MsgType", "")
	if w.err != nil {
		return nil, w.err
	}
	for _, t := range candidates {
		if t.msgType() == stated {
			w.what += " " + stated
			t.fields(&w)
			return t, w.finish()
		}
	}
	w.fail("MsgType", frame.ErrType, stated)
	return nil, w.err
}

// printable says why a value cannot stand in a field, or "".
func printable(s string) string {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == columnSep {
			return "a byte that is not printable, or a |"
		}
	}
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return "a space at its end"
	}
	return ""
}
