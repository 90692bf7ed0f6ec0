// Package csdc reads and writes the files of the clearing house (China
// Securities Depository and Clearing, CSDC) and the Shanghai trade file: dBASE III
// tables in GB18030 and one '|'-separated text file, with the rules around them
// (names, day, control totals, what "no data" looks like, when a file is late).
//
// One file of the package holds one layout: a typed row, a declarative column
// table, WriteX and ReadX. The column table is the layout: reader, writer,
// document and tests are driven by it. Widths are only partly public (assumption
// A5 of the domain facts), so every column says where it comes from, and the
// reader takes positions and widths from the file's own header and finds columns
// by name; the widths of the table rule only what is written.
//
// The package turns bytes into rows and rows into bytes. It must never decide
// what a row means for a client, never repair a file, never read a clock, and
// never accept a figure it cannot hold exactly. docs/formats/csdc.md draws it all.
package csdc
