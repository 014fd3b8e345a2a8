package rules

import (
	_ "embed"
	"slices"
)

//go:embed schema.json
var schemaJSON []byte

// JSONSchema returns the JSON Schema (draft 2020-12) of a [Definition], generated
// from the Go types. Given to an editor, it completes rule files and marks misspelt
// fields. [Compile] checks more than a schema can say.
func JSONSchema() []byte { return slices.Clone(schemaJSON) }
