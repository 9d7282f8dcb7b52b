package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kalamdb/kalamrx/auth"
	"github.com/kalamdb/kalamrx/wire"
	"github.com/sethvargo/go-retry"
)

// auditPace bounds what the client asks over HTTP of its own accord: the server
// allows a user 100 queries a second, the application's among them.
type auditPace struct {
	rate int // a second, and at once

	mu     sync.Mutex // leaf lock
	bucket pace
}

func newAuditPace(rate int) *auditPace {
	return &auditPace{rate: rate, bucket: pace{tokens: float64(rate), last: time.Now()}}
}

func (p *auditPace) take() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bucket.take(float64(p.rate))
}

// ask sends a query of the client's own, at the pace that audits have, and again for
// as long as the failure may pass. Each failure is shown by Errors.
func (c *Client) ask(ctx context.Context, op, sql string) ([]wire.Result, error) {
	body, err := wire.Marshal(wire.QueryRequest{SQL: sql})
	if err != nil {
		return nil, err
	}
	again := patience{next: retry.WithFullJitter(retry.WithCappedDuration(10*time.Second, retry.NewExponential(500*time.Millisecond)))}
	for {
		if !sleep(ctx, c.pace.take()) {
			return nil, context.Cause(ctx)
		}
		results, err := c.askOnce(ctx, op, body)
		if err == nil || !mayPass(ctx, err) {
			return results, err
		}
		c.report(fmt.Errorf("kalam: %s: %w", op, err))
		again.last = err
		wait, _ := again.Next()
		if !sleep(ctx, wait) {
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Client) askOnce(ctx context.Context, op string, body []byte) ([]wire.Result, error) {
	ctx, cancel := c.within(ctx, op, c.cfg.timeout)
	defer cancel()
	began, epoch := time.Now(), c.epoch()
	resp, err := c.sqlOnce(ctx, body)
	c.counts.queries.Add(1)
	c.counts.queryTime.Add(uint64(time.Since(began)))
	if err != nil {
		return nil, err
	}
	if err := c.answeredAs(resp.Results); err != nil {
		c.owner.post(func() { c.owner.mistaken(epoch, err) })
		return nil, err
	}
	return resp.Results, nil
}

// isRefused says whether a query was refused for what it is: it will be again.
func isRefused(err error) bool {
	return err != nil && !errors.Is(err, auth.ErrUnauthenticated) && !errors.Is(err, context.Canceled) && !errors.Is(err, ErrClosed)
}

// sleep waits for d, or says that ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
