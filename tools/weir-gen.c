/* weir-gen: Parquet files of any size with known, repeatable contents. */
#include "gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char HELP[] =
    "usage: weir-gen --out DIR [options]\n"
    "\n"
    "Writes DIR/part-00000.parquet, part-00001.parquet, ... with repeatable contents: a cell\n"
    "depends on the seed, the column and the row alone, not on how rows are laid out.\n"
    "\n"
    "  --rows N           rows in all files together (1000000)\n"
    "  --files N          files (1)\n"
    "  --columns WHAT     mixed: 12 columns of many types; doubles:N: N columns of doubles "
    "(mixed)\n"
    "  --codec NAME       snappy, zstd, none, or mixed: files take turns (snappy)\n"
    "  --zstd-level N     (3)\n"
    "  --row-group N      rows of a row group (1000000)\n"
    "  --page-bytes N     about so many bytes of values a page; 0: one page a chunk (1048576)\n"
    "  --page-version N   data pages of version 1 or 2 (1)\n"
    "  --crc              write page checksums\n"
    "  --seed N           (1)\n";

struct arguments {
    struct gen_options options;
    const char *out;
    const char *columns;
    const char *codec;
};

static _Noreturn void usage(const char *message, const char *what) {
    fprintf(stderr, "weir-gen: %s%s%s; see weir-gen --help\n", message, what == NULL ? "" : " ",
            what == NULL ? "" : what);
    exit(2);
}

static uint64_t number(const char *option, const char *text, uint64_t low, uint64_t high) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text == '\0' || *text == '-' || *end != '\0' || errno != 0 || value < low ||
        value > high) {
        usage("not a number that fits", option);
    }
    return value;
}

static void parse(int argc, char **argv, struct arguments *arguments) {
    struct gen_options *options = &arguments->options;
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i];
        if (strcmp(name, "--help") == 0) {
            fputs(HELP, stdout);
            exit(0);
        }
        if (strcmp(name, "--crc") == 0) {
            options->crc = true;
            continue;
        }
        if (i + 1 == argc) {
            usage("unknown option, or its value is missing:", name);
        }
        const char *value = argv[++i];
        if (strcmp(name, "--rows") == 0) {
            options->rows = number(name, value, 0, UINT64_C(1) << 40);
        } else if (strcmp(name, "--files") == 0) {
            options->files = (uint32_t)number(name, value, 1, 100000);
        } else if (strcmp(name, "--row-group") == 0) {
            options->row_group_rows = number(name, value, 1, INT32_MAX);
        } else if (strcmp(name, "--page-bytes") == 0) {
            options->page_bytes = number(name, value, 0, 1u << 30);
        } else if (strcmp(name, "--page-version") == 0) {
            options->page_version = (uint32_t)number(name, value, 1, 2);
        } else if (strcmp(name, "--zstd-level") == 0) {
            options->zstd_level = (int)number(name, value, 1, 22);
        } else if (strcmp(name, "--seed") == 0) {
            options->seed = number(name, value, 0, UINT64_MAX);
        } else if (strcmp(name, "--columns") == 0) {
            arguments->columns = value;
        } else if (strcmp(name, "--codec") == 0) {
            arguments->codec = value;
        } else if (strcmp(name, "--out") == 0) {
            arguments->out = value;
        } else {
            usage("unknown option", name);
        }
    }
}

static enum gen_codec codec_of(const char *name, uint32_t file) {
    enum gen_codec codec = GEN_UNCOMPRESSED;
    if (strcmp(name, "snappy") == 0) {
        codec = GEN_SNAPPY;
    } else if (strcmp(name, "zstd") == 0) {
        codec = GEN_ZSTD;
    } else if (strcmp(name, "mixed") == 0) {
        codec = file % 2 == 1 && WEIR_HAVE_ZSTD ? GEN_ZSTD : GEN_SNAPPY;
    } else if (strcmp(name, "none") != 0) {
        usage("unknown codec", name);
    }
    if (codec == GEN_ZSTD && !WEIR_HAVE_ZSTD) {
        usage("built without libzstd: --codec", name);
    }
    return codec;
}

/* mkdir -p */
static void make_directory(const char *path) {
    char part[4096];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part) {
        usage("bad --out", path);
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] == '/' || path[i] == '\0') {
            memcpy(part, path, i);
            part[i] = '\0';
            (void)mkdir(part, 0777); /* what is missing shows when the file is opened */
        }
    }
}

static void fail_output(const char *path) {
    fprintf(stderr, "weir-gen: %s: %s\n", path, strerror(errno));
    exit(7);
}

int main(int argc, char **argv) {
    struct arguments arguments = {
        .options = {.rows = 1000000,
                    .row_group_rows = 1000000,
                    .page_bytes = 1u << 20,
                    .seed = 1,
                    .files = 1,
                    .page_version = 1,
                    .zstd_level = 3},
        .columns = "mixed",
        .codec = "snappy",
    };
    parse(argc, argv, &arguments);
    const struct gen_options *options = &arguments.options;
    if (arguments.out == NULL) {
        usage("--out DIR is missing", NULL);
    }
    uint32_t count = 0;
    struct gen_column *columns = gen_columns(arguments.columns, options->seed, &count);
    if (columns == NULL) {
        usage("unknown --columns", arguments.columns);
    }
    (void)codec_of(arguments.codec, 1);
    make_directory(arguments.out);
    uint64_t first_row = 0;
    for (uint32_t i = 0; i < options->files; i++) {
        uint64_t rows = options->rows / options->files + (i < options->rows % options->files);
        char path[5000];
        snprintf(path, sizeof path, "%s/part-%05u.parquet", arguments.out, i);
        FILE *file = fopen(path, "wb");
        if (file == NULL) {
            fail_output(path);
        }
        bool written =
            gen_file(file, options, codec_of(arguments.codec, i), columns, count, first_row, rows);
        if (fclose(file) != 0 || !written) {
            fail_output(path);
        }
        first_row += rows;
    }
    free(columns);
    return 0;
}
