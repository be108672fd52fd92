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
BASE += -DWEIR_HAVE_ZSTD=$(or $(HAVE_ZSTD),0) -DWEIR_HAVE_ZLIB=$(or $(HAVE_ZLIB),0) \
        -DWEIR_HAVE_DEFLATE=$(or $(HAVE_DEFLATE),0)
LIBS := $(if $(HAVE_ZSTD),-lzstd) $(if $(HAVE_DEFLATE),-ldeflate) $(if $(HAVE_ZLIB),-lz)

# The program is linked statically where that works: the fewest pages to pay for.
STATIC ?= $(if $(SAN),,$(shell printf 'int main(void){return 0;}' | \
            $(CC) -static -x c - -o /dev/null $(LIBS) >/dev/null 2>&1 && echo -static))

# Files named *_isa.c are compiled once for each instruction set.
ARCH := $(shell $(CC) -dumpmachine | cut -d- -f1)
ISAS := scalar $(if $(filter x86_64,$(ARCH)),avx2 avx512)
ISA_FLAGS_scalar := -DWEIR_ISA_LEVEL=1
ISA_FLAGS_avx2 := -DWEIR_ISA_LEVEL=2 -mavx2 -mbmi -mbmi2 -mfma -mf16c -mlzcnt -mpopcnt
ISA_FLAGS_avx512 := -DWEIR_ISA_LEVEL=3 -mavx2 -mbmi -mbmi2 -mfma -mf16c -mlzcnt -mpopcnt \
    -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mavx512vbmi -mavx512vbmi2 \
    -mprefer-vector-width=512
ifneq ($(ARCH),x86_64)
BASE += -DWEIR_ISA_ONLY_SCALAR
endif

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
	@mkdir -p $(@D)
	$(CC) $(BASE) -c $< -o $@

define ISA_RULE
$(BUILD)/obj/%.$(1).o: %.c
	@mkdir -p $$(@D)
	$(CC) $(BASE) $(ISA_FLAGS_$(1)) -DWEIR_ISA_NAME=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call ISA_RULE,$(isa))))

$(BUILD)/libweir.a: $(LIB_OBJ)
	rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/libweir.so: $(LIB_OBJ)
	$(CC) $(CFLAGS) $(SAN) -shared -Wl,-soname,libweir.so.0 $^ -o $@ $(LIBS)

$(BUILD)/weir: $(TOOL_OBJ) $(BUILD)/libweir.a
	$(CC) $(CFLAGS) $(SAN) $(STATIC) -pthread $^ -o $@ $(LIBS)

$(BUILD)/weir-gen: $(GEN_OBJ) $(BUILD)/libweir.a
	$(CC) $(CFLAGS) $(SAN) -pthread $^ -o $@ $(LIBS) -lm

$(BUILD)/tests/%: tests/%.c $(BUILD)/libweir.a
	@mkdir -p $(@D)
	$(CC) $(BASE) -Itests $< $(BUILD)/libweir.a -o $@ $(LIBS) -lcmocka $(TEST_LIBS_$*) -lm

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean: ## remove build/
	rm -rf build
