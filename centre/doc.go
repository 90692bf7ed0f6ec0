// Package centre is what one of two centres decides by itself: in which role it
// is and what may follow, when it may write and under which epoch, what may leave
// the house and when, how it meets the other centre, and how it goes back to the
// common block when the two have parted.
//
// It is a set of machines without goroutine, clock or socket: the disk is handed
// in as a durable.FS, moments as figures. Package node runs them behind its locks
// and sockets, and sim/pair runs the same ones from one seed, two centres in one
// goroutine with everything around them failing.
//
// It must never wait, never answer anybody by itself, and never delete what only
// one centre has.
package centre
