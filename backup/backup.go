// Package backup keeps archives of a cell: what a house needs to begin again when
// every disk of its centres is lost, or was destroyed by a person.
//
// A folder holds archives, numbered from 1. A full archive holds all blocks, the
// newest snapshot, the files and the wrapped keys of personal data; an incremental
// one the blocks and files since the archive before it, and the keys again. An
// archive is a few parts and a manifest, which is written last: without it nothing
// counts. Manifests are signed and name the one before, so that none can be
// changed, exchanged, left out or brought back.
//
//	00000012.blocks.0001   encoded blocks, compressed, sealed with age
//	00000012.snapshot      a snapshot, the same
//	00000012.files         tar of files, the same
//	00000012.keys          tar of the vault's wrapped keys, sealed for other people
//	00000012.inventory     names and hashes of all files, compressed, in clear
//	00000012.manifest      what the above are, signed
//	00000003.pruned        which parts were removed later, and by which rule, signed
//	proof.20260302T030000  that an archive was restored and led to its root, signed
//
// Invariants:
//
//  1. An archive is whole before its manifest has its name. A crash before that
//     leaves parts that the next run removes, and nothing that looks like an archive.
//  2. Nothing is written over: a name that is taken is refused.
//  3. Nothing of an archive is used before every byte of it that will be used has
//     been compared with its manifest, and the manifest with the key of its signer.
//  4. Who writes archives cannot read them: only recipients are known there.
//  5. Keys of personal data are sealed for other recipients than everything else,
//     and live shorter (docs/decisions, backups and destroyed keys).
//
// The package must never open a socket, decide by a clock of its own, or hold an
// identity longer than a restore takes. It reads no record: what blocks mean is
// checked by who restores them (package node).
package backup

import (
	"errors"
	"fmt"
)

// What goes wrong with backups. Errors carry a hint for the operator.
var (
	// ErrTampered says that something is not what was written: bytes, order,
	// signature, or a piece of another archive. Nothing of it was used.
	ErrTampered = errors.New("the backup is not what was written")
	// ErrMissing says that a part or an archive is not there.
	ErrMissing = errors.New("part of the backup is missing")
	// ErrSigner says that a manifest was signed by nobody who is known.
	ErrSigner = errors.New("the backup was signed by nobody who is known here")
	// ErrIdentity says that an archive was not sealed for the identities given.
	ErrIdentity = errors.New("the backup is sealed for other recipients")
	// ErrRolledBack says that a folder ends before an archive known to exist.
	ErrRolledBack = errors.New("newer archives are known than the folder holds")
	// ErrNoFull says that an incremental archive has nothing to rest on.
	ErrNoFull = errors.New("there is no full archive to go on from")
	// ErrParted says that the journal is not a continuation of what was backed up.
	ErrParted = errors.New("the journal does not go on from the last archive")
	// ErrTaken says that a name of an archive is in use already.
	ErrTaken = errors.New("archives are never written over")
	// ErrHeight says that no archive reaches a height.
	ErrHeight = errors.New("no archive reaches the height")
	// ErrFolder says that a folder of archives is not there. None is ever made: an
	// empty mount point would be taken for the disk that belongs there.
	ErrFolder = errors.New("the folder of backups is not there")
	// ErrRecipients says that recipients or identities cannot be used.
	ErrRecipients = errors.New("recipients are not acceptable")
)

// tampered wraps what was found with ErrTampered and what to do about it.
func tampered(name, what string, args ...any) error {
	return fmt.Errorf("%s: %s; keep the folder as evidence and restore from the other copy: %w", name, fmt.Sprintf(what, args...), ErrTampered)
}
