# Mutation of small files: the mutator that fuzzing links, and `mutate`, which tries everything.
# A target whose inputs are files gets the mutator by $(MUTATOR) among its sources.
JOBS ?= 2
WRITE ?=
MUTATE_FLAGS ?=
MUTATE_PARTS := fuzz/thrift_change.c fuzz/thrift_tree.c fuzz/parquet_layout.c
MUTATOR := fuzz/mutator.c $(MUTATE_PARTS)
MUTATE := $(filter-out fuzz/mutator.c,$(wildcard fuzz/mutate*.c)) $(MUTATE_PARTS)
MUTATE_TABLE := fuzz/verdicts.txt
MUTATE_OUT := $(BUILD)/mutate.out

$(BUILD)/tests/test_thrift_tree: $(MUTATOR)

$(BUILD)/mutate: $(MUTATE) $(BUILD)/libweir.a $(wildcard fuzz/*.h tests/*.h)
	$(CC) $(filter-out -MMD -MP,$(BASE)) -Itests $(filter-out %.h,$^) -o $@ $(LIBS) -lcmocka -lm

tests: $(BUILD)/mutate

# Several minutes. MUTATE_FLAGS=-q: half the time. WRITE=1 pins what is found.
.PHONY: mutate
mutate: $(BUILD)/mutate ## every byte value, every length, every field of small files (JOBS=2, WRITE=1)
	rm -rf $(MUTATE_OUT) && mkdir -p $(MUTATE_OUT)
	$(BUILD)/mutate --files | xargs -P $(JOBS) -I{} sh -c '$(BUILD)/mutate $(MUTATE_FLAGS) \
	    $(if $(WRITE),,-t $(MUTATE_TABLE)) -w $(MUTATE_OUT)/{}.rows -o $(MUTATE_OUT)/{}.last {} \
	    >$(MUTATE_OUT)/{}.log 2>&1 || echo "{}: exit $$?" >>$(MUTATE_OUT)/failed'
	@cat $(MUTATE_OUT)/*.log | grep -v ': ok, ' || true
	@cat $(MUTATE_OUT)/*.log | awk '/ mutants, / { files[$$1] = 1; for (i = 2; i <= NF; i++) { \
	    if ($$i == "mutants,") m += $$(i - 1); if ($$i == "runs,") r += $$(i - 1); \
	    if ($$i == "s,") s += $$(i - 1); if ($$i == "faults,") f += $$(i - 1) } } \
	    END { printf "%d files, %d mutants, %d faults, %d runs in %.0f s of processor time: %.0f a second\n", \
	    length(files), m, f, r, s, (s > 0 ? r / s : 0) }'
	@if test -e $(MUTATE_OUT)/failed; then cat $(MUTATE_OUT)/failed; exit 1; fi
	$(if $(WRITE),for name in $$($(BUILD)/mutate --files); do \
	    cat $(MUTATE_OUT)/$$name.rows; done >$(MUTATE_TABLE))

# The same verdicts with AddressSanitizer and UBSan.
.PHONY: mutate-sanitized
mutate-sanitized: ## `make mutate MUTATE_FLAGS=-q` under AddressSanitizer and UBSan
	UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) --no-print-directory BUILD=$(BUILD)/sanitized OPT=-O1 \
	    CFLAGS='-g -DWEIR_DEBUG' STATIC= MUTATE_FLAGS='-q $(MUTATE_FLAGS)' WRITE= mutate \
	    SAN='-fsanitize=address,undefined -fno-sanitize-recover=undefined'
