// Package settle is the day end: the thirteen steps from stopping business to the
// archive (row K36, domain facts E.5), as a chain that can be stopped anywhere
// and run again with the same result.
//
//	S1  Business stops at one height. The picture of the day is read at the
//	    pinned height, the block at which the first step ended, and the clients'
//	    balances at the closing height, the block at which interest ended. What
//	    is recorded later changes no byte of any file.
//	S2  A step is journaled with the hash of everything it read and of the step
//	    before. Done on one input it is passed over on the same and refused on
//	    another; its files are written again, byte for byte.
//	S3  Every command is either idempotent by nature or goes under a key of the
//	    date, so that a crash between two steps or inside one changes nothing.
//	S4  Differences never stop the chain and are never repaired here: they are
//	    listed for reconciliation. Files that are missing or damaged do stop it.
//
// The package reads and writes files only through Inputs and Outputs, and time
// only through Options.Now. It must never decide business, never touch a line to
// a bank or the clearing house, and never book anything but the day's clearing,
// entitlements, interest and settlement.
package settle
