// Package bank is the byte format between a broker and its custodian banks:
// the messages of the day, their frames and their security, and the files of
// the day end (docs/formats/bank.md; domain facts B.3-B.6, C; rows K23, K24,
// K28, K38).
//
// There is one vocabulary of messages (SignIn, Deposit, QueryTransfer, …) and
// many byte formats. A Format is data: per function a table of fields with
// their kind, width and padding, and whether the field is under the MAC. A Codec
// turns a message into a frame and back by such a table. The formats of three
// styles are built in: Fixed24 and Fixed10, Delim, XML and XMLUTF8.
//
// Rules the package keeps:
//
//	W1 What Decode accepts, Encode writes back byte for byte. There is one
//	   spelling of every value, so a changed byte is a changed meaning.
//	W2 Nothing is lost in silence: a value too wide for its field, outside the
//	   code page, or without a field in the format is an error, never cut.
//	W3 The MAC is checked before any value is believed.
//	W4 Directions are explicit: a deposit moves money from the bank card to the
//	   securities fund account, a withdrawal the other way. The bank's words
//	   出金 and 入金 flip with the speaker and are never used.
//	W5 A password exists in clear only inside a Secret, which never prints
//	   itself. Messages carry sealed PIN blocks. No error repeats a field value.
//
// The package opens no connection, reads no clock and decides no business. A
// frame that is well formed may still be refused by custody.
package bank
