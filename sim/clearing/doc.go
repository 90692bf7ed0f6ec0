// Package clearing is a clearing house (中国结算) to practise with: it takes the
// executions of a day, nets them per participant, market and currency, keeps the
// holdings of every securities account and the reserve accounts of every
// participant, pays the net on the next trading day at 16:00, and writes the
// evening's files for one participant in the layouts of package wire/csdc.
//
// A House lives through days: Open a day, Clear its trades, Release what falls
// due up to a time. The clock is the caller's. Everything that goes wrong is
// injected, by command or by seed, and stands in the Log with what the receiver
// should find. The same configuration, seed and calls give the same bytes.
//
// It must never read a clock or draw chance from elsewhere than its seed, never
// let a fault into its own books (faults change only what it tells), and never
// hide what it could not do. docs/simulators/clearing.md describes it.
package clearing
