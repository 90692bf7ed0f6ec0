package record

// Rejections 400 to 499 belong to the transfer rules.

var transferSentences = map[Code]Sentence{}
