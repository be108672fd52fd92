BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/libweir.a
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(BASE)) -Itests $^ -o $@ $(LIBS) -lm

.PHONY: benches
benches: $(BENCHES) ## build the programs under tests/bench

# BENCH: more options of tests/bench/peers.py, such as '--data DIR --sets tall --runs 3'.
.PHONY: bench bench-quick
bench: ## weir beside DuckDB, polars, pyarrow, pandas: hours, 12 GB of disk
bench-quick: ## the same on a twentieth of the rows, in two minutes
bench: PEERS := --growth --json $(BUILD)/bench.json
bench-quick: PEERS := --quick --growth --json $(BUILD)/bench-quick.json
bench bench-quick:
	tools/setup.sh bench
	@$(MAKE) --no-print-directory -s -j2 $(BUILD)/weir $(BUILD)/bench/bench_reader
	build/venv/bin/python tests/bench/peers.py --weir $(BUILD)/weir \
	    --decode $(BUILD)/bench/bench_reader $(PEERS) $(BENCH)

# DATA: a folder of data sets as tests/bench/peers.py --data makes them.
DATA ?= $(BUILD)/bench-data
.PHONY: bench-asserts
bench-asserts: $(BUILD)/weir ## what assertions cost: instructions with them and without, DATA=DIR
	@$(MAKE) --no-print-directory -s -j2 BUILD=$(BUILD)/without-asserts \
	    CFLAGS='-g -DWEIR_WITHOUT_ASSERTS' $(BUILD)/without-asserts/weir
	$(PYTHON) tests/bench/asserts.py $(BUILD)/weir $(BUILD)/without-asserts/weir $(DATA)
