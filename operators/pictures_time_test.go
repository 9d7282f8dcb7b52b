package operators_test

import (
	"github.com/kalamdb/kalamrx/operators"
	"github.com/kalamdb/kalamrx/rx"
	"github.com/kalamdb/kalamrx/rx/rxtest"
)

func timePictures() []picture {
	return []picture{
		of("Debounce", "Debounce(3ms)", "-a-bc------d-|", operators.Debounce[string](3*ms)),
		of("Throttle", "Throttle(4ms)", "-a-b-c--d---|", operators.Throttle[string](4*ms)),
		of("Throttle", "Throttle(4ms, WithTrailing(true))", "-a-b-c--d---|", operators.Throttle[string](4*ms, operators.WithTrailing(true))),
		of("Delay", "Delay(3ms)", "-a-b--c-|", operators.Delay[string](3*ms)),
	}
}

func backpressurePictures() []picture {
	// slow has an observer that takes 4 ms for each value.
	slow := func(operator, title string, boundary op) picture {
		return picture{operator, title, func(m *rxtest.Marbles) {
			busy := operators.Tap(rx.OnNext(func(string) { pause(4 * ms) }))
			rxtest.Show(m, "observer, 4ms a value", rx.Pipe2(m.Hot("-abcdefg------|"), boundary, busy))
		}}
	}
	return []picture{
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.DropOldest)", operators.OnBackpressureBuffer[string](2, rx.DropOldest)),
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.DropNewest)", operators.OnBackpressureBuffer[string](2, rx.DropNewest)),
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.Fail)", operators.OnBackpressureBuffer[string](2, rx.Fail)),
		slow("OnBackpressureBuffer", "OnBackpressureBuffer(2, rx.Block)", operators.OnBackpressureBuffer[string](2, rx.Block)),
		slow("OnBackpressureLatest", "OnBackpressureLatest()", operators.OnBackpressureLatest[string]()),
		slow("OnBackpressureDrop", "OnBackpressureDrop()", operators.OnBackpressureDrop[string]()),
	}
}
