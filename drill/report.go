package drill

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// Report is out/drill/report.json. Times are in milliseconds, money in fen.
type Report struct {
	Date        string  `json:"date"`
	Machine     string  `json:"machine"`
	RoundTripMS float64 `json:"round_trip_ms"`
	LineMbps    float64 `json:"line_mbps"`
	Clients     int     `json:"clients"`

	CatchUp       CatchUp  `json:"catch_up"`
	LagMS         []Lag    `json:"lag_ms"`
	Switchovers   int      `json:"switchovers"`
	PlannedLost   int      `json:"switchover_lost"` // answers that are missing or were done twice after them
	SwitchoverGap Gap      `json:"switchover_gap_ms"`
	Failover      Failover `json:"failover"`
	Protected     Failover `json:"protected_failover"`

	ProtectLost          int  `json:"protect_lost"`
	Forks                int  `json:"forks"`
	SwitchbackDifference int  `json:"switchback_difference"`
	Verified             bool `json:"verified"` // both journals, by the second opinion

	// NotAvailable lists what a drill is to have and this one does not yet.
	NotAvailable []string `json:"not_available"`
	SecondsTotal float64  `json:"seconds_total"`
}

// CatchUp is how an empty centre copied everything.
type CatchUp struct {
	Blocks   uint64  `json:"blocks"`
	Commands int     `json:"commands"`
	Seconds  float64 `json:"seconds"`
}

// Lag is the delay from durable at the one centre to acknowledged by the other.
type Lag struct {
	Rate          int     `json:"rate"`    // asked for, commands a second
	Reached       float64 `json:"reached"` // answered, commands a second
	Blocks        int     `json:"blocks"`
	Mean          float64 `json:"mean"`
	P99           float64 `json:"p99"`
	Max           float64 `json:"max"`
	BandwidthMbps float64 `json:"bandwidth_mbps"`
}

func (l *Lag) fill(ns []int64) {
	if len(ns) == 0 {
		return
	}
	slices.Sort(ns)
	var sum int64
	for _, v := range ns {
		sum += v
	}
	l.Mean, l.P99, l.Max = float64(sum)/float64(len(ns))/1e6, float64(ns[(len(ns)-1)*99/100])/1e6, float64(ns[len(ns)-1])/1e6
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
	slices.Sort(values)
	return Gap{P50: values[(len(values)-1)/2], P99: values[(len(values)-1)*99/100]}
}

// Failover is the loss of the centre that writes.
type Failover struct {
	RTOMS         float64 `json:"rto_ms"`
	MachineMS     float64 `json:"machine_ms"` // detection, fence, promotion, first answer
	DetectMS      float64 `json:"detect_ms"`
	DecisionMS    float64 `json:"decision_ms"`
	PromoteMS     float64 `json:"promote_ms"`
	RPOBlocks     uint64  `json:"rpo_blocks"`
	RPOMoneyFen   int64   `json:"rpo_money_fen"`
	Orphans       int     `json:"orphans"`
	OrphansListed int     `json:"orphans_listed"`
	Lost          int     `json:"answers_lost"` // that callers had and the new primary has not
	Doubled       int     `json:"answers_doubled"`
	Note          string  `json:"note"`
}

func newReport(o Options) *Report {
	return &Report{
		Date: time.Now().Format(time.DateOnly), Machine: fmt.Sprintf("%s/%s, %d cores, both centres and the callers on it", runtime.GOOS, runtime.GOARCH, runtime.NumCPU()),
		RoundTripMS: float64(o.RoundTrip) / 1e6, LineMbps: float64(o.BitsPerSec) / 1e6, Clients: o.Clients,
		NotAvailable: []string{"drill_root_equal (drill on a fork and purge)", "matrix", "clearing (parallel clearing)", "readiness"},
	}
}

// Print writes the tables.
func (r *Report) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "Two centres, %s\n%s; line of %.0f ms round trip and %.0f Mbit/s\n\n", r.Date, r.Machine, r.RoundTripMS, r.LineMbps)
	row := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format, args...)
		}
	}
	row("copying an empty centre    %d blocks, %d commands in %.1f s\n", r.CatchUp.Blocks, r.CatchUp.Commands, r.CatchUp.Seconds)
	for _, l := range r.LagMS {
		row("delay at %5d/s           mean %.1f ms, p99 %.1f ms, max %.1f ms; %.2f Mbit/s; answered %.0f/s\n", l.Rate, l.Mean, l.P99, l.Max, l.BandwidthMbps, l.Reached)
	}
	row("planned switchovers        %d, write gap p50 %.0f ms, p99 %.0f ms; %d answers lost\n", r.Switchovers, r.SwitchoverGap.P50, r.SwitchoverGap.P99, r.PlannedLost)
	for i, f := range []Failover{r.Failover, r.Protected} {
		row("%s     RTO %.0f ms (machine %.0f, decision %.0f); %d answers lost, %d doubled, %d orphans listed, %.2f yuan\n",
			[]string{"killed in mode fast   ", "killed in mode protect"}[i], f.RTOMS, f.MachineMS, f.DecisionMS, f.Lost, f.Doubled, f.OrphansListed, float64(f.RPOMoneyFen)/100)
	}
	row("forks %d, difference after coming back %d, journals verified %v\n", r.Forks, r.SwitchbackDifference, r.Verified)
	for _, what := range r.NotAvailable {
		row("not available yet: %s\n", what)
	}
	return err
}
