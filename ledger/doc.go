// Package ledger keeps loyalty points as books are kept: every point is in a lot
// with its own expiry, every movement is a posting from one place to another,
// and nothing ever changes without one.
//
// # Earning and spending
//
// A [Ledger] works on a [Store], which is the host's database ([ledger/memory]
// is the reference, [ledger/ledgertest] the suite any other must pass). All
// writing is one method, [Ledger.Post]: a [Request] with a key, and the
// operations it asks for.
//
//	books, err := ledger.New(ledger.Config{Store: memory.New()})
//
//	receipt, err := books.Post(ctx,
//		ledger.Request{Owner: "m-17", ID: "order-1001", At: now},
//		ledger.Earn{Unit: "points", Points: 120, Expires: nextYear})
//
// The key (the owner and the ID) makes the request safe to repeat: the same
// request again gives the first receipt, flagged as Replayed; another request under the
// same key is [ErrKeyReused]. A request that is refused leaves nothing behind and does
// not use up its key. Several operations in one request all take effect, or
// none.
//
// [Redeem] spends what is available, soonest-expiring first, never below zero: too
// few is an [InsufficientPointsError] with both numbers. To reserve points while a
// customer is at the checkout, [PlaceHold] them, then [Capture] all or part, or
// [Release]; a hold may time out.
//
// # Time
//
// The clock is an argument. Lots expire and holds time out at their own moment,
// whether or not anything has run since: [Ledger.Balance] is always right.
// [Ledger.Tick] only writes down, for the owners that [Ledger.Due] names, what is
// already true, dated when it became so.
//
// Points may wait: until a time ([Earn.Active]), for an event ([Earn.Await], which
// [Activate] brings about), or for whichever comes first. [Extend] gives points a later
// expiry; posted with every activity, it makes them expire after a time without any.
// [Reinstate] gives back what an expiry took. [Ledger.Expiring] lists what a reminder has to
// say.
//
// # Taking back
//
// [Reverse] undoes a whole transaction once. [Clawback] takes back some earned points and
// [Return] gives back some spent ones to the lots they came from, which is what
// a refund of part of an order needs. Points that have been spent meanwhile become a
// debt that the next earning pays, unless the [Policy] says otherwise.
//
// # Between members, and by hand
//
// A [Gift] moves points to another member, in the terms they have. An [Adjust] corrects an
// account by hand, with a reason and an actor; an [Open] brings in what a member had before.
// A [Limit] bounds what a member gives away, or an agent out of their kit, by the gift, the
// day or the month.
//
// # When members come together, or leave
//
// A [Merge] brings everything of one owner to another; a [Close] ends an owner's books and
// forfeits what is left. From then on a new request is a [ClosedError], which says where they
// went on, and an old one is still recognised. [Ledger.Erase] takes the personal detail out
// of the history: it stays balanced, and still verifies.
//
// # Many at once
//
// [Ledger.PostBatch] grants many requests in one commit, each by itself; [Ledger.PostAll]
// grants all of them or none.
//
// # Reading
//
// [Ledger.Balance] is now; [Ledger.BalanceAt] is any moment past, by when things took effect
// or by when they were written. [Ledger.Statement] comes page by page, and [Ledger.Entries]
// walks all of it, into [WriteCSV] or [WriteJSONLines] if you like.
//
// # Proof
//
// Transactions are immutable and chained by hash: [Verify] names the first that was
// tampered with. [Replay] rebuilds accounts from postings alone, so that anyone can check a
// balance against its history.
//
// # Inside another transaction
//
// [Draft] is the same decision without a store: pure, for a host or a package
// that commits more than points at once. [Ledger.Update] wraps it in loading,
// committing and deciding again after a conflict.
//
// [ledger/memory]: https://pkg.go.dev/github.com/loyaltykit/loyalty/ledger/memory
// [ledger/ledgertest]: https://pkg.go.dev/github.com/loyaltykit/loyalty/ledger/ledgertest
package ledger
