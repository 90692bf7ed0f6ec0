// Package clearing is the broker's receiving side towards the clearing house: it
// looks into the inbox when it is told to, keeps every version of every file by
// its content, judges the day's files with the rules of package wire/csdc, asks
// for what is missing or bad, and hands settlement one accepted set under one
// input hash.
//
// It must never change, repair or delete a file, never overwrite a version, never
// let settlement read what has not passed the check, never replace an accepted
// set by itself unless the house was asked for it, and never read a clock: the
// caller gives the time. docs/formats/clearing-archive.md draws the archive.
package clearing
