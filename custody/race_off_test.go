//go:build !race

package custody

// raceDetector says that the race detector runs, which allocates by itself.
const raceDetector = false
