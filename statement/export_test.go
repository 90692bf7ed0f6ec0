package statement

// For the tests of words.
var (
	KindOf    = kindOf
	KindWords = kindWords
)
