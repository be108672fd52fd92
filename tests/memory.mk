# Proof of the memory promise, at length; `make check` runs small versions of all of it.
.PHONY: endurance
endurance: $(BUILD)/tests/test_endurance ## a million times open, profile, close: nothing grows
	WEIR_RUNS=1000000 $<

.PHONY: budget-sweep
budget-sweep: $(BUILD)/tests/test_budget_sweep ## each budget from 64 KiB to 16 MiB, 40 schemas, all run
	WEIR_SWEEP=all $<

# CGROUP: other data or budgets, such as '--data DIR --budgets 8MiB'. Needs root, or a delegated group.
.PHONY: check-cgroup
check-cgroup: $(BUILD)/weir ## the benchmark's data, quick, in memory cgroups of exactly the budget
	tools/setup.sh bench
	build/venv/bin/python tests/bench/cgroup.py --weir $(BUILD)/weir --data $(BUILD)/bench-data/quick \
	    --divisor 20 $(CGROUP)
