# Proofs about the code, without running it or run under other instruments. Those that need more
# than gcc and Python say in one line what is missing.
.PHONY: check-stack
ifeq ($(GRAPH),)
check-stack:
	@echo "check-stack: skipped: needs gcc, not $(CC)"
else
check-stack: $(BUILD)/libweir.a ## no recursion, frames of fixed size, at most 16 KiB of stack
	@build=$(BUILD); for object in $(LIB_OBJ:.o=); do \
	    if [ ! -s $$object.ci ]; then build=$(BUILD)/callgraph; fi; done; \
	if [ $$build != $(BUILD) ]; then CCACHE_DISABLE=1 $(MAKE) --no-print-directory -s \
	    BUILD=$$build CFLAGS=-g0 $$build/libweir.a || exit 1; fi; \
	$(PYTHON) tests/proof/stack.py $(LIB_OBJ:$(BUILD)/%=$$build/%)
endif

# crc32.c makes its table by macros within macros, over which clang-tidy's checks of expressions
# take minutes; cppcheck reads it.
LINT_SRC := $(filter-out src/base/crc32.c,$(LIB_SRC)) $(ISA_SRC) $(TOOL_SRC) $(GEN_SRC)
LINT_HEADERS := $(wildcard include/*.h include/*/*.h src/*/*.h tools/*.h)
LINT_FLAGS := -std=c11 -D_DEFAULT_SOURCE -Iinclude -Isrc $(filter -DWEIR_HAVE%,$(BASE))
LINT_ISA := $(ISA_FLAGS_$(if $(filter x86_64,$(ARCH)),avx2,scalar)) \
            -DWEIR_ISA_NAME=$(if $(filter x86_64,$(ARCH)),avx2,scalar)

.PHONY: lint lint-files
lint: ## clang-tidy and cppcheck over src/ and tools/
	@$(MAKE) --no-print-directory -j$(JOBS) lint-files
	@echo "lint: $(words $(LINT_SRC)) files by clang-tidy, $(words $(LIB_SRC) $(TOOL_SRC) $(GEN_SRC)) by cppcheck: nothing to say"
lint-files: $(LINT_SRC:%=$(BUILD)/lint/%.ok) $(BUILD)/lint/cppcheck.ok

$(BUILD)/lint/%.ok: % .clang-tidy tests/proof/analyzer.h $(LINT_HEADERS)
	@mkdir -p $(@D)
	@command -v clang-tidy >/dev/null || { echo "lint: needs clang-tidy: apt-get install clang-tidy"; exit 1; }
	@clang-tidy --quiet $< -- $(LINT_FLAGS) $(if $(filter %_isa.c,$<),$(LINT_ISA)) \
	    $(if $(filter src/%,$(filter-out %/status.c,$<)),-include tests/proof/analyzer.h) 2>$@.log || \
	    { cat $@.log; exit 1; }
	@touch $@

$(BUILD)/lint/cppcheck.ok: $(LIB_SRC) $(TOOL_SRC) $(GEN_SRC) $(LINT_HEADERS) tests/proof/cppcheck.txt
	@mkdir -p $(@D)
	@command -v cppcheck >/dev/null || { echo "lint: needs cppcheck: apt-get install cppcheck"; exit 1; }
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
	    --suppressions-list=tests/proof/cppcheck.txt -D__x86_64__ -DLIBDEFLATE_VERSION_MAJOR=1 \
	    $(filter -I% -DWEIR_HAVE%,$(LINT_FLAGS)) $(LIB_SRC) $(TOOL_SRC) $(GEN_SRC)
	@touch $@

# Runs of the tests under other instruments, each in a build directory of its own.
UNIT := build/venv/bin/python tests/run.py
INSTRUMENT = command -v clang >/dev/null || { echo "$@: needs clang: apt-get install clang"; exit 1; }; \
    $(MAKE) --no-print-directory -s -j$(JOBS) CC=clang STATIC= EMULATED= OPT=-O1

# Public files, good and bad, where they are at hand: first as they are, then some mutants of each.
CORPUS := $(firstword $(WEIR_CORPUS) ../shared/data)
CORPUS_MUTANTS ?= 500
CORPUS_SECONDS := 120 # for one of them that holds two GiB of equal bytes
corpora = $(shell find -L $(CORPUS) -type f '(' -name '*.parquet*' -o -path '*/bad_data/*' \
            -o -path '*/arrow-fuzzing/*' ')' 2>/dev/null | sort)
DRIVEN := profile rows check
# $(call find_faults,BUILD,FAULTS): what the instrument is for must be found in tests/proof/canary.c.
build/%/canary: tests/proof/canary.c
	@mkdir -p $(@D) && cp $< $@.c
	@$(CC) $(filter-out -MMD -MP,$(BASE)) -w $@.c -o $@
find_faults = for fault in $(2); do if $(1)/canary $$fault >$(1)/canary.log 2>&1; then \
    echo "$@: the canary's $$fault was not found"; exit 1; \
    else echo "$@: canary: $$fault: found"; fi; done
# $(call run_tests,BUILD,NAMES)
run_tests = printf '%s\n' $(2) | xargs -P $(JOBS) -I{} sh -c '$(1)/tests/test_{} \
    >$(1)/{}.log 2>&1 || { echo "$@: test_{}"; tail -n 40 $(1)/{}.log; exit 1; }' && \
    echo "$@: $(words $(2)) test programs pass"
# $(call drive_seeds,BUILD) and $(call drive_corpora,BUILD)
drive_seeds = $(foreach t,$(FUZZ),$(1)/fuzz-replay-$(t) -n $(t) -m $(MUTANTS) \
    -o $(1)/fuzz-$(t).last $(call fuzz_seeds,$(t)) $(call fuzz_found,$(t)) &&) true
drive_corpora = @$(if $(corpora),echo "$@: $(words $(corpora)) files of $(CORPUS)" && \
    $(foreach t,$(DRIVEN),$(1)/fuzz-replay-$(t) -n $(t) -c $(CORPUS_SECONDS) \
        -m $(CORPUS_MUTANTS) -o $(1)/fuzz-$(t).last $(corpora) &&) true,\
    echo "$@: corpora: skipped: WEIR_CORPUS names no folder of public files")

# Reads and writes out of bounds, and what is undefined. The corpora have their verdicts here, too.
# The seal kills what the sanitizer does beside it, and quantiles are judged over many runs.
ASAN_TESTS := $(filter-out seal faults_program quantile_error,$(TEST_SRC:tests/test_%.c=%))
ASAN_MODULES := test_corpus test_corpus_refused test_fuzz_verdicts
.PHONY: check-asan
check-asan: $(BUILD)/fuzz-seeds ## unit tests, mutants and corpora, ASan and UBSan
	@$(MAKE) --no-print-directory -s -j$(JOBS) BUILD=build/asan OPT=-O2 STATIC= \
	    CFLAGS='-g -DWEIR_DEBUG' SAN='$(FUZZ_SAN)' \
	    build/asan/canary build/asan/weir $(ASAN_TESTS:%=build/asan/tests/test_%) $(FUZZ:%=build/asan/fuzz-replay-%)
	@$(call find_faults,build/asan,overread)
	@export ASAN_OPTIONS=detect_leaks=0 && $(call run_tests,build/asan,$(ASAN_TESTS))
	@$(call drive_seeds,build/asan)
	$(call drive_corpora,build/asan)
	@for module in $(ASAN_MODULES); do BUILD=build/asan WEIR_SANITIZED=1 \
	    build/venv/bin/python tests/python/harness.py $$module >build/asan/$$module.log || \
	    { grep -v '^ok' build/asan/$$module.log; exit 1; }; \
	    awk '{ n[$$1]++ } END { printf "$$module: %d verdicts as pinned, %d skipped\n", \
	        n["ok"], n["skip"] }' build/asan/$$module.log; done

# Integers that wrap, change sign or lose bits, besides what is undefined; but left shifts of
# unsigned integers, which is how bits are packed. wrapping.txt lists where wrapping is meant.
UBSAN := -fsanitize=undefined,integer,implicit-conversion,nullability,bounds,float-cast-overflow \
         -fno-sanitize=unsigned-shift-base -fno-sanitize-recover=all \
         -fsanitize-ignorelist=tests/proof/wrapping.txt
.PHONY: check-ubsan
check-ubsan: $(BUILD)/fuzz-seeds ## unit tests, mutants and corpora with checks of all integer arithmetic
	@if test tests/proof/wrapping.txt -nt build/ubsan/libweir.a; then rm -rf build/ubsan; fi
	@$(INSTRUMENT) BUILD=build/ubsan CFLAGS='-g1 -DWEIR_DEBUG' SAN='$(UBSAN)' \
	    build/ubsan/canary $(TESTS:$(BUILD)/%=build/ubsan/%) $(FUZZ:%=build/ubsan/fuzz-replay-%)
	@$(call find_faults,build/ubsan,wrap lose)
	$(UNIT) --build build/ubsan unit
	@$(call drive_seeds,build/ubsan)
	$(call drive_corpora,build/ubsan)

# Reads of memory that nobody wrote. The codec libraries are not instrumented, so it has none.
MSAN_TESTS := bits cells cells_levels column column_hostile column_lies column_merge column_recut \
    column_saved column_select convert counting crc32 decoder_plain delta delta_any distinct footer \
    hash hll index joint kll kll_merge kll_pick levels levels_saved limbs moments numbers page random \
    reader reader_liars reader_nested runs schema select slots sort space split statistics \
    strings thrift thrift_layout thrift_skip top unpack utf8 values walk wides window
.PHONY: check-msan
check-msan: $(BUILD)/fuzz-seeds ## unit tests, mutants and corpora with checks for unwritten memory
	@$(INSTRUMENT) BUILD=build/msan CFLAGS='-g1 -DWEIR_DEBUG' HAVE_ZSTD= HAVE_ZLIB= HAVE_DEFLATE= \
	    HAVE_BROTLI= SAN='-fsanitize=memory -fno-sanitize-recover=all' \
	    build/msan/canary $(MSAN_TESTS:%=build/msan/tests/test_%) $(FUZZ:%=build/msan/fuzz-replay-%)
	@$(call find_faults,build/msan,unwritten)
	@$(call run_tests,build/msan,$(MSAN_TESTS))
	@$(call drive_seeds,build/msan)
	$(call drive_corpora,build/msan)

# Lanes on threads.
TSAN_TESTS := lane parts
.PHONY: check-tsan
check-tsan: ## tests that run lanes on threads, with checks for races
	@$(INSTRUMENT) BUILD=build/tsan CFLAGS='-g1 -DWEIR_DEBUG' SAN='-fsanitize=thread' \
	    build/tsan/canary $(TSAN_TESTS:%=build/tsan/tests/test_%)
	@$(call find_faults,build/tsan,race)
	@$(call run_tests,build/tsan,$(TSAN_TESTS))

# Counters are written through a mapping (%c), which the program's seal allows. Random tests draw the
# same each time, so that what is explained does not change from run to run.
COVERAGE := build/coverage
COVERAGE_LINES ?= 97
COVERAGE_BRANCHES ?= 92
COVERAGE_SEED ?= 20260101
COVERAGE_CC ?= clang
COVERAGE_MODULES := test_check test_crafted_types test_crafted_nesting test_edges test_exact \
    test_parts test_cat_nested test_verbs test_hostile
COVERAGE_SAN := -fprofile-instr-generate -fcoverage-mapping -mllvm -runtime-counter-relocation
COVERAGE_RUN = LLVM_PROFILE_FILE=$(CURDIR)/$(COVERAGE)/raw/%c%m.profraw WEIR_SEED=$(COVERAGE_SEED)
COVERAGE_MAKE := $(MAKE) --no-print-directory -s -j2 CC='$(COVERAGE_CC)' BUILD=$(COVERAGE) \
    OPT=-O1 STATIC= CFLAGS='-g1 -DWEIR_COVERAGE -Wno-unused -Wno-unused-parameter \
    -Wno-unused-command-line-argument' SAN='$(COVERAGE_SAN)'
.PHONY: coverage
coverage: $(BUILD)/fuzz-seeds ## lines and branches of src/ that tests run, and what they leave out
	@command -v clang >/dev/null || { echo "coverage: needs clang: apt-get install clang llvm"; exit 1; }
	@$(PYTHON) tests/proof/coverage.py --tools
	$(COVERAGE_MAKE) all tests $(FUZZ:%=$(COVERAGE)/fuzz-replay-%)
	rm -rf $(COVERAGE)/raw && mkdir -p $(COVERAGE)/raw
	$(COVERAGE_RUN) $(UNIT) --build $(COVERAGE) unit
	for module in $(COVERAGE_MODULES); do BUILD=$(COVERAGE) $(COVERAGE_RUN) \
	    build/venv/bin/python tests/python/harness.py $$module || exit 1; done
	$(foreach t,$(FUZZ),$(COVERAGE_RUN) \
	    $(COVERAGE)/fuzz-replay-$(t) -m 50 $(call fuzz_seeds,$(t))/* &&) true
	$(MAKE) --no-print-directory coverage-table

.PHONY: coverage-table
coverage-table:
	@$(PYTHON) tests/proof/coverage.py --build $(COVERAGE) --lines $(COVERAGE_LINES) \
	    --branches $(COVERAGE_BRANCHES)
