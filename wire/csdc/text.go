package csdc

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// gb18030 converts the character columns of one file. It is reused from field
// to field and therefore belongs to one reader or writer.
type gb18030 struct {
	decoder *encoding.Decoder
	encoder *encoding.Encoder
}

func newGB18030() gb18030 {
	return gb18030{simplifiedchinese.GB18030.NewDecoder(), simplifiedchinese.GB18030.NewEncoder()}
}

// decode reads one column. Bytes that are not GB18030 are refused: a silent
// replacement character would become part of a name.
func (g gb18030) decode(raw []byte) (string, error) {
	text, err := g.decoder.Bytes(raw)
	if err != nil || !clean(string(text)) {
		return "", fmt.Errorf("% x: %w", raw, ErrText)
	}
	return string(text), nil
}

// encode writes text that is not plain ASCII. It reads its own bytes back,
// because a few private-use characters do not survive the trip through GB18030.
func (g gb18030) encode(text string) ([]byte, error) {
	raw, err := g.encoder.Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", text, ErrText)
	}
	if back, err := g.decode(raw); err != nil || back != text {
		return nil, fmt.Errorf("%q does not survive GB18030: %w", text, ErrText)
	}
	return raw, nil
}

// clean says whether text is free of control and replacement characters and
// does not end in padding, which a fixed-width column could not give back.
func clean(text string) bool {
	if !utf8.ValidString(text) || strings.HasSuffix(text, " ") {
		return false
	}
	for _, r := range text {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || (r >= 0x80 && r < 0xa0) {
			return false
		}
	}
	return true
}

// plain says whether raw is printable ASCII throughout, the case of nearly
// every record, so that its columns can share one string. It looks at eight
// bytes at once: a byte is bad if it has its high bit, gets one when 1 is added
// (0x7f), or borrows one when 0x20 is taken away (controls). A borrow or carry
// into the next byte starts at a bad byte only, so it changes no verdict.
func plain(raw []byte) bool {
	const ones, spaces, high = 0x0101010101010101, 0x2020202020202020, 0x8080808080808080
	for len(raw) >= 8 {
		x := binary.LittleEndian.Uint64(raw)
		if (x|(x+ones)|(x-spaces))&high != 0 {
			return false
		}
		raw = raw[8:]
	}
	for _, b := range raw {
		if b < ' ' || b >= 0x7f {
			return false
		}
	}
	return true
}

// trimRight cuts the padding of a character column: spaces, and the NULs some
// writers use instead.
func trimRight(raw []byte) []byte {
	for len(raw) > 0 && (raw[len(raw)-1] == ' ' || raw[len(raw)-1] == 0) {
		raw = raw[:len(raw)-1]
	}
	return raw
}

// trimPadding cuts the padding of a figure or date, which may stand on either side.
func trimPadding(raw []byte) []byte {
	for len(raw) > 0 && raw[0] == ' ' {
		raw = raw[1:]
	}
	return trimRight(raw)
}
