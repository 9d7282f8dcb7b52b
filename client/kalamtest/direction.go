package kalamtest

// Direction is a way along a link, or both, or none.
type Direction uint8

// The directions. Up is from the client to the server; Neither turns a fault off.
const (
	Neither Direction = 0
	Up      Direction = 1 << (iota - 1)
	Down
	Both = Up | Down
)

// String gives "off", "up", "down" or "both".
func (d Direction) String() string {
	switch d & Both {
	case Up:
		return "up"
	case Down:
		return "down"
	case Both:
		return "both"
	}
	return "off"
}

func (d Direction) has(other Direction) bool { return d&other != 0 }
