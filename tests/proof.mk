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
	$(PYTHON) tests/proof/stack.py $$(find $$build/obj/src -name '*.o')
endif
