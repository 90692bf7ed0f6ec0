package record

// Rejections 700 to 799 belong to the approval rules.

var approvalSentences = map[Code]Sentence{}
