package exchange

import (
	"io"
	"time"

	"sancun/market"
)

// encoder writes our messages of one connection in the byte format of a market.
// A message that does not fit leaves dst as it was.
type encoder interface {
	logon(dst []byte, l *Logon, now time.Time) ([]byte, error)
	logout(dst []byte) ([]byte, error)
	heartbeat(dst []byte) ([]byte, error)
	// synchronise asks for streams from an index on.
	synchronise(dst []byte, asks []Cursor) ([]byte, error)
	// fence asks for something that changes nothing and is answered behind all
	// that the exchange has said before.
	fence(dst []byte) ([]byte, error)
	// send writes an order or a cancel.
	send(dst []byte, e *entry) ([]byte, error)
}

// decoder reads the exchange's messages of one connection. An error means that
// the connection is of no more use.
type decoder func() (event, error)

func newEncoder(m market.Market) encoder {
	if m == market.Shenzhen {
		return &szseEncoder{}
	}
	return &sseEncoder{}
}

func newDecoder(m market.Market, r io.Reader) decoder {
	if m == market.Shenzhen {
		return szseDecoder(r)
	}
	return sseDecoder(r)
}

// platformOf returns the number of the platform that takes an entry.
func platformOf(m market.Market, e *entry) uint16 {
	if m == market.Shanghai {
		return 0
	}
	switch e.order.Category {
	case categoryAfterHours:
		return 2
	case categoryNonTrading:
		return 3
	}
	return 1
}

// wireSide is a side as both formats number it: a subscription is a buy.
func wireSide(side uint8) (byte, error) {
	switch side {
	case sideBuy, sideSubscribe:
		return '1', nil
	case sideSell:
		return '2', nil
	}
	return 0, unsendable("side", side)
}

// wireOwner is an owner as both formats number it.
func wireOwner(o Owner) (uint8, error) {
	switch o {
	case 0, Person:
		return 1, nil
	case Institution:
		return 103, nil
	case Proprietary:
		return 104, nil
	}
	return 0, unsendable("owner", uint8(o))
}
