// Package api is the door for people and programs: HTTP with JSON over TLS 1.3,
// documented by OpenAPI (docs/openapi.yaml, docs/api.md).
//
// Its rules:
//
//	D1  Every route has a row in the authorisation table (authorisation.go). A
//	    route without one does not start; a role not in the row is refused.
//	D2  Who may use a route may still not touch every object: an investor reads and
//	    moves what is his, a bank's desk sees its own bank. What is not theirs does
//	    not exist for them.
//	D3  Nothing is decided here. A request becomes a command with its caller and
//	    key; the machine decides it, and the answer is given when it is durable.
//	D4  Personal data are sealed before they enter a command and masked when they
//	    leave; in clear they leave through one route, which is journaled.
//	D5  An error says what is wrong in Chinese and English and what to do, under a
//	    name that does not change. A refusal for load is early and cheap.
//
// It must never keep business state of its own: sessions and rates are all it
// remembers, and losing them costs a new sign-in.
package api
