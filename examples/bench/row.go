package main

import "time"

// message is the row that is decoded. A created_at that comes as microseconds, as a number or in quotes, or as RFC 3339
// is a time.
type message struct {
	ID             int64     `kalam:"id"`
	ConversationID int64     `kalam:"conversation_id"`
	Sender         string    `kalam:"sender"`
	Content        string    `kalam:"content"`
	Score          float64   `kalam:"score"`
	CreatedAt      time.Time `kalam:"created_at"`
}

// spelled is the row for servers that write times in another way.
type spelled struct {
	ID             int64   `kalam:"id"`
	ConversationID int64   `kalam:"conversation_id"`
	Sender         string  `kalam:"sender"`
	Content        string  `kalam:"content"`
	Score          float64 `kalam:"score"`
	CreatedAt      string  `kalam:"created_at"`
}
