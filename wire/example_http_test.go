package wire_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/wire"
)

func ExampleQueryRequest() {
	text, err := wire.Marshal(wire.QueryRequest{
		SQL:         "SELECT body FROM messages WHERE id = $1 AND at < $2",
		Params:      []any{int64(41), time.Date(2026, 2, 1, 9, 0, 0, 0, time.UTC)},
		NamespaceID: "chat",
	})
	fmt.Println(string(text), err)
	_, err = wire.Marshal(wire.QueryRequest{SQL: "SELECT $1", Params: []any{[]int{1, 2}}})
	fmt.Println(errors.Is(err, wire.ErrUnsupportedType)) // the server takes no arrays
	// Output:
	// {"sql":"SELECT body FROM messages WHERE id = $1 AND at < $2","params":[41,"2026-02-01T09:00:00Z"],"namespace_id":"chat"} <nil>
	// true
}

func ExampleQueryResponse() {
	q, err := wire.ParseQueryResponse([]byte(`{"status":"error","results":[],"took":0.41,
		"error":{"code":"SQL_EXECUTION_ERROR","message":"Statement 2 failed: SQL statement failed"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	said := q.Err(400)
	var e *wire.ServerError
	fmt.Println(said)
	fmt.Println(errors.As(said, &e), e.Statement, q.Took)
	// Output:
	// kalam: HTTP 400: SQL_EXECUTION_ERROR: Statement 2 failed: SQL statement failed
	// true 2 0.41
}

// A SELECT gives rows, other statements a message for people.
func ExampleResult() {
	q, err := wire.ParseQueryResponse([]byte(`{"status":"success","results":[
		{"schema":[{"name":"n","data_type":"BigInt","index":0}],"rows":[["3"]],"row_count":1,"as_user":"root"},
		{"row_count":2,"message":"Inserted 2 row(s)","as_user":"root"}],"took":9.2}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range q.Results {
		fmt.Printf("rows:%v count:%d columns:%d %q\n", r.HasRows, r.RowCount, len(r.Schema), r.Message)
	}
	// Output:
	// rows:true count:1 columns:1 ""
	// rows:false count:2 columns:0 "Inserted 2 row(s)"
}

// The cells of an HTTP row stand in the order of the schema.
func ExampleRawRow() {
	schema := wire.Schema{{Name: "id", Type: wire.BigInt}, {Name: "body", Type: wire.Text, Index: 1}}
	d, err := wire.NewDecoder[map[string]any]()
	if err != nil {
		fmt.Println(err)
		return
	}
	row, err := d.Array(wire.RawRow(`["41","hi"]`), schema)
	fmt.Printf("%v %T %v\n", row, row["id"], err)
	// Output: map[body:hi id:41] int64 <nil>
}

// The SQL that was at fault comes as details, to roles dba and system only.
func ExampleErrorBody() {
	q, err := wire.ParseQueryResponse([]byte(`{"status":"error","results":[],"took":0.1,
		"error":{"code":"INVALID_SQL","message":"SQL statement is invalid or not allowed","details":"SELEC 1"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s | %s | %s\n", string(q.Error.Code), q.Error.Message, q.Error.Details)
	fmt.Println(q.Err(400)) // without details
	// Output:
	// INVALID_SQL | SQL statement is invalid or not allowed | SELEC 1
	// kalam: HTTP 400: INVALID_SQL: SQL statement is invalid or not allowed
}

// A server writes the flat shape of the routes beside SQL; ParseError reads it.
func ExampleFlatError() {
	body, err := wire.Marshal(wire.FlatError{Error: "IP_BANNED", Message: "Too many requests", RetryAfterSeconds: 300})
	fmt.Println(string(body), err)
	e := wire.ParseError(429, body)
	fmt.Println(e.Code == wire.CodeIPBanned, e.RetryAfter)
	// Output:
	// {"error":"IP_BANNED","message":"Too many requests","retry_after_seconds":300} <nil>
	// true 5m0s
}

// The password is in the body and nowhere else.
func ExampleLoginRequest() {
	login := wire.LoginRequest{User: "lena", Password: "invented for this"}
	fmt.Printf("%v %+v %#v\n", login, login, login)
	_, err := wire.ParseLoginRequest([]byte(`{"user":"lena","remember":true}`))
	fmt.Println(err)
	// Output:
	// login{user:lena password:[redacted]} login{user:lena password:[redacted]} wire.login{user:lena password:[redacted]}
	// kalam: invalid message: unknown field remember
}

func ExampleLoginResponse() {
	var login wire.LoginResponse
	err := wire.Unmarshal([]byte(`{"user":{"id":"u_lena","role":"user","email":null,"created_at":"2026-02-01T09:00:00Z","updated_at":"2026-02-01T09:00:00Z"},
		"admin_ui_access":false,"expires_at":"2026-03-02T00:00:00Z","access_token":"an.access.token","refresh_token":"a.refresh.token","refresh_expires_at":"2026-03-08T00:00:00Z"}`), &login)
	fmt.Println(login, err)
	until, err := login.ExpiresAt.Time()
	fmt.Println(until, err)
	// Output:
	// login{user:u_lena role:user expires:2026-03-02T00:00:00Z tokens:[redacted]} <nil>
	// 2026-03-02 00:00:00 +0000 UTC <nil>
}

func ExampleUser() {
	var u wire.User
	err := wire.Unmarshal([]byte(`{"id":"u_lena","role":"user","email":null,"created_at":"2026-02-01T09:00:00Z","updated_at":"2026-02-01T09:00:00Z"}`), &u)
	fmt.Println(u.ID, u.Role, u.Email == nil, u.CreatedAt, err)
	// Output: u_lena user true 2026-02-01T09:00:00Z <nil>
}

func ExampleMeResponse() {
	var me wire.MeResponse
	err := wire.Unmarshal([]byte(`{"user":{"id":"root","role":"system","email":null,"created_at":"2026-02-01T09:00:00Z","updated_at":"2026-02-01T09:00:00Z"},"admin_ui_access":true}`), &me)
	fmt.Println(me.User.ID, me.User.Role, me.AdminUIAccess, err)
	// Output: root system true <nil>
}

func ExampleMessageResponse() {
	var said wire.MessageResponse
	err := wire.Unmarshal([]byte(`{"message":"Logged out successfully"}`), &said)
	fmt.Println(said.Message, err)
	// Output: Logged out successfully <nil>
}

func ExampleSetupRequest() {
	setup := wire.SetupRequest{User: "admin", Password: "invented for this", RootPassword: "and this", Email: "a@b.example"}
	fmt.Println(setup)
	// Output: setup{user:admin passwords:[redacted]}
}

func ExampleSetupResponse() {
	var done wire.SetupResponse
	err := wire.Unmarshal([]byte(`{"user":{"id":"admin","role":"dba","email":"a@b.example","created_at":"2026-02-01T09:00:00Z","updated_at":"2026-02-01T09:00:00Z"},"message":"Setup complete"}`), &done)
	fmt.Println(done.User.ID, *done.User.Email, done.Message, err)
	// Output: admin a@b.example Setup complete <nil>
}

func ExampleSetupStatus() {
	var status wire.SetupStatus
	err := wire.Unmarshal([]byte(`{"needs_setup":true,"message":"Server requires initial setup"}`), &status)
	fmt.Println(status.NeedsSetup, err)
	// Output: true <nil>
}

// A stamp is kept as it was written, and read when it is needed.
func ExampleStamp() {
	now := time.Date(2026, 3, 2, 1, 0, 0, 0, time.FixedZone("CET", 3600))
	fmt.Println(wire.StampOf(now))
	_, err := wire.Stamp("yesterday").Time()
	fmt.Println(err != nil)
	// Output:
	// 2026-03-02T00:00:00Z
	// true
}

func ExampleHealth() {
	var h wire.Health
	err := wire.Unmarshal([]byte(`{"status":"healthy","version":"0.4.3-rc.4","api_version":"v1","build_date":"2026-02-20"}`), &h)
	fmt.Println(h.Status, h.Version, h.APIVersion, err)
	// Output: healthy 0.4.3-rc.4 v1 <nil>
}

func ExampleClusterHealth() {
	var h wire.ClusterHealth
	err := wire.Unmarshal([]byte(`{"status":"degraded","version":"0.4.3-rc.4","is_cluster_mode":true,"cluster_id":"blue","node_id":2,
		"is_leader":false,"total_groups":3,"groups_leading":0,"current_term":null,"nodes":[{"node_id":1,"is_leader":true},{"node_id":2,"is_self":true}]}`), &h)
	fmt.Println(h.Status, len(h.Nodes), h.GroupsLeading, h.CurrentTerm == nil, err)
	// Output: degraded 2 0 true <nil>
}

// Members that a server leaves out, or has no value for, are nil.
func ExampleClusterNode() {
	var n wire.ClusterNode
	err := wire.Unmarshal([]byte(`{"node_id":1,"role":"Leader","status":"Active","api_addr":"127.0.0.1:8080","is_self":true,"is_leader":true,"replication_lag":0,"catchup_progress_pct":null}`), &n)
	fmt.Println(n.Role, *n.ReplicationLag, n.CatchupProgressPct == nil, n.UptimeSeconds == nil, err)
	// Output: Leader 0 true true <nil>
}

// Without a start, a limit and a partition the server takes its own: Latest, 100, 0.
func ExampleConsumeRequest() {
	text, err := wire.Marshal(wire.ConsumeRequest{TopicID: "chat.new_messages", GroupID: "mailer"})
	fmt.Println(string(text), err)
	_, err = wire.ParseConsumeRequest([]byte(`{"topic_id":"chat.new_messages"}`))
	fmt.Println(err)
	// Output:
	// {"topic_id":"chat.new_messages","group_id":"mailer"} <nil>
	// kalam: invalid message: missing field group_id
}

func ExampleConsumeResponse() {
	var got wire.ConsumeResponse
	err := wire.Unmarshal([]byte(`{"messages":[{"topic_id":"chat.new_messages","partition_id":0,"offset":17,"payload":"eyJpZCI6IjQyIn0=","key":"42","timestamp_ms":1772323200456,"user":"u_lena","op":"Insert"}],
		"next_offset":18,"has_more":false}`), &got)
	fmt.Println(len(got.Messages), got.NextOffset, got.HasMore, err)
	// Output: 1 18 false <nil>
}

func ExampleTopicMessage() {
	var m wire.TopicMessage
	err := wire.Unmarshal([]byte(`{"topic_id":"chat.new_messages","partition_id":0,"offset":17,"payload":"eyJpZCI6IjQyIn0=","key":"42","timestamp_ms":1772323200456,"user":"u_lena","op":"Insert"}`), &m)
	fmt.Println(m.Op, m.Offset, *m.Key, m.User, err)
	row, err := m.Row()
	fmt.Println(string(row.Get("id").Raw()), err)
	// Output:
	// Insert 17 42 u_lena <nil>
	// "42" <nil>
}

func ExampleStart() {
	for _, s := range []wire.Start{wire.FromLatest(), wire.FromEarliest(), wire.FromOffset(17)} {
		text, err := wire.Marshal(s)
		fmt.Println(s, string(text), err)
	}
	var s wire.Start
	fmt.Println(wire.Unmarshal([]byte(`"EARLIEST"`), &s), s.IsEarliest())
	// Output:
	// Latest "Latest" <nil>
	// Earliest "Earliest" <nil>
	// Offset(17) {"Offset":17} <nil>
	// <nil> true
}

func ExampleAckRequest() {
	text, err := wire.Marshal(wire.AckRequest{TopicID: "chat.new_messages", GroupID: "mailer", UptoOffset: 17})
	fmt.Println(string(text), err)
	// Output: {"topic_id":"chat.new_messages","group_id":"mailer","partition_id":0,"upto_offset":17} <nil>
}

func ExampleAckResponse() {
	var ack wire.AckResponse
	err := wire.Unmarshal([]byte(`{"success":true,"acknowledged_offset":17}`), &ack)
	fmt.Println(ack.Success, ack.AcknowledgedOffset, err)
	// Output: true 17 <nil>
}

func ExampleLatestOffsetsRequest() {
	text, err := wire.Marshal(wire.LatestOffsetsRequest{Partitions: []wire.TopicPartition{{TopicID: "chat.new_messages"}, {TopicID: "chat.new_messages", PartitionID: 1}}})
	fmt.Println(string(text), err)
	// Output: {"partitions":[{"topic_id":"chat.new_messages","partition_id":0},{"topic_id":"chat.new_messages","partition_id":1}]} <nil>
}

func ExampleLatestOffsetsResponse() {
	var got wire.LatestOffsetsResponse
	err := wire.Unmarshal([]byte(`{"offsets":[{"topic_id":"chat.new_messages","partition_id":0,"next_offset":18,"last_offset":17}]}`), &got)
	fmt.Println(len(got.Offsets), got.Offsets[0].NextOffset, err)
	// Output: 1 18 <nil>
}

// An empty partition has a next offset, but no last one.
func ExampleLatestOffset() {
	var o wire.LatestOffset
	err := wire.Unmarshal([]byte(`{"topic_id":"chat.new_messages","partition_id":1,"next_offset":0,"last_offset":null}`), &o)
	fmt.Println(o.NextOffset, o.LastOffset == nil, err)
	// Output: 0 true <nil>
}

// Comparable, so that it can be the key of a map of positions.
func ExampleTopicPartition() {
	positions := map[wire.TopicPartition]int64{{TopicID: "chat.new_messages", PartitionID: 1}: 18}
	var p wire.TopicPartition
	err := wire.Unmarshal([]byte(`{"topic_id":"chat.new_messages","partition_id":1}`), &p)
	fmt.Println(positions[p], err)
	// Output: 18 <nil>
}
