// Package exchange simulates the Shenzhen and Shanghai stock exchanges: the
// matching of one trading day and the trade and quote gateways a broker talks to.
//
// It has three layers, each usable without the one above it:
//
//   - Venue is the matching core. It is a pure function of its inputs: it owns
//     the books, the orders and the trades of one market for one day, reads no
//     clock and starts no goroutine. The time of day moves only by Advance.
//   - Street is the rest of the market. It makes every price walk inside the
//     real day's open, high, low and close by trading in the Venue's own books.
//   - Exchange puts a Venue behind TCP in the real byte formats, numbers the
//     reports of every partition from 1 without gaps, keeps them for
//     synchronisation, and misbehaves on request (Faults, Control).
//
// Invariants:
//
//	E1 After every call the continuous book is not crossed.
//	E2 Ordered quantity = filled + cancelled + leaves, for every order.
//	E3 Within a price, orders fill in the order in which they arrived.
//	E4 With a Street, no print leaves the real day's low-high range.
//	E5 The same inputs in the same order give the same reports and trades.
//
// It must never be imported by the product's own machine, never hold client
// names, and never decide anything about money: it only trades.
package exchange
