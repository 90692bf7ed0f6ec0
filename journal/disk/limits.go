package disk

const (
	// pageBytes is where blocks may begin. Every block starts on a page of its own,
	// so writing one never touches a sector that holds an acknowledged one.
	pageBytes = 4096

	// sectorBytes is what a device writes whole or not at all. Recovery tells
	// a torn write from damage by it.
	sectorBytes = 512

	// SegmentBytesDefault makes about eight segments of a gigabyte: few enough to
	// list, small enough to copy one while the next is written.
	SegmentBytesDefault = 128 << 20

	// SegmentBytesMin and SegmentBytesMax bound Options.SegmentBytes. A segment
	// grows beyond its option only to hold one block that would not fit.
	SegmentBytesMin = 16 << 10
	SegmentBytesMax = 1 << 30

	// readAheadBytes is how much a reader asks for at once.
	readAheadBytes = 1 << 20

	// fenceBytesMax bounds what is read as a fence file.
	fenceBytesMax = 4096
)

// pages rounds n up to whole pages.
func pages(n int64) int64 { return (n + pageBytes - 1) / pageBytes * pageBytes }
