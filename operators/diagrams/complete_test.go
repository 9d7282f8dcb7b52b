package diagrams_test

import (
	"slices"
	"testing"

	"github.com/matryer/is"
)

func TestPictures_EveryOperatorHasOne(t *testing.T) {
	is := is.New(t)
	var have []string
	for _, f := range families() {
		for _, p := range f.pictures {
			have = append(have, p.operator)
		}
	}
	docs := synopses(t)
	for name := range docs {
		if !slices.Contains(have, name) {
			t.Errorf("%s has no picture", name)
		}
	}
	for _, name := range have {
		is.True(docs[name] != "") // a picture of what there is not
	}
}
