module github.com/kalamdb/kalamrx/rx/rxbench

go 1.26.0

require (
	github.com/kalamdb/kalamrx v0.0.0
	github.com/matryer/is v1.4.1
	github.com/reactivex/rxgo/v2 v2.5.0
	github.com/samber/lo v1.52.0
	github.com/samber/ro v0.3.0
	github.com/sethvargo/go-retry v0.5.0
	go.uber.org/goleak v1.3.0
)

require (
	github.com/cenkalti/backoff/v4 v4.0.0 // indirect
	github.com/davecgh/go-spew v1.1.1 // indirect
	github.com/emirpasic/gods v1.12.0 // indirect
	github.com/pmezard/go-difflib v1.0.0 // indirect
	github.com/stretchr/objx v0.5.2 // indirect
	github.com/stretchr/testify v1.11.1 // indirect
	github.com/teivah/onecontext v0.0.0-20200513185103-40f981bfd775 // indirect
	golang.org/x/exp v0.0.0-20220303212507-bbda1eaf7a17 // indirect
	golang.org/x/text v0.22.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace github.com/kalamdb/kalamrx => ../..
