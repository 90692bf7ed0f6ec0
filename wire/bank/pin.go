package bank

import (
	"bytes"
	"crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
)

// PINForm is the layout of a PIN block before it is sealed with SM4.
type PINForm uint8

// The forms. Both bind the block to an account, so that it is worthless when
// moved to another one.
const (
	// PINDigits holds 4 to 12 digits in 16 bytes, built like format 4 of ISO
	// 9564-1 with SM4 in place of AES.
	PINDigits PINForm = 1
	// PINText holds 1 to 19 bytes of printable ASCII in 32 bytes, for fund
	// passwords that have letters and symbols.
	PINText PINForm = 2
)

const (
	pinDigitsMin = 4
	pinDigitsMax = 12
	pinTextMax   = 19
	pinSaltBytes = 8
	pinCheckSize = 4
	blockBytes   = 16
)

func (p PINForm) String() string {
	switch p {
	case PINDigits:
		return "digits"
	case PINText:
		return "text"
	}
	return fmt.Sprintf("PIN form %d", uint8(p))
}

// Bytes returns the size of a sealed block, zero for no form.
func (p PINForm) Bytes() int {
	switch p {
	case PINDigits:
		return blockBytes
	case PINText:
		return 2 * blockBytes
	}
	return 0
}

// seal makes the block of a password. It returns ErrEncoding for a password the
// form cannot hold; the error says nothing about the password.
func (p PINForm) seal(key cipher.Block, random io.Reader, account string, password Secret) (PINBlock, error) {
	if p == PINDigits {
		return sealDigits(key, random, account, password.Reveal())
	}
	if p == PINText {
		return sealText(key, random, account, password.Reveal())
	}
	return nil, fmt.Errorf("%v: %w", p, ErrFormat)
}

// open returns the password of a block. It returns ErrEncoding for a block that
// was changed, sealed under another key or for another account.
func (p PINForm) open(key cipher.Block, account string, block PINBlock) (Secret, error) {
	if len(block) != p.Bytes() || len(block) == 0 {
		return Secret{}, fmt.Errorf("PIN block: %w", ErrLength)
	}
	if p == PINDigits {
		return openDigits(key, account, block)
	}
	return openText(key, account, block)
}

// sealDigits: the PIN field is control nibble 4, length nibble, digits, filler
// nibbles A up to 8 bytes, then 8 random bytes. The block is
// E(E(PIN field) xor account field).
func sealDigits(key cipher.Block, random io.Reader, account, password string) (PINBlock, error) {
	if len(password) < pinDigitsMin || len(password) > pinDigitsMax || !allDigits(password) {
		return nil, fmt.Errorf("password for a PIN block of digits: %w", ErrEncoding)
	}
	field := bytes.Repeat([]byte{0xAA}, blockBytes)
	field[0] = 0x40 | byte(len(password))
	for i := range len(password) {
		putNibble(field[1:], i, password[i]-'0')
	}
	if _, err := io.ReadFull(random, field[8:]); err != nil {
		return nil, fmt.Errorf("random bytes for a PIN block: %w", err)
	}
	mask, err := accountField(account)
	if err != nil {
		return nil, err
	}
	key.Encrypt(field, field)
	subtle.XORBytes(field, field, mask)
	key.Encrypt(field, field)
	return field, nil
}

func openDigits(key cipher.Block, account string, block PINBlock) (Secret, error) {
	mask, err := accountField(account)
	if err != nil {
		return Secret{}, err
	}
	field := make([]byte, blockBytes)
	key.Decrypt(field, block)
	subtle.XORBytes(field, field, mask)
	key.Decrypt(field, field)
	n := int(field[0] & 0x0F)
	if field[0]>>4 != 4 || n < pinDigitsMin || n > pinDigitsMax {
		return Secret{}, fmt.Errorf("PIN block: %w", ErrEncoding)
	}
	digits := make([]byte, n)
	for i := range 14 {
		v := field[1+i/2] >> (4 * (1 - i%2)) & 0x0F
		if (i < n && v > 9) || (i >= n && v != 0xA) {
			return Secret{}, fmt.Errorf("PIN block: %w", ErrEncoding)
		}
		if i < n {
			digits[i] = '0' + v
		}
	}
	return NewSecret(string(digits)), nil
}

// accountField packs an account of up to 19 digits like the account
// field of ISO 9564-1 format 4; an account that is not all digits is packed as
// a hash of it, which the standard does not foresee.
func accountField(account string) ([]byte, error) {
	if account == "" {
		return nil, fmt.Errorf("account of a PIN block: %w", ErrMissing)
	}
	field := make([]byte, blockBytes)
	if len(account) > 19 || !allDigits(account) {
		sum := sm3.Sum([]byte(account))
		copy(field, sum[:])
		return field, nil
	}
	padded := account
	if len(padded) < 12 {
		padded = "000000000000"[len(padded):] + padded
	}
	putNibble(field, 0, byte(len(padded)-12))
	for i := range len(padded) {
		putNibble(field, 1+i, padded[i]-'0')
	}
	return field, nil
}

func putNibble(field []byte, i int, v byte) {
	shift := 4 * (1 - i%2)
	field[i/2] = field[i/2]&^(0x0F<<shift) | v<<shift
}

// sealText: 8 random bytes, the length, the password filled with zeros to 19
// bytes, and 4 bytes of SM3 over account and password; SM4-CBC with a zero
// start vector, which the random bytes make harmless.
func sealText(key cipher.Block, random io.Reader, account, password string) (PINBlock, error) {
	if account == "" {
		return nil, fmt.Errorf("account of a PIN block: %w", ErrMissing)
	}
	if len(password) == 0 || len(password) > pinTextMax || !printable(password) {
		return nil, fmt.Errorf("password for a PIN block of text: %w", ErrEncoding)
	}
	field := make([]byte, 2*blockBytes)
	if _, err := io.ReadFull(random, field[:pinSaltBytes]); err != nil {
		return nil, fmt.Errorf("random bytes for a PIN block: %w", err)
	}
	field[pinSaltBytes] = byte(len(password))
	copy(field[pinSaltBytes+1:], password)
	copy(field[2*blockBytes-pinCheckSize:], pinCheck(account, password))
	cipher.NewCBCEncrypter(key, make([]byte, blockBytes)).CryptBlocks(field, field)
	return field, nil
}

func openText(key cipher.Block, account string, block PINBlock) (Secret, error) {
	field := make([]byte, 2*blockBytes)
	cipher.NewCBCDecrypter(key, make([]byte, blockBytes)).CryptBlocks(field, block)
	body, check := field[pinSaltBytes+1:2*blockBytes-pinCheckSize], field[2*blockBytes-pinCheckSize:]
	n := int(field[pinSaltBytes])
	if n == 0 || n > pinTextMax {
		return Secret{}, fmt.Errorf("PIN block: %w", ErrEncoding)
	}
	password := string(body[:n])
	if len(bytes.Trim(body[n:], "\x00")) > 0 || subtle.ConstantTimeCompare(check, pinCheck(account, password)) != 1 {
		return Secret{}, fmt.Errorf("PIN block: %w", ErrEncoding)
	}
	return NewSecret(password), nil
}

func pinCheck(account, password string) []byte {
	data := binary.BigEndian.AppendUint32(nil, uint32(len(account)))
	sum := sm3.Sum([]byte(string(data) + account + password))
	return sum[:pinCheckSize]
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

func printable(text string) bool {
	for i := range len(text) {
		if text[i] < 0x21 || text[i] > 0x7E {
			return false
		}
	}
	return true
}
