//go:build !linux

package postgres

import "net"

// giveUp leaves it to the system how long an unconfirmed connection lasts.
func giveUp(net.Conn) error { return nil }
