package invoke

import (
	"context"
	"errors"
	"testing"
)

// Each tenant has its own environments, which are stopped to make room for another tenant's.
func TestPerTenant(t *testing.T) {
	t.Parallel()
	h, _ := testHost(t, "ok", func(c *Config) { c.PerTenant, c.Concurrency = true, 2 })
	pid := func(tenant string) int {
		t.Helper()
		resp, err := h.Invoke(context.Background(), Invocation{Payload: []byte(`1`), TenantID: tenant})
		if err != nil || resp.FunctionError != "" {
			t.Fatalf("%s: %s %v", tenant, resp.Payload, err)
		}
		return resp.Report.PID
	}
	a, b := pid("a"), pid("b")
	if a == b {
		t.Error("two tenants share an environment")
	}
	if again := pid("a"); again != a {
		t.Error("a tenant's second event went to another environment")
	}
	if c := pid("c"); c == a || c == b {
		t.Error("a third tenant got another's environment")
	}
	for _, tenant := range []string{"", "a\r\nX: y"} {
		_, err := h.Invoke(context.Background(), Invocation{Payload: []byte(`1`), TenantID: tenant})
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != "InvalidParameterValueException" {
			t.Errorf("tenant %q: %v", tenant, err)
		}
	}
	shared, _ := testHost(t, "ok", nil)
	if _, err := shared.Invoke(context.Background(), Invocation{Payload: []byte(`1`), TenantID: "a"}); err == nil {
		t.Error("a function without tenancy took a tenant")
	}
}
