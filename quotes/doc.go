// Package quotes reads the real market data that the day run and the rule tests
// stand on: one trading day of all shares, the list of symbols, and minute bars.
//
// The files are third-party JavaScript fetched by scripts/fetch-market-data.sh
// and never committed. Their text is not trusted: every size is bounded, every
// figure becomes an integer in the units of package money without passing
// through a float, and damage is an error that names the file and the byte. The
// package must never guess a missing figure, and nothing that decides on money
// may import it.
package quotes
