package engine

// expr is a SQL expression.
type expr interface{ isExpr() }

// litKind says what a literal is.
type litKind uint8

const (
	litNull litKind = iota
	litBool
	litNumber
	litString
	litHex
)

type (
	literal struct {
		kind litKind
		text string // number as written, string unescaped, hex digits, "true"/"false"
	}
	column struct {
		qualifier []string // table, or namespace and table; empty when bare
		name      string
	}
	param struct{ index int } // from 1
	unary struct {
		op string // NOT, -, +
		x  expr
	}
	binary struct {
		op   string // AND OR = != < <= > >= + - * / % ||
		l, r expr
	}
	isTest struct { // x IS [NOT] NULL/TRUE/FALSE
		x    expr
		what string
		not  bool
	}
	distinctFrom struct { // l IS [NOT] DISTINCT FROM r
		l, r expr
		not  bool
	}
	inTest struct {
		x    expr
		list []expr
		sub  *query
		not  bool
	}
	between struct {
		x, lo, hi expr
		not       bool
	}
	like struct {
		x, pattern, escape expr
		not, fold          bool // fold = ILIKE
	}
	call struct {
		name     string // upper case
		args     []expr
		distinct bool
		star     bool
	}
	cast struct {
		x  expr
		to columnType
	}
	caseExpr struct {
		operand   expr
		when      []expr // condition, result, …
		otherwise expr
	}
	paren    struct{ x expr }
	subquery struct{ q *query }
	exists   struct{ q *query }
	array    struct{ items []expr }
)

func (*literal) isExpr()      {}
func (*column) isExpr()       {}
func (*param) isExpr()        {}
func (*unary) isExpr()        {}
func (*binary) isExpr()       {}
func (*isTest) isExpr()       {}
func (*distinctFrom) isExpr() {}
func (*inTest) isExpr()       {}
func (*between) isExpr()      {}
func (*like) isExpr()         {}
func (*call) isExpr()         {}
func (*cast) isExpr()         {}
func (*caseExpr) isExpr()     {}
func (*paren) isExpr()        {}
func (*subquery) isExpr()     {}
func (*exists) isExpr()       {}
func (*array) isExpr()        {}

// query is a SELECT with everything around it.
type query struct {
	with          []cte
	body          queryBody
	order         []orderItem
	limit, offset expr
	other         bool // FETCH, FOR and the like: parsed, not supported
}

type cte struct {
	name string
	q    *query
}

type orderItem struct {
	x     expr
	desc  bool
	nulls string // "", FIRST, LAST
}

// queryBody is *selectCore, *setOp or *nested.
type queryBody interface{ isBody() }

type selectCore struct {
	distinct bool
	items    []selectItem
	from     []fromItem
	where    expr
	group    []expr
	having   expr
}

type setOp struct {
	op   string // UNION, UNION ALL, INTERSECT, EXCEPT
	l, r queryBody
}

type nested struct{ q *query }

func (*selectCore) isBody() {}
func (*setOp) isBody()      {}
func (*nested) isBody()     {}

type selectItem struct {
	star      bool
	qualifier []string // of table.*
	x         expr
	alias     string
}

type fromItem struct {
	name  []string // a table
	sub   *query   // or a subquery
	alias string
	join  string // "" for the first, ",", JOIN, LEFT JOIN, …
	on    expr
	using []string
}

// stripped takes parentheses off an expression.
func stripped(x expr) expr {
	for {
		p, ok := x.(*paren)
		if !ok {
			return x
		}
		x = p.x
	}
}

// conjuncts gives the parts of a WHERE that are joined by AND at its top.
func conjuncts(x expr) []expr {
	if x == nil {
		return nil
	}
	x = stripped(x)
	if b, ok := x.(*binary); ok && b.op == "AND" {
		return append(conjuncts(b.l), conjuncts(b.r)...)
	}
	return []expr{x}
}
