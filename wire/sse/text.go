package sse

import (
	"golang.org/x/text/encoding/simplifiedchinese"

	"sancun/wire/frame"
)

// words visits GB18030 for people, padded with spaces on the right. No byte of
// a character of several bytes is a space, so the padding can be told apart.
func (w *walk) words(field string, v *string, n int) {
	var coded, fault string
	if !w.Reads() {
		coded, fault = toGB18030(*v)
	}
	w.Padded(field, &coded, n, func(coded string) string {
		if fault == "" {
			return gb18030Fault(coded)
		}
		return fault
	})
	if w.Reads() && w.OK() {
		*v, _ = fromGB18030(coded)
	}
}

// toGB18030 returns s in GB18030, or why it cannot.
func toGB18030(s string) (coded, fault string) {
	if fault := frame.WordsFault(s); fault != "" {
		return "", fault
	}
	coded, err := simplifiedchinese.GB18030.NewEncoder().String(s)
	if err != nil {
		return "", err.Error()
	}
	if back, _ := fromGB18030(coded); back != s {
		return "", "does not come back from GB18030 as it was"
	}
	return coded, ""
}

// fromGB18030 returns the text that coded stands for, or why it stands for none.
func fromGB18030(coded string) (s, fault string) {
	s, err := simplifiedchinese.GB18030.NewDecoder().String(coded)
	if err != nil {
		return "", err.Error()
	}
	return s, frame.WordsFault(s)
}

// gb18030Fault also refuses a second spelling of a character, so that what was
// read can be written again byte for byte.
func gb18030Fault(coded string) string {
	s, fault := fromGB18030(coded)
	if fault != "" {
		return fault
	}
	if back, err := simplifiedchinese.GB18030.NewEncoder().String(s); err != nil || back != coded {
		return "not the usual GB18030 spelling"
	}
	return ""
}
