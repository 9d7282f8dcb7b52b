package operators

//go:generate go test ./diagrams -run TestPictures -update
