package settle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io/fs"
	"slices"
)

// Inputs are what the day end reads beside the journal.
type Inputs struct {
	// Clearing are the clearing house's files of the date: one source, or one a
	// market.
	Clearing []Received
	// Banks hold, by bank number, the files a bank has sent for the date, each with
	// its control totals beside it.
	Banks map[uint16]fs.FS
	// Statements makes the clients' statements of the day; nil writes none, as in a
	// drill on a fork.
	Statements Statements
	// Persons knows names and cards, which are not in the machine.
	Persons Persons
}

// Statements makes the statements of all clients of a business date.
type Statements interface {
	// Archive returns the statements as one file, as of the closing of the date at a
	// height, and how many there are. The same journal gives the same bytes.
	Archive(ctx context.Context, date uint32, height uint64) (name string, content []byte, statements uint64, err error)
}

// Received is a source of files that a gateway has checked and accepted.
type Received interface {
	fs.FS
	// Accepted lists what was accepted. The error says what is still missing or
	// wrong, and stops the chain.
	Accepted() ([]File, error)
}

// File is a file by its content.
type File struct {
	Name   string
	Bytes  int64
	SHA256 [sha256.Size]byte
}

// Persons knows what the machine does not hold of a fund account's owner.
type Persons interface {
	Person(fund uint64) (Person, error)
}

// Person is the owner of a fund account as the bank knows them.
type Person struct {
	Name string // as the bank writes it
	Card string // bank settlement account
}

// part is one thing a step reads beside what earlier steps read.
type part struct {
	name string
	hash [sha256.Size]byte
}

// inputHash is what a step is journaled with: date, pinned height, number, the
// step before, and every part in order of name.
func inputHash(date uint32, pinned uint64, number uint16, before [32]byte, parts []part) [32]byte {
	sum := sha256.New()
	var head [14]byte
	binary.LittleEndian.PutUint32(head[0:], date)
	binary.LittleEndian.PutUint64(head[4:], pinned)
	binary.LittleEndian.PutUint16(head[12:], number)
	sum.Write(head[:])
	sum.Write(before[:])
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.name, b.name) })
	for _, p := range parts {
		var length [4]byte
		binary.LittleEndian.PutUint32(length[:], uint32(len(p.name)))
		sum.Write(length[:])
		sum.Write([]byte(p.name))
		sum.Write(p.hash[:])
	}
	return [32]byte(sum.Sum(nil))
}
