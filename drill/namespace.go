package drill

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ground is where the two centres stand: each in a network namespace of its own
// with a kernel that keeps to the bandwidth of the line between them, or, where the
// machine does not allow that, both on loopback.
type ground struct {
	names [2]string // of the namespaces; empty on loopback
	host  [2]string // address of each centre, reached by the other one and by callers
	home  string    // address of the callers' side, where proxies of the field listen
	wan   [2]string // address of each centre on the line to the other
	why   string    // why it is loopback
}

// loopback is the ground that every machine has.
func loopback(why string) *ground {
	return &ground{host: [2]string{drillHost, drillHost}, home: drillHost, wan: [2]string{drillHost, drillHost}, why: why}
}

func (g *ground) apart() bool { return g.names[0] != "" }

// tbfBurst and tbfLatency are what the kernel's token bucket lets through at once
// and how long it lets a packet wait, so that a window of TCP is not cut.
const (
	tbfBurst   = "64kb"
	tbfLatency = "400ms"
)

// newGround makes the namespaces and the line between them. Its addresses are of
// the range for carriers and of this process alone.
func newGround(bitsPerSec int64) *ground {
	pid := os.Getpid()
	net := func(last int) string { return fmt.Sprintf("100.%d.%d.%d", 64+pid>>8&63, pid&255, last) }
	g := &ground{
		names: [2]string{fmt.Sprintf("sancun-%d-north", pid), fmt.Sprintf("sancun-%d-south", pid)}, host: [2]string{net(2), net(6)}, home: net(1), wan: [2]string{net(9), net(10)},
	}
	rate := strconv.FormatInt(bitsPerSec, 10) + "bit"
	var steps [][]string
	add := func(line string, args ...any) { steps = append(steps, strings.Fields(fmt.Sprintf(line, args...))) }
	for i, name := range g.names {
		near, far := fmt.Sprintf("sc%dm%d", pid, i), fmt.Sprintf("sc%dn%d", pid, i)
		add("ip netns add %s", name)
		add("ip link add %s type veth peer name %s", near, far)
		add("ip link set %s netns %s", far, name)
		add("ip addr add %s/30 dev %s", net(1+4*i), near)
		add("ip link set %s up", near)
		add("ip -n %s addr add %s/30 dev %s", name, g.host[i], far)
		add("ip -n %s link set %s up", name, far)
		add("ip -n %s link set lo up", name)
	}
	add("ip -n %s link add wan type veth peer name wan netns %s", g.names[0], g.names[1])
	for i, name := range g.names {
		add("ip -n %s addr add %s/30 dev wan", name, g.wan[i])
		add("ip -n %s link set wan up", name)
		add("tc -n %s qdisc add dev wan root tbf rate %s burst %s latency %s", name, rate, tbfBurst, tbfLatency)
	}
	for _, step := range steps {
		if out, err := exec.Command(step[0], step[1:]...).CombinedOutput(); err != nil {
			_ = g.close() // what is there of it
			return loopback(strings.TrimSpace(fmt.Sprintf("%s: %v %s", strings.Join(step, " "), err, out)))
		}
	}
	return g
}

// close removes the namespaces, and their devices with them.
func (g *ground) close() error {
	var errs []error
	for _, name := range g.names {
		if name == "" {
			continue
		}
		if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
			errs = append(errs, fmt.Errorf("ip netns del %s: %w %s", name, err, out))
		}
	}
	return errors.Join(errs...)
}

// namespaces is where ip keeps them.
const namespaces = "/run/netns/"

// inside runs do where a centre stands: sockets that it makes and processes that it
// starts belong there.
func (g *ground) inside(i int, do func() error) error {
	if !g.apart() {
		return do()
	}
	return inNetwork(namespaces+g.names[i], do)
}

// inNetwork runs do in the network of a namespace file.
func inNetwork(file string, do func() error) (err error) {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer home.Close()
	there, err := os.Open(file)
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer there.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("enter %s: %w", file, err)
	}
	defer func() {
		if back := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); back != nil {
			err = errors.Join(err, fmt.Errorf("come back from %s: %w", file, back)) // the thread stays locked and ends with its goroutine
			return
		}
		runtime.UnlockOSThread()
	}()
	return do()
}

// sentOnLine is how many bytes the device of the line has sent from a centre, as
// its kernel counts them; false on loopback.
func (g *ground) sentOnLine(i int) (sent int64, counted bool) {
	if !g.apart() {
		return 0, false
	}
	err := g.inside(i, func() error {
		table, err := os.ReadFile("/proc/thread-self/net/dev")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(table)) {
			const sentColumn = 8
			if device, row, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(device) == "wan" {
				sent, err = strconv.ParseInt(strings.Fields(row)[sentColumn], 10, 64)
				return err
			}
		}
		return errors.New("no device of the line")
	})
	return sent, err == nil
}
