package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"

	person "sancun/identity"
)

// question and the other bodies are written from docs/formats/identity-register.md.
type question struct {
	Serial   string              `json:"serial"`
	Name     string              `json:"name"`
	Kind     person.DocumentKind `json:"kind"`
	Number   string              `json:"number"`
	Card     string              `json:"card"`
	Mobile   string              `json:"mobile"`
	Portrait []byte              `json:"portrait"`
	Image    []byte              `json:"image"`
}

type answer struct {
	Serial         string    `json:"serial"`
	RegisterSerial string    `json:"register_serial"`
	Result         int       `json:"result,omitempty"`
	Reason         int       `json:"reason"`
	Score          *int      `json:"score,omitempty"`
	Document       *document `json:"document,omitempty"`
}

type document struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	Address string `json:"address"`
}

const (
	agree    = 1
	disagree = 2

	numberUnknown = 101
	nameDiffers   = 102
	mobileDiffers = 103
	cardDiffers   = 104
	unreadable    = 201
	faceUnlike    = 202
	malformed     = 901
	tokenWrong    = 902
	tooLarge      = 903
	busy          = 904
)

const (
	bodyBytesMax    = 3 << 20
	pictureBytesMax = 2 << 20
	serialMax       = 64
	likeMin         = 6000 // of a score: between the two ranges of likeness
)

// errMalformed says that a body is no question.
var errMalformed = errors.New("malformed question")

// decodeQuestion reads a body. Every field the path needs must be there.
func decodeQuestion(path string, body []byte) (question, error) {
	var q question
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&q) != nil {
		return question{}, errMalformed
	}
	if _, err := decoder.Token(); err != io.EOF {
		return question{}, errMalformed
	}
	whole := q.Serial != "" && len(q.Serial) <= serialMax && len(q.Portrait) <= pictureBytesMax && len(q.Image) <= pictureBytesMax
	holder := q.Name != "" && q.Kind.Valid() && q.Number != ""
	switch path {
	case "/v1/name":
		whole = whole && holder
	case "/v1/face":
		whole = whole && holder && len(q.Portrait) > 0
	case "/v1/card":
		whole = whole && holder && q.Card != "" && q.Mobile != ""
	case "/v1/document":
		whole = whole && len(q.Image) > 0
	default:
		whole = false
	}
	if !whole {
		return q, errMalformed
	}
	return q, nil
}

// judge answers a well-formed question from the truth.
func judge(truth Truth, path string, q question) answer {
	a := answer{Serial: q.Serial, RegisterSerial: registerSerial(q.Serial)}
	if path == "/v1/document" {
		read, ok := readSpecimen(q.Image)
		if !ok {
			a.Result, a.Reason = disagree, unreadable
			return a
		}
		a.Result, a.Document = agree, read
		return a
	}
	a.Reason = contradiction(truth, path, q)
	if path == "/v1/face" && a.Reason == 0 {
		score, ok := likeness(q.Portrait, q.Number)
		switch {
		case !ok:
			a.Reason = unreadable
		case score < likeMin:
			a.Score, a.Reason = &score, faceUnlike
		default:
			a.Score = &score
		}
	}
	a.Result = agree
	if a.Reason != 0 {
		a.Result = disagree
	}
	return a
}

// contradiction gives the first reason why the holder is not who they say, or 0.
func contradiction(truth Truth, path string, q question) int {
	known, ok := truth(q.Number)
	switch {
	case !ok || known.Kind != q.Kind:
		return numberUnknown
	case known.Name != q.Name:
		return nameDiffers
	case path != "/v1/card":
		return 0
	case known.Card != q.Card:
		return cardDiffers
	case known.Mobile != q.Mobile:
		return mobileDiffers
	default:
		return 0
	}
}

// contrary turns an agreement into a disagreement.
func (a answer) contrary(path string) answer {
	if a.Result != agree {
		return a
	}
	a.Result, a.Reason, a.Document = disagree, nameDiffers, nil
	switch path {
	case "/v1/face":
		low := 100
		a.Score, a.Reason = &low, faceUnlike
	case "/v1/document":
		a.Reason = unreadable
	}
	return a
}

// registerSerial is the register's own number of a question; the same question
// has the same.
func registerSerial(serial string) string {
	var sum uint64
	for i := range len(serial) {
		sum = mix(sum ^ uint64(serial[i]))
	}
	return "SIM" + strconv.FormatUint(sum, 36)
}
