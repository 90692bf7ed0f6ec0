package node

import (
	"errors"
	"io/fs"
	"syscall"

	"sancun/backup"
	"sancun/books"
	"sancun/internal/durable"
	"sancun/journal"
	"sancun/journal/postgres"
	"sancun/sequencer"
	"sancun/vault"
)

// The exit codes of a centre. A supervisor may start again after 1 and 3 and must
// not after 2 and 4.
const (
	ExitFailed  = 1 // could not start or a part ended it
	ExitUsage   = 2 // the command line or the configuration is wrong
	ExitStore   = 3 // the store failed while running: outcomes are unknown until the next start
	ExitCorrupt = 4 // the journal is damaged or leads elsewhere: people must decide
)

// ErrNotAvailable reports what this version cannot do yet.
var ErrNotAvailable = errors.New("not available yet")

// reasons are the ways in which a centre stops, what a person should do, and
// whether it may be started again. The first that fits counts.
var reasons = []struct {
	is   error
	exit int
	hint string
}{
	{ErrDeposed, ExitStore, "another node of this centre serves; start this one again, it then waits for its turn"},
	{postgres.ErrUnreachable, ExitFailed, "look whether the database runs, takes writes and lets this role in, then start again"},
	{postgres.ErrPromise, ExitFailed, "put the setting of PostgreSQL right that the message names"},
	{ErrDiverged, ExitCorrupt, "do not start it again; compare with the other centre and run `sancun verify` on a copy with the version that wrote the journal"},
	{journal.ErrCorrupt, ExitCorrupt, "do not start it again and change nothing; copy the folder, then bring the damaged file back from the other centre or a backup"},
	{journal.ErrEpoch, ExitCorrupt, "another centre has taken over; this one must not write any more"},
	{books.ErrForeign, ExitFailed, "the books are of another journal; remove books.db and what begins with its name, or drop their schema in the database, and they are filled again"},
	{ErrUnfinished, ExitUsage, "restore again into an empty folder; this one is of no use"},
	{ErrIsolated, ExitUsage, "have two people sign the order and run `sancun backup release`, or leave the centre isolated"},
	{ErrNotEmpty, ExitUsage, "name a folder that is not there yet"},
	{backup.ErrRolledBack, ExitFailed, "archives are gone that were there: find out who removed them; restore from the other copy, or remove backup/last.json in the folder of the centre to begin anew"},
	{backup.ErrSigner, ExitUsage, "add the key to backup.signers or backup.provers, or give it with --signer, if it is known and not forged"},
	{backup.ErrIdentity, ExitUsage, "bring the file of identities of one of the recipients that `sancun backup list` shows"},
	{backup.ErrFolder, ExitFailed, "mount the disk, or make the folder on it; none is made by itself, because an empty mount point would be filled instead"},
	{backup.ErrTampered, ExitFailed, "keep the folder as evidence and use the other copy"},
	{backup.ErrMissing, ExitFailed, "use the other copy; a part that a rule removed is in a newer archive"},
	{backup.ErrTaken, ExitFailed, "look who writes into the folder besides this centre"},
	{backup.ErrHeight, ExitUsage, "ask for a height that `sancun backup list` shows"},
	{backup.ErrNoFull, ExitUsage, "take a full backup first"},
	{backup.ErrParted, ExitFailed, "take a full backup: the journal was restored, or another centre had taken over"},
	{backup.ErrRecipients, ExitUsage, "put the public keys or the file of identities right"},
	{ErrOtherBank, ExitUsage, "put number or code of the bank right in the configuration"},
	{journal.ErrLocked, ExitFailed, "the centre runs already, or another program has its journal open; stop that first"},
	{durable.ErrLocked, ExitFailed, "the centre runs already, or another program has its files open; stop that first"},
	{vault.ErrKeyFile, ExitUsage, "put the key file right; without it no personal data can be read"},
	{vault.ErrStopped, ExitStore, "look at the disk of the vault, then start again"},
	{journal.ErrFull, ExitStore, "make room on the disk of the journal, then start again"},
	{syscall.ENOSPC, ExitStore, "make room on the disk, then start again"},
	{journal.ErrPoisoned, ExitStore, "look at the disk (dmesg, smartctl), then start again; the start finds out what became durable"},
	{sequencer.ErrUnknown, ExitStore, "look at the disk, then start again; requests without an answer are asked again under their keys"},
	{ErrNotAvailable, ExitUsage, "leave it out of the configuration"},
	{fs.ErrPermission, ExitFailed, "give the user of the process the rights to the file"},
	{fs.ErrNotExist, ExitFailed, "make the file, or name another in the configuration"},
}

// Hint says what a person should do about the error with which a centre stopped.
func Hint(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return r.hint
		}
	}
	return "read the error and docs/operating.md"
}

// ExitCode is the exit code of a process whose centre stopped with an error.
func ExitCode(err error) int {
	var config *ConfigError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &config):
		return ExitUsage
	}
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return r.exit
		}
	}
	return ExitFailed
}
