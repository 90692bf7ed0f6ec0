package record

// Rejections 800 to 899 belong to the risk rules.

var riskSentences = map[Code]Sentence{}
