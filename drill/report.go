package drill

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"sancun/evidence"
	"sancun/plan"
)

// Report is out/drill/report.json (docs/formats/drill.md). Times are in
// milliseconds, money in fen. What was not measured is not there.
type Report struct {
	Date        string  `json:"date"`
	Machine     string  `json:"machine"`
	Ground      string  `json:"ground"` // network namespaces, or loopback and why
	RoundTripMS float64 `json:"round_trip_ms"`
	LineMbps    float64 `json:"line_mbps"`
	Clients     int     `json:"clients"`

	CatchUp       CatchUp            `json:"catch_up"`
	LagMS         map[string]Spread  `json:"lag_ms"`         // by load, commands a second
	BandwidthMbps map[string]float64 `json:"bandwidth_mbps"` // by load
	Loads         []Lag              `json:"loads"`
	Switchovers   int                `json:"switchovers"`
	PlannedLost   int                `json:"switchover_lost"` // answers that are missing or were done twice after them
	SwitchoverGap Gap                `json:"switchover_gap_ms"`
	Failover      Failover           `json:"failover"`           // the slowest
	Failovers     Kills              `json:"failovers"`          // all in mode fast
	Protected     Failover           `json:"protected_failover"` // the slowest
	SiteKills     Kills              `json:"site_kills"`         // all in mode protect

	ProtectLost          int         `json:"protect_lost"`
	Forks                int         `json:"forks"`
	ComeBacks            int         `json:"switchbacks"` // how often a killed centre came back as a copy
	SwitchbackDifference int         `json:"switchback_difference"`
	Verified             bool        `json:"verified"` // both journals, by the second opinion
	DrillRootEqual       *bool       `json:"drill_root_equal,omitempty"`
	Drills               []Rehearsed `json:"drills,omitempty"`

	Matrix    Matrix          `json:"matrix"`
	Clearing  *Clearing       `json:"clearing,omitempty"`
	Readiness *plan.Readiness `json:"readiness,omitempty"` // at the end
	Plans     []PlanRun       `json:"plans,omitempty"`     // carried out, in their order

	// NotAvailable lists what a drill is to have and this one does not.
	NotAvailable []string `json:"not_available"`
	SecondsTotal float64  `json:"seconds_total"`
}

// PlanRun is one run of a plan, with the clock of its moments.
type PlanRun struct {
	Run     string   `json:"run"`
	Plan    string   `json:"plan"`
	Outcome string   `json:"outcome"`
	Safe    string   `json:"safe"`
	WholeMS float64  `json:"whole_ms"`
	Marks   []string `json:"marks,omitempty"`
}

// Matrix counts the cells of the function matrix, four sessions by seven categories.
type Matrix struct {
	Pass     int `json:"pass"`
	Fail     int `json:"fail"`
	NotBuilt int `json:"not_built"`
}

// matrixCells is 4 sessions × 7 categories.
const matrixCells = 28

// CatchUp is how an empty centre copied everything.
type CatchUp struct {
	Blocks   uint64  `json:"blocks"`
	Commands int     `json:"commands"`
	Seconds  float64 `json:"seconds"`
}

// Spread is what is said of many delays.
type Spread struct {
	Mean float64 `json:"mean"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// Lag is the delay from durable at the one centre to acknowledged by the other.
type Lag struct {
	Rate    int     `json:"rate"`    // asked for, commands a second
	Reached float64 `json:"reached"` // answered, commands a second
	Blocks  int     `json:"blocks"`
	Spread
	BandwidthMbps float64 `json:"bandwidth_mbps"`
}

func (l *Spread) fill(ns []int64) {
	if len(ns) == 0 {
		return
	}
	slices.Sort(ns)
	var sum int64
	for _, v := range ns {
		sum += v
	}
	l.Mean, l.P99, l.Max = float64(sum)/float64(len(ns))/1e6, float64(ns[evidence.Rank(len(ns), 99)])/1e6, float64(ns[len(ns)-1])/1e6
}

// add notes a load.
func (r *Report) add(l Lag) {
	key := strconv.Itoa(l.Rate)
	r.LagMS[key], r.BandwidthMbps[key] = l.Spread, l.BandwidthMbps
	r.Loads = append(r.Loads, l)
}

// Gap is how long nothing was answered.
type Gap struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

func percentiles(values []float64) Gap {
	if len(values) == 0 {
		return Gap{}
	}
	values = slices.Clone(values)
	slices.Sort(values)
	return Gap{P50: values[evidence.Rank(len(values), 50)], P99: values[evidence.Rank(len(values), 99)]}
}

// Failover is the loss of the centre that writes.
type Failover struct {
	RTOMS         float64 `json:"rto_ms"`
	MachineMS     float64 `json:"machine_ms"` // detection, fence, promotion, first answer
	DetectMS      float64 `json:"detect_ms"`
	DecisionMS    float64 `json:"decision_ms"`
	PromoteMS     float64 `json:"promote_ms"`
	ComeBackMS    float64 `json:"come_back_ms"`              // from the start of the killed centre to level with the other, the same root
	ComeBackBytes uint64  `json:"come_back_bytes,omitempty"` // on the line, until level: what it had is not sent again
	RPOBlocks     uint64  `json:"rpo_blocks"`
	RPOMoneyFen   int64   `json:"rpo_money_fen"`
	Orphans       int     `json:"orphans"`
	OrphansListed int     `json:"orphans_listed"`
	Lost          int     `json:"answers_lost"` // that callers had and the new primary has not
	Doubled       int     `json:"answers_doubled"`
	Note          string  `json:"note,omitempty"`
}

// Kills are all losses of one mode.
type Kills struct {
	Count     int `json:"count"`
	Lost      int `json:"answers_lost"`
	Doubled   int `json:"answers_doubled"`
	Orphans   int `json:"orphans"`
	RTO       Gap `json:"rto_ms"`
	Machine   Gap `json:"machine_ms"`
	ComeBacks Gap `json:"come_back_ms"`

	rto, machine, back []float64
	worst              Failover
}

func (k *Kills) add(f *Failover) {
	k.Count++
	k.Lost, k.Doubled, k.Orphans = k.Lost+f.Lost, k.Doubled+f.Doubled, k.Orphans+f.Orphans
	k.rto, k.machine, k.back = append(k.rto, f.RTOMS), append(k.machine, f.MachineMS), append(k.back, f.ComeBackMS)
	k.RTO, k.Machine, k.ComeBacks = percentiles(k.rto), percentiles(k.machine), percentiles(k.back)
	if f.RTOMS >= k.worst.RTOMS {
		k.worst = *f
	}
}

// loadAverage is what else the machine does: a busy one makes other figures.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

func newReport(o Options) *Report {
	r := &Report{
		Date: time.Now().Format(time.DateOnly), Machine: fmt.Sprintf("%s/%s, %d cores, both centres and the callers on it, load average %s before", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), loadAverage()),
		RoundTripMS: float64(o.RoundTrip) / 1e6, LineMbps: float64(o.BitsPerSec) / 1e6, Clients: o.Clients,
		LagMS: map[string]Spread{}, BandwidthMbps: map[string]float64{}, Matrix: Matrix{NotBuilt: matrixCells},
		NotAvailable: []string{"matrix (function matrix of 4 sessions and 7 categories)"},
	}
	if o.Data == "" {
		r.NotAvailable = append(r.NotAvailable, "clearing (needs the market data)")
	}
	return r
}
