package bank

import (
	"crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"fmt"

	"github.com/emmansun/gmsm/sm3"
)

// MACAlgorithm is how the MAC of a frame is computed.
type MACAlgorithm uint8

// The algorithms.
const (
	// MACSM4CBC is CBC-MAC with SM4: zero start vector, zero padding, and a
	// first block that holds the length of the data in bits, most significant
	// byte first. The length block is what makes CBC-MAC safe for messages of
	// different lengths.
	MACSM4CBC MACAlgorithm = 1
	// MACSM3HMAC is HMAC with SM3.
	MACSM3HMAC MACAlgorithm = 2
)

// macBytesMin is the shortest MAC a format may cut to. Below 8 bytes guessing
// becomes cheaper than stealing a key.
const macBytesMin = 8

func (a MACAlgorithm) String() string {
	switch a {
	case MACSM4CBC:
		return "SM4-CBC-MAC"
	case MACSM3HMAC:
		return "SM3-HMAC"
	}
	return fmt.Sprintf("MAC algorithm %d", uint8(a))
}

// size returns the length of the uncut MAC in bytes, zero for no algorithm.
func (a MACAlgorithm) size() int {
	switch a {
	case MACSM4CBC:
		return 16
	case MACSM3HMAC:
		return sm3.Size
	}
	return 0
}

func cbcMAC(block cipher.Block, data []byte) []byte {
	size := block.BlockSize()
	tag := make([]byte, size)
	binary.BigEndian.PutUint64(tag[size-8:], uint64(len(data))*8)
	block.Encrypt(tag, tag)
	for len(data) > 0 {
		n := min(size, len(data))
		for i := range n {
			tag[i] ^= data[i]
		}
		block.Encrypt(tag, tag)
		data = data[n:]
	}
	return tag
}

func hmacSM3(key, data []byte) []byte {
	h := hmac.New(sm3.New, key)
	h.Write(data)
	return h.Sum(nil)
}
