package api

import (
	"fmt"
	"strconv"
	"strings"

	"sancun/money"
	"sancun/record"
)

// The words that stand for the numbers of the journal, by their numbers. They
// are part of the interface and do not change.
var (
	classWords     = []string{1: "person", "organisation"}
	investorWords  = []string{1: "ordinary", "professional"}
	stateWords     = []string{1: "normal", "pre-designated", "frozen", "loss-reported", "dormant", "unqualified", "closed", "held"}
	relationWords  = []string{0: "none", "pre-designated", "designated", "cancelled"}
	closingWords   = []string{0: "", "change-of-bank", "closing"}
	directionWords = []string{1: "deposit", "withdrawal"}
	initiatorWords = []string{1: "broker", "bank", "correction"}
	transferWords  = []string{1: "sent", "done", "refused", "unknown", "reversed", "poisoned"}
	channelWords   = []string{1: "counter", "web", "mobile", "api", "institution", "bank"}
	sideWords      = []string{1: "buy", "sell", "subscribe"}
	categoryWords  = []string{1: "auction", "after-hours", "non-trading", "integrated", "fixed-income", "hk-connect", "transfer-desk", "neeq"}
	typeWords      = []string{1: "limit", "market", "fixed"}
	orderWords     = []string{1: "new", "reported", "part-filled", "filled", "part-cancelled", "cancelled", "refused", "expired", "held"}
	phaseWords     = []string{0: "none", "open", "stopped", "cleared"}
	marketWords    = []string{1: "SH", "SZ", "BJ"}
	serviceWords   = []string{1: "open", "suspended"}
	passwordWords  = []string{1: "trade", "fund"}
	fieldWords     = []string{1: "name", "document", "card", "mobile", "email", "address"}
	freezeWords    = []string{1: "court", "supervisor", "risk", "deceased", "pledge"}
	caseWords      = []string{1: "missing-here", "missing-there", "amount", "state", "account", "total", "file"}
	subjectWords   = []string{1: "transfer", "trade", "position", "cash", "fees", "data"}
	caseStateWords = []string{1: "open", "closed"}
	resolvedWords  = []string{0: "", "booking", "other-side", "time", "write-off"}
	proposalWords  = []string{1: "open", "approved", "declined", "withdrawn"}
	outcomeWords   = []string{1: "success", "refused"}
	stepWords      = []string{
		1: "stop", "receive-files", "split", "transfers", "first-level", "second-level", "positions", "entitlements", "interest",
		"bank-files", "totals", "statements", "archive",
	}
	checkWords      = []string{1: "name", "face", "document", "card", "list"}
	checkedWords    = []string{1: "agreed", "disagreed", "refused", "unknown"}
	heldWords       = []string{"unanswered", "name-list", "contradicted"}                             // by bit
	permissionWords = []string{"main", "chinext", "star", "bse", "risk-warning", "connect", "margin"} // by bit
	callerWords     = []string{0: "system", "client", "staff", "bank", "exchange", "bank-desk"}
)

// word returns the word of a number, or the number when there is none.
func word[N ~uint8 | ~uint16](words []string, n N) string {
	if int(n) < len(words) {
		return words[n]
	}
	return strconv.Itoa(int(n))
}

// number returns the number of a word that validation has let pass; 0 for none.
func number(words []string, word string) uint8 {
	for n := 1; n < len(words); n++ {
		if words[n] == word {
			return uint8(n)
		}
	}
	return 0
}

// permissionNames lists the permissions in a set of bits.
func permissionNames(bits uint32) []string {
	all := []string{}
	for i, name := range permissionWords {
		if bits&(1<<i) != 0 {
			all = append(all, name)
		}
	}
	return all
}

// permissionBits is the opposite.
func permissionBits(names []string) (bits uint32) {
	for _, name := range names {
		for i, known := range permissionWords {
			if name == known {
				bits |= 1 << i
			}
		}
	}
	return bits
}

// currency reads a currency that validation has let pass.
func currency(code string) money.Currency {
	c, err := money.ParseCurrency(code)
	if err != nil {
		return 0
	}
	return c
}

// callerName names a caller for people: class and number.
func callerName(c record.Caller) string {
	if c == 0 {
		return callerWords[0]
	}
	return fmt.Sprintf("%s/%d", word(callerWords, c.Class()), c.Number())
}

// kindName names a kind of command by its type, as open-clients.
func kindName(k record.Kind) string {
	cmd, ok := record.New(k)
	if !ok {
		return strconv.Itoa(int(k))
	}
	var b strings.Builder
	for _, c := range strings.TrimPrefix(fmt.Sprintf("%T", cmd), "*record.") {
		if c >= 'A' && c <= 'Z' {
			if b.Len() > 0 {
				b.WriteByte('-')
			}
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
