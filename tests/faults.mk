# Faults of the system, injected by the linker's --wrap into the program as a test links it.
FAULT_WRAPS := open read pread write fsync close rename unlink stat fstat realpath fchmod fcntl \
               posix_fadvise lseek mmap madvise pthread_create syscall prctl clock_gettime isatty \
               cli_again cli_memory_peak_bytes cli_memory_reserve cli_memory_faults
FAULT_PROGRAM := $(BUILD)/obj/tests/weir_main.o
$(FAULT_PROGRAM): tools/weir.c
	@mkdir -p $(@D)
	$(CC) $(BASE) -Dmain=weir_main -Wno-missing-prototypes -c $< -o $@

FAULT_TESTS := $(BUILD)/tests/test_faults $(BUILD)/tests/test_faults_program
$(BUILD)/tests/test_faults_program: $(FAULT_PROGRAM)
TEST_LIBS_test_faults_program = $(FAULT_WRAPS:%=-Wl,--wrap=%) $(FAULT_PROGRAM) \
                                $(BUILD)/libcli.a $(BUILD)/libweir.a $(LIBS)

.PHONY: faults
faults: $(FAULT_TESTS) $(BUILD)/weir $(BUILD)/weir-gen ## every fault at every call, and all pairs of them
	WEIR_FAULTS=all $(BUILD)/tests/test_faults
	WEIR_FAULTS=all $(BUILD)/tests/test_faults_program
	WEIR_FAULTS=all build/venv/bin/python tests/python/harness.py test_faults
