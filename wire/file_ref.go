package wire

import "strings"

// FileRef is what a FILE column holds: where a file is stored and what it is.
type FileRef struct {
	ID     string // Snowflake as text
	Sub    string // folder: "f0001"
	Name   string // as uploaded
	Size   int64  // bytes
	MIME   string
	SHA256 string // hexadecimal
	Shard  *int   // nil when missing
}

func (f *FileRef) read(text []byte) error {
	return eachMember(text, func(key, value []byte) error {
		switch string(key) {
		case "id":
			return readIDText(value, &f.ID)
		case "sub":
			return readOptionalString(value, &f.Sub)
		case "name":
			return readOptionalString(value, &f.Name)
		case "size":
			return readInt64(value, &f.Size)
		case "mime":
			return readOptionalString(value, &f.MIME)
		case "sha256":
			return readOptionalString(value, &f.SHA256)
		case "shard":
			return readShard(value, &f.Shard)
		}
		return nil
	})
}

// readIDText takes a string, or a number as its digits.
func readIDText(raw []byte, dst *string) error {
	if kindOf(raw) == KindNumber {
		*dst = string(raw)
		return nil
	}
	return readString(raw, dst)
}

func readShard(raw []byte, dst **int) error {
	*dst = nil
	if kindOf(raw) == KindNull {
		return nil
	}
	var n int
	err := readInt(raw, &n)
	*dst = &n
	return err
}

// UnmarshalJSON reads the object.
func (f *FileRef) UnmarshalJSON(text []byte) error {
	var got FileRef
	if err := got.read(text); err != nil {
		return err
	}
	*f = got
	return nil
}

// MarshalJSON writes the object in the server's order.
func (f FileRef) MarshalJSON() ([]byte, error) {
	w := &writer{dst: []byte(`{"id":`)}
	w.value(f.ID)
	w.text("sub", f.Sub)
	w.text("name", f.Name)
	w.number("size", f.Size)
	w.text("mime", f.MIME)
	w.text("sha256", f.SHA256)
	if f.Shard != nil {
		w.number("shard", int64(*f.Shard))
	}
	return w.end()
}

// StoredName gives the name under which the server keeps the file, the last segment of its download path:
// "{id}-{slug}.{ext}", or "{id}.{ext}" when nothing of the name is left for a slug.
func (f FileRef) StoredName() string {
	base, ext := f.Name, ""
	if dot := strings.LastIndexByte(f.Name, '.'); dot >= 0 {
		base, ext = f.Name[:dot], f.Name[dot+1:]
	}
	name := f.ID
	if s := slug(base); s != "" {
		name += "-" + s
	}
	return name + "." + extension(ext)
}

// maxSlug is how many characters of a name are kept.
const maxSlug = 50

// slug keeps letters and digits of ASCII in lower case and turns space, underscore and hyphen into single hyphens.
func slug(base string) string {
	var kept []byte
	for _, c := range []byte(base) {
		switch {
		case c == ' ' || c == '_' || c == '-':
			kept = append(kept, '-')
		case isAlphanumeric(c):
			kept = append(kept, lower(c))
		}
	}
	kept = kept[:min(len(kept), maxSlug)]
	words := strings.FieldsFunc(string(kept), func(r rune) bool { return r == '-' })
	return strings.Join(words, "-")
}

// extension keeps up to ten letters and digits, else "bin".
func extension(ext string) string {
	if ext == "" || len(ext) > 10 {
		return "bin"
	}
	out := make([]byte, 0, len(ext))
	for _, c := range []byte(ext) {
		if !isAlphanumeric(c) {
			return "bin"
		}
		out = append(out, lower(c))
	}
	return string(out)
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
