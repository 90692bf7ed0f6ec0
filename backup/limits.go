package backup

// The limits of archives. Each is reached in a test, or derives from one that is.
const (
	// numberMax is the last archive of a folder: eight digits are an archive a
	// minute for 190 years.
	numberMax = 99_999_999
	// partBytes is the plain text of blocks behind which another part begins, so
	// that a damaged or lost file costs a bounded copy. Tests make it smaller.
	partBytes = 256 << 20
	// partsMax bounds the parts of an archive: 4 TiB of blocks.
	partsMax = 16_384
	// manifestBytesMax bounds what is read as a manifest: partsMax parts of some
	// 700 bytes.
	manifestBytesMax = 16 << 20
	// recipientsMax bounds for how many people a part is sealed.
	recipientsMax = 32
	// textMax bounds names and reasons in signed texts.
	textMax = 1_000
	// filesMax bounds the files of an inventory: twenty years of five hundred a day.
	filesMax = 4_000_000
	// nameMax bounds the path of a file in an archive.
	nameMax = 512
	// fileBytesMax bounds one file of an archive: a snapshot of a large cell.
	fileBytesMax = 16 << 30
	// inventoryBytesMax bounds the plain text of an inventory.
	inventoryBytesMax = 1 << 30
	// windowBytesMax bounds the memory that unpacking may ask for.
	windowBytesMax = 64 << 20
	// noteBytesMax bounds a proof or a record of what was pruned.
	noteBytesMax = 8 << 20
)
