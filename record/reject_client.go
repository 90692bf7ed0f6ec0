package record

// Rejections 200 to 299 belong to the client rules.

var clientSentences = map[Code]Sentence{}
