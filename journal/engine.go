package journal

// Engine is a store for one journal: one cell, one chain, one writer. Package
// journaltest holds the suite every engine passes.
//
// Invariants every engine keeps:
//
//  1. A height is written once. A second writer is refused by the store itself,
//     by height and by epoch, not by agreement (law L4).
//  2. What Append returned nil for is there after any crash, and nothing that
//     Append refused is ever there.
//  3. After a write or sync that failed the outcome is unknown. The engine then
//     refuses everything with ErrPoisoned until it is opened again, and opening
//     finds out: the block is either whole or gone (law L6).
//  4. Bytes that are not what was written are never handed out.
//
// All methods may be called from several goroutines. Append and Fence wait for
// each other; Read sees the head as it was when Read began and does not make
// Append wait.
type Engine interface {
	// Append writes b after the head and returns when it is durable. The block
	// may be changed afterwards. Refused without a trace: ErrHeight, ErrEpoch,
	// ErrChain, ErrInvalid, ErrFull, ErrClosed. Anything else has an unknown
	// outcome and poisons the engine: that call and all later ones return
	// ErrPoisoned.
	Append(b *Block) error

	// Read calls fn with every block from the given height up to the head, in
	// order, and returns fn's error if it gives one. A height of 0 reads like 1;
	// a height above the head reads nothing. The block and its body are only
	// valid during the call: Clone keeps them. CRC and chain are verified;
	// Block.Check verifies the records root as well. The error is ErrCorrupt,
	// ErrPoisoned, ErrClosed or the store's.
	Read(from uint64, fn func(*Block) error) error

	// Head is the position of the last durable block. A journal without blocks
	// has height 0 and a zero hash.
	Head() (Position, error)

	// Fence refuses, durably and from now on, every block of an epoch below the
	// given one. Raising the fence again is allowed, repeating it does nothing,
	// lowering it is ErrEpoch. A failure poisons the engine like a failed Append.
	Fence(epoch uint32) error

	// Fenced is the epoch last given to Fence, or 0. A writer that starts picks an
	// epoch that is neither below it nor below the head's.
	Fenced() (uint32, error)

	// Close releases the store. Closing again does nothing.
	Close() error
}

// Copier is a store that takes what another centre wrote. A centre that had begun
// to take over, and did not, has a fence that keeps out blocks which the other
// centre's chain needs: they may enter when who sends them reigns under an epoch
// that the fence lets through.
type Copier interface {
	// CopyAll appends blocks that follow one another and returns when all of them are
	// durable, with the fence held against the epoch of the reign in which the sender
	// writes now, which is not below the blocks'.
	CopyAll(blocks []Block, reign uint32) error
}
