package bank

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Charset is the code page of text fields.
type Charset uint8

// The code pages banks use.
const (
	GB18030 Charset = 1
	GBK     Charset = 2
	UTF8    Charset = 3
)

func (c Charset) String() string {
	switch c {
	case GB18030:
		return "GB18030"
	case GBK:
		return "GBK"
	case UTF8:
		return "UTF-8"
	}
	return "no code page"
}

func (c Charset) page() encoding.Encoding {
	if c == GBK {
		return simplifiedchinese.GBK
	}
	return simplifiedchinese.GB18030
}

// encode returns text in the code page. It returns ErrEncoding for text that is
// not UTF-8, holds control characters, or cannot be said in the code page and
// read back as it was.
func (c Charset) encode(text string) ([]byte, error) {
	if !plain(text) {
		return nil, ErrEncoding
	}
	if c == UTF8 || ascii(text) {
		return []byte(text), nil
	}
	raw, err := c.page().NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, ErrEncoding
	}
	back, err := c.page().NewDecoder().Bytes(raw)
	if err != nil || string(back) != text {
		return nil, ErrEncoding
	}
	return raw, nil
}

// decode returns the text that raw spells. It returns ErrEncoding unless raw is
// exactly what encode would write for it: some characters have several
// spellings in GB18030 and only one is accepted (rule W1).
func (c Charset) decode(raw []byte) (string, error) {
	if ascii(string(raw)) || c == UTF8 {
		if !plain(string(raw)) {
			return "", ErrEncoding
		}
		return string(raw), nil
	}
	text, err := c.page().NewDecoder().Bytes(raw)
	if err != nil || !plain(string(text)) {
		return "", ErrEncoding
	}
	back, err := c.encode(string(text))
	if err != nil || !bytes.Equal(back, raw) {
		return "", ErrEncoding
	}
	return string(text), nil
}

// step returns the length of the character that raw begins with. It never
// fails: a broken character is one byte, and decode refuses it later.
//
// Splitting must walk characters, not bytes: the second byte of a GBK character
// can be 0x7C, which is '|'.
func (c Charset) step(raw []byte) int {
	switch {
	case raw[0] < 0x80 || len(raw) < 2 || c == UTF8:
		return 1
	case c == GB18030 && raw[1] >= 0x30 && raw[1] <= 0x39 && len(raw) >= 4:
		return 4
	case raw[0] >= 0x81 && raw[0] <= 0xFE && raw[1] >= 0x40 && raw[1] != 0x7F:
		return 2
	default:
		return 1
	}
}

// split cuts raw at every separator that is a character of its own.
func (c Charset) split(raw []byte, separator byte) [][]byte {
	var parts [][]byte
	from := 0
	for at := 0; at < len(raw); {
		if raw[at] == separator {
			parts = append(parts, raw[from:at])
			from = at + 1
		}
		at += c.step(raw[at:])
	}
	return append(parts, raw[from:])
}

// plain says whether text is UTF-8 without control characters.
func plain(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || r < 0x20 || r == 0x7F || (r >= 0x80 && r < 0xA0) {
			return false
		}
	}
	return true
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
