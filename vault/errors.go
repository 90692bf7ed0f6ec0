package vault

import "errors"

// The errors a caller can tell apart. None of them carries a personal field.
var (
	// ErrNoKey says that the client never had a data key here.
	ErrNoKey = errors.New("the client has no data key")
	// ErrDestroyed says that the client's data key was destroyed: the fields are
	// erased and will not come back.
	ErrDestroyed = errors.New("the client's data key was destroyed")
	// ErrOtherKey says that a client already has another data key (V3).
	ErrOtherKey = errors.New("the client already has another data key")
	// ErrFormat says that bytes are not of this format or of a newer one.
	ErrFormat = errors.New("not a known vault format")
	// ErrSealed says that a value does not open: it was changed, or sealed for
	// another client, field or key.
	ErrSealed = errors.New("the sealed value does not open")
	// ErrMaster says that the key file lacks the master key version that is needed.
	ErrMaster = errors.New("the key file has no such master key")
	// ErrKeyFile says that the key file cannot be used as it is.
	ErrKeyFile = errors.New("the key file is not acceptable")
	// ErrReason says that a revelation came without an actor or a reason.
	ErrReason = errors.New("a revelation needs an actor and a reason")
	// ErrCorrupt says that a stored slot fails its check sum. Bring the file back
	// from the other centre; never write over the slot.
	ErrCorrupt = errors.New("the key store is damaged")
	// ErrStopped says that an earlier sync failed, so nobody knows what is on the
	// disk. Stop the process and open the store again.
	ErrStopped = errors.New("the key store stopped after a failed write")
	// ErrLimit says that a bound of limits.go was passed.
	ErrLimit = errors.New("over the limit")
	// ErrInUse says that live data keys are still wrapped by a master key.
	ErrInUse = errors.New("the master key is still in use")
)
