package identity

import (
	"encoding/binary"
	"hash/fnv"
	"strconv"
)

// Fault is something a register may do wrong, by its number in scenarios. The
// numbers never change; zero is none.
type Fault uint8

// The faults.
const (
	Silent   Fault = 1 // no answer until the caller goes away or the simulator stops
	Refuse   Fault = 2 // status 429, reason 904
	Contrary Fault = 3 // disagrees with a true question
	Broken   Fault = 4 // status 500
	Nonsense Fault = 5 // status 200 with half a JSON
	HangUp   Fault = 6 // the connection ends without an answer
	Mistaken Fault = 7 // the answer to another serial
	Late     Fault = 8 // the right answer after Config.Delay
)

var faultNames = [...]string{
	Silent: "silent", Refuse: "refuse", Contrary: "contrary", Broken: "broken",
	Nonsense: "nonsense", HangUp: "hang-up", Mistaken: "mistaken", Late: "late",
}

// FaultHeader names a fault in a question, for people who try things by hand.
const FaultHeader = "Sancun-Fault"

// String is the fault's name in scenarios and in FaultHeader.
func (f Fault) String() string {
	if f >= Silent && f <= Late {
		return faultNames[f]
	}
	return "fault " + strconv.Itoa(int(f))
}

// ParseFault reads a fault's name. It returns false for a name no fault has.
func ParseFault(name string) (Fault, bool) {
	for f := Silent; f <= Late; f++ {
		if faultNames[f] == name {
			return f, true
		}
	}
	return 0, false
}

// Rate strikes a share of the questions with a fault, chosen by seed and serial,
// so that a run repeats whatever the order of arrival.
type Rate struct {
	Fault    Fault
	PerMille int // of all questions, 0 to 1,000
}

// byRate draws the fault of a serial.
func byRate(seed uint64, rates []Rate, serial string) Fault {
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, seed))
	h.Write([]byte(serial))
	drawn := int(mix(h.Sum64()) % 1000)
	for _, r := range rates {
		if drawn < r.PerMille {
			return r.Fault
		}
		drawn -= r.PerMille
	}
	return 0
}

// mix spreads the bits of a hash (the finisher of SplitMix64); FNV alone leaves
// near serials near each other.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
