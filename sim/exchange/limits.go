package exchange

import "sancun/money"

// Every bound of the simulator and its reason.
const (
	// orderQuantityMax keeps sums of a whole book inside 64 bits: a billion
	// shares an order, four billion orders.
	orderQuantityMax money.Quantity = 1_000_000_000
	// priceMax keeps price × quantity inside 64 bits: one hundred thousand yuan.
	priceMax money.Price = 100_000 * money.PriceUnit
	// ordersMax is the most orders and cancels of one day; identifiers are 31 bits.
	ordersMax = 1 << 30
	// chunkOrders is how many orders are allocated at once: large enough to be
	// rare, small enough not to waste memory in a test.
	chunkOrders = 1 << 12
	// streetLevelsMax bounds the quotes of the Street per side.
	streetLevelsMax = 10
	// Depth is the number of price levels in a snapshot.
	Depth = 5
)
