package rules

import (
	"io"
	"time"
)

func Compile(def Definition) (*Set, error)                                { return &Set{def: def, zone: time.UTC}, nil }
func Decode(r io.Reader) (Definition, error)                              { return Definition{}, nil }
func (s *Set) Evaluate(ev *Event, use Usage, opt Options) (Result, error) { return Result{}, nil }
func (ev *Event) Validate() error                                         { return nil }
func (o *Order) Validate() error                                          { return nil }
func (r Result) Explain() string                                          { return "" }
func (s *Set) Rule(id string) (Rule, bool)                                { return Rule{}, false }
func (s *Set) Definition() Definition                                     { return s.def }
func (s *Set) Zone() *time.Location                                       { return s.zone }
func (o *Order) LineNets() []int64                                        { return nil }
func Allocate(points int64, weights []int64) []int64                      { return nil }
func (u Usage) Add(awards []Award) Usage                                  { return u }
func (u Usage) Return(a Award, shares []Share, whole bool) Usage          { return u }
func (u Usage) Prune(before time.Time)                                    {}
func (u Usage) Clone() Usage                                              { return nil }
