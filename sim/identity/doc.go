// Package identity plays an identity register over HTTP, for tests, drills and
// the simulated day: the police register, face comparison, OCR and the bank-card
// check of docs/formats/identity-register.md.
//
// It knows the people it is told of and agrees, disagrees and refuses as a real
// register would. By seed, by command or by a header of the question it also
// stays silent, answers late, breaks, hangs up and talks nonsense. It serves the
// loopback listener it is given and nothing else. It must never hold data of real
// people, and shares no code with gateway/identity, so that one misreading of the
// format cannot hide on both sides.
package identity
