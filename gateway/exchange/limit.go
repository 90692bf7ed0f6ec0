package exchange

import "time"

// Every bound of a gateway and its reason.
const (
	// QueueMax is how many orders and cancels may wait at the door before their
	// feeder is held back: some seconds of a busy opening.
	QueueMax = 65_536
	// lanesMax is how many may wait inside for a platform that is not open.
	lanesMax = 65_536
	// windowMax is how many messages may be on the wire unanswered: enough to keep
	// a link of 10 ms busy at a million a second.
	windowMax = 16_384
	// backlogMax is how many bytes may wait for the connection before no more
	// orders are encoded.
	backlogMax = 1 << 20
	// mailboxMax is how many messages may be read ahead. In lock-step one step of
	// the exchange must fit, the opening auction included, because nobody takes
	// them before Drain.
	mailboxMax         = 65_536
	mailboxMaxLockStep = 1 << 20
	// batchMax is how many reports go to the sequencer at once: half a block.
	batchMax = 4_096
	// heardMax bounds the memory of ClOrdIDs the exchange has spoken of; beyond it
	// the exchange's own protection against duplicates is left alone.
	heardMax = 1 << 22
	// silencesMax is how often a message may go unanswered for AckTimeout while the
	// connection stands before it stays unknown until the exchange or a person
	// says what became of it. Losing the connection does not count: many messages
	// are swept away with one.
	silencesMax = 10
	// gapAsksMax is how often a missing report is asked for on one connection.
	gapAsksMax = 3
	// silentHalves is after how many half heartbeat intervals without a byte the
	// connection is given up: two missed heartbeats (domain facts D.2), and half an
	// interval because a peer may look at its watch in ticks.
	silentHalves = 5
	// quietMost is how many resend waits a synchronisation may last when reports
	// never pause.
	quietMost = 10
	// drainRoundsMax bounds one Drain: more rounds mean that something sends or
	// disconnects for ever.
	drainRoundsMax = 1_000
	// fenceAgain is how many messages before the answer to a fence mean that more
	// may lie behind it: an exchange that bounds its outbound bytes may answer a
	// fence before it has encoded everything, but not after so few.
	fenceAgain = 64
)

// The waits, where Options names none.
const (
	// ResendWait is what the exchange demands before orders are sent again
	// (domain facts D.1).
	ResendWait = 3 * time.Second
	// AckTimeout is how long a message may go unanswered before the streams are
	// asked for what became of it.
	AckTimeout = 10 * time.Second
	// Heartbeat is the interval asked for at logon.
	Heartbeat = 30 * time.Second
	// logonWait bounds the answer to a logon, logoutWait that to a logout.
	logonWait  = 10 * time.Second
	logoutWait = 3 * time.Second
	// tickEvery is how often the waits are looked at.
	tickEvery = 200 * time.Millisecond
	// redialFirst and redialMost bound the pause before the next attempt to
	// connect, which doubles.
	redialFirst = time.Second
	redialMost  = 30 * time.Second
	// busyFirst and busyMost bound the pause after ErrBusy, which doubles.
	busyFirst = time.Millisecond
	busyMost  = 100 * time.Millisecond
)

// Reasons of refusal of our own, above those an exchange uses. They stand in
// record.OrderRefused and record.CancelRefused.
const (
	// ReasonUnsendable: the exchange's format has no place for the order.
	ReasonUnsendable uint16 = 65_001
	// ReasonTooLarge: the exchange's code does not fit the record; the code is in
	// the gateway's status.
	ReasonTooLarge uint16 = 65_002
)
