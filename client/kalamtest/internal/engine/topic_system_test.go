package engine

import (
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestTopicSystem_TellsTopicsAndWhatGroupsHaveCommitted(t *testing.T) {
	is := is.New(t)
	now := time.Unix(1_772_323_200, 0)
	e := open(t, Options{Now: func() time.Time { return now }})
	must(t, e, root, "CREATE NAMESPACE shop; CREATE TOPIC shop.b PARTITIONS 3; CREATE TOPIC shop.a")
	is.Equal(ask(t, e, root, "SELECT topic_id, name, alias, partitions, retention_seconds FROM system.topics ORDER BY topic_id"),
		[]string{`"shop.a" "shop.a" null 1 "604800"`, `"shop.b" "shop.b" null 3 "604800"`})
	is.Equal(ask(t, e, root, "SELECT partitions FROM system.topics WHERE topic_id = 'shop.b'"), []string{`3`})
	const offsets = "SELECT topic_id, group_id, partition_id, last_acked_offset, updated_at FROM system.topic_offsets"
	_, err := e.Fetch(TopicFetch{Topic: "shop.b", Group: new("g"), Start: wire.FromEarliest(), Partition: 2, Limit: 1})
	is.NoErr(err)
	is.Equal(len(ask(t, e, root, offsets)), 0) // it has committed nothing
	is.NoErr(e.Ack("shop.b", "g", 2, 41))
	now = now.Add(time.Second)
	is.NoErr(e.Ack("shop.b", "f", 0, 7))
	is.Equal(ask(t, e, root, offsets), []string{`"shop.b" "f" 0 "7" 1772323201000000`, `"shop.b" "g" 2 "41" 1772323200000000`})
	must(t, e, root, "DROP TOPIC shop.b")
	is.Equal(ask(t, e, root, offsets), []string(nil))
}

func TestTopicSystem_IsForOthersThanUsersAndServices(t *testing.T) {
	runRefused(t, open(t, Options{}), []refusedCase{
		{"a user", lena, "SELECT partitions FROM system.topics", 400, wire.CodeSQLExecutionError, "SQL statement failed"},
		{"a service", worker, "SELECT * FROM system.topic_offsets", 400, wire.CodeSQLExecutionError, "SQL statement failed"},
		{"writing", root, "DELETE FROM system.topic_offsets WHERE group_id = 'g'", 403, wire.CodePermissionDenied, "Cannot modify system table"},
	})
}
