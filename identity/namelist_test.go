package identity

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

const listText = listMark + `
# invented
name TEST-1
date 20230801
source an invented list

17|SMITH, John;Smith Jo|E12345678; 110000199001010018
A-2|金红子|
3||H12345678
`

func TestParseNameList(t *testing.T) {
	l, err := ParseNameList([]byte(strings.ReplaceAll(listText, "\n", "\r\n")))
	want := NameList{"TEST-1", 20230801, "an invented list", []ListEntry{
		{"17", []string{"SMITH, John", "Smith Jo"}, []string{"E12345678", "110000199001010018"}}, {"A-2", []string{"金红子"}, nil}, {"3", nil, []string{"H12345678"}},
	}}
	if err != nil || !reflect.DeepEqual(l, want) {
		t.Errorf("%+v, %v", l, err)
	}
	for what, text := range map[string]string{
		"empty":           "",
		"another mark":    "sancun-name-list 2\n",
		"no name":         strings.Replace(listText, "name TEST-1", "", 1),
		"two names":       strings.Replace(listText, "name TEST-1", "name A\nname B", 1),
		"a small letter":  strings.Replace(listText, "TEST-1", "test", 1),
		"no such date":    strings.Replace(listText, "20230801", "20230230", 1),
		"no source":       strings.Replace(listText, "source an invented list", "source", 1),
		"four fields":     listText + "9|a|b|c\n",
		"nothing known":   listText + "9||\n",
		"a mark with |":   listText + "9 x|a|\n",
		"too long a mark": listText + strings.Repeat("9", 25) + "|a|\n",
		"65 names":        listText + "9|" + strings.Repeat("a;", 65) + "|\n",
		"no UTF-8":        listText + "9|\xff|\n",
		"a long line":     listText + "9|" + strings.Repeat("a", listLineMax) + "|\n",
		"a strange head":  listText + "hello world\n",
	} {
		if _, err := ParseNameList([]byte(text)); !errors.Is(err, ErrNameList) {
			t.Errorf("%s: %v", what, err)
		} else if strings.Contains(err.Error(), "John") {
			t.Errorf("%s: the error names a person: %v", what, err)
		}
	}
}

func TestLooseName(t *testing.T) {
	for _, same := range [][]string{
		{"John Smith", "SMITH, John", "smith  john", "ＪＯＨＮ・ＳＭＩＴＨ", "Jóhn-Smith", "John (Smith)"},
		{"金红子", "金 红子", "金·红子"},
		{"阿卜杜拉·买买提", "阿卜杜拉买买提"},
		{"O'Neil", "O’NEIL", "oneil"},
		{"某某（上海）有限公司", "某某(上海)有限公司"},
		{"Acme 3 Ltd.", "ACME LTD 3"},
		{"Иван Петров", "ИВАН ПЕТРОВ"},
	} {
		for _, other := range same[1:] {
			if got, want := LooseName(other), LooseName(same[0]); got != want || got == "" {
				t.Errorf("%q is %q, %q is %q", other, got, same[0], want)
			}
		}
	}
	for _, pair := range [][2]string{{"John Smith", "John Smyth"}, {"金红子", "金红予"}, {"张三", "张三丰"}, {"Li Na", "Lina"}} {
		if LooseName(pair[0]) == LooseName(pair[1]) {
			t.Errorf("%q and %q are one", pair[0], pair[1])
		}
	}
	if LooseName(" .-·") != "" {
		t.Error("marks alone are a name")
	}
}

func FuzzParseNameList(f *testing.F) {
	f.Add([]byte(listText))
	f.Add([]byte(listMark + "\nname A\ndate 20230801\nsource s\n1|a|"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ParseNameList(text)
		if err != nil {
			return
		}
		for _, e := range l.Entries {
			for _, name := range e.Names {
				if loose := LooseName(name); LooseName(loose) != loose {
					t.Errorf("%q is %q, and that is %q", name, loose, LooseName(loose))
				}
			}
		}
	})
}
