package auth

import (
	"context"
	"errors"
	"fmt"
)

// Reporting is store, with report called on every failure but [ErrNotStored], by the goroutine that asked, before the
// failure is returned. It is for logs and counters of those who ask a source without [Ask].Report, or the store themselves.
// A nil store or report is [ErrConfig], from every call.
func Reporting(store Store, report func(error)) Store {
	return &reporting{label{"reporting(" + called(store) + ")"}, store, report}
}

type reporting struct {
	label
	store  Store
	report func(error)
}

// Check tells what is missing.
func (r *reporting) Check() error {
	if r.store == nil || r.report == nil {
		return fmt.Errorf("%w: Reporting: no store, or nobody to report to", ErrConfig)
	}
	return nil
}

// Get is the store's.
func (r *reporting) Get(ctx context.Context, key Key) (Grant, error) {
	if err := r.Check(); err != nil {
		return Grant{}, err
	}
	g, err := r.store.Get(ctx, key)
	return g, r.told(err)
}

// Put is the store's.
func (r *reporting) Put(ctx context.Context, key Key, grant Grant) error {
	if err := r.Check(); err != nil {
		return err
	}
	return r.told(r.store.Put(ctx, key, grant))
}

// Delete is the store's.
func (r *reporting) Delete(ctx context.Context, key Key) error {
	if err := r.Check(); err != nil {
		return err
	}
	return r.told(r.store.Delete(ctx, key))
}

// List is the store's.
func (r *reporting) List(ctx context.Context) ([]Key, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	keys, err := r.store.List(ctx)
	return keys, r.told(err)
}

func (r *reporting) told(err error) error {
	if err != nil && !errors.Is(err, ErrNotStored) {
		r.report(err)
	}
	return err
}
