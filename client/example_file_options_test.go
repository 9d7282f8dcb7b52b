package client_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kalamdb/kalamrx/client"
	"github.com/kalamdb/kalamrx/wire"
)

func ExampleWithMaxFiles() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, append(scan(), scan()...), "d7")
		fmt.Println(errors.Is(err, wire.CodeTooManyFiles))
	}, client.WithMaxFiles(1))
	// Output: true
}

func ExampleWithMaxFileSize() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, scan(), "d7")
		fmt.Println(errors.Is(err, wire.CodeFileTooLarge), err)
	}, client.WithMaxFileSize(10))
	// Output: true kalam: file "scan": kalam: FILE_TOO_LARGE: 11 bytes, at most 10
}

func ExampleWithMaxUploadSize() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, scan(), "d7")
		fmt.Println(errors.Is(err, wire.CodeBodyTooLarge))
	}, client.WithMaxUploadSize(100))
	// Output: true
}

func ExampleWithTransferTimeout() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, scan(), "d7") // the server takes every byte in time
		fmt.Println(err, errors.Is(refused(client.WithTransferTimeout(0)), client.ErrConfig))
	}, client.WithTransferTimeout(10*time.Second))
	// Output: <nil> true
}

func ExampleWithLeaders() {
	documents(func(ctx context.Context, c *client.Client) {
		_, err := c.Upload(ctx, insertItem, scan(), "d7") // here the first server is the leader
		fmt.Println(err, errors.Is(refused(client.WithLeaders("node2")), client.ErrConfig))
	}, client.WithLeaders("https://node2.example:2900", "https://node3.example:2900"))
	// Output: <nil> true
}
