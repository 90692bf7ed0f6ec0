package record

// Rejections 300 to 399 belong to the contract rules.

var contractSentences = map[Code]Sentence{}
