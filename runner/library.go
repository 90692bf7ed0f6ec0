package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sancun/dr"
	"sancun/plan"
)

// Shelved is a plan of a folder, with what is wrong with it.
type Shelved struct {
	Name     string
	File     string
	Text     []byte
	Plan     *plan.Plan // as written
	Whole    *plan.Plan // with those it contains in their places
	Approval plan.Approval
	Failure  error // it cannot be used, or is not approved
}

// approvalSuffix is how the file of an approval ends, beside the plan NAME.yaml.
const approvalSuffix = ".approval.json"

// ApprovalFile is where the approval of a plan's file lies.
func ApprovalFile(file string) string { return strings.TrimSuffix(file, ".yaml") + approvalSuffix }

// ReadApproval reads an approval.
func ReadApproval(file string) (a plan.Approval, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return a, err
	}
	if err := decode(text, &a); err != nil {
		return a, fmt.Errorf("%s is no approval: %w", file, err)
	}
	return a, nil
}

// Library reads every plan of a folder and checks it, with its approval at a time.
func Library(dir string, people []dr.Operator, now time.Time) (all []*Shelved, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, err
	}
	var plans []*plan.Plan
	for _, file := range files {
		s := &Shelved{Name: strings.TrimSuffix(filepath.Base(file), ".yaml"), File: file}
		if s.Text, err = os.ReadFile(file); err != nil {
			return nil, err
		}
		if s.Plan, s.Failure = plan.Parse(s.Text); s.Failure == nil {
			s.Name = s.Plan.Name
			plans = append(plans, s.Plan)
		}
		all = append(all, s)
	}
	for _, s := range all {
		if s.Failure != nil {
			continue
		}
		if s.Whole, s.Failure = s.Plan.Join(plans); s.Failure == nil {
			s.Failure = s.Whole.Check(Registry())
		}
		if s.Failure == nil {
			s.approve(people, now)
		}
	}
	return all, nil
}

func (s *Shelved) approve(people []dr.Operator, now time.Time) {
	var err error
	s.Approval, err = ReadApproval(ApprovalFile(s.File))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s.Failure = fmt.Errorf("%w: nobody has approved it; sancun plan approve drafts the approval", plan.ErrApproval)
	case err != nil:
		s.Failure = err
	default:
		s.Failure = s.Approval.Check(s.Plan, people, now)
	}
}

// Set is a plan with those it contains, as a run begins with them. The first plan
// that cannot be used is the error.
func Set(all []*Shelved, name string) (set []plan.Approved, whole *plan.Plan, err error) {
	var first *Shelved
	for _, s := range all {
		if s.Name == name {
			first = s
		}
	}
	if first == nil {
		return nil, nil, fmt.Errorf("the folder has no plan %q", name)
	}
	if first.Failure != nil {
		return nil, first.Whole, fmt.Errorf("%s: %w", first.File, first.Failure)
	}
	seen := map[string]bool{}
	var add func(s *Shelved) error
	add = func(s *Shelved) error {
		if seen[s.Name] {
			return nil
		}
		seen[s.Name] = true
		if s.Failure != nil {
			return fmt.Errorf("%s: %w", s.File, s.Failure)
		}
		set = append(set, plan.Approved{Text: string(s.Text), Approval: s.Approval})
		for _, o := range all {
			if o.Plan != nil && s.Plan.Contains(fmt.Sprintf("%s@%d", o.Plan.Name, o.Plan.Version)) {
				if err := add(o); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return set, first.Whole, add(first)
}

// Pictures are the plans of a library for readiness.
func Pictures(all []*Shelved) (out []plan.PlanPicture) {
	for _, s := range all {
		p := plan.PlanPicture{Name: s.Name, Until: s.Approval.Expires}
		if s.Failure != nil {
			p.Failure = s.Failure.Error()
		}
		if s.Plan != nil {
			p.Review = s.Plan.Review
		}
		out = append(out, p)
	}
	return out
}
