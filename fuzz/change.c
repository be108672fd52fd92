#include "change.h"

#include <string.h>

uint64_t change_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Numbers at which something changes: powers of two and their neighbours, of 1 to 8 bytes. */
static uint64_t edge(uint64_t *state) {
    uint64_t power = UINT64_C(1) << (change_random(state) % 64);
    return power + change_random(state) % 3 - 1;
}

static size_t put_varint(uint8_t *to, size_t room, uint64_t value) {
    size_t count = 0;
    while (count < room) {
        to[count++] = (uint8_t)(value < 0x80 ? value : (value & 0x7f) | 0x80);
        value >>= 7;
        if (value == 0) {
            break;
        }
    }
    return count;
}

/* Opens a gap of `count` bytes, or fewer where there is no room. */
static size_t open_gap(uint8_t *data, size_t *bytes, size_t room, size_t at, size_t count) {
    count = count < room - *bytes ? count : room - *bytes;
    memmove(data + at + count, data + at, *bytes - at);
    *bytes += count;
    return count;
}

static void cut(uint8_t *data, size_t *bytes, size_t at, size_t count) {
    count = count < *bytes - at ? count : *bytes - at;
    memmove(data + at, data + at + count, *bytes - at - count);
    *bytes -= count;
}

/* A stretch of one of the seeds over what is there, or in front of it. */
static void take_from_seed(uint64_t *state, uint8_t *data, size_t *bytes, size_t room, size_t at,
                           const struct seed *seeds, size_t seeds_count) {
    const struct seed *from = &seeds[change_random(state) % seeds_count];
    if (from->bytes == 0) {
        return;
    }
    size_t begin = change_random(state) % from->bytes;
    size_t count = 1 + change_random(state) % 64;
    count = count < from->bytes - begin ? count : from->bytes - begin;
    if (change_random(state) % 2 == 0) {
        count = open_gap(data, bytes, room, at, count);
    }
    count = count < *bytes - at ? count : *bytes - at;
    memcpy(data + at, from->data + begin, count);
}

/* Places that stay as long as they are. */
static void overwrite(uint64_t *state, uint8_t *data, size_t bytes, size_t at) {
    static const uint8_t special[] = {0, 1, 0x7f, 0x80, 0xff, 0x15, 0x19, 0x1c};
    size_t left = bytes - at;
    switch (change_random(state) % 7) {
    case 0: data[at] ^= (uint8_t)(1u << (change_random(state) % 8)); break;
    case 1: data[at] = (uint8_t)change_random(state); break;
    case 2: data[at] = special[change_random(state) % sizeof special]; break;
    case 3: data[at] = (uint8_t)(data[at] + change_random(state) % 9 - 4); break;
    case 4: {
        uint64_t number = edge(state);
        size_t count = (size_t)1 << (change_random(state) % 4);
        memcpy(data + at, &number, count < left ? count : left);
        break;
    }
    case 5: (void)put_varint(data + at, left, edge(state)); break;
    default:
        for (size_t count = change_random(state) % 16; count > 0 && at < bytes; count--) {
            data[at++] = (uint8_t)change_random(state);
        }
        break;
    }
}

static void change_one(uint64_t *state, uint8_t *data, size_t *bytes, size_t room,
                       const struct seed *seeds, size_t seeds_count) {
    size_t at = *bytes == 0 ? 0 : change_random(state) % *bytes;
    uint32_t kind = (uint32_t)(change_random(state) % 16);
    if (*bytes == 0 || kind == 0) {
        size_t count = open_gap(data, bytes, room, at, 1 + change_random(state) % 8);
        memset(data + at, (int)(change_random(state) & 0xff), count);
    } else if (kind == 1) {
        cut(data, bytes, at, 1 + change_random(state) % 8);
    } else if (kind == 2 && seeds_count > 0) {
        take_from_seed(state, data, bytes, room, at, seeds, seeds_count);
    } else if (kind == 3 && change_random(state) % 4 == 0) {
        *bytes = at;
    } else if (kind == 4) {
        size_t from = change_random(state) % *bytes;
        size_t count = 1 + change_random(state) % 32;
        count = count < *bytes - from ? count : *bytes - from;
        memmove(data + at, data + from, count < *bytes - at ? count : *bytes - at);
    } else {
        overwrite(state, data, *bytes, at);
    }
}

size_t change(uint64_t *state, uint8_t *data, size_t bytes, size_t room, const struct seed *seeds,
              size_t seeds_count) {
    /* Few changes are the rule: most of what is behind a bad one is never reached. */
    uint64_t changes = 1 + change_random(state) % 8 * (change_random(state) % 2);
    for (uint64_t i = 0; i < changes; i++) {
        change_one(state, data, &bytes, room, seeds, seeds_count);
    }
    return bytes;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t bytes, size_t room) {
    static uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    change_one(&state, data, &bytes, room, NULL, 0);
    return bytes;
}
