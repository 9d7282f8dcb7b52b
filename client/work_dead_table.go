package client

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// deadColumns are the columns of a dead letter's table, in the order of its INSERT.
const deadColumns = "id, topic, consumer_group, partition_number, record_offset, record_key, operation, user_name, " +
	"written_at, died_at, tries, reason, payload, encoding"

const deadValues = "$1, $2, $3, $4, $5, $6, $7, $8, $9, NOW(), $10, $11, $12, $13"

// DeadLetterSchema is the statement that creates the table of a DeadLetterTable,
// "namespace.name", unless it exists: a shared one, whose id is group and
// IdempotencyKey. A name that is not two plain ones is ErrConfig.
func DeadLetterSchema(table string) (string, error) {
	if err := checkDeadTable("DeadLetterSchema", table); err != nil {
		return "", err
	}
	return "CREATE TABLE IF NOT EXISTS " + table + " (id TEXT PRIMARY KEY, topic TEXT NOT NULL, consumer_group TEXT, " +
		"partition_number INT, record_offset BIGINT, record_key TEXT, operation TEXT, user_name TEXT, written_at TIMESTAMP, " +
		"died_at TIMESTAMP, tries INT, reason TEXT, payload TEXT, encoding TEXT) WITH (TYPE = 'SHARED')", nil
}

// DeadLetterTable inserts poison records into a table, "namespace.name", which must have
// the columns of DeadLetterSchema. What is inserted are parameters. The column encoding
// says what payload is: "text", "base64" of bytes that are no UTF-8, or "omitted", where
// it is longer than a parameter may be, 512 KiB; the topic has it. A record that is there
// already counts as inserted. An INSERT that fails is tried again, as a DeadLetter is.
func DeadLetterTable(c *Client, table string) WorkOption {
	return func(o *workOptions) error {
		if c == nil {
			return badWork("DeadLetterTable without a client")
		}
		if err := checkDeadTable("DeadLetterTable", table); err != nil {
			return err
		}
		return o.setDead(func() deadLetter { return &deadTable{c, table} })
	}
}

func checkDeadTable(option, table string) error {
	namespace, name, _ := strings.Cut(table, ".")
	if err := checkNamespace(option, namespace); err != nil {
		return err
	}
	return checkNamespace(option, name)
}

type deadTable struct {
	c     *Client
	table string
}

func (t *deadTable) put(ctx context.Context, d DeadRecord) error {
	r, reason := d.Record, strings.ToValidUTF8(d.Err.Error(), "\uFFFD")
	id := r.Group + " " + r.IdempotencyKey()
	if len(reason) > maxReason {
		reason = strings.ToValidUTF8(reason[:maxReason], "")
	}
	text, encoding := deadPayload(r.Payload)
	_, err := t.c.Exec(ctx, "INSERT INTO "+t.table+" ("+deadColumns+") VALUES ("+deadValues+")",
		id, r.Topic, r.Group, r.Partition, r.Offset, r.Key, r.Op.String(), r.User, r.Time, d.Tries, reason, text, encoding)
	if err != nil && t.has(ctx, id) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("INSERT INTO %s: %w", t.table, err)
	}
	return nil
}

func (*deadTable) end() {}

// maxReason is the longest reason that is kept, in bytes.
const maxReason = 4 << 10

// has says whether a record is there, by an INSERT of an earlier life, or one that only
// seems to have failed.
func (t *deadTable) has(ctx context.Context, id string) bool {
	type row struct {
		ID string `kalam:"id"`
	}
	rows, err := Query[row](ctx, t.c, "SELECT id FROM "+t.table+" WHERE id = $1", id)
	return err == nil && len(rows) > 0
}

// deadPayload is a payload as a parameter can have it, and how to read it.
func deadPayload(payload []byte) (text any, encoding string) {
	encoding = "text"
	s := string(payload)
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		s, encoding = base64.StdEncoding.EncodeToString(payload), "base64"
	}
	if len(s) > maxParamSize {
		return nil, "omitted"
	}
	return s, encoding
}
