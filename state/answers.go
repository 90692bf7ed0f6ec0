package state

import "encoding/binary"

// Answer is what was answered to a keyed command: enough to give the same
// answer again and to refuse the same key with other input.
type Answer struct {
	Key    Key
	Input  uint64 // hash of the command's kind and bytes
	Ref    uint64 // what the command created, or 0
	Height uint64 // block that holds the record
	Code   uint16 // 0 accepted, or the rejection
}

// answerWidth is the encoded size of an Answer.
const answerWidth = 48

// Encode writes the answer in 48 bytes.
func (a *Answer) Encode(dst []byte) {
	copy(dst, a.Key[:])
	binary.LittleEndian.PutUint64(dst[16:], a.Input)
	binary.LittleEndian.PutUint64(dst[24:], a.Ref)
	binary.LittleEndian.PutUint64(dst[32:], a.Height)
	binary.LittleEndian.PutUint16(dst[40:], a.Code)
	clear(dst[42:48])
}

// Decode reads what Encode wrote.
func (a *Answer) Decode(src []byte) {
	copy(a.Key[:], src)
	a.Input = binary.LittleEndian.Uint64(src[16:])
	a.Ref = binary.LittleEndian.Uint64(src[24:])
	a.Height = binary.LittleEndian.Uint64(src[32:])
	a.Code = binary.LittleEndian.Uint16(src[40:])
}

// Answers remembers the last answers of a cell, oldest forgotten first. It
// follows from the records alone, so it is in snapshots but in no root. Like rows
// of a table they lie in chunks, so that nobody waits while millions are copied.
type Answers struct {
	limit  int
	count  int
	chunks [][]Answer
	next   int // place of the oldest once the memory is full
	index  Index
}

// NewAnswers returns a memory of the last limit answers.
func NewAnswers(limit int) *Answers { return &Answers{limit: limit} }

func (s *Answers) at(place int) *Answer { return &s.chunks[place/chunkRows][place%chunkRows] }

// Find returns the answer given to key.
func (s *Answers) Find(key Key) (*Answer, bool) {
	row, ok := s.index.Find(key)
	if !ok {
		return nil, false
	}
	return s.at(int(row)), true
}

// Put remembers an answer, forgetting the oldest when the memory is full.
func (s *Answers) Put(a Answer) {
	if s.count < s.limit {
		if s.count/chunkRows == len(s.chunks) {
			s.chunks = append(s.chunks, make([]Answer, min(chunkRows, s.limit-s.count)))
		}
		s.index.Put(a.Key, uint32(s.count))
		*s.at(s.count) = a
		s.count++
		return
	}
	oldest := s.at(s.next)
	s.index.Delete(oldest.Key)
	*oldest = a
	s.index.Put(a.Key, uint32(s.next))
	s.next = (s.next + 1) % s.limit
}

// Len returns how many answers are remembered.
func (s *Answers) Len() int { return s.count }

// each visits the answers, oldest first.
func (s *Answers) each(visit func(*Answer) error) error {
	for i := range s.count {
		if err := visit(s.at((s.next + i) % s.count)); err != nil {
			return err
		}
	}
	return nil
}
