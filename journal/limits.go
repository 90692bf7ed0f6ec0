package journal

// The limits of a block. Decode refuses what is larger, so a damaged length can
// never make a reader ask for more memory than this.
const (
	// BodyBytesMax bounds the records of one block: large enough that a batch
	// of 16,384 records of 512 bytes fits, small enough that one write and one
	// sync of it stay within a few milliseconds.
	BodyBytesMax = 8 << 20

	// RecordsMax bounds the records of one block, so that an inclusion proof
	// has at most 14 hashes and one block is applied without a noticeable pause.
	RecordsMax = 16_384

	// RecordBytesMax bounds one record including its length field. The largest
	// records hold one line of a file or one sealed set of personal fields.
	RecordBytesMax = 1 << 20

	// RecordBytesMin is a record that has nothing but its length.
	RecordBytesMin = 4

	// BlockBytesMax is the largest encoded block.
	BlockBytesMax = HeaderBytes + BodyBytesMax + crcBytes

	// proofHashesMax is the depth of the tree of RecordsMax records.
	proofHashesMax = 14
)
