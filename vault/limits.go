package vault

// The bounds of this package and why they are where they are.
const (
	// FieldBytesMax bounds one personal field: the longest address of 120
	// characters takes 480 bytes, and a scanned page does not belong in a record.
	FieldBytesMax = 4096

	// BatchMax bounds the keys of one Put or Enrol: 8 MiB of slots in the
	// intent file, a second of a slow disk.
	BatchMax = 65_536

	// rotateBatch is how many keys one step of a rotation wraps again. A crash
	// repeats at most this many.
	rotateBatch = clientsPerFile

	// masterKeysMax bounds the versions in a key file; a rotation a month for ten years.
	masterKeysMax = 120
	// keyFileBytesMax bounds a key file: a line of 90 bytes for each version.
	keyFileBytesMax = 16 << 10

	// reasonMin and reasonMax bound the reason of a revelation in characters: "ok"
	// is no reason, and an essay does not fit an audit line.
	reasonMin, reasonMax = 4, 200
)
