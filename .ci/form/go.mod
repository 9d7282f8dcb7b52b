module github.com/kalamdb/kalamrx/ci/form

go 1.26.0
