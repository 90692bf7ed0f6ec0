package bench

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// clock measures time and the processor's time of this process together, the
// latter because it says something on a busy machine too.
type clock struct {
	began time.Time
	spent time.Duration
}

func startClock() clock { return clock{time.Now(), spent()} }

// spent is the processor time of this process, 0 where the system does not say.
func spent() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forgetPeak gives unused memory back and begins a new peak, so that a workload
// is not blamed for the one before. Where the system cannot, the peak is that of
// the whole run.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peak returns the greatest resident memory since forgetPeak, 0 where the system
// does not say.
func peak() int64 { return kibibytes(valueIn("/proc/self/status", "VmHWM")) }

// memory returns how much memory the machine has.
func memory() int64 { return kibibytes(valueIn("/proc/meminfo", "MemTotal")) }

func kibibytes(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}
