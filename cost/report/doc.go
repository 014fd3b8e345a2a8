// Package report puts the figures of package cost on one page: as text, and as a
// self-contained HTML page with charts, for a screen, a phone or a printer. The page
// loads nothing and runs no script.
//
// A figure is written once, by the same function, for the text, the tables and the
// charts, so that they cannot differ. Sections left out of a [Report] are left out
// of the page.
package report
