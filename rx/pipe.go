package rx

// Pipe1 applies one operator.
func Pipe1[A, B any](o Observable[A], ab Operator[A, B]) Observable[B] { return ab(o) }

// Pipe2 applies two operators, the first named first.
func Pipe2[A, B, C any](o Observable[A], ab Operator[A, B], bc Operator[B, C]) Observable[C] {
	return bc(ab(o))
}

// Pipe3 applies three operators, the first named first.
func Pipe3[A, B, C, D any](o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D]) Observable[D] {
	return cd(bc(ab(o)))
}

// Pipe4 applies four operators, the first named first.
func Pipe4[A, B, C, D, E any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
) Observable[E] {
	return de(cd(bc(ab(o))))
}

// Pipe5 applies five operators, the first named first.
func Pipe5[A, B, C, D, E, F any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
	ef Operator[E, F],
) Observable[F] {
	return ef(de(cd(bc(ab(o)))))
}

// Pipe6 applies six operators, the first named first.
func Pipe6[A, B, C, D, E, F, G any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
	ef Operator[E, F], fg Operator[F, G],
) Observable[G] {
	return fg(ef(de(cd(bc(ab(o))))))
}

// Pipe7 applies seven operators, the first named first.
func Pipe7[A, B, C, D, E, F, G, H any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
	ef Operator[E, F], fg Operator[F, G], gh Operator[G, H],
) Observable[H] {
	return gh(fg(ef(de(cd(bc(ab(o)))))))
}

// Pipe8 applies eight operators, the first named first.
func Pipe8[A, B, C, D, E, F, G, H, I any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
	ef Operator[E, F], fg Operator[F, G], gh Operator[G, H], hi Operator[H, I],
) Observable[I] {
	return hi(gh(fg(ef(de(cd(bc(ab(o))))))))
}

// Pipe9 applies nine operators, the first named first. Longer chains are made of
// two.
func Pipe9[A, B, C, D, E, F, G, H, I, J any](
	o Observable[A], ab Operator[A, B], bc Operator[B, C], cd Operator[C, D], de Operator[D, E],
	ef Operator[E, F], fg Operator[F, G], gh Operator[G, H], hi Operator[H, I], ij Operator[I, J],
) Observable[J] {
	return ij(hi(gh(fg(ef(de(cd(bc(ab(o)))))))))
}
