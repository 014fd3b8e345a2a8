// Package calendar is the one notion of time of the loyalty library: civil
// days, repeating periods, half-open windows, weekly slots, yearly dates and
// validities, each in a named time zone.
//
// Programmes that need only an instant or a duration should use package time.
// This package answers what a shopkeeper asks: which day was it, when does this
// month end, is it Saturday evening, until when are these points good.
//
// # A day is a civil date
//
// A [Date] is a date on the calendar, never 24 hours: days of 23 and 25 hours
// are days like any other. Its moments are found by [Date.Start] in a zone, and
// the date of a moment by [DateOf]. Nothing here reads a clock; every moment is
// an argument. A nil *time.Location means UTC everywhere.
//
// # A day, once begun, is not reopened
//
// Start is the first moment at which the calendar on the wall shows the date or
// a later one. That one sentence settles what clocks do to midnight:
//
//   - Midnight does not exist (America/Sao_Paulo, 4 November 2018): the day
//     starts at 01:00.
//   - Midnight comes twice (America/Havana, 4 November 2018): the day starts at
//     the first.
//   - The clock goes back at the very end of a day (Asia/Beirut): that day has
//     25 hours, the next starts once.
//   - The whole day was left out (Pacific/Apia, 30 December 2011): it starts
//     where the next day does and its window is empty.
//   - The day is entered, left and entered again. America/St_Johns until 2011
//     went from 00:01 back to 23:01 of the day before; Antarctica/Casey in 2010
//     from 02:00 to 23:00; Alaska, crossing the date line in 1867, lived a whole
//     day twice. The day begun goes on: for the 59 minutes during which the wall
//     in St. John's shows the old date again, DateOf still answers the new one.
//
// The last is the only case in which DateOf differs from time.Time.Date, and
// what it buys is order: dates never run backwards, so the windows of a
// [Period] tile the time line, every moment lies in the window of its own key,
// and a later moment never expires earlier. A [Slot] alone reads the hands of
// the clock, and so repeats or misses what the clock repeats or misses.
//
// Daylight saving rules of the future are those of the time zone database the
// program carries; a window computed today may differ after an update of it.
//
// # Limits
//
// Texts carry years 0000 to 9999. Arithmetic beyond them is plain and
// proleptic; it does not panic, nor is it checked for overflow. The first moment
// of year 1 in UTC is the zero Time and so, as a bound, reads as none.
package calendar
