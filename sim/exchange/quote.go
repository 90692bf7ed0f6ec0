package exchange

// sendStatic sends a new quote session the day's list, and the picture of every
// security if snapshots have been published already. Those carry the number of
// the latest one published, so that the numbers of the stream stay without gaps.
func (x *Exchange) sendStatic(s *session) {
	size := len(x.venue.books)
	for i := range x.venue.books {
		s.append(s.dialect.static(s.out, &x.venue.books[i].Security, size))
	}
	if x.quotes == 0 {
		return
	}
	for i := range x.venue.books {
		snap := x.venue.snapshot(&x.venue.books[i])
		s.append(s.dialect.quote(s.out, &snap, x.quotes))
		s.shown++
	}
}

// publish sends the snapshots of all securities that have changed.
func (x *Exchange) publish() {
	var to []*session
	for _, s := range x.sessions {
		if s.quotes && s.loggedOn && !s.ended && !s.closing {
			to = append(to, s)
		}
	}
	for _, i := range x.venue.dirty {
		b := &x.venue.books[i]
		b.dirty = false
		x.quotes++
		if len(to) == 0 {
			continue
		}
		snap := x.venue.snapshot(b)
		for _, s := range to {
			if !s.ended {
				s.append(s.dialect.quote(s.out, &snap, x.quotes))
				s.shown++
			}
		}
	}
	x.venue.dirty = x.venue.dirty[:0]
}
