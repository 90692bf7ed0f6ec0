// Package filing writes and reads the files in which a broker files its clients
// with the supervisor, and the supervisor's answers (docs/formats/filing.md). The
// real layout is not public; this one is an assumption of ours.
//
// It must never know what is filed, or whether it was: the machine decides that.
package filing

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// The bounds of a file.
const (
	// EntriesMax bounds the entries of one file, as the machine does.
	EntriesMax = 500
	// BytesMax bounds a file in bytes: its entries with the longest fields.
	BytesMax = 1 << 20
	// fieldMax bounds one text in bytes of UTF-8: the longest name has 120 characters.
	fieldMax = 480
	// brokerMax bounds the broker's code.
	brokerMax = 8
)

// ErrFormat says that bytes are no file of this format, or that a value cannot
// stand in one. What is wrong never quotes a person's data.
var ErrFormat = errors.New("not a filing file")

// envelope is what surrounds the lines of both kinds of files.
type envelope struct {
	Broker string // institution code, 1 to 8 letters and digits
	Date   uint32 // business date yyyymmdd
	Number uint64 // of the file, from 1
}

// version stands in the first line; another one is not read.
const version = "1"

const lineEnd = "\r\n"

func (e *envelope) check() error {
	ok := e.Broker != "" && len(e.Broker) <= brokerMax && !strings.ContainsFunc(e.Broker, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if !ok || e.Date < 1900_01_01 || e.Date > 9999_12_31 || e.Number == 0 {
		return fmt.Errorf("broker, date or number: %w", ErrFormat)
	}
	return nil
}

// wrap lays lines of UTF-8 between head and tail and writes them in GB18030.
func (e *envelope) wrap(lines []string) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	if len(lines) == 0 || len(lines) > EntriesMax {
		return nil, fmt.Errorf("%d entries, want 1 to %d: %w", len(lines), EntriesMax, ErrFormat)
	}
	count := strconv.Itoa(len(lines))
	head := strings.Join([]string{"H", version, e.Broker, number(uint64(e.Date)), number(e.Number), count}, "|")
	text := head + lineEnd + strings.Join(lines, lineEnd) + lineEnd
	raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("text outside GB18030: %w", ErrFormat)
	}
	sum := sha256.Sum256(raw)
	raw = append(raw, "T|"+count+"|"+hex.EncodeToString(sum[:])+lineEnd...)
	if len(raw) > BytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(raw), BytesMax, ErrFormat)
	}
	return raw, nil
}

// unwrap reads what wrap wrote.
func (e *envelope) unwrap(raw []byte) ([]string, error) {
	if len(raw) > BytesMax {
		return nil, fmt.Errorf("%d bytes, at most %d: %w", len(raw), BytesMax, ErrFormat)
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
	if err != nil || !utf8.Valid(text) {
		return nil, fmt.Errorf("text that is not GB18030: %w", ErrFormat)
	}
	// Some characters have several spellings in GB18030; one of them is accepted.
	if again, err := simplifiedchinese.GB18030.NewEncoder().Bytes(text); err != nil || !bytes.Equal(again, raw) {
		return nil, fmt.Errorf("text that GB18030 spells otherwise: %w", ErrFormat)
	}
	lines := strings.Split(string(text), lineEnd)
	if len(lines) < 4 || lines[len(lines)-1] != "" || len(lines)-3 > EntriesMax {
		return nil, fmt.Errorf("head, entries and tail, each with CR and LF: %w", ErrFormat)
	}
	head, tail, lines := strings.Split(lines[0], "|"), lines[len(lines)-2], lines[1:len(lines)-2]
	count := strconv.Itoa(len(lines))
	sum := sha256.Sum256(raw[:max(0, len(raw)-len(tail)-len(lineEnd))])
	if tail != "T|"+count+"|"+hex.EncodeToString(sum[:]) {
		return nil, fmt.Errorf("the last line does not fit what is above it: %w", ErrFormat)
	}
	if len(head) != 6 || head[0] != "H" || head[1] != version || head[5] != count {
		return nil, fmt.Errorf("first line: %w", ErrFormat)
	}
	date, err := figure(head[3], 32)
	if err != nil {
		return nil, err
	}
	if e.Number, err = figure(head[4], 64); err != nil {
		return nil, err
	}
	e.Broker, e.Date = head[2], uint32(date)
	return lines, e.check()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// figure reads a number that is written in one way only.
func figure(text string, bits int) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil || number(n) != text {
		return 0, fmt.Errorf("a number is not written as one: %w", ErrFormat)
	}
	return n, nil
}

// field checks that a text can stand between bars and comes back as it is.
func field(text string) error {
	bad := len(text) > fieldMax || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return r == '|' || r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError
	})
	if !bad {
		raw, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(text))
		back, bad2 := simplifiedchinese.GB18030.NewDecoder().Bytes(raw)
		bad = err != nil || bad2 != nil || string(back) != text
	}
	if bad {
		return fmt.Errorf("a text has a bar, a control character or too many bytes: %w", ErrFormat)
	}
	return nil
}
