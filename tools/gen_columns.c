/*
 * The columns of weir-gen and their values.
 *
 * Every value is computed from the seed, the column and the row by integer hashing and the four
 * basic operations, so that data sets are the same bits on every machine.
 */
#include "gen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum recipe {
    ID,
    EVENT_TIME,
    USER_ID,
    COUNTRY,
    CITY,
    PATH,
    PRICE,
    TEMPERATURE,
    AMOUNT,
    IS_ACTIVE,
    DAY,
    SCORE,
    WIDE_PLAIN,
    WIDE_DICTIONARY
};

/* Hundredths of a degree from -17.00 on, and NaN as the last entry. */
#define TEMPERATURES 6400
#define TEMPERATURE_ZERO 1700

static const struct gen_column MIXED[] = {
    {"id", GEN_INT64, GEN_NONE, false, 0, 0, ID, 0, 0},
    {"event_time", GEN_INT64, GEN_TIMESTAMP_MICROS, true, 0, 0, EVENT_TIME, 0, 0},
    {"user_id", GEN_INT32, GEN_NONE, true, 0, 0, USER_ID, 0, 0},
    {"country", GEN_BYTE_ARRAY, GEN_STRING, true, 0, 40, COUNTRY, 0, 0},
    {"city", GEN_BYTE_ARRAY, GEN_STRING, true, 1300, 4000, CITY, 0, 0},
    {"path", GEN_BYTE_ARRAY, GEN_STRING, true, 330, 0, PATH, 0, 0},
    {"price", GEN_DOUBLE, GEN_NONE, true, 0, 20000, PRICE, 0, 0},
    {"temperature", GEN_DOUBLE, GEN_NONE, true, 2000, TEMPERATURES, TEMPERATURE, 0, 0},
    {"amount", GEN_INT64, GEN_DECIMAL_12_2, true, 650, 0, AMOUNT, 0, 0},
    {"is_active", GEN_BOOLEAN, GEN_NONE, true, 3300, 0, IS_ACTIVE, 0, 0},
    {"day", GEN_INT32, GEN_DATE, true, 0, 3650, DAY, 0, 0},
    {"score", GEN_FLOAT, GEN_NONE, false, 0, 0, SCORE, 0, 0},
};

#define EVENT_FIRST_MICROS INT64_C(1704067200000000) /* 2024-01-01 */
#define EVENT_STEP_MICROS INT64_C(1300000)
#define DAY_MICROS INT64_C(86400000000)

static uint64_t mix(uint64_t x) {
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static uint64_t draw(const struct gen_column *column, uint64_t row) {
    return mix(column->key + row * UINT64_C(0x9e3779b97f4a7c15));
}

static double unit(uint64_t bits) {
    return (double)(bits >> 11) * 0x1p-53;
}

/* Nearly normal, standard deviation 1: the sum of four 16-bit uniforms. */
static double bell(uint64_t bits) {
    double sum = (double)(bits & 65535) + (double)(bits >> 16 & 65535) +
                 (double)(bits >> 32 & 65535) + (double)(bits >> 48);
    return (sum - 131070.0) / 37837.8;
}

static uint64_t bits_of_double(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint64_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int64_t event_time(const struct gen_column *column, uint64_t row) {
    int64_t jitter = (int64_t)(draw(column, row) % (uint64_t)EVENT_STEP_MICROS);
    return EVENT_FIRST_MICROS + (int64_t)row * EVENT_STEP_MICROS + jitter;
}

struct gen_column *gen_columns(const char *what, uint64_t seed, uint32_t *count_ret) {
    struct gen_column *columns = NULL;
    uint32_t count = 0;
    if (strcmp(what, "mixed") == 0) {
        count = (uint32_t)(sizeof MIXED / sizeof *MIXED);
        columns = gen_allocate(count, sizeof *columns);
        memcpy(columns, MIXED, sizeof MIXED);
    } else if (strncmp(what, "doubles:", 8) == 0) {
        char *end;
        unsigned long wanted = strtoul(what + 8, &end, 10);
        if (*end != '\0' || wanted < 1 || wanted > 100000) {
            return NULL;
        }
        count = (uint32_t)wanted;
        columns = gen_allocate(count, sizeof *columns);
        for (uint32_t i = 0; i < count; i++) {
            snprintf(columns[i].name, sizeof columns[i].name, "c%05u", i);
            columns[i].physical = GEN_DOUBLE;
            columns[i].optional = true;
            columns[i].nulls_of_65536 = i % 4 == 1 ? 6553 : 0;
            columns[i].domain = i % 8 == 0 ? 100 : 0;
            columns[i].recipe = i % 8 == 0 ? WIDE_DICTIONARY : WIDE_PLAIN;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        columns[i].ordinal = i;
        columns[i].key = mix(mix(seed + 1) + i);
    }
    *count_ret = count;
    return columns;
}

bool gen_is_null(const struct gen_column *column, uint64_t row) {
    return column->nulls_of_65536 > 0 &&
           (mix(draw(column, row) + 1) & 65535) < column->nulls_of_65536;
}

/* Visits are spread over pages about as Zipf's law has it: 1,000 pages of 700,000 get half. */
static void text_path(uint64_t bits, struct gen_cell *cell) {
    static const char *const PARTS[] = {"shop", "blog", "help", "search", "account", "media"};
    double u = unit(mix(bits));
    u *= u;
    u *= u;
    unsigned item = (unsigned)(u * u * 700000.0);
    int n = snprintf(cell->text, sizeof cell->text, "/%s/%u", PARTS[item % 6], item);
    if (bits >> 59 == 0) {
        n += snprintf(cell->text + n, sizeof cell->text - (size_t)n, "?ref=%04x&page=%u",
                      (unsigned)(bits >> 40) & 65535, (unsigned)(bits >> 30) % 9 + 1);
    }
    cell->text_bytes = (uint32_t)n;
}

void gen_value(const struct gen_column *column, uint64_t row, struct gen_cell *cell) {
    uint64_t bits = draw(column, row);
    double u = unit(bits);
    cell->text_bytes = 0;
    switch (column->recipe) {
    case ID: cell->bits = row + 1; break;
    case EVENT_TIME: cell->bits = (uint64_t)event_time(column, row); break;
    case USER_ID: cell->bits = 1 + (uint64_t)(u * u * u * u * 1000000.0); break;
    case PATH: text_path(bits, cell); break;
    case AMOUNT: cell->bits = (uint64_t)(int64_t)(2500.0 + 9000.0 * bell(bits) * u); break;
    case IS_ACTIVE: cell->bits = u < 0.7; break;
    case SCORE: cell->bits = bits_of_float((float)u); break;
    case WIDE_PLAIN:
        cell->bits = bits_of_double((double)(column->ordinal % 97) * 10.0 +
                                    bell(bits) * (double)(1 + column->ordinal % 31) + u * 0x1p-20);
        break;
    default: gen_entry_value(column, gen_entry(column, row), cell); break;
    }
}

uint32_t gen_entry(const struct gen_column *column, uint64_t row) {
    if (column->recipe == DAY) {
        int64_t days = (int64_t)row * EVENT_STEP_MICROS / DAY_MICROS;
        return (uint32_t)((uint64_t)days % column->domain);
    }
    uint64_t bits = draw(column, row);
    if (column->recipe == TEMPERATURE) {
        return mix(bits + 2) % 256 == 0
                   ? TEMPERATURES - 1
                   : (uint32_t)(TEMPERATURE_ZERO + 1500.0 + 900.0 * bell(bits));
    }
    double u = unit(bits);
    double skewed = column->recipe == PRICE ? u * u * u : u * u;
    return (uint32_t)(skewed * (double)column->domain);
}

static void text_country(uint32_t entry, struct gen_cell *cell) {
    static const char CODES[] = "USINBRDEGBFRJPIDMXNGKRITESCAAUPLTRARNLSEBE"
                                "CHATNODKFIPTGRCZROHUIEILTHVNPHMYSGNZZACL";
    memcpy(cell->text, CODES + (size_t)entry * 2, 2);
    cell->text_bytes = 2;
}

static void text_city(uint32_t entry, struct gen_cell *cell) {
    static const char *const HEADS[] = {"North", "Old",  "New",  "Port", "Saint",       "Upper",
                                        "Lower", "East", "West", "Bad",  "Gro\xc3\x9f", "Alt"};
    static const char *const MIDDLES[] = {"ham",   "wick", "burg",    "dorf",         "stad",
                                          "ville", "grad", "minster", "m\xc3\xbchle", "k\xc3\xb8"};
    int n = snprintf(cell->text, sizeof cell->text, "%s %s%s", HEADS[entry % 12],
                     MIDDLES[entry / 12 % 10], entry / 120 == 0 ? "" : " ");
    if (entry / 120 > 0) {
        n += snprintf(cell->text + n, sizeof cell->text - (size_t)n, "%u", entry / 120);
    }
    cell->text_bytes = (uint32_t)n;
}

static double temperature(uint32_t entry) {
    return entry == TEMPERATURES - 1 ? (double)NAN
                                     : (double)((int64_t)entry - TEMPERATURE_ZERO) / 100.0;
}

void gen_entry_value(const struct gen_column *column, uint32_t entry, struct gen_cell *cell) {
    cell->text_bytes = 0;
    switch (column->recipe) {
    case COUNTRY: text_country(entry, cell); break;
    case CITY: text_city(entry, cell); break;
    case PRICE: cell->bits = bits_of_double((double)(99 + (uint64_t)entry * 5) / 100.0); break;
    case TEMPERATURE: cell->bits = bits_of_double(temperature(entry)); break;
    case DAY: cell->bits = (uint64_t)(EVENT_FIRST_MICROS / DAY_MICROS) + entry; break;
    default: cell->bits = bits_of_double((double)entry * 0.25 + (double)column->ordinal); break;
    }
}
