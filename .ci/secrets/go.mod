module github.com/kalamdb/kalamrx/ci/secrets

go 1.26.0
