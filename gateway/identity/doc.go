// Package identity asks identity registers: does this name belong to this
// number, is this the holder's face, what does this picture say, do name,
// document, card and mobile belong together (row K11).
//
// An answer is agree, disagree, refused or unknown. Whatever goes wrong between
// the question and a well-formed answer is unknown, with its cause; the package
// must never guess, never ask twice by itself, never follow a redirect, and never
// put a personal field into an error, a URL or a log. The wire format is drawn in
// docs/formats/identity-register.md.
package identity
