/* What weir leakcheck prints: a row a run, as text or JSON, and the verdict. */
#include "leakcheck.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "number.h"
#include "quote.h"
#include "value.h"
#include "weir.h"

/* Against the settled run, whose figures are there from that run on. */
static int64_t growth_of(const struct cli_leak_run *run, const struct cli_leak_run *settled) {
    return (int64_t)(run->holding.resident_bytes - settled->holding.resident_bytes);
}

static void put_row_text(struct cli_output *output, const struct cli_leak_run *run,
                         const struct cli_leak_run *settled, bool first) {
    char seconds[CLI_NUMBER_BYTES];
    char resident[CLI_NUMBER_BYTES];
    char growth[CLI_NUMBER_BYTES] = "-";
    char mapped[CLI_NUMBER_BYTES];
    char line[5 * CLI_NUMBER_BYTES];
    if (first) {
        (void)snprintf(line, sizeof line, "%9s %10s %13s %11s %6s %6s %4s %15s  %s\n", "run",
                       "seconds", "RSS", "growth", "minor", "major", "fds", "mapped", "result");
        cli_put(output, line);
    }
    cli_format_grouped(resident, run->holding.resident_bytes);
    cli_format_grouped(mapped, run->holding.mapped_bytes);
    (void)snprintf(seconds, sizeof seconds, "%.6f", run->seconds);
    if (run->number >= CLI_LEAK_SETTLED) {
        cli_format_i64(growth, growth_of(run, settled));
    }
    (void)snprintf(line, sizeof line, "%9llu %10s %13s %11s %6llu %6llu %4u %15s  %016llx\n",
                   (unsigned long long)run->number, seconds, resident, growth,
                   (unsigned long long)run->faults.minor, (unsigned long long)run->faults.major,
                   (unsigned)run->holding.descriptors, mapped, (unsigned long long)run->result);
    cli_put(output, line);
}

static void put_number(struct cli_output *output, const char *key, uint64_t value) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_u64_json(output, value);
}

static void put_signed(struct cli_output *output, const char *key, int64_t value) {
    char text[CLI_NUMBER_BYTES];
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_bytes(output, text, cli_format_i64(text, value));
}

static void put_seconds(struct cli_output *output, const char *key, double seconds) {
    cli_put(output, ",\"");
    cli_put(output, key);
    cli_put(output, "\":");
    cli_put_double_json(output, (double)(uint64_t)(seconds * 1e6) / 1e6);
}

static void put_row_json(struct cli_output *output, const struct cli_leak_run *run,
                         const struct cli_leak_run *settled, bool first) {
    char result[32];
    cli_put(output, first ? "\n {\"run\":" : ",\n {\"run\":");
    cli_put_u64_json(output, run->number);
    put_seconds(output, "seconds", run->seconds);
    put_number(output, "rss_bytes", run->holding.resident_bytes);
    if (run->number >= CLI_LEAK_SETTLED) {
        put_signed(output, "growth_bytes", growth_of(run, settled));
    } else {
        cli_put(output, ",\"growth_bytes\":null");
    }
    put_number(output, "minor_faults", run->faults.minor);
    put_number(output, "major_faults", run->faults.major);
    put_number(output, "fds", run->holding.descriptors);
    put_number(output, "mapped_bytes", run->holding.mapped_bytes);
    (void)snprintf(result, sizeof result, "%016llx", (unsigned long long)run->result);
    cli_put(output, ",\"result\":\"");
    cli_put(output, result);
    cli_put(output, "\"}");
}

void cli_leak_put_row(struct cli_output *output, const struct cli_leak_run *run,
                      const struct cli_leak_run *settled, bool json, bool first) {
    if (json) {
        put_row_json(output, run, settled, first);
    } else {
        put_row_text(output, run, settled, first);
    }
}

void cli_leak_begin_json(struct cli_output *output, uint64_t runs) {
    cli_put(output, "{\"weir\":\"");
    cli_put(output, weir_version());
    cli_put(output, "\",\"schema_version\":1");
    put_number(output, "runs", runs);
    cli_put(output, ",\n\"iterations\":[");
}

void cli_leak_describe(char *text, size_t bytes, const struct cli_leak_growth *growth, uint64_t run,
                       bool sealed) {
    const double runs = (double)(run - CLI_LEAK_SETTLED);
    const unsigned long long last = run;
    const unsigned long long faults = growth->faults.minor + growth->faults.major;
    if (!growth->grows) {
        (void)snprintf(text, bytes,
                       "flat: RSS, address space and descriptors after run %llu are those of run "
                       "%u; %llu page faults since the start; %s",
                       last, CLI_LEAK_SETTLED, faults,
                       !sealed ? "allocations were not forbidden"
                               : "0 allocations: the first would have killed");
        return;
    }
    (void)snprintf(text, bytes,
                   "grows by %.0f bytes a run: from run %u to run %llu by %llu bytes of RSS, %llu "
                   "of address space, %u descriptors",
                   (double)growth->resident_bytes / runs, CLI_LEAK_SETTLED, last,
                   (unsigned long long)growth->resident_bytes,
                   (unsigned long long)growth->mapped_bytes, (unsigned)growth->descriptors);
}

void cli_leak_end_json(struct cli_output *output, const struct cli_session *session,
                       const struct cli_leak_growth *growth, bool same_results, const char *error,
                       enum cli_exit code) {
    cli_put(output, "\n],\n\"memory\":{\"budget_bytes\":");
    cli_put_u64_json(output, session->budget_bytes);
    put_number(output, "minimum_bytes", session->minimum_bytes);
    put_number(output, "planned_bytes", session->planned_bytes);
    put_number(output, "peak_rss_bytes", cli_memory_peak_bytes());
    put_number(output, "minor_faults", growth->faults.minor);
    put_number(output, "major_faults", growth->faults.major);
    put_number(output, "reserve_bytes", session->reserve_bytes);
    put_number(output, "batches", session->plan.batches);
    put_number(output, "lanes", session->plan.lanes);
    cli_put(output, "}");
    put_number(output, "rss_growth_bytes", growth->resident_bytes);
    put_number(output, "mapped_growth_bytes", growth->mapped_bytes);
    put_number(output, "fds_growth", growth->descriptors);
    cli_put(output, session->options->no_seal ? ",\"allocations\":null" : ",\"allocations\":0");
    cli_put(output, same_results ? ",\"same_results\":true" : ",\"same_results\":false");
    cli_put(output, error != NULL   ? ",\"flat\":null"
                    : growth->grows ? ",\"flat\":false"
                                    : ",\"flat\":true");
    put_seconds(output, "elapsed_seconds", cli_session_seconds(session));
    cli_put(output, error == NULL ? ",\"complete\":true" : ",\"complete\":false");
    if (error != NULL) {
        cli_put(output, ",\"error\":");
        cli_put_json_string(output, (const uint8_t *)error, strlen(error));
        put_number(output, "exit_code", (uint64_t)code);
    }
    cli_put(output, "}\n");
}
