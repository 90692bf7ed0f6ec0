package books

// Share is for its test.
var Share = share
