package csdc

// Bounds of what the package reads and writes. A file beyond them is refused
// rather than believed, because the counts and widths come from outside.
const (
	// dbfFieldsMax is the most columns of one table: dBASE III allows 128.
	dbfFieldsMax = 128
	// dbfRecordMax is the most bytes of one record: dBASE III allows 4,000.
	dbfRecordMax = 4_000
	// dbfTextMax is the widest character column: one length byte, 255 reserved.
	dbfTextMax = 254
	// dbfNumericMax is the widest numeric column written; 18 digits, sign and
	// point fill a 64-bit integer.
	dbfNumericMax = 20
	// dbfRecordsMax bounds the record count of a header: thirty times the
	// busiest day of the whole market, so a larger count is a damaged header.
	dbfRecordsMax = 1_000_000_000
	// lineBytesMax is the longest line of a text file; 22 fields need 300.
	lineBytesMax = 4_096
	// controlBytesMax bounds a control file; ten files need 2 KiB.
	controlBytesMax = 1 << 20
	// badRecordsMax is how many bad records of one file are reported one by one:
	// enough to see a pattern, few enough to read.
	badRecordsMax = 20
	// bufferBytes is the size of the read and write buffers, about 500 records.
	bufferBytes = 256 << 10
)
