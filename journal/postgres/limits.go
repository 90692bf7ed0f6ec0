package postgres

import "time"

const (
	// PatienceDefault is how long a server that went away is looked for: a failover
	// by Patroni with its usual settings is done by then.
	PatienceDefault = 45 * time.Second

	// PatienceMax bounds Options.Patience: somebody waits for the answer.
	PatienceMax = 10 * time.Minute

	// connectWithin bounds one attempt to connect, unless the address says otherwise.
	connectWithin = 3 * time.Second

	// seekPause is the pause between two attempts to reach a server.
	seekPause = 50 * time.Millisecond

	// readersMax bounds the connections that read: gateways, books, snapshots and
	// proofs of one centre, with room for people's questions.
	readersMax = 16

	// readHeights is how many heights one query reads, so that none holds an old
	// view of the database for long.
	readHeights = 4096

	// idleMax is how long a session of ours may stand still inside a transaction, which
	// takes a few round trips: longer, and this process is paused or cut off.
	idleMax = time.Second

	// keepAlive finds a server's machine that vanished without a word: after this
	// much silence it is asked, and again keepAliveCount times.
	keepAlive      = 5 * time.Second
	keepAliveEvery = 2 * time.Second
	keepAliveCount = 3

	// versionLeast is the oldest server this is written for: 12 counts
	// synchronous_standby_names as it does here, and 14 has CREATE OR REPLACE TRIGGER.
	versionLeast = 140000
)
