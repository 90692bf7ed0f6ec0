// Package bank simulates a custodian bank: its customers with their cards, the
// management accounts that mirror the broker's ledger, the pooled account with
// the real money, its own log of transfers, and the wire to the broker in any of
// the formats of wire/bank (docs/simulators/bank.md).
//
// The bank answers what the broker starts and, through Control, starts business
// itself. It can misbehave by seed or by command: delay, stay silent, answer
// late, twice or not surely, disconnect, refuse, book on one side only, and spoil
// files. Log tells for every fault what a comparison must find later.
//
// Everything the bank does is a function of its Config, of the order of the
// messages that reach it, and of the calls of Control. It reads no clock and
// must never learn anything of the broker but by the wire.
package bank
