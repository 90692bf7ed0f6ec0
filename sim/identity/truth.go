package identity

import (
	"bytes"
	"hash/fnv"
	"strings"

	person "sancun/identity"
)

// Truth is what the register knows: the person of a document number, or false.
// It may be called from several goroutines.
type Truth func(number string) (person.Person, bool)

// Among knows the persons 0 to count-1 of who, such as People.Person.
func Among(count uint64, who func(n uint64) person.Person) Truth {
	known := make(map[string]person.Person, count)
	for n := range count {
		p := who(n)
		known[p.Number] = p
	}
	return func(number string) (person.Person, bool) {
		p, ok := known[number]
		return p, ok
	}
}

const (
	specimenHead = "SANCUN SPECIMEN 1\n"
	portraitHead = "SANCUN PORTRAIT 1\n"
)

// Specimen is a stand-in for the picture of a person's document: text that only
// this simulator's OCR reads.
func Specimen(p person.Person) []byte {
	return []byte(specimenHead + p.Name + "\n" + p.Number + "\n" + p.Address + "\n")
}

// Portrait is a stand-in for the portrait of a person.
func Portrait(p person.Person) []byte { return []byte(portraitHead + p.Number + "\n") }

// readSpecimen is the OCR.
func readSpecimen(image []byte) (*document, bool) {
	rest, ok := bytes.CutPrefix(image, []byte(specimenHead))
	lines := strings.Split(string(rest), "\n")
	if !ok || len(lines) != 4 || lines[3] != "" {
		return nil, false
	}
	return &document{Name: lines[0], Number: lines[1], Address: lines[2]}, true
}

// likeness scores a portrait against the holder's number: 9,000 and more for the
// same person, below 4,000 for another. It returns false for what is no portrait.
func likeness(portrait []byte, number string) (score int, ok bool) {
	rest, ok := bytes.CutPrefix(portrait, []byte(portraitHead))
	shown, whole := bytes.CutSuffix(rest, []byte("\n"))
	if !ok || !whole {
		return 0, false
	}
	h := fnv.New64a()
	h.Write([]byte(number))
	h.Write(shown)
	noise := int(mix(h.Sum64()) % 1000)
	if string(shown) == number {
		return 9000 + noise, true
	}
	return 4 * noise, true
}
