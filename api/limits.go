package api

import "time"

// The limits of the door, with their reasons.
const (
	// bodyMax bounds an ordinary request: the widest form has some twenty fields.
	bodyMax = 16 << 10
	// batchBodyMax bounds a request of many rows: 500 clients with all their fields,
	// or 1,000 orders, in JSON.
	batchBodyMax = 1 << 20
	// batchMax bounds the items of one batch, so that its answer is one block's work.
	batchMax = 1_000
	// headerMax bounds the head of a request.
	headerMax = 16 << 10

	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	// decideTimeout is how long a request waits to become durable. Past it the
	// outcome is unknown to the caller, who asks again under the same key.
	decideTimeout = 10 * time.Second
	// passwordTimeout is how long a sign-in waits for its turn to be hashed.
	passwordTimeout = 5 * time.Second
	// stopTimeout is how long running requests have when the server stops.
	stopTimeout = 10 * time.Second

	// inFlightMax bounds the requests worked on at once to some 30 ms of full load:
	// beyond it a quick refusal is worth more than a late answer. A sequencer's queue
	// has room for more, so that this refusal comes before that one.
	inFlightMax = 512

	// ratePerSecond and rateBurst bound one session, well above a person at a
	// screen. Programs that send more use batches or are given more in the config.
	ratePerSecond = 50
	rateBurst     = 200

	// sessionIdle and sessionLife end a session (domain facts F.4).
	sessionIdle = 15 * time.Minute
	sessionLife = 8 * time.Hour
	// sessionsMax bounds the sessions in memory, sessionsOfUser those of one user.
	sessionsMax    = 200_000
	sessionsOfUser = 8
	// generationAge is how old an investor's generation of sessions may be before
	// the machine is asked again.
	generationAge = 2 * time.Second

	// wrongMax wrong passwords in a row lock a user for lockFirst, which doubles
	// with each further one up to lockLongest (K15).
	wrongMax    = 5
	lockFirst   = time.Minute
	lockLongest = time.Hour
	// doorsMax bounds how many user names are remembered for wrong passwords.
	doorsMax = 100_000

	// papersMax bounds the workbooks and PDFs that are made at once: each takes a
	// processor for some tenths of a second, and orders come first.
	papersMax = 2

	// keyMax bounds an idempotency key.
	keyMax = 64
	// usersFileMax bounds the file of users: some hundred thousand of them.
	usersFileMax = 64 << 20

	// bankAsksMax bounds the requests that wait for a bank's answer, so that a bank
	// that is silent cannot hold every place of inFlightMax.
	bankAsksMax = 32
)
