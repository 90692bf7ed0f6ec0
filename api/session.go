package api

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"sync"
	"time"
)

// tokenBytes is the length of a token: nobody guesses 256 bits.
const tokenBytes = 32

// session is one sign-in. Its token is known to the caller alone; here lies its
// hash, so that a look into the memory of this process signs nobody in.
type session struct {
	user    *User
	channel uint8 // record.Channel…
	began   time.Time

	mu         sync.Mutex // guards what follows
	used       time.Time
	generation uint32    // of an investor's sessions, as the machine had it
	asked      time.Time // when it was asked
	tokens     float64   // of the rate, as of used
}

// sessions are the people signed in.
type sessions struct {
	now  func() time.Time
	rand io.Reader
	rate float64

	mu     sync.Mutex // guards what follows
	byHash map[[sha256.Size]byte]*session
	ofUser map[*User][][sha256.Size]byte // the oldest first
}

func newSessions(now func() time.Time, random io.Reader, rate int) *sessions {
	return &sessions{now: now, rand: random, rate: float64(rate), byHash: map[[sha256.Size]byte]*session{}, ofUser: map[*User][][sha256.Size]byte{}}
}

// begin signs a user in and returns the token. One more than sessionsOfUser ends
// the oldest.
func (s *sessions) begin(u *User, channel uint8, generation uint32) (string, *session, error) {
	var token [tokenBytes]byte
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := io.ReadFull(s.rand, token[:]); err != nil {
		return "", nil, fmt.Errorf("draw a token: %w", err)
	}
	if len(s.byHash) >= sessionsMax {
		s.sweep()
		if len(s.byHash) >= sessionsMax {
			return "", nil, busy.after(60, "too many sessions")
		}
	}
	now := s.now()
	one := &session{user: u, channel: channel, began: now, used: now, generation: generation, asked: now, tokens: s.rate * rateBurst / ratePerSecond}
	text := base64.RawURLEncoding.EncodeToString(token[:])
	hash := sha256.Sum256([]byte(text))
	if mine := s.ofUser[u]; len(mine) >= sessionsOfUser {
		delete(s.byHash, mine[0])
		s.ofUser[u] = append(mine[:0], mine[1:]...)
	}
	s.byHash[hash] = one
	s.ofUser[u] = append(s.ofUser[u], hash)
	return text, one, nil
}

// find returns the session of a token and marks it used, or nil.
func (s *sessions) find(token string) *session {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.byHash[hash]
	if one == nil {
		return nil
	}
	if s.over(one) {
		s.drop(hash, one)
		return nil
	}
	return one
}

// over says whether a session is too old or was idle too long.
func (s *sessions) over(one *session) bool {
	now := s.now()
	one.mu.Lock()
	defer one.mu.Unlock()
	return now.Sub(one.used) > sessionIdle || now.Sub(one.began) > sessionLife
}

// end signs one session out.
func (s *sessions) end(token string) {
	hash := sha256.Sum256([]byte(token))
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.byHash[hash]; one != nil {
		s.drop(hash, one)
	}
}

// keep ends the sessions of every user that may not stay and returns how many.
func (s *sessions) keep(stays func(*User) bool) (ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for hash, one := range s.byHash {
		if !stays(one.user) {
			s.drop(hash, one)
			ended++
		}
	}
	return ended
}

func (s *sessions) drop(hash [sha256.Size]byte, one *session) {
	delete(s.byHash, hash)
	mine := s.ofUser[one.user]
	for i := range mine {
		if mine[i] == hash {
			s.ofUser[one.user] = append(mine[:i], mine[i+1:]...)
			break
		}
	}
	if len(s.ofUser[one.user]) == 0 {
		delete(s.ofUser, one.user)
	}
}

// sweep drops every session that is over.
func (s *sessions) sweep() {
	for hash, one := range s.byHash {
		if s.over(one) {
			s.drop(hash, one)
		}
	}
}

// use marks the session used and takes cost requests from its rate; it returns
// false when the rate is used up, and a refused request costs nothing.
func (s *sessions) use(one *session, cost int) bool {
	now := s.now()
	one.mu.Lock()
	defer one.mu.Unlock()
	burst := s.rate * rateBurst / ratePerSecond
	one.tokens = min(burst, one.tokens+s.rate*now.Sub(one.used).Seconds())
	one.used = now
	if one.tokens < float64(cost) {
		return false
	}
	one.tokens -= float64(cost)
	return true
}
