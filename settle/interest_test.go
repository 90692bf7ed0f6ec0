package settle

import (
	"testing"

	"sancun/calendar"
)

// Interest is posted on the 21st of a quarter's last month, or in the evening
// before when that is no trading day; no day is lost and none counts twice.
func TestPlanInterest(t *testing.T) {
	for _, c := range []struct {
		date, next calendar.Date
		want       interestPlan
	}{
		{20230825, 20230828, interestPlan{until: 20230827}},                  // a Friday in the middle of a quarter
		{20230920, 20230921, interestPlan{until: 20230920}},                  // the last day: posted tomorrow
		{20230921, 20230922, interestPlan{postFirst: true, until: 20230921}}, // the 21st
		{20240920, 20240923, interestPlan{split: 20240920, until: 20240922}}, // the 21st is a Saturday
		{20260619, 20260622, interestPlan{split: 20260620, until: 20260621}}, // the 20th too is no trading day
		{20231220, 20231221, interestPlan{until: 20231220}},                  // December
		{20250320, 20250321, interestPlan{until: 20250320}},                  // March
		{20250321, 20250324, interestPlan{postFirst: true, until: 20250323}}, // posted, then the weekend of the new quarter
	} {
		got, err := planInterest(c.date, c.next)
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %+v, %v, want %+v", c.date, c.next, got, err, c.want)
		}
	}
	if _, err := planInterest(0, 20230828); err == nil {
		t.Error("no date was accepted")
	}
}
