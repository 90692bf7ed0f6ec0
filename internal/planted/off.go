//go:build !planted

package planted

// Built says whether bugs can be switched on in this build.
const Built = false

// In says whether a bug is in the program: never.
func In(Bug) bool { return false }

// Plant does nothing in this build.
func Plant(Bug) {}
