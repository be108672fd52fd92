# Fuzzing. What each target takes stands at its head; seeds are made by our own writer. fuzz-replay,
# fuzz-release and fuzz-sanitized need no more than the compiler, `fuzz` clang with libFuzzer, fuzz-afl
# AFL++, which also runs the driver as it is:
#     afl-fuzz -n -i build/fuzz-seeds/runs -o DIR -- build/fuzz-replay-levels @@
TIME ?= 60
MUTANTS ?= 15000
FUZZ := $(filter-out canary,$(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c)))
FUZZ_KINDS := files pages states runs deltas structs packed lines plans footers chunks headers canary
fuzz_kind_decoder := pages
fuzz_kind_saved := states
fuzz_kind_levels := runs
fuzz_kind_delta := deltas
fuzz_kind_thrift := structs
fuzz_kind_codec := packed
fuzz_kind_options := lines
fuzz_kind_plan := plans
fuzz_kind_footer := footers
fuzz_kind_chunk := chunks
fuzz_kind_page := headers
fuzz_kind_canary := canary
FUZZ_SEEDS ?= $(BUILD)/fuzz-seeds
fuzz_seeds = $(FUZZ_SEEDS)/$(or $(fuzz_kind_$(strip $(1))),files)
# Inputs that once failed, and those that searches have kept.
fuzz_found = $(wildcard fuzz/findings/$(strip $(1))-*)
fuzz_corpus = $(wildcard $(FUZZ_SEEDS)/../fuzz/corpus-$(strip $(1)))

# A mutator that keeps files valid, where there is one, for targets that take files.
FUZZ_MUTATOR := $(if $(wildcard fuzz/mutator.c),$(wildcard $(patsubst %,fuzz/%.c,mutator \
                    thrift_change thrift_tree parquet_layout)))
fuzz_mutator = $(if $(filter check profile rows,$(1)),$(FUZZ_MUTATOR))
FUZZ_LINK := -Wl,--wrap=weir_isa_choose
FUZZ_HEADERS := $(wildcard fuzz/*.h)
FUZZ_DRIVER := $(patsubst %,$(BUILD)/obj/fuzz/%.o,driver change isa_once)
FUZZ_DRIVERS := $(FUZZ:%=$(BUILD)/fuzz-replay-%)

$(BUILD)/fuzz-replay-%: fuzz/fuzz_%.c $(FUZZ_DRIVER) $(FUZZ_MUTATOR) $(FUZZ_HEADERS) \
                        $(BUILD)/libcli.a $(BUILD)/libweir.a
	@$(CC) $(filter-out -MMD -MP,$(BASE)) $< $(call fuzz_mutator,$*) $(FUZZ_DRIVER) $(FUZZ_LINK) \
	    $(BUILD)/libcli.a $(BUILD)/libweir.a -o $@ $(LIBS) -lm

$(BUILD)/seeds: fuzz/seeds.c fuzz/seeds_small.c fuzz/seeds.h $(BUILD)/libweir.a $(wildcard tests/*.h)
	$(CC) $(filter-out -MMD -MP,$(BASE)) -Itests $(filter %.c %.a,$^) -o $@ $(LIBS) -lcmocka \
	    -lsnappy -llz4 $(if $(HAVE_BROTLI),-lbrotlienc) -lm

$(BUILD)/seeds-cut: fuzz/seeds_cut.c fuzz/seeds.h $(BUILD)/libweir.a $(wildcard tests/*.h)
	$(CC) $(filter-out -MMD -MP,$(BASE)) -Itests $(filter %.c %.a,$^) -o $@ $(LIBS) -lcmocka -lm

ifeq ($(FUZZ_SEEDS),$(BUILD)/fuzz-seeds)
$(BUILD)/fuzz-seeds: $(BUILD)/seeds $(BUILD)/seeds-cut $(BUILD)/weir-gen fuzz/fuzz.mk
	rm -rf $@ && mkdir -p $(FUZZ_KINDS:%=$@/%)
	$(BUILD)/seeds $@
	for codec in none snappy zstd; do for version in 1 2; do \
	    $(BUILD)/weir-gen --rows 60 --row-group 40 --page-bytes 200 --crc --codec $$codec \
	        --page-version $$version --out $@/d && \
	    mv $@/d/part-00000.parquet $@/files/$$codec-v$$version.parquet; done; done; rmdir $@/d
	$(BUILD)/seeds-cut $@ $@/files/*
	for fault in property overread 'endless ' overflow; do \
	    mkdir $@/canary/$${fault% } && printf '%s\0' "$$fault" > $@/canary/$${fault% }/seed; done
endif

# Each fault of the canary must be found, and nothing in the targets.
.PHONY: fuzz-replay
fuzz-replay: $(FUZZ_DRIVERS) $(FUZZ_SEEDS) fuzz-canary ## mutants of generated inputs
	@$(foreach t,$(FUZZ),$(BUILD)/fuzz-replay-$(t) -n $(t) -m $(MUTANTS) -o $(BUILD)/fuzz-$(t).last \
	    $(call fuzz_seeds,$(t)) $(call fuzz_found,$(t)) && ) true

FUZZ_FAULTS := property overread endless
.PHONY: fuzz-canary
fuzz-canary: $(BUILD)/fuzz-replay-canary $(FUZZ_SEEDS)
	@for fault in $(FUZZ_FAULTS); do \
	    if $(BUILD)/fuzz-replay-canary -m 100000 -o $(BUILD)/fuzz-canary.last \
	        $(FUZZ_SEEDS)/canary/$$fault >$(BUILD)/fuzz-canary.log 2>&1; then \
	        echo "fuzz-canary: $$fault was not found"; exit 1; \
	    else echo "fuzz-canary: $$fault: found"; fi; done

# Mutants as fast as they go, from seeds and from what searches have kept.
.PHONY: fuzz-release
fuzz-release: $(FUZZ_DRIVERS) $(FUZZ_SEEDS) fuzz-canary ## mutants, release build, TIME=60 a target
	@rm -f $(BUILD)/fuzz-release.log
	@$(foreach t,$(FUZZ),$(BUILD)/fuzz-replay-$(t) -n $(t) -t $(TIME) -o $(BUILD)/fuzz-$(t).last \
	    $(call fuzz_seeds,$(t)) $(call fuzz_found,$(t)) $(call fuzz_corpus,$(t)) \
	    >$(BUILD)/fuzz-$(t).log && tail -n 1 $(BUILD)/fuzz-$(t).log | \
	    tee -a $(BUILD)/fuzz-release.log && ) awk '{n += $$2} END {print "total: " n " inputs"}' \
	    $(BUILD)/fuzz-release.log

# The same with sanitizers, by any compiler.
.PHONY: fuzz-sanitized
fuzz-sanitized: $(FUZZ_SEEDS) ## mutants, ASan and UBSan, TIME=60 a target
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan FUZZ_SEEDS=$(FUZZ_SEEDS) OPT=-O2 STATIC= \
	    CFLAGS='-g -DWEIR_DEBUG' SAN='$(FUZZ_SAN)' \
	    FUZZ_FAULTS='$(FUZZ_FAULTS) overflow' fuzz-release

# What the sanitizers see ends the run: -fno-sanitize-recover.
FUZZ_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CC ?= clang
.PHONY: fuzz-library
fuzz-library:
	@$(FUZZ_CC) --version >/dev/null || { echo "fuzz: needs clang with libFuzzer"; exit 1; }
	@$(MAKE) --no-print-directory CC='$(FUZZ_CC)' BUILD=$(BUILD)/fuzz OPT=-O2 \
	    CFLAGS='-g -DWEIR_DEBUG' SAN='-fsanitize=fuzzer-no-link $(FUZZ_SAN)' STATIC= \
	    $(BUILD)/fuzz/libcli.a $(BUILD)/fuzz/libweir.a

$(BUILD)/fuzz/fuzz_%: fuzz-library FORCE
	@$(FUZZ_CC) -std=c11 -D_DEFAULT_SOURCE -DWEIR_DEBUG -g -O2 -pthread -Iinclude -Isrc \
	    -fsanitize=fuzzer $(FUZZ_SAN) fuzz/fuzz_$*.c fuzz/isa_once.c $(call fuzz_mutator,$*) \
	    $(FUZZ_LINK) $(BUILD)/fuzz/libcli.a $(BUILD)/fuzz/libweir.a $(LIBS) -lm -o $@
.PHONY: FORCE
FORCE:

.PHONY: fuzz
fuzz: fuzz-found-canary $(FUZZ:%=fuzz-%) ## search for bad input, clang and libFuzzer, TIME=60 a target
	@awk '/number_of_executed_units/ {n += $$2} END {print "total: " n " inputs"}' \
	    $(FUZZ:%=$(BUILD)/fuzz/%.log)

# Inputs that a search found worth keeping stay in corpus-* and begin the next one.
.PHONY: $(FUZZ:%=fuzz-%)
$(FUZZ:%=fuzz-%): fuzz-%: $(FUZZ_SEEDS) $(BUILD)/fuzz/fuzz_%
	@mkdir -p $(BUILD)/fuzz/corpus-$*
	@$(BUILD)/fuzz/fuzz_$* -max_total_time=$(TIME) -max_len=20000 -timeout=5 -print_final_stats=1 \
	    -entropic=0 \
	    $(if $(wildcard fuzz/$*.dict),-dict=fuzz/$*.dict,-dict=fuzz/parquet.dict) \
	    -artifact_prefix=$(BUILD)/fuzz/$*- $(BUILD)/fuzz/corpus-$* $(call fuzz_seeds,$*) \
	    fuzz/findings >$(BUILD)/fuzz/$*.log 2>&1 || \
	    { grep -v '^#' $(BUILD)/fuzz/$*.log | head -60; exit 1; }
	@awk '/number_of_executed_units/ {n = $$2} /average_exec_per_sec/ {s = $$2} \
	    END {printf "%s: %d inputs, %d per second, no finding\n", "$*", n, s}' $(BUILD)/fuzz/$*.log

.PHONY: fuzz-found-canary
fuzz-found-canary: $(BUILD)/fuzz-seeds $(BUILD)/fuzz/fuzz_canary
	@for fault in property overread endless overflow; do \
	    if $(BUILD)/fuzz/fuzz_canary -max_total_time=20 -timeout=1 -seed=1 \
	        -artifact_prefix=$(BUILD)/fuzz/canary- $(BUILD)/fuzz-seeds/canary/$$fault \
	        -runs=1000000 >$(BUILD)/fuzz/canary.log 2>&1; then \
	        echo "fuzz: the canary's $$fault was not found"; exit 1; \
	    else echo "fuzz-canary: $$fault: found"; fi; done

# One target by AFL++: fuzz-afl-levels. What it keeps is under afl/found-levels.
fuzz-afl-%: $(FUZZ_SEEDS) FORCE
	@afl-clang-fast --version >/dev/null || { echo "fuzz-afl: needs AFL++"; exit 1; }
	@AFL_QUIET=1 $(MAKE) --no-print-directory CC=afl-clang-fast BUILD=$(BUILD)/afl OPT=-O2 STATIC= \
	    $(BUILD)/afl/libcli.a $(BUILD)/afl/libweir.a
	AFL_QUIET=1 afl-clang-fast -std=c11 -D_DEFAULT_SOURCE -g -O2 -Iinclude -Isrc -fsanitize=fuzzer \
	    fuzz/fuzz_$*.c fuzz/isa_once.c $(call fuzz_mutator,$*) $(FUZZ_LINK) \
	    $(BUILD)/afl/libcli.a $(BUILD)/afl/libweir.a $(LIBS) -lm -o $(BUILD)/afl/fuzz_$*
	AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 \
	    AFL_AUTORESUME=1 afl-fuzz -V $(TIME) -i $(call fuzz_seeds,$*) \
	    -o $(BUILD)/afl/found-$* -- $(BUILD)/afl/fuzz_$*
	@grep -E 'execs_done|execs_per_sec|saved_crashes' $(BUILD)/afl/found-$*/default/fuzzer_stats
	@grep -q 'saved_crashes *: 0$$' $(BUILD)/afl/found-$*/default/fuzzer_stats

.PHONY: fuzz-long
fuzz-long: FUZZ_LONG := $(if $(filter command line,$(origin TIME)),$(TIME),3600)
fuzz-long: ## all three, TIME=3600 a target
	@for how in fuzz fuzz-sanitized fuzz-release; do \
	    $(MAKE) --no-print-directory $$how TIME=$(FUZZ_LONG) || exit 1; done
