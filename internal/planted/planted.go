// Package planted holds bugs that a build with the tag planted can switch on, one
// at a time: the simulation of two centres is worth what it finds, and it must find
// every one of them (docs/decisions). Without the tag In is constant and the bugs
// are not in the program.
//
// It must never be built into a program that holds real money.
package planted

// Bug is a mistake that somebody could make. Numbers are not stored anywhere.
type Bug uint8

// The bugs. None is no bug.
const (
	None             Bug = 0
	AppendUnsynced   Bug = 1  // a block is acknowledged before its sync
	CopyUnsynced     Bug = 2  // a copied stretch is acknowledged before its sync
	SyncRetried      Bug = 3  // a sync that failed is tried again, and believed
	SegmentUnsynced  Bug = 4  // the name of a new segment is not made durable
	BatchUnannounced Bug = 5  // many blocks are written with one sync and not announced
	ReplaceUnsynced  Bug = 6  // a replaced file is renamed before its bytes are durable
	TailTrusted      Bug = 7  // the last block found at a start is not written again
	ChainUnchecked   Bug = 8  // a store takes a block that does not follow
	AppendIgnored    Bug = 9  // the sequencer goes on after an append that failed
	StoredEarly      Bug = 10 // the shield is told of a block before it is durable
	TimeFalls        Bug = 11 // block time follows a clock that was set back
	GateOpen         Bug = 12 // mode protect does not wait for the other centre
	GateRestarted    Bug = 13 // what was never acknowledged is shown after a restart
	FenceDeaf        Bug = 14 // a source does not look at the fence of who follows or asks
	AckEarly         Bug = 15 // a copying centre acknowledges a block that it has not stored
	PartedFed        Bug = 16 // a chain that has parted is taken for one that is behind
	TraceBlind       Bug = 17 // the last common block is sought by height alone
	RootsUncompared  Bug = 18 // a copy does not compare its state root with the journal's
	SnapshotKeyless  Bug = 19 // a snapshot leaves out what was answered
	ApplyKeyless     Bug = 20 // a copying centre does not remember what was answered
	KeysIgnored      Bug = 21 // a repeated key is decided again
	SerialsReused    Bug = 22 // a new reign gives the serials of the lost end again
	OldOrder         Bug = 23 // an order for another epoch is carried out
	SignatureUnread  Bug = 24 // the signatures of an order are not verified
	EpochShared      Bug = 25 // both centres count the same epochs
	FencedForgets    Bug = 26 // a fenced centre does not find again where the chains parted
	OrphanDropped    Bug = 27 // the list of orphans leaves one out
	ReignReused      Bug = 28 // a centre that handed over begins to write again after a restart
	ShieldIgnored    Bug = 29 // answers that still wait for the other centre leave when the centre stops
)

// names are the bugs for people, by number.
var names = [...]string{
	AppendUnsynced:   "append-unsynced",
	CopyUnsynced:     "copy-unsynced",
	SyncRetried:      "sync-retried",
	SegmentUnsynced:  "segment-unsynced",
	BatchUnannounced: "batch-unannounced",
	ReplaceUnsynced:  "replace-unsynced",
	TailTrusted:      "tail-trusted",
	ChainUnchecked:   "chain-unchecked",
	AppendIgnored:    "append-ignored",
	StoredEarly:      "stored-early",
	TimeFalls:        "time-falls",
	GateOpen:         "gate-open",
	GateRestarted:    "gate-restarted",
	FenceDeaf:        "fence-deaf",
	AckEarly:         "ack-early",
	PartedFed:        "parted-fed",
	TraceBlind:       "trace-blind",
	RootsUncompared:  "roots-uncompared",
	SnapshotKeyless:  "snapshot-keyless",
	ApplyKeyless:     "apply-keyless",
	KeysIgnored:      "keys-ignored",
	SerialsReused:    "serials-reused",
	OldOrder:         "old-order",
	SignatureUnread:  "signature-unread",
	EpochShared:      "epoch-shared",
	FencedForgets:    "fenced-forgets",
	OrphanDropped:    "orphan-dropped",
	ReignReused:      "reign-reused",
	ShieldIgnored:    "shield-ignored",
}

// String is the name of a bug on the command line.
func (b Bug) String() string { return names[b] }

// All lists the bugs.
func All() []Bug {
	var all []Bug
	for b := range names[1:] {
		all = append(all, Bug(b+1))
	}
	return all
}

// Parse reads what String writes.
func Parse(name string) (Bug, bool) {
	for _, b := range All() {
		if b.String() == name {
			return b, true
		}
	}
	return None, false
}
