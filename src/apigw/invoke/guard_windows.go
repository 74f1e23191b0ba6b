package invoke

// guard is not needed: Windows ends the processes of a job when its last handle is closed, which
// is this program's.
type guard struct{}

func newGuard() *guard { return nil }

func (*guard) tell([]int) {}
