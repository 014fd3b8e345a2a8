package memory

import (
	"encoding/binary"
	"hash/maphash"
	"time"

	"github.com/loyaltykit/loyalty/ledger"
)

// owner says where everything of one owner is. It has no pointers: a million owners give the
// garbage collector nothing to do.
type owner struct {
	due     int64  // see momentOf
	spot    uint32 // among those due on the same day
	record  uint32 // a block; of a record that is kept as it is, its place among them
	history uint32 // a block of positions; of a long one, its place among them
	length  uint32 // of the history
	class   uint8  // of the block of the record, or asItIs, or nowhere
	long    bool   // whether the history is
}

const (
	asItIs  = 0xff // the class of a record that is not kept as bytes: a large one
	nowhere = 0xfe // the class of a record that is not kept yet

	ownersPage    = 128
	positionBytes = numberBits / 8
	shortHistory  = maxBlock / positionBytes
)

func (s *Store) owner(i uint32) *owner { return &s.pages[i/ownersPage][i%ownersPage] }

func (s *Store) hash(text string) uint64 { return maphash.String(s.seed, text) }

// hashID is the hash of an id among a home owner's.
func (s *Store) hashID(home, id string) uint64 {
	h := s.hash(home) + s.hash(id)*0x9e3779b97f4a7c15 // so that an owner's own name is an id like any other
	return h ^ h>>29
}

// find finds an owner.
func (s *Store) find(name string, hash uint64) (i uint32, ok bool) {
	p, tag := s.names.at(hash)
	n, slot, ok := p.seek(tag, tag)
	for ; ok; n, slot, ok = p.seek(slot+1, tag) {
		if s.is(s.owner(uint32(n)), name) {
			return uint32(n), true
		}
	}
	return 0, false
}

// visit is an owner who was found, and the name.
type visit struct {
	owner uint32
	name  string
}

// lookUp finds an owner, who is mostly the one it found before. It is for one committer at a time.
func (s *Store) lookUp(name string) (i uint32, ok bool) {
	if s.count > 0 && name == s.last.name {
		return s.last.owner, true
	}
	if i, ok = s.find(name, s.hash(name)); ok {
		s.last = visit{i, name}
	}
	return i, ok
}

// enter finds an owner, who is made if need be.
func (s *Store) enter(name string) uint32 {
	i, ok := s.lookUp(name)
	if ok {
		return i
	}
	i = s.count
	if i%ownersPage == 0 {
		s.pages = append(s.pages, new([ownersPage]owner))
	}
	s.count++
	*s.owner(i) = owner{due: never, class: nowhere}
	p, tag := s.names.at(s.hash(name))
	p.add(uint64(i), tag)
	s.last = visit{i, name}
	s.keep(s.owner(i), &ledger.Record{Owner: name})
	return i
}

// is tells whether an owner has a name.
func (s *Store) is(o *owner, name string) bool {
	if o.class == asItIs {
		return s.large[o.record].Owner == name
	}
	r := reader{b: s.blocks.bytes(block(o.record), o.class)}
	return string(r.take()) == name
}

// name is an owner's.
func (s *Store) name(o *owner) string {
	if o.class == asItIs {
		return s.large[o.record].Owner
	}
	r := reader{b: s.blocks.bytes(block(o.record), o.class)}
	return string(r.take())
}

// version is that of an owner's record.
func (s *Store) version(o *owner) int64 {
	if o.class == asItIs {
		return s.large[o.record].Version
	}
	r := recordReader{reader: reader{b: s.blocks.bytes(block(o.record), o.class)}}
	return r.version()
}

// read gives the record of an owner of that name, alone in a list.
func (s *Store) read(o *owner, name string) []ledger.Record {
	if o.class == asItIs {
		return []ledger.Record{*s.large[o.record]}
	}
	r := recordReader{reader: reader{b: s.blocks.bytes(block(o.record), o.class)}}
	list := r.alone()
	list[0].Owner = name
	if o.due != never {
		list[0].Due = time.UnixMicro(o.due).UTC()
	}
	return list
}

// keep puts a record in the place of the one an owner has.
func (s *Store) keep(o *owner, rec *ledger.Record) {
	if small(rec) {
		s.draft.record(rec)
		if size := s.draft.size(rec.Owner); size <= maxBlock && s.keepBytes(o, rec.Owner, size) {
			return
		}
	}
	own := copyOf(rec)
	if o.class == asItIs {
		s.large[o.record] = own
		return
	}
	s.forget(o)
	if n := len(s.spare); n > 0 {
		o.record, s.spare = s.spare[n-1], s.spare[:n-1]
		s.large[o.record] = own
	} else {
		o.record = uint32(len(s.large))
		s.large = append(s.large, own)
	}
	o.class = asItIs
}

// copyOf copies of a record what a ledger.Copier may not keep.
func copyOf(rec *ledger.Record) *ledger.Record {
	own := *rec
	if len(rec.Docs) > 0 {
		return &own
	}
	own.Accounts = ledger.CopyAccounts(rec.Accounts)
	return &own
}

// keepBytes keeps the record that is in the draft.
func (s *Store) keepBytes(o *owner, name string, size int) bool {
	if class := classOf(size); class != o.class {
		b := s.blocks.get(class)
		if b == 0 {
			return false
		}
		s.forget(o)
		o.record, o.class = uint32(b), class
	}
	b := s.blocks.bytes(block(o.record), o.class)
	clear(b[len(s.draft.append(b[:0], name)):])
	return true
}

// forget gives back where an owner's record is.
func (s *Store) forget(o *owner) {
	switch o.class {
	case asItIs:
		s.large[o.record] = nil
		s.spare = append(s.spare, o.record)
	case nowhere:
	default:
		s.blocks.put(block(o.record), o.class)
	}
	o.class = nowhere
}

// position is that of a transaction of an owner's history, from 0.
func (s *Store) position(o *owner, i int) position {
	if o.long {
		return s.long[o.history][i]
	}
	return positionOf(s.positions(o)[i*positionBytes:])
}

// positions are those of a history that is not long, as bytes.
func (s *Store) positions(o *owner) []byte {
	return s.blocks.bytes(block(o.history), classOf(int(o.length)*positionBytes))
}

// append puts a transaction at the end of an owner's history.
func (s *Store) append(o *owner, at position) {
	if !o.long {
		s.makeRoom(o)
	}
	if o.length++; o.long {
		s.long[o.history] = append(s.long[o.history], at)
		return
	}
	s.place(o, int(o.length)-1, at)
}

// makeRoom moves a history to a larger block when it has no room for one more, or to the long ones.
func (s *Store) makeRoom(o *owner) {
	n := int(o.length)
	to := block(0)
	if n < shortHistory {
		was, class := classOf(n*positionBytes), classOf((n+1)*positionBytes)
		if n > 0 && was == class {
			return
		}
		to = s.blocks.get(class)
		if to != 0 && n > 0 {
			copy(s.blocks.bytes(to, class), s.positions(o))
		}
	}
	if to == 0 {
		list := make([]position, n, 2*n+1)
		for i := range list {
			list[i] = s.position(o, i)
		}
		s.long = append(s.long, list)
	}
	if n > 0 {
		s.blocks.put(block(o.history), classOf(n*positionBytes))
	}
	if o.history = uint32(to); to == 0 {
		o.history, o.long = uint32(len(s.long)-1), true
	}
}

// place puts a transaction into a place of an owner's history that is there.
func (s *Store) place(o *owner, i int, at position) {
	if o.long {
		s.long[o.history][i] = at
		return
	}
	b := s.positions(o)[i*positionBytes:]
	binary.LittleEndian.PutUint32(b, uint32(at))
	b[4] = byte(at >> 32)
}

func positionOf(b []byte) position {
	return position(binary.LittleEndian.Uint32(b)) | position(b[4])<<32
}
