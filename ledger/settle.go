package ledger

import "time"

// timeout is the Reason of a release that no one asked for.
const timeout = "timeout"

// settle records, moment by moment, what time alone has done to a record by at:
// holds time out, lots expire, lots that came free pay debt. Each moment makes
// transactions of its own time, so the books read the same however often, or
// however late, they are settled. Nothing is dated before from, when points came to be where
// their time was over already: a hold outlives its lots.
func settle(rec *Record, from, at time.Time, emit func(*entry, Kind, string)) {
	for {
		var moment time.Time
		for i := range rec.Accounts {
			moment = earliest(moment, rec.Accounts[i].due())
		}
		if moment.IsZero() || moment.After(at) {
			return
		}
		if moment.Before(from) && !from.After(at) {
			moment = from
		}
		for i := range rec.Accounts {
			a := &rec.Accounts[i]
			for {
				e := newTick(rec, moment)
				if !e.timeOut(a) {
					break
				}
				emit(e, KindRelease, timeout)
			}
		}
		expire, offset := newTick(rec, moment), newTick(rec, moment)
		for i := range rec.Accounts {
			expire.expire(&rec.Accounts[i])
		}
		if len(expire.postings) > 0 {
			emit(expire, KindExpire, "")
		}
		for i := range rec.Accounts {
			offset.offset(&rec.Accounts[i])
		}
		if len(offset.postings) > 0 {
			emit(offset, KindOffset, "")
		}
	}
}

func newTick(rec *Record, moment time.Time) *entry {
	return &entry{&making{at: moment, time: moment}, rec}
}

// timeOut closes one hold whose time is over.
func (e *entry) timeOut(a *Account) bool {
	for _, h := range a.Holds {
		if h.expired(e.at) {
			e.close(a, h, 0, "", timeout)
			return true
		}
	}
	return false
}
