# weir: `make help` lists the targets. All objects go under build/.

VERSION := 0.1.0
PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
AR ?= ar
PYTHON ?= python3
NM ?= nm

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef -Wmissing-prototypes
OPT ?= -O3
CFLAGS ?= -g
SAN ?=
# -ffp-contract=off: the same bits on every machine; fma is written out where it is wanted.
BASE := -std=c11 -D_DEFAULT_SOURCE $(WARNINGS) $(OPT) $(CFLAGS) $(SAN) -ffp-contract=off \
        -fno-math-errno -fPIC -fvisibility=hidden -fno-strict-aliasing -pthread -MMD -MP \
        -Iinclude -Isrc

# A codec library that is missing becomes an "unsupported codec" error, not a build failure.
have = $(shell printf '\043include <$(1)>\n' | $(CC) -E -x c - >/dev/null 2>&1 && echo 1)
HAVE_ZSTD := $(call have,zstd.h)
HAVE_ZLIB := $(call have,zlib.h)
HAVE_DEFLATE := $(call have,libdeflate.h)
HAVE_BROTLI := $(call have,brotli/decode.h)
BASE += -DWEIR_HAVE_ZSTD=$(or $(HAVE_ZSTD),0) -DWEIR_HAVE_ZLIB=$(or $(HAVE_ZLIB),0) \
        -DWEIR_HAVE_DEFLATE=$(or $(HAVE_DEFLATE),0) -DWEIR_HAVE_BROTLI=$(or $(HAVE_BROTLI),0)
LIBS := $(if $(HAVE_ZSTD),-lzstd) $(if $(HAVE_DEFLATE),-ldeflate) $(if $(HAVE_ZLIB),-lz) \
        $(if $(HAVE_BROTLI),-lbrotlidec -lbrotlicommon)

# The program is linked statically where that works: the fewest pages to pay for.
STATIC ?= $(if $(SAN),,$(shell printf 'int main(void){return 0;}' | \
            $(CC) -static -x c - -o /dev/null $(LIBS) >/dev/null 2>&1 && echo -static))

# Files named *_isa.c are compiled once for each instruction set.
ARCH := $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1)
ISAS := scalar $(if $(filter x86_64,$(ARCH)),avx2 avx512)
ISA_FLAGS_scalar := -DWEIR_ISA_LEVEL=1
AVX2 := -mavx2 -mbmi -mbmi2 -mfma -mf16c -mlzcnt -mpopcnt
ISA_FLAGS_avx2 := -DWEIR_ISA_LEVEL=2 $(AVX2)
ISA_FLAGS_avx512 := -DWEIR_ISA_LEVEL=3 $(AVX2) \
    -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mavx512vbmi -mavx512vbmi2 \
    -mprefer-vector-width=512
ifneq ($(ARCH),x86_64)
BASE += -DWEIR_ISA_ONLY_SCALAR
endif

# gcc writes frames and calls of each function beside its object (make check-stack). ccache gives
# back objects without it, so one that lies there from before is removed.
GRAPH := $(if $(SAN),,$(shell $(CC) -fcallgraph-info=su,da -E -x c /dev/null >/dev/null 2>&1 && \
           echo -fcallgraph-info=su,da))

LIB_SRC := $(filter-out %_isa.c,$(wildcard src/*/*.c))
ISA_SRC := $(wildcard src/*/*_isa.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) \
           $(foreach isa,$(ISAS),$(ISA_SRC:%.c=$(BUILD)/obj/%.$(isa).o))
GEN_SRC := $(wildcard tools/gen*.c tools/weir-gen.c)
TOOL_SRC := $(filter-out $(GEN_SRC),$(wildcard tools/*.c))
TOOL_OBJ := $(TOOL_SRC:%.c=$(BUILD)/obj/%.o)
GEN_OBJ := $(GEN_SRC:%.c=$(BUILD)/obj/%.o)
TEST_SRC := $(wildcard tests/test_*.c)
TESTS := $(TEST_SRC:tests/%.c=$(BUILD)/tests/%)

.PHONY: all
all: $(BUILD)/weir $(BUILD)/weir-gen $(BUILD)/libweir.a $(BUILD)/libweir.so ## build everything (default)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D) && rm -f $(@:.o=.ci)
	$(CC) $(BASE) $(GRAPH) -c $< -o $@

define ISA_RULE
$(BUILD)/obj/%.$(1).o: %.c
	@mkdir -p $$(@D) && rm -f $$(@:.o=.ci)
	$(CC) $(BASE) $(GRAPH) $(ISA_FLAGS_$(1)) -DWEIR_ISA_NAME=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(BUILD)/libweir.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libweir.so: $(LIB_OBJ)
	$(CC) $(CFLAGS) $(SAN) -shared -Wl,-soname,libweir.so.0 $^ -o $@ $(LIBS)

$(BUILD)/weir: $(TOOL_OBJ) $(BUILD)/libweir.a
	$(CC) $(CFLAGS) $(SAN) $(STATIC) -pthread $^ -o $@ $(LIBS) -lm

$(BUILD)/weir-gen: $(GEN_OBJ) $(BUILD)/libweir.a
	$(CC) $(CFLAGS) $(SAN) -pthread $^ -o $@ $(LIBS) -lm

TEST_LIBS_test_codec_snappy := -lsnappy
TEST_LIBS_test_codec_snappy_reach := -lsnappy
TEST_LIBS_test_codec_lz4 := -llz4
TEST_LIBS_test_codec_lz4_hadoop := -llz4
TEST_LIBS_test_codec_brotli := $(if $(HAVE_BROTLI),-lbrotlienc)
TEST_LIBS_test_body := -lsnappy -llz4 $(if $(HAVE_BROTLI),-lbrotlienc)
TEST_LIBS_test_stack := $(TEST_LIBS_test_codec_brotli)
TEST_LIBS_test_codec_damage := $(TEST_LIBS_test_body)
TEST_LIBS_test_budget_sweep := -llz4 $(if $(HAVE_BROTLI),-lbrotlienc)
TEST_LIBS_test_decoder := -lsnappy
TEST_LIBS_test_decoder_liars := -lsnappy
# The program but for its main(), so that tests can reach its parts.
$(BUILD)/libcli.a: $(filter-out %/weir.o,$(TOOL_OBJ))
	rm -f $@
	$(AR) rcs $@ $^

# The tests themselves are compiled in half the time.
TEST_OPT ?= -O1
$(BUILD)/tests/%: tests/%.c $(BUILD)/libcli.a $(BUILD)/libweir.a
	@mkdir -p $(@D)
	$(CC) $(BASE) $(TEST_OPT) -Itests $(filter %.c %.a,$^) -o $@ $(LIBS) -lcmocka $(TEST_LIBS_$*) -lm

# The library and the program with the AVX-512 kernels on emulated instructions, for machines that
# have only AVX2; the tests that compare instruction sets run on it a second time.
ifeq ($(ARCH),x86_64)
EMULATED := column counting delta delta_any hll numbers profile sort split unpack values wides
EMULATED_TESTS := $(EMULATED:%=$(BUILD)/emulated/test_%)
EMULATED_ALL := $(EMULATED_TESTS) $(BUILD)/emulated/weir
endif
EMULATED_OBJ := $(filter-out %/isa.o %.avx512.o,$(LIB_OBJ)) \
                $(ISA_SRC:%.c=$(BUILD)/obj/%.emulated.o) $(BUILD)/obj/tests/emulate_isa.o
$(BUILD)/obj/%.emulated.o: %.c tests/emulate_avx512.h
	@mkdir -p $(@D)
	$(CC) $(BASE) $(AVX2) -DWEIR_ISA_LEVEL=3 -DWEIR_ISA_NAME=avx512 -Wno-psabi \
	    -include tests/emulate_avx512.h -c $< -o $@

$(BUILD)/emulated/libweir.a: $(EMULATED_OBJ)
	@mkdir -p $(@D)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/emulated/test_%: tests/test_%.c $(BUILD)/libcli.a $(BUILD)/emulated/libweir.a
	$(CC) $(BASE) $(TEST_OPT) -Itests $(filter %.c %.a,$^) -o $@ $(LIBS) -lcmocka $(TEST_LIBS_test_$*) -lm

$(BUILD)/emulated/weir: $(TOOL_OBJ) $(BUILD)/emulated/libweir.a
	$(CC) $(CFLAGS) $(SAN) $(STATIC) -pthread $^ -o $@ $(LIBS) -lm

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean: ## remove build/
	rm -rf build

.PHONY: demo
demo: ## install what building needs, build, profile 2,000,000 generated rows in 16 MiB
	tools/setup.sh build
	@echo "building $(BUILD)/weir"
	@$(MAKE) --no-print-directory -s -j2 $(BUILD)/weir $(BUILD)/weir-gen
	$(BUILD)/weir-gen --rows 2000000 --files 4 --codec mixed --out $(BUILD)/demo
	$(BUILD)/weir profile --mem-budget 16MiB $(BUILD)/demo

# Allocates after the seal and must be killed for it: shows that the seal is on.
CANARY := $(BUILD)/weir-canary
$(CANARY): $(TOOL_SRC) $(wildcard tools/*.h) $(BUILD)/libweir.a
	$(CC) $(filter-out -MMD -MP,$(BASE)) -DWEIR_CANARY $(TOOL_SRC) $(BUILD)/libweir.a \
	    $(STATIC) -o $@ $(LIBS) -lm

# Leaks as WEIR_CANARY_LEAK asks: shows that `weir leakcheck` tells.
LEAKY := $(BUILD)/weir-leaky
$(BUILD)/obj/tools/leakcheck.leaky.o: tools/leakcheck.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -DWEIR_CANARY_LEAK -c $< -o $@
$(LEAKY): $(BUILD)/obj/tools/leakcheck.leaky.o $(filter-out %/leakcheck.o,$(TOOL_OBJ)) \
          $(BUILD)/libweir.a
	$(CC) $(CFLAGS) $(SAN) $(STATIC) -pthread $^ -o $@ $(LIBS) -lm

.PHONY: tests
tests: $(TESTS) $(EMULATED_ALL) $(CANARY) $(LEAKY) $(BUILD)/seeds ## build the test programs

.PHONY: check
check: ## install what testing needs, build, run every test
	tools/setup.sh check
	@$(MAKE) --no-print-directory check-run

# A make of its own: what setup.sh has just installed decides which codecs are built.
.PHONY: check-run
check-run:
	@mkdir -p $(BUILD) && rm -f $(BUILD)/check-build.failed
	@$(MAKE) --no-print-directory -k -j2 all tests >$(BUILD)/check-build.log 2>&1 || \
	    touch $(BUILD)/check-build.failed
	@WEIR_LIBS="$(LIBS)" build/venv/bin/python tests/run.py --build $(BUILD)

# The rest, in about an hour; what needs clang or cppcheck says so when it is missing.
LONG_CHECKS := check check-compilers lint check-tsan check-asan check-ubsan check-msan coverage \
    mutate mutate-sanitized faults budget-sweep endurance check-cgroup
.PHONY: check-long
check-long: ## make check and everything that takes longer, but for fuzz-long and bench
	@for target in $(LONG_CHECKS); do echo "check-long: $$target"; \
	    $(MAKE) --no-print-directory $$target || exit 1; done
	@$(MAKE) --no-print-directory fuzz-sanitized TIME=10

.PHONY: check-compilers
check-compilers: $(BUILD)/weir $(BUILD)/weir-gen ## the same reports by gcc and clang, -O0 to -O3
	tests/compilers.sh $(BUILD)

.PHONY: check-symbols
check-symbols: $(BUILD)/libweir.a ## what the library needs from outside, and that it owns no state
	tools/check_symbols.sh $(BUILD)/libweir.a

.PHONY: fmt-check
fmt-check: ## names the files that clang-format would change
	@if clang-format --dry-run src/base/check.h >/dev/null 2>&1; then \
	    git ls-files '*.c' '*.h' | while read -r file; do \
	        clang-format "$$file" | cmp -s - "$$file" || echo "fmt-check: $$file"; \
	    done | { ! grep .; }; \
	else echo "fmt-check: skipped: no clang-format that reads .clang-format"; fi

$(BUILD)/weir.1: $(BUILD)/weir
	$(BUILD)/weir man > $@.part && mv $@.part $@

$(BUILD)/weir.pc: Makefile
	@mkdir -p $(@D)
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' \
	    'Name: weir' 'Description: statistics of Parquet data in fixed memory' \
	    'Version: $(VERSION)' 'Libs: -L$${libdir} -lweir' 'Libs.private: $(LIBS)' \
	    'Cflags: -I$${includedir}' > $@

# Without debug information, which the kernel would read ahead with the program: too much for tight
# control groups. STRIP= keeps it.
STRIP ?= -s
.PHONY: install
install: all $(BUILD)/weir.1 $(BUILD)/weir.pc ## install under $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig \
	    $(DESTDIR)$(PREFIX)/include/weir $(DESTDIR)$(PREFIX)/share/man/man1
	install $(STRIP) -m 755 $(BUILD)/weir $(DESTDIR)$(PREFIX)/bin/weir
	install -m 644 $(BUILD)/libweir.a $(DESTDIR)$(PREFIX)/lib/libweir.a
	install -m 755 $(BUILD)/libweir.so $(DESTDIR)$(PREFIX)/lib/libweir.so.$(VERSION)
	ln -sf libweir.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/libweir.so.0
	ln -sf libweir.so.0 $(DESTDIR)$(PREFIX)/lib/libweir.so
	install -m 644 $(BUILD)/weir.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/weir.pc
	install -m 644 include/weir.h $(DESTDIR)$(PREFIX)/include/weir.h
	install -m 644 include/weir/*.h $(DESTDIR)$(PREFIX)/include/weir
	install -m 644 $(BUILD)/weir.1 $(DESTDIR)$(PREFIX)/share/man/man1/weir.1

include fuzz/mutate.mk
include fuzz/fuzz.mk
include tests/bench/bench.mk
include tests/faults.mk
include tests/memory.mk
include tests/proof.mk
