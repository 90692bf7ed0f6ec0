// Package vault keeps personal fields readable only to those who may read them,
// although the journal that holds them is kept for ever.
//
// Each client has one random data key. A field is sealed under it before it
// enters a record. The data key itself is wrapped by a master key from a key
// file and lies in a KeyStore outside the journal; destroying it there erases the
// client's fields in every block, backup and replica at once. Numbers that must be
// found again are looked up by a keyed hash, the blind index.
//
// What most callers need:
//
//	ring, err := vault.LoadKeyFile("master.key")
//	store, err := vault.OpenFileStore(durable.OS{}, "keys")
//	v, err := vault.New(vault.Config{Keys: ring, Store: store, Rand: rand.Reader, Audit: hook})
//	keys, err := v.Enrol([]uint64{client})            // durable before it returns
//	sealed, err := keys[0].Seal(vault.FieldName, name) // goes into the record
//	text, err := v.Reveal(vault.Revelation{...}, sealed)
//
// The invariants:
//
//	V1 A sealed value opens only for the client and the field it was sealed for.
//	V2 After Destroy returned nothing of that client opens again, and the key
//	   store's files hold no byte of the wrapped key.
//	V3 A data key is never replaced by another: only its wrapping changes.
//	V4 No value of this package that holds a key or a personal field shows it
//	   through fmt, slog or encoding/json.
//	V5 Nobody reads a field through Reveal without a reason that the audit hook took.
//
// Formats are drawn in docs/formats/vault.md; the rules for people are in
// docs/security/personal-data.md.
//
// The package must never log, keep plaintext beyond a call, retry a failed sync,
// or draw randomness from anywhere but Config.Rand: the same seed must give the
// same sealed bytes in a simulation.
package vault
