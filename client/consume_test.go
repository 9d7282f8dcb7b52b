package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/client/kalamtest"
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/matryer/is"
)

func TestConsume_RecordsComeDecodedAndAreCommitted(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(250)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition()...))
		all := topicUntil(r, 250)
		is.Equal(len(all), 250)
		for i, rec := range all {
			is.Equal(rec.Offset, int64(i))
			is.Equal(rec.Value, topicOrder{ID: int64(i), Item: fmt.Sprint("i", i)})
			is.NoErr(rec.Err)
			is.Equal(rec.Attempt, 1)
			is.Equal(rec.Topic, w.topic)
			is.Equal(rec.Op, client.Insert)
			is.True(i == 0 || !rec.Time.Before(all[i-1].Time) && !rec.Time.IsZero())
		}
		time.Sleep(6 * time.Second)
		is.Equal(w.committed("g", 0), int64(249))
		is.True(!all[9].Ack()) // the stream has done so
		is.True(all[9].Acked())
		w.publish(3)
		topicUntil(r, 253)
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(252))
		is.True(!all[9].Ack())
	})
}

func TestConsume_RowsOfATableComeAsTheyAreInTheLiveQuery(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		table := w.items(c)
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			w.exec(c, "ALTER TOPIC "+w.topic+" ADD SOURCE "+table+" ON "+op+" WITH (payload = 'full')")
		}
		r := recording(w.t, client.Consume[item](c, w.topic, "g", onePartition()...))
		w.exec(c, "INSERT INTO "+table+" (id, color, qty) VALUES (1, 'blue', 5)")
		w.exec(c, "UPDATE "+table+" SET qty = NULL WHERE id = 1")
		w.exec(c, "DELETE FROM "+table+" WHERE id = 1")
		all := r.until(atLeast[client.Record[item]](3))
		for i, want := range []client.Op{client.Insert, client.Update, client.Delete} {
			is.NoErr(all[i].Err)
			is.Equal(all[i].Op, want)
			is.Equal(all[i].Key, "1")
			is.Equal(all[i].User, "root")
			is.Equal(all[i].Value.Color, "blue")
		}
		is.Equal(*all[0].Value.Qty, int32(5))
		is.True(all[1].Value.Qty == nil)
	})
}

func TestConsume_ValuesOfManyKinds(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(1)
		c := w.client()
		rows := recording(w.t, client.Consume[wire.Row](c, w.topic, "rows", onePartition()...)).until(atLeast[client.Record[wire.Row]](1))
		item, err := rows[0].Value.Get("item").Text()
		is.NoErr(err)
		is.Equal(item, "i0")
		maps := recording(w.t, client.Consume[map[string]any](c, w.topic, "maps", onePartition()...)).until(atLeast[client.Record[map[string]any]](1))
		is.Equal(maps[0].Value["item"], "i0")
		raw := recording(w.t, client.Consume[[]byte](c, w.topic, "raw", onePartition()...)).until(atLeast[client.Record[[]byte]](1))
		is.True(json.Valid(raw[0].Value))
		sub := client.Consume[chan int](c, w.topic, "g").Subscribe(w.t.Context(), rx.Observer[client.Record[chan int]]{})
		is.True(errors.Is(sub.Err(), wire.ErrUnsupportedType))
	})
}

func TestConsume_WhatCannotBeReadComesWithItsErr(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		for _, payload := range []string{"not JSON at all", `{"id":"x"}`, `{"id":"7"}`} {
			_, _, err := w.srv.Publish(w.topic, "", []byte(payload))
			is.NoErr(err)
		}
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition()...))
		all := topicUntil(r, 3)
		is.True(errors.Is(all[0].Err, client.ErrRecord) && errors.Is(all[0].Err, wire.ErrSyntax))
		is.True(errors.Is(all[1].Err, client.ErrRecord) && errors.Is(all[1].Err, wire.ErrCell))
		is.Equal(string(all[0].Payload), "not JSON at all")
		is.True(!strings.Contains(all[0].Err.Error(), "not JSON at all"))
		is.True(strings.Contains(all[1].Err.Error(), w.topic+"/0@1"))
		is.NoErr(all[2].Err)
		is.Equal(c.Stats().Consumers[0].Unreadable, uint64(2))
		topicEnd(c, r.sub)
		is.Equal(w.committed("g", 0), int64(2)) // auto-acknowledged like any other
	})
}

func TestConsume_PartitionsAreMergedEachInItsOrder(t *testing.T) {
	for name, opts := range map[string][]client.ConsumeOption{
		"named": {client.FromEarliest(), client.Partitions(4, 0, 1, 3, 2)},
		"found": {client.FromEarliest()},
	} {
		t.Run(name, func(t *testing.T) {
			inTopicWorld(t, 5, func(w *topicWorld) {
				is := is.New(w.t)
				c := w.client()
				r := recording(w.t, w.orders(c, "g", opts...))
				for range 10 {
					w.publish(50)
					time.Sleep(time.Second)
				}
				next := map[int]int64{}
				keys := map[string]int64{}
				for _, rec := range topicUntil(r, 500) {
					is.Equal(rec.Offset, next[rec.Partition])
					next[rec.Partition]++
					last, known := keys[rec.Key]
					is.True(!known || rec.Value.ID > last)
					keys[rec.Key] = rec.Value.ID
				}
				is.Equal(len(next), 5)
				topicEnd(c, r.sub)
				for p, n := range next {
					is.Equal(w.committed("g", p), n-1)
				}
			})
		})
	}
}

// The server tells a dba how many partitions there are; a service finds them.
func TestConsume_MorePartitionsThanAreTriedAtFirstAreFound(t *testing.T) {
	inTopicWorld(t, 40, func(w *topicWorld) {
		is := is.New(w.t)
		for i := range 400 {
			_, _, err := w.srv.Publish(w.topic, fmt.Sprint(i), []byte(`{}`))
			is.NoErr(err)
		}
		for group, n := range map[string]int{"root": 40, "worker": 128} {
			source, err := auth.JWT(w.srv.Token(group))
			is.NoErr(err)
			c := w.client(client.WithAuth(source))
			r := recording(w.t, w.orders(c, group, client.FromEarliest()))
			is.Equal(len(topicUntil(r, 400)), 400)
			is.Equal(c.Stats().Consumers[0].Partitions, n)
			topicEnd(c, r.sub)
		}
	}, kalamtest.WithUser("worker", "Secret-worker-1", "service"))
}

func TestConsume_EmptyTopicIsPolledSeldom(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		c := w.client()
		named := recording(w.t, w.orders(c, "named", client.Partitions(0)))
		time.Sleep(time.Minute)
		before := w.srv.Stats().Polls
		time.Sleep(10 * time.Minute)
		perMinute := float64(w.srv.Stats().Polls-before) / 10
		is.True(perMinute >= 30 && perMinute <= 38)
		before = w.srv.Stats().Acks
		w.publish(1)
		topicUntil(named, 1)
		began := time.Now()
		w.publish(1)
		topicUntil(named, 2)
		is.True(time.Since(began) <= 200*time.Millisecond) // data makes it fast again
		for range 600 {
			w.publish(10)
			time.Sleep(100 * time.Millisecond)
		}
		commits := w.srv.Stats().Acks - before
		is.True(commits >= 11 && commits <= 14) // a minute of 100 records a second
		polls := c.Stats().Consumers[0].Polls
		named.sub.Unsubscribe()
		found := recording(w.t, w.orders(c, "found"))
		time.Sleep(time.Minute)
		before = w.srv.Stats().Polls
		time.Sleep(10 * time.Minute)
		w.t.Logf("polls a minute of an empty topic: %.1f of one partition, %.1f where partitions are tried; a minute of 100 records a second: %d commits, %d polls in all",
			perMinute, float64(w.srv.Stats().Polls-before)/10, commits, polls)
		topicEnd(c, named.sub, found.sub)
	})
}

func TestConsume_WhatIsTakenIsCommittedAtTheEnd(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c := w.client()
		sub := rx.Pipe1(w.orders(c, "g", onePartition()...), operators.Take[client.Record[topicOrder]](3)).
			Subscribe(w.t.Context(), rx.OnNext(func(client.Record[topicOrder]) {}))
		<-sub.Done()
		time.Sleep(time.Second)
		is.Equal(w.committed("g", 0), int64(2))
		is.Equal(len(c.Stats().Consumers), 0)
	})
}

func TestConsume_PanicAcknowledgesNothing(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c := w.client()
		sub := w.orders(c, "g", onePartition()...).Subscribe(w.t.Context(), rx.OnNext(func(r client.Record[topicOrder]) {
			if r.Offset == 4 {
				panic("bad record")
			}
		}))
		<-sub.Done()
		var panicked *rx.PanicError
		is.True(errors.As(sub.Err(), &panicked))
		time.Sleep(time.Second)
		is.Equal(w.committed("g", 0), int64(3))
	})
}

func TestConsume_DrainWaitsForWhatIsHeldAndStopDoesNot(t *testing.T) {
	for name, c := range map[string]struct {
		opts []client.ConsumeOption
		want int64
	}{
		"drain":       {[]client.ConsumeOption{client.Drain(20 * time.Second)}, 4},
		"short drain": {[]client.ConsumeOption{client.Drain(3 * time.Second)}, 1},
		"stop":        {nil, -1},
	} {
		t.Run(name, func(t *testing.T) {
			inTopicWorld(t, 1, func(w *topicWorld) {
				is := is.New(w.t)
				w.publish(5)
				cl := w.client()
				r := recording(w.t, w.orders(cl, "g", onePartition(append(c.opts, client.ManualAck())...)...))
				all := topicUntil(r, 5)
				r.sub.Unsubscribe()
				for _, rec := range all {
					time.Sleep(1400 * time.Millisecond)
					rec.Ack()
				}
				time.Sleep(time.Second)
				is.Equal(w.committed("g", 0), c.want)
				is.Equal(len(cl.Stats().Consumers), 0)
			})
		})
	}
}

func TestConsume_CloseCommitsBeforeTheSocketGoes(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(10)
		c, link := w.linked()
		shown := watchTopicErrors(c)
		live := recording(w.t, client.LiveEvents(c, "SELECT * FROM "+w.items(c)))
		is.NoErr(c.Connect(w.t.Context()))
		var order atomic.Value
		c.State().Subscribe(w.t.Context(), rx.OnNext(func(s client.State) {
			if s.Phase == client.Closed {
				order.Store(w.committed("g", 0))
			}
		}))
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck())...))
		for _, rec := range topicUntil(r, 10) {
			rec.Ack()
		}
		time.Sleep(100 * time.Millisecond)
		is.NoErr(live.sub.Err())
		is.Equal(w.committed("g", 0), int64(-1))
		began := time.Now()
		is.NoErr(c.Close(context.Background()))
		is.True(time.Since(began) < 100*time.Millisecond)
		<-c.Done()
		is.Equal(order.Load(), int64(9))
		is.NoErr(r.ended()) // completed
		is.Equal(len(shown.list()), 0)
		_ = link
		sub := w.orders(c, "g").Subscribe(w.t.Context(), rx.Observer[client.Record[topicOrder]]{})
		<-sub.Done()
		is.NoErr(sub.Err())
	})
}

// The last commit may need a connection of its own: those that were open are gone.
func TestConsume_CloseDialsForTheLastCommit(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(3)
		c, link := w.linked()
		r := recording(w.t, w.orders(c, "g", onePartition(client.PollPace(time.Hour, time.Hour))...))
		topicUntil(r, 3)
		link.Cut()
		time.Sleep(time.Millisecond)
		topicEnd(c)
		is.Equal(w.committed("g", 0), int64(2))
	})
}

func TestConsume_CloseWaitsASecondForADeadServer(t *testing.T) {
	inTopicWorld(t, 1, func(w *topicWorld) {
		is := is.New(w.t)
		w.publish(3)
		c := w.client()
		r := recording(w.t, w.orders(c, "g", onePartition(client.ManualAck(), client.Drain(time.Hour))...))
		topicUntil(r, 3)[0].Ack()
		w.srv.FaultTopics(kalamtest.HangAck, 1<<20)
		began := time.Now()
		is.NoErr(c.Close(context.Background()))
		took := time.Since(began)
		is.True(took >= 900*time.Millisecond && took <= 1100*time.Millisecond)
		<-c.Done()
	})
}

func TestConsume_OptionsAreChecked(t *testing.T) {
	is := is.New(t)
	c, err := client.New("http://localhost:1")
	is.NoErr(err)
	for name, opt := range map[string]client.ConsumeOption{
		"negative offset": client.FromOffset(-1), "no records": client.PollLimit(0), "too many": client.PollLimit(1001),
		"no pace": client.PollPace(0, time.Second), "slower than slowest": client.PollPace(2, 1),
		"no partition": client.Partitions(), "twice": client.Partitions(1, 1), "too high": client.Partitions(1024),
		"negative": client.Partitions(-1), "no commit": client.CommitEvery(0), "rare commit": client.CommitEvery(31 * time.Second),
		"no drain": client.Drain(0), "no lease": client.Lease(0), "nil": nil,
	} {
		sub := client.Consume[[]byte](c, "a.t", "g", opt).Subscribe(t.Context(), rx.Observer[client.Record[[]byte]]{})
		<-sub.Done()
		if !errors.Is(sub.Err(), client.ErrConfig) {
			t.Errorf("%s: %v", name, sub.Err())
		}
		_, err := client.Poll[[]byte](t.Context(), c, "a.t", "g", opt)
		is.True(errors.Is(err, client.ErrConfig))
	}
	for _, opt := range []client.ConsumeOption{client.ManualAck(), client.Drain(1), client.CommitEvery(1), client.Partitions(1, 2), client.PollPace(1, 2)} {
		_, err := client.Poll[[]byte](t.Context(), c, "a.t", "g", opt)
		is.True(errors.Is(err, client.ErrConfig))
	}
	_, err = client.NewConsumer[[]byte](c, "a.t", "")
	is.True(errors.Is(err, client.ErrConfig))
	is.NoErr(c.Close(context.Background()))
	<-c.Done()
}
