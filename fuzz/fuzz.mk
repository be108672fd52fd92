# Fuzzing. `fuzz` needs clang with libFuzzer; `fuzz-replay` any compiler. fuzz_decoder takes single
# pages, fuzz_saved saved columns, the other targets files.
TIME ?= 60
MUTANTS ?= 500
FUZZ := $(patsubst fuzz/fuzz_%.c,%,$(wildcard fuzz/fuzz_*.c))
fuzz_kind_decoder := pages
fuzz_kind_saved := states
fuzz_seeds = $(BUILD)/fuzz-seeds/$(or $(fuzz_kind_$(strip $(1))),files)
$(BUILD)/fuzz-replay-%: fuzz/driver.c fuzz/fuzz_%.c fuzz/fuzz.h $(BUILD)/libweir.a
	$(CC) $(filter-out -MMD -MP,$(BASE)) $(filter-out %.h,$^) -o $@ $(LIBS)

$(BUILD)/seeds: fuzz/seeds.c $(BUILD)/libweir.a $(wildcard tests/*.h)
	$(CC) $(filter-out -MMD -MP,$(BASE)) -Itests $(filter-out %.h,$^) -o $@ $(LIBS) -lcmocka

$(BUILD)/fuzz-seeds: $(BUILD)/seeds $(BUILD)/weir-gen
	rm -rf $@ && mkdir -p $@/files $@/pages $@/states
	$(BUILD)/seeds $@
	for codec in none snappy zstd; do for version in 1 2; do \
	    $(BUILD)/weir-gen --rows 60 --row-group 40 --page-bytes 200 --crc --codec $$codec \
	        --page-version $$version --out $@/d && \
	    mv $@/d/part-00000.parquet $@/files/$$codec-v$$version.parquet; done; done; rmdir $@/d

.PHONY: fuzz-replay
fuzz-replay: $(FUZZ:%=$(BUILD)/fuzz-replay-%) $(BUILD)/fuzz-seeds ## mutants of generated files and pages
	$(foreach t,$(FUZZ),$(BUILD)/fuzz-replay-$(t) -m $(MUTANTS) -o $(BUILD)/fuzz-$(t).last \
	    $(call fuzz_seeds,$(t))/* && ) true

.PHONY: fuzz
fuzz: $(FUZZ:%=fuzz-%) ## search for bad input for TIME=60 seconds a target (clang, libFuzzer)

.PHONY: $(FUZZ:%=fuzz-%)
$(FUZZ:%=fuzz-%): fuzz-%: $(BUILD)/fuzz-seeds
	$(MAKE) --no-print-directory CC=clang BUILD=$(BUILD)/fuzz OPT=-O1 CFLAGS='-g -DWEIR_DEBUG' \
	    SAN='-fsanitize=fuzzer-no-link,address,undefined' STATIC= $(BUILD)/fuzz/libweir.a
	clang -g -O1 -Iinclude -Isrc -fsanitize=fuzzer,address,undefined fuzz/fuzz_$*.c \
	    $(BUILD)/fuzz/libweir.a $(LIBS) -o $(BUILD)/fuzz/fuzz_$*
	mkdir -p $(BUILD)/fuzz/corpus-$*
	$(BUILD)/fuzz/fuzz_$* -max_total_time=$(TIME) -max_len=20000 $(BUILD)/fuzz/corpus-$* \
	    $(call fuzz_seeds,$*)
