package filing

import (
	"fmt"
	"strings"
)

// Verdict is the supervisor's answer to one entry.
type Verdict struct {
	Entry   uint64
	Refused bool
	Reason  uint16 // the supervisor's own, 0 when not refused
	Text    string // for people; it may name the client, so it is kept nowhere
}

// Answer is the supervisor's answer to a file, or to a part of it.
type Answer struct {
	Broker   string
	Date     uint32
	Number   uint64 // of the file that is answered
	Verdicts []Verdict
}

// Name is the answer's file name.
func (a *Answer) Name() string {
	return fmt.Sprintf("KHBAHZ_%s_%d_%06d.txt", a.Broker, a.Date, a.Number)
}

// Encode writes the answer. It returns ErrFormat for what is none.
func (a *Answer) Encode() ([]byte, error) {
	var lines []string
	for i := range a.Verdicts {
		v := &a.Verdicts[i]
		if err := v.check(); err != nil {
			return nil, err
		}
		refused := "0"
		if v.Refused {
			refused = "1"
		}
		lines = append(lines, strings.Join([]string{"A", number(v.Entry), refused, number(uint64(v.Reason)), v.Text}, "|"))
	}
	return (&envelope{a.Broker, a.Date, a.Number}).wrap(lines)
}

func (v *Verdict) check() error {
	if v.Entry == 0 || !v.Refused && v.Reason != 0 {
		return fmt.Errorf("entry %d: a figure is out of its range: %w", v.Entry, ErrFormat)
	}
	return field(v.Text)
}

// DecodeAnswer reads an answer. Entries rise from line to line. It returns
// ErrFormat for anything that Encode would not have written.
func DecodeAnswer(raw []byte) (a Answer, err error) {
	var e envelope
	lines, err := e.unwrap(raw)
	if err != nil {
		return a, err
	}
	a = Answer{Broker: e.Broker, Date: e.Date, Number: e.Number}
	for _, line := range lines {
		part := strings.Split(line, "|")
		if len(part) != 5 || part[0] != "A" || part[2] != "0" && part[2] != "1" {
			return Answer{}, fmt.Errorf("an answer has 5 fields: %w", ErrFormat)
		}
		v := Verdict{Refused: part[2] == "1", Text: part[4]}
		if v.Entry, err = figure(part[1], 64); err != nil {
			return Answer{}, err
		}
		reason, err := figure(part[3], 16)
		if err != nil {
			return Answer{}, err
		}
		v.Reason = uint16(reason)
		if n := len(a.Verdicts); n > 0 && v.Entry <= a.Verdicts[n-1].Entry {
			return Answer{}, fmt.Errorf("entry %d follows entry %d: %w", v.Entry, a.Verdicts[n-1].Entry, ErrFormat)
		}
		if err := v.check(); err != nil {
			return Answer{}, err
		}
		a.Verdicts = append(a.Verdicts, v)
	}
	return a, nil
}
