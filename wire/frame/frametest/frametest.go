// Package frametest is the proof that the format of an exchange must pass: golden
// bytes, its document, what may be cut or turned over, and fuzzing. wire/szse and
// wire/sse run the same proof on their own messages. It is for tests alone and
// must never be imported by anything else.
package frametest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sancun/wire/frame"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Message is a message of the protocol under proof.
type Message interface {
	Append(dst []byte) ([]byte, error)
}

// Sample is one valid message.
type Sample struct {
	Name    string // of its golden file
	Message Message
}

// Codec is the protocol under proof.
type Codec struct {
	HeaderLen int
	BodyMax   int
	Samples   []Sample // one of every message at least
	// Number is the number of a message, and Known says which there are.
	Number func(m Message) uint32
	Known  func(number uint32) bool
	Decode func(number uint32, body []byte) (Message, error)
	// Frame appends the frame of m.
	Frame func(dst []byte, m Message) ([]byte, error)
	// Frames returns a function that gives the frames of src one by one.
	Frames func(src io.Reader) func() (number uint32, body []byte, err error)
}

// numbersMax is over the largest message number of either exchange.
const numbersMax = 400_000

// Golden pins the bytes of one frame of every sample in testdata and reads them
// back. It wants a sample of every message that the protocol knows.
func Golden(t *testing.T, c *Codec) {
	seen := map[uint32]bool{}
	for _, s := range c.Samples {
		seen[c.Number(s.Message)] = true
		whole, err := c.Frame(nil, s.Message)
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
			continue
		}
		dirty := bytes.Repeat([]byte{0xa5}, len(whole)) // old bytes must not shine through
		if again, err := c.Frame(dirty[:0], s.Message); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s into a used buffer: % x, %v", s.Name, again, err)
		}
		path := filepath.Join("testdata", s.Name+".hex")
		if *update {
			if err := os.WriteFile(path, []byte(hex.Dump(whole)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.Dump(whole); got != string(want) {
			t.Errorf("%s:\n got\n%s\nwant\n%s", s.Name, got, want)
		}
		number, body, err := c.Frames(bytes.NewReader(whole))()
		if err != nil || number != c.Number(s.Message) {
			t.Errorf("%s: read as message %d, %v", s.Name, number, err)
			continue
		}
		if m, err := c.Decode(number, body); err != nil || !reflect.DeepEqual(m, s.Message) {
			t.Errorf("%s: decoded %+v, %v; want %+v", s.Name, m, err, s.Message)
		}
	}
	for n := range uint32(numbersMax) {
		if c.Known(n) && !seen[n] {
			t.Errorf("no sample of message %d", n)
		}
	}
}

// Field is one row of a message's layout: what the format document promises.
type Field struct {
	At, Bytes int // from the start of the body
	Name      string
}

// Layout finds the fields of a message from outside: a body cut short is refused
// with the name and the place of the field that is not whole. Of a repeated
// field only the first is listed. It fails unless every shorter body is refused.
func Layout(t *testing.T, c *Codec, m Message) []Field {
	t.Helper()
	number := c.Number(m)
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []Field
	for n := range body {
		_, err := c.Decode(number, body[:n])
		var fault *frame.Error
		if !errors.As(err, &fault) || fault.Reason != frame.ErrLength {
			t.Fatalf("message %d cut to %d bytes: %v, want a length error", number, n, err)
		}
		at := fault.Offset - c.HeaderLen
		if len(all) == 0 || all[len(all)-1].At != at {
			all = append(all, Field{At: at, Name: fault.Field})
		}
	}
	var first []Field
	listed := map[string]bool{}
	for i, f := range all {
		end := len(body)
		if i+1 < len(all) {
			end = all[i+1].At
		}
		if f.Bytes = end - f.At; !listed[f.Name] {
			first = append(first, f)
		}
		listed[f.Name] = true
	}
	return first
}

var docRow = regexp.MustCompile(`^\| (\d+) \| (\d+) \| (\w+) \|`)

// Document compares the tables of a format document with the code: a section
// that begins with the message's number, and a row of place, width and name for
// each field.
func Document(t *testing.T, c *Codec, path string) {
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Samples {
		number := c.Number(s.Message)
		_, section, ok := strings.Cut(string(doc), "\n### "+strconv.FormatUint(uint64(number), 10)+" ")
		if !ok {
			t.Errorf("the document has no section on message %d", number)
			continue
		}
		section, _, _ = strings.Cut(section, "\n#")
		var got []Field
		for line := range strings.Lines(section) {
			if row := docRow.FindStringSubmatch(line); row != nil {
				at, _ := strconv.Atoi(row[1])
				width, _ := strconv.Atoi(row[2])
				got = append(got, Field{at, width, row[3]})
			}
		}
		if want := Layout(t, c, s.Message); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("message %d:\n  document %v\n      code %v", number, got, want)
		}
	}
}

// Lengths proves that a body with a byte more or fewer is refused, and that a
// message number the protocol does not have is.
func Lengths(t *testing.T, c *Codec, unknown ...uint32) {
	for _, s := range c.Samples {
		body, err := s.Message.Append(nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Decode(c.Number(s.Message), append(body, 0))
		WantFault(t, c, s.Name+" with a byte more", err, "", len(body), frame.ErrLength)
		Layout(t, c, s.Message)
	}
	for _, number := range unknown {
		_, err := c.Decode(number, nil)
		WantFault(t, c, strconv.FormatUint(uint64(number), 10), err, "", -c.HeaderLen, frame.ErrType)
		if c.Known(number) {
			t.Errorf("%d is known", number)
		}
	}
}

// WantFault wants err to be a *frame.Error about the field at a place of the
// body, for reason, and to say so.
func WantFault(t *testing.T, c *Codec, name string, err error, field string, at int, reason error) {
	t.Helper()
	var fault *frame.Error
	switch {
	case !errors.As(err, &fault):
		t.Errorf("%s: %v, want a *frame.Error", name, err)
	case fault.Field != field || fault.Offset != c.HeaderLen+at || !errors.Is(err, reason):
		t.Errorf("%s: %v; want %s at body byte %d: %v", name, err, field, at, reason)
	case !strings.Contains(err.Error(), reason.Error()) || !strings.Contains(err.Error(), field):
		t.Errorf("%s: message %q hides field or reason", name, err)
	}
}

// PlaceOf is where a field of m begins in its body, and the end of the body for
// a field that m does not have.
func PlaceOf(t *testing.T, c *Codec, m Message, name string) int {
	t.Helper()
	for _, f := range Layout(t, c, m) {
		if f.Name == name {
			return f.At
		}
	}
	return len(Changed(t, m, 0))
}

// Changed gives a message's body with bytes replaced from at on.
func Changed(t *testing.T, m Message, at int, with ...byte) []byte {
	t.Helper()
	body, err := m.Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(body[at:], with)
	return body
}

// NoAllocation proves that messages go into a buffer that has room without any
// allocation, except those samples named.
func NoAllocation(t *testing.T, c *Codec, except ...string) {
	buf := make([]byte, 0, c.HeaderLen+c.BodyMax+frame.TrailerLen)
	for _, s := range c.Samples {
		got := testing.AllocsPerRun(10, func() {
			if _, err := c.Frame(buf, s.Message); err != nil {
				t.Fatal(err)
			}
		})
		if got != 0 && !slices.Contains(except, s.Name) {
			t.Errorf("%s: %v allocations", s.Name, got)
		}
	}
}
