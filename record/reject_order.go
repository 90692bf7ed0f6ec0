package record

// Rejections 500 to 599 belong to the order rules.

var orderSentences = map[Code]Sentence{}
