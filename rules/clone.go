package rules

import (
	"maps"
	"slices"
)

// clone returns a copy that shares nothing that can be changed.
func (d Definition) clone() Definition {
	rules := slices.Clone(d.Rules)
	for i := range rules {
		rules[i] = rules[i].clone()
	}
	caps := slices.Clone(d.Caps)
	for i := range caps {
		caps[i].Rules = slices.Clone(caps[i].Rules)
	}
	d.Budgets = slices.Clone(d.Budgets)
	for i := range d.Budgets {
		d.Budgets[i].Rules = slices.Clone(d.Budgets[i].Rules)
	}
	d.Rules, d.Caps, d.Groups = rules, caps, maps.Clone(d.Groups)
	d.Attributes = maps.Clone(d.Attributes)
	return d
}

func (r Rule) clone() Rule {
	r.Window.Slots = slices.Clone(r.Window.Slots)
	r.Limits = slices.Clone(r.Limits)
	for _, list := range []*[]string{
		&r.Audience.Tiers, &r.Audience.SegmentsAny, &r.Audience.SegmentsNot, &r.Audience.Stages, &r.Audience.Interests, &r.Audience.Channels, &r.Audience.Stores,
		&r.Lines.SKUs, &r.Lines.Categories, &r.Lines.Brands, &r.Lines.Labels,
		&r.Lines.Exclude.SKUs, &r.Lines.Exclude.Categories, &r.Lines.Exclude.Brands, &r.Lines.Exclude.Labels,
	} {
		*list = slices.Clone(*list)
	}
	if r.Effect.Draw != nil {
		draw := *r.Effect.Draw
		draw.Prizes = slices.Clone(draw.Prizes)
		r.Effect.Draw = &draw
	}
	nodes := 0
	r.When = r.When.clone(&nodes)
	return r
}
