package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"sancun/identity"
)

// IndexBytes is the length of a blind index: among 2^64 clients two share one by
// chance with probability one half, so in practice never.
const IndexBytes = 16

// Index is the keyed hash of a number, by which a client is found without the
// number being known. It is a pseudonym, not an anonym: whoever has the index
// secret can try numbers. It may be stored and printed; it survives the
// destruction of the client's key.
type Index [IndexBytes]byte

// String is the index in hex.
func (x Index) String() string { return hex.EncodeToString(x[:]) }

// The kinds of indexes stand in the hash, so that a card number and an equal
// mobile number differ. The numbers never change.
const (
	indexDocument  = 1
	indexCard      = 2
	indexMobile    = 3
	indexName      = 4
	indexListName  = 5
	indexListPaper = 6
	indexMark      = 7
	indexListEntry = 8
)

// Mark shows that two programs with one key file hold the same secret or file,
// without showing it: a keyed hash, in hexadecimal.
func (v *Vault) Mark(label string, secret []byte) string {
	mac := hmac.New(sha256.New, *v.index.secret.lift())
	mac.Write([]byte{indexMark, byte(len(label))})
	mac.Write(append([]byte(label), secret...))
	return "keyed:" + hex.EncodeToString(mac.Sum(nil)[:IndexBytes])
}

type indexKey struct{ secret veiled[[]byte] }

func newIndexKey(secret *[secretBytes]byte) (*indexKey, error) {
	key, err := AES256GCM.derive(secret, purposeIndex) // by HKDF over SHA-256, whatever the suite
	if err != nil {
		return nil, fmt.Errorf("derive index key: %w", err)
	}
	return &indexKey{veil(&key)}, nil
}

// DocumentIndex is the index of a document number. Numbers that differ only in
// case, spaces, hyphens or width have the same.
func (v *Vault) DocumentIndex(kind identity.DocumentKind, number Secret) Index {
	return v.index.hash(indexDocument, byte(kind), identity.Normalise(number.Plain()))
}

// CardIndex is the index of a bank card or account number.
func (v *Vault) CardIndex(number Secret) Index {
	return v.index.hash(indexCard, 0, identity.Normalise(number.Plain()))
}

// MobileIndex is the index of a mobile number, with or without country code.
func (v *Vault) MobileIndex(number Secret) Index {
	return v.index.hash(indexMobile, 0, identity.NormaliseMobile(number.Plain()))
}

// NameIndex is the index of a person's or company's name, by which a bank's
// spelling is compared with ours. Spaces and width do not count.
func (v *Vault) NameIndex(name Secret) Index {
	return v.index.hash(indexName, 0, identity.Normalise(name.Plain()))
}

// ListNameIndex is the index of a name as name lists are compared (identity's
// LooseName): it is in no record and only meets others of its kind.
func (v *Vault) ListNameIndex(name Secret) Index {
	return v.index.hash(indexListName, 0, identity.LooseName(name.Plain()))
}

// ListPaperIndex is the index of a document's number whatever its kind: lists often
// do not say which.
func (v *Vault) ListPaperIndex(number Secret) Index {
	return v.index.hash(indexListPaper, 0, identity.Normalise(number.Plain()))
}

// ListEntryIndex is the index of what a list says of somebody, so that a later
// version of the list can be seen to say the same; of a whole list, to tell its
// versions apart.
func (v *Vault) ListEntryIndex(entry Secret) Index {
	return v.index.hash(indexListEntry, 0, entry.Plain())
}

func (k *indexKey) hash(kind, sub byte, text string) Index {
	mac := hmac.New(sha256.New, *k.secret.lift())
	mac.Write(append([]byte{kind, sub}, text...))
	return Index(mac.Sum(nil)[:IndexBytes])
}
