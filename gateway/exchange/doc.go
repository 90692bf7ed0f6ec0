// Package exchange is our side of the exchanges: one Gateway for each market's
// trading platform and one Quotes for its market data, over the real byte
// formats of Shenzhen and Shanghai (rows K31, K60, K61).
//
// A Gateway passes through these states; each has its file:
//
//	Offline ─dial─▶ LoggingOn ─logon answered─▶ Synchronising ─caught up─▶ Ready
//	   ▲               │                            │    ▲                  │  │
//	   └───────────────┴──────── connection lost ───┘    └── gap in machine ┘  │
//	                                    Draining ◀──────── asked to stop ──────┘
//
// Laws it keeps:
//
//	X1  Only durable orders and cancels come in here (law L7), and they leave in
//	    the order in which they came, each platform for itself.
//	X2  After a connect the reports of every stream are asked for from the next
//	    index of the machine on; nothing is sent before the streams have caught up
//	    and the wait of domain facts D.1 has passed.
//	X3  A message whose outcome is unknown is sent again only after a
//	    synchronisation has not shown it, under the same ClOrdID; a refusal as a
//	    duplicate then means that it is there already (law L6).
//	X4  Every numbered report reaches the machine, once, in the order of its
//	    stream. Nothing received is dropped because the machine is busy.
//	X5  Every queue is bounded; a full one holds its feeder back (law L11).
//
// In lock-step the same rules run inside Drain alone, on the caller's goroutine,
// so that a played day gives the same records in the same order every time.
//
// It must never decide about money, keep state that a restart needs, or show a
// password. It must never guess an outcome.
package exchange
