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
	// outboundSoft is how many bytes may wait for a connection before the exchange
	// stops encoding reports for it and reading from it.
	outboundSoft = 1 << 20
	// outboundHard is how many bytes of answers may wait before a connection whose
	// member does not read is dropped; its reports can be synchronised later.
	outboundHard = 64 << 20
	// heartbeatDefault applies where a member asks for none, in seconds; heartbeatMax
	// is the longest a member may ask for. Shanghai allows 5 to 60.
	heartbeatDefault = 30
	heartbeatMax     = 300
	heartbeatLeastSH = 5
	heartbeatMostSH  = 60
	// beatsMissedMax is after how many silent intervals a session is dropped.
	beatsMissedMax = 2
	// tradesAtOnce is how many trades are copied under one hold of the lock.
	tradesAtOnce = 1_024
	// Depth is the number of price levels in a snapshot.
	Depth = 5
)
