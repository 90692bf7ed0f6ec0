package vault

// veiled keeps a value out of every printed form of the structs around it. fmt
// prints unexported fields by reflection: with a verb that does not fit it
// follows even pointers and shows the bytes behind them. Of a func it can show
// only the address.
type veiled[T any] struct{ lift func() *T }

func veil[T any](value *T) veiled[T] { return veiled[T]{func() *T { return value }} }
