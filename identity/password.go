package identity

import "strings"

// The bounds of a password (row K14, domain facts section F.4).
const (
	passwordMin  = 8
	passwordMax  = 64 // enough for a sentence; keeps hashing a bounded effort
	keypadDigits = 6  // counters and telephone menus have digits only

	// runMax is how long a run of equal, neighbouring or own characters may be.
	// Three would refuse every third honest password that holds a year.
	runMax = 3
)

// keyboardRows are the runs that fingers type.
var keyboardRows = [...]string{"qwertyuiop", "asdfghjkl", "zxcvbnm"}

// CheckPassword checks a password against the policy: 8 to 64 printable ASCII
// characters without spaces, with a letter, a digit and a symbol, without runs,
// and without four characters in a row of any text in own, which holds the
// client's document, account, card and telephone numbers and the sign-in name.
func CheckPassword(password string, own ...string) Verdict {
	if len(password) < passwordMin {
		return PasswordShort
	}
	if len(password) > passwordMax {
		return PasswordLong
	}
	letters, digits, symbols := 0, 0, 0
	for i := range len(password) {
		switch c := password[i]; {
		case c <= ' ' || c > '~':
			return PasswordSymbol
		case c >= '0' && c <= '9':
			digits++
		case letterOrDigit(c):
			letters++
		default:
			symbols++
		}
	}
	if letters == 0 || digits == 0 || symbols == 0 {
		return PasswordClasses
	}
	return checkRuns(password, own)
}

// CheckKeypadPassword checks a six-digit password of a counter keypad, which
// cannot have letters; the rules about runs and own numbers hold for it too.
func CheckKeypadPassword(password string, own ...string) Verdict {
	if len(password) != keypadDigits || !digitsOnly(password) {
		return KeypadShape
	}
	return checkRuns(password, own)
}

func checkRuns(password string, own []string) Verdict {
	lower := strings.ToLower(password)
	for end := runMax + 1; end <= len(lower); end++ {
		piece := lower[end-runMax-1 : end]
		switch {
		case stepping(piece, 0):
			return PasswordRepeat
		case stepping(piece, 1), stepping(piece, -1), onKeyboard(piece):
			return PasswordSequence
		case partOf(piece, own):
			return PasswordOwn
		}
	}
	return Sound
}

// stepping says whether each letter or digit of piece is the one before plus
// step. Symbols have no order a person would type, so they only repeat.
func stepping(piece string, step int) bool {
	for i := 1; i < len(piece); i++ {
		if step != 0 && (!letterOrDigit(piece[i]) || !letterOrDigit(piece[i-1])) {
			return false
		}
		if int(piece[i]) != int(piece[i-1])+step {
			return false
		}
	}
	return true
}

func onKeyboard(piece string) bool {
	backwards := []byte(piece)
	for i, j := 0, len(backwards)-1; i < j; i, j = i+1, j-1 {
		backwards[i], backwards[j] = backwards[j], backwards[i]
	}
	for _, row := range keyboardRows {
		if strings.Contains(row, piece) || strings.Contains(row, string(backwards)) {
			return true
		}
	}
	return false
}

func partOf(piece string, own []string) bool {
	for _, text := range own {
		if strings.Contains(strings.ToLower(text), piece) {
			return true
		}
	}
	return false
}
