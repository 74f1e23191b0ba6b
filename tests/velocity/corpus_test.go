package velocity

import (
	"testing"
)

// TestCorpus renders every case of the corpus with package vtl in both settings.
func TestCorpus(t *testing.T) {
	t.Parallel()
	topics, err := Load("corpus")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, topic := range topics {
		cases += len(topic.Cases)
		t.Run(topic.Name, func(t *testing.T) {
			t.Parallel()
			for _, c := range topic.Cases {
				for _, message := range c.Check() {
					t.Error(message)
				}
			}
		})
	}
	if least := 1200; cases < least {
		t.Errorf("the corpus has %d cases, want at least %d", cases, least)
	}
}

// TestCorpusHasNoAddresses rejects cases whose output differs in each run of Java.
func TestCorpusHasNoAddresses(t *testing.T) {
	t.Parallel()
	topics, err := Load("corpus")
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range topics {
		for _, c := range topic.Cases {
			for _, o := range []*Outcome{c.Velocity, c.APIGateway} {
				if o != nil && !o.Failed() && javaHash.MatchString(o.Output) {
					t.Errorf("%s/%s prints an address: %s", topic.Name, c.ID, o.Output)
				}
			}
		}
	}
}
