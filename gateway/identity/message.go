package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"sancun/vault"
)

// The bounds of docs/formats/identity-register.md.
const (
	// PictureBytesMax bounds a picture: a page scanned at 300 dots an inch.
	PictureBytesMax = 2 << 20

	serialMax      = 64
	answerBytesMax = 64 << 10 // an answer is a few hundred bytes; a page of HTML fits too
	scoreMax       = 10_000
	fieldRunesMax  = 200 // of what OCR read
)

// ErrNoAnswer says that what came back is no answer to the question.
var ErrNoAnswer = errors.New("the register gave no answer of the agreed form")

// question is the body of every question; empty fields are left out. Secrets
// are plain here and only here, on their way to the register.
type question struct {
	Serial   string `json:"serial"`
	Name     string `json:"name,omitempty"`
	Kind     uint8  `json:"kind,omitempty"`
	Number   string `json:"number,omitempty"`
	Card     string `json:"card,omitempty"`
	Mobile   string `json:"mobile,omitempty"`
	Portrait []byte `json:"portrait,omitempty"`
	Image    []byte `json:"image,omitempty"`
}

func (h Holder) question() question {
	return question{Serial: h.Serial, Name: h.Name.Plain(), Kind: uint8(h.Kind), Number: h.Number.Plain()}
}

// answer is the body of every answer and refusal.
type answer struct {
	Serial         string    `json:"serial"`
	RegisterSerial string    `json:"register_serial"`
	Result         int       `json:"result"`
	Reason         Reason    `json:"reason"`
	Score          *int      `json:"score"`
	Document       *document `json:"document"`
}

type document struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Address string `json:"address"`
}

const (
	resultAgree    = 1
	resultDisagree = 2
)

// decodeAnswer reads the body of a response. It returns ErrNoAnswer unless it is
// one JSON object that answers the question of this serial. Errors never quote
// the body, which may repeat the question.
func decodeAnswer(body []byte, serial string, refusal bool) (answer, error) {
	var a answer
	decoder := json.NewDecoder(bytes.NewReader(body))
	if decoder.Decode(&a) != nil {
		return answer{}, fmt.Errorf("not the agreed JSON: %w", ErrNoAnswer)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return answer{}, fmt.Errorf("bytes after the JSON: %w", ErrNoAnswer)
	}
	switch {
	case a.Serial != serial:
		return answer{}, fmt.Errorf("another serial: %w", ErrNoAnswer)
	case a.RegisterSerial == "" || len(a.RegisterSerial) > serialMax || !printable(a.RegisterSerial):
		return answer{}, fmt.Errorf("no register serial: %w", ErrNoAnswer)
	case refusal && a.Reason == 0:
		return answer{}, fmt.Errorf("refusal without a reason: %w", ErrNoAnswer)
	case refusal:
		return a, nil
	case a.Result != resultAgree && a.Result != resultDisagree:
		return answer{}, fmt.Errorf("result %d: %w", a.Result, ErrNoAnswer)
	case (a.Result == resultAgree) != (a.Reason == 0):
		return answer{}, fmt.Errorf("result %d with reason %d: %w", a.Result, a.Reason, ErrNoAnswer)
	case a.Score != nil && (*a.Score < 0 || *a.Score > scoreMax):
		return answer{}, fmt.Errorf("score out of range: %w", ErrNoAnswer)
	}
	return a, nil
}

// reading takes what OCR read. It returns ErrNoAnswer for an agreeing answer
// without a document or with fields no document has room for.
func (a answer) reading() (name, number, address vault.Secret, err error) {
	if a.Document == nil {
		return name, number, address, fmt.Errorf("read without a document: %w", ErrNoAnswer)
	}
	d := a.Document
	for _, text := range [...]string{d.Name, d.Number, d.Address} {
		if utf8.RuneCountInString(text) > fieldRunesMax {
			return name, number, address, fmt.Errorf("a field is too long: %w", ErrNoAnswer)
		}
	}
	return vault.NewSecret(d.Name), vault.NewSecret(d.Number), vault.NewSecret(d.Address), nil
}

// printable says whether s is ASCII without control characters, so that it may
// go into logs.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
