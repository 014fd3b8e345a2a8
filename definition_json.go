package loyalty

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/loyaltykit/loyalty/rules"
)

// Decode reads a definition from JSON, strictly: an unknown field, a value of the wrong type and text
// after the end are errors. The rules are read as rules.Decode does, which reports all their
// problems at once; the text is at most rules.MaxDefinitionBytes long. A definition that Decode accepts may
// still be nonsense: that is for New to say.
func Decode(r io.Reader) (Definition, error) {
	text, err := io.ReadAll(io.LimitReader(r, rules.MaxDefinitionBytes+1))
	if err != nil {
		return Definition{}, err
	}
	if len(text) > rules.MaxDefinitionBytes {
		return Definition{}, invalid("definition", "is longer than %d bytes", rules.MaxDefinitionBytes)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var def Definition
	if err := d.Decode(&def); err != nil {
		if errors.Is(err, rules.ErrDefinition) {
			return Definition{}, fmt.Errorf("%w: rules: %w", ErrInvalid, err)
		}
		return Definition{}, invalid("definition", "%v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Definition{}, invalid("definition", "has text after its end")
	}
	return def, nil
}
