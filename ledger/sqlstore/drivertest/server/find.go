package server

import (
	"cmp"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// folders are those of PATH and then those that the patterns name, in which
// distributions keep what they leave out of PATH.
func folders(path string, patterns ...string) []string {
	all := filepath.SplitList(path)
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern)
		slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
		all = append(all, found...)
	}
	return all
}

var digits = regexp.MustCompile(`[0-9]+`)

// version is the last number in a path, such as 15 of /usr/lib/postgresql/15/bin.
func version(path string) int {
	all := digits.FindAllString(path, -1)
	if len(all) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(all[len(all)-1])
	return n
}

// program gives the absolute path of the first of names in the first of folders
// that has one, links followed: a server looks for its own files beside itself.
func program(folders []string, names ...string) (string, error) {
	for _, folder := range folders {
		for _, name := range names {
			path, err := exec.LookPath(filepath.Join(folder, name))
			if err != nil || !filepath.IsAbs(path) {
				continue
			}
			return filepath.EvalSymlinks(path)
		}
	}
	return "", fmt.Errorf("no %s in %s", strings.Join(names, " or "), strings.Join(folders, string(filepath.ListSeparator)))
}
