package journal

import "errors"

// DrillEpochs is where the epochs of drills begin. A drill works on a fork of a
// real journal and writes under the epoch of that journal with this bit set, so
// that a block of a drill says of itself, for ever and to everybody, that it is
// none of business. Real epochs stay below it: at one a second they would take
// 68 years to get there.
const DrillEpochs uint32 = 1 << 31

// OfDrill says whether an epoch is that of a drill.
func OfDrill(epoch uint32) bool { return epoch >= DrillEpochs }

// DrillEpoch is the epoch of the drill on a fork of a journal of the given epoch.
func DrillEpoch(epoch uint32) uint32 { return epoch | DrillEpochs }

// ErrDrill refuses what a drill wrote where business is kept: a journal takes
// blocks of a drill only when it was fenced for one, which no way leads out of.
var ErrDrill = errors.New("a drill wrote this, it is no business")
