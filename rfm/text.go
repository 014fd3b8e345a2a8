package rfm

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

func checkName(path, s string, bad *problems) { checkText(path, s, MaxName, bad) }

func checkText(path, s string, most int, bad *problems) {
	switch {
	case s == "":
		bad.add(path, "is empty")
	case len(s) > most:
		bad.add(path, "%d bytes are more than %d", len(s), most)
	case !utf8.ValidString(s):
		bad.add(path, "%s is not UTF-8", quote(s))
	case strings.ContainsFunc(s, unicode.IsControl):
		bad.add(path, "%s has control characters", quote(s))
	case strings.TrimSpace(s) != s:
		bad.add(path, "%s has space at its ends", quote(s))
	}
}

func indexed(list string, i int) string { return fmt.Sprintf("%s[%d]", list, i) }
