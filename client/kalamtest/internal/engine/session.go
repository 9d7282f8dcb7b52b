package engine

// Role is a user's role.
type Role string

// The roles, weakest first.
const (
	RoleUser    Role = "user"
	RoleService Role = "service"
	RoleDBA     Role = "dba"
	RoleSystem  Role = "system"
)

// Admin reports whether the role is dba or system.
func (r Role) Admin() bool { return r == RoleDBA || r == RoleSystem }

// Session says who asks.
type Session struct {
	User      string // user id: scope of USER and STREAM rows, as_user of results
	Role      Role
	Namespace string // what unqualified table names resolve to; empty = "default"
}
