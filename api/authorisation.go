package api

import (
	"fmt"
	"slices"
	"strings"
)

// roles is a set of roles.
type roles uint8

// The roles. What each is for stands in docs/security/authorisation.md.
const (
	investor   roles = 1 << 0
	maker      roles = 1 << 1 // broker maker 经办
	checker    roles = 1 << 2 // broker checker 复核
	bankDesk   roles = 1 << 3
	operations roles = 1 << 4
	auditor    roles = 1 << 5

	anyone   roles = 1 << 7 // also without a session
	desk           = maker | checker
	house          = desk | operations | auditor
	everyone       = investor | house | bankDesk
)

// roleNames are the names of the roles in the file of users, by their bits.
var roleNames = [...]string{"investor", "broker-maker", "broker-checker", "bank-desk", "operations", "auditor"}

func (r roles) has(any roles) bool { return r&any != 0 }

// names lists the roles of a set.
func (r roles) names() []string {
	if r.has(anyone) {
		return []string{"anyone"}
	}
	var all []string
	for i, name := range roleNames {
		if r.has(1 << i) {
			all = append(all, name)
		}
	}
	return all
}

// grant is one row of the authorisation table.
type grant struct {
	route string // method and path
	to    roles
	own   string // what of it an investor or a bank's desk may touch
}

// The words of own.
const (
	ownNone       = ""
	ownClient     = "investor: own client"
	ownFund       = "investor: own accounts"
	ownBoth       = "investor: own accounts; bank desk: accounts in custody with its bank"
	ownBank       = "bank desk: own bank"
	ownMoney      = "investor: own accounts; fund password for withdrawals"
	ownBothPapers = "investor: own accounts; bank desk: cash and transfers of accounts in custody with its bank; in clear only for broker-checker and operations"
	ownReport     = "bank desk: its bank's copy"
	ownSelf       = "own session"
)

// table is who may use which route. It is the one place to review: a route that
// is not here does not start, a role that is not in its row is refused.
var table = []grant{
	// Without signing in: is it alive, what does it speak, and the door itself.
	{"GET /v1/health", anyone, ownNone},
	{"GET /v1/version", anyone, ownNone},
	{"GET /openapi.yaml", anyone, ownNone},
	{"POST /v1/sessions", anyone, ownNone},
	{"GET /v1/session", everyone, ownSelf},
	{"DELETE /v1/session", everyone, ownSelf},
	{"GET /v1/head", everyone, ownNone},
	{"GET /v1/rejections", everyone, ownNone},

	// Clients (K9, K10, K12, K14 to K17).
	{"POST /v1/clients", maker, ownNone},
	{"POST /v1/clients/batch", maker, ownNone},
	{"GET /v1/clients", house, ownNone},
	{"POST /v1/clients/search", house, ownNone},
	{"GET /v1/clients/{client}", investor | house, ownClient},
	{"GET /v1/clients/{client}/funds", investor | house, ownClient},
	{"GET /v1/clients/{client}/checks", house, ownNone},
	{"POST /v1/clients/{client}/checks", maker, ownNone},
	{"POST /v1/clients/{client}/contact", investor | maker, ownClient},
	{"POST /v1/clients/{client}/identity", maker, ownNone},
	{"POST /v1/clients/{client}/state", maker, ownNone},
	{"POST /v1/clients/{client}/loss", investor | maker, ownClient},
	{"POST /v1/clients/{client}/risk", maker, ownNone},
	{"POST /v1/clients/{client}/investor-class", maker, ownNone},
	{"POST /v1/clients/{client}/permissions", maker, ownNone},
	{"POST /v1/clients/{client}/permissions/revoke", maker, ownNone},
	{"POST /v1/clients/{client}/close", maker, ownNone},
	{"POST /v1/clients/{client}/passwords", investor | maker, ownClient},
	{"POST /v1/clients/{client}/factor", investor | maker, ownClient},
	{"POST /v1/clients/{client}/passwords/reset", maker, ownNone},
	{"POST /v1/clients/{client}/passwords/unlock", maker, ownNone},
	{"POST /v1/clients/{client}/sessions/end", investor | maker | operations, ownClient},
	{"POST /v1/clients/{client}/reveal", checker | operations, ownNone},

	// Name lists and filings with the supervisor (K13, K50).
	{"GET /v1/comparisons", house, ownNone},
	{"POST /v1/comparisons", operations, ownNone},
	{"GET /v1/filings", house, ownNone},
	{"POST /v1/filings/{filing}/again", maker, ownNone},
	{"GET /v1/filing-files", house, ownNone},
	{"POST /v1/filing-files", operations, ownNone},
	{"POST /v1/filing-files/{file}/read", operations, ownNone},
	{"POST /v1/filing-files/{file}/answer", operations, ownNone},

	// Fund accounts, securities accounts, freezes (K2, K16, K17, K26).
	{"POST /v1/funds", maker, ownNone},
	{"POST /v1/funds/batch", maker, ownNone},
	{"GET /v1/funds/{fund}", everyone, ownBoth},
	{"GET /v1/banks/{bank}/funds", house | bankDesk, ownBank},
	{"POST /v1/funds/{fund}/state", maker, ownNone},
	{"POST /v1/funds/{fund}/commission", maker, ownNone},
	{"POST /v1/securities-accounts", maker, ownNone},
	{"GET /v1/funds/{fund}/securities-accounts", investor | house, ownFund},
	{"POST /v1/funds/{fund}/securities-accounts/close", maker, ownNone},
	{"POST /v1/funds/{fund}/freezes", maker, ownNone},
	{"GET /v1/funds/{fund}/freezes", investor | house, ownFund},
	{"POST /v1/freezes/{freeze}/release", maker, ownNone},
	{"POST /v1/freezes/{freeze}/deduct", maker, ownNone},
	{"POST /v1/freezes/{freeze}/paid", maker, ownNone},

	// Contracts with banks (K16, K19, K23).
	{"POST /v1/contracts/batch", maker, ownNone},
	{"POST /v1/funds/{fund}/contract", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/pre-designation", investor | maker, ownFund},
	{"POST /v1/funds/{fund}/contract/confirmation", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/card", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/change-of-bank", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/cancellation", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/closing", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/closing/confirmation", maker, ownNone},
	{"POST /v1/funds/{fund}/contract/withdraw-application", investor | maker, ownFund},
	{"GET /v1/funds/{fund}/contracts", everyone, ownBoth},

	// The same told to the bank, and what is asked of it (K16, K19, K23, K24).
	{"POST /v1/funds/{fund}/at-bank/contract", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/pre-designation", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/confirmation", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/card", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/cancellation", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/change-of-bank", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/closing", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/interest", maker, ownNone},
	{"POST /v1/funds/{fund}/at-bank/balance", investor | maker, ownFund},
	{"POST /v1/funds/{fund}/at-bank/identity", maker, ownNone},

	// Transfers (K20 to K22, K24 to K26).
	{"POST /v1/deposits", investor | maker, ownFund},
	{"POST /v1/withdrawals", investor | maker, ownMoney},
	{"POST /v1/internal-transfers", investor | maker, ownMoney},
	{"POST /v1/transfers/{transfer}/reversal", maker, ownNone},
	{"GET /v1/transfers", house | bankDesk, ownBank},
	{"GET /v1/transfers/{transfer}", everyone, ownBoth},
	{"GET /v1/funds/{fund}/transfers", everyone, ownBoth},
	{"POST /v1/limits", operations, ownNone},

	// Orders (K29 to K33).
	{"POST /v1/orders", investor | maker, ownFund},
	{"POST /v1/orders/{order}/cancel", investor | maker, ownFund},
	{"POST /v1/orders/{order}/review", checker, ownNone},
	{"GET /v1/ceilings", house, ownNone},
	{"POST /v1/batch", investor | maker, ownFund},
	{"GET /v1/orders/{order}", investor | house, ownFund},
	{"GET /v1/funds/{fund}/orders", investor | house, ownFund},
	{"GET /v1/funds/{fund}/fills", investor | house, ownFund},
	{"GET /v1/next-day-orders", house, ownNone},
	{"POST /v1/next-day-orders/release", operations, ownNone},

	// Enquiries (K18).
	{"GET /v1/funds/{fund}/balance", everyone, ownBoth},
	{"GET /v1/funds/{fund}/positions", investor | house, ownFund},
	{"GET /v1/funds/{fund}/statement", investor | house, ownFund},
	{"GET /v1/issues", investor | house, ownNone},
	{"GET /v1/funds/{fund}/securities-ledger", investor | house, ownFund},
	{"GET /v1/closings", everyone, ownNone},
	{"GET /v1/funds/{fund}/statements/{period}", everyone, ownBothPapers},
	{"GET /v1/funds/{fund}/cash-days", everyone, ownBoth},
	{"GET /v1/banks", everyone, ownNone},
	{"GET /v1/banks/{bank}/totals", house | bankDesk, ownBank},

	// The day, differences and dual control (K36, K41).
	{"GET /v1/days", house | bankDesk, ownNone},
	{"GET /v1/days/{date}/steps", house, ownNone},
	{"GET /v1/days/{date}/settlement-report", house | bankDesk, ownReport},
	{"GET /v1/days/{date}/three-way", house, ownNone},
	{"POST /v1/days/{date}/three-way", operations, ownNone},
	{"GET /v1/day-end", house, ownNone},
	{"POST /v1/day-end/stop", operations, ownNone},
	{"GET /v1/day-end/readiness", house, ownNone},
	{"POST /v1/day-end/open", operations, ownNone},
	{"POST /v1/day-end/runs", operations, ownNone},
	{"DELETE /v1/day-end/runs", operations, ownNone},
	{"GET /v1/day-end/files", house, ownNone},
	{"POST /v1/day-end/files/request", operations, ownNone},
	{"POST /v1/day-end/files/adopt", operations, ownNone},
	{"POST /v1/day-end/files/compare", operations, ownNone},
	{"GET /v1/day-end/settlement", house, ownNone},
	{"POST /v1/day-end/settlement", operations, ownNone},
	{"GET /v1/cases", house | bankDesk, ownBank},
	{"GET /v1/cases/{case}", house | bankDesk, ownBank},
	{"GET /v1/orphans", house, ownNone},
	{"GET /v1/orphans/{orphan}", house, ownNone},
	{"GET /v1/advice", house, ownNone},
	{"POST /v1/cases/{case}/advised", maker | operations, ownNone},
	{"GET /v1/proposals", house, ownNone},
	{"GET /v1/proposals/{proposal}", house, ownNone},
	{"GET /v1/guards", house, ownNone},
	{"POST /v1/proposals", maker | operations, ownNone},
	{"POST /v1/proposals/{proposal}/approve", checker, ownNone},
	{"POST /v1/proposals/{proposal}/decline", checker, ownNone},
	{"POST /v1/proposals/{proposal}/withdraw", maker | operations, ownNone},

	// The trail (K54, K55).
	{"GET /v1/audit", auditor | operations, ownNone},
	{"GET /v1/blocks", auditor | operations, ownNone},
}

// granted returns the row of a route.
func granted(route string) (grant, bool) {
	at := slices.IndexFunc(table, func(g grant) bool { return g.route == route })
	if at < 0 {
		return grant{}, false
	}
	return table[at], true
}

// Authorisation writes the table for docs/security/authorisation.md.
func Authorisation() string {
	var b strings.Builder
	b.WriteString("| route |")
	for _, name := range roleNames {
		b.WriteString(" " + name + " |")
	}
	b.WriteString(" what is theirs |\n|---|" + strings.Repeat("---|", len(roleNames)+1) + "\n")
	for _, g := range table {
		fmt.Fprintf(&b, "| `%s` |", g.route)
		for i := range roleNames {
			cell := ""
			if g.to.has(anyone | 1<<i) {
				cell = "yes"
			}
			b.WriteString(" " + cell + " |")
		}
		own := g.own
		if g.to.has(anyone) {
			own = "also without signing in"
		}
		b.WriteString(" " + own + " |\n")
	}
	return b.String()
}
