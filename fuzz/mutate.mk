# Mutation of small files: mutator (for fuzzing), mutate (exhaustive).
MUTATOR := fuzz/mutator.c fuzz/thrift_change.c fuzz/thrift_tree.c fuzz/parquet_layout.c

$(BUILD)/tests/test_thrift_tree: $(MUTATOR)
