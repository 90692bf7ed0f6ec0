package postgres

import (
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// giveUp lets the kernel end a connection whose other end has not confirmed what
// was sent for as long as keep-alive would wait. Without it a machine that vanished
// while a block was on its way is noticed after a quarter of an hour.
func giveUp(conn net.Conn) error {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	const after = keepAlive + keepAliveCount*keepAliveEvery
	var set error
	if err := raw.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(after/time.Millisecond))
	}); err != nil {
		return err
	}
	return set
}
