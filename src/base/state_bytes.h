/*
 * Saved states: numbers one behind the other, in a frame that says what they are and proves that
 * they are whole. The same bytes on every machine.
 *
 * Frame, little-endian: magic "WEIRSTAT", u32 version, u32 what it holds, u64 bytes of the whole
 * frame, the numbers, u32 CRC-32 of all before it. Nothing is aligned or padded.
 */
#ifndef WEIR_BASE_STATE_BYTES_H
#define WEIR_BASE_STATE_BYTES_H

#include "base/bits.h"

#define WEIR_STATE_FRAME_BYTES 28u /* head and checksum */

/* What a frame holds. */
enum weir_state_kind { WEIR_STATE_COLUMN = 1, WEIR_STATE_LEVELS = 2 };

/* --- Writing. Without a place it only counts. The room suffices: who writes has counted before. */

struct weir_state_writer {
    uint8_t *to; /* NULL: count only */
    uint64_t used_bytes;
    uint64_t room_bytes;
};

void weir_state_put_bytes(struct weir_state_writer *writer, const void *bytes, uint64_t count);
void weir_state_put_u64s(struct weir_state_writer *writer, const uint64_t *values, uint64_t count);

static inline void weir_state_put_u8(struct weir_state_writer *writer, uint8_t value) {
    weir_state_put_bytes(writer, &value, 1);
}

static inline void weir_state_put_u32(struct weir_state_writer *writer, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    weir_state_put_bytes(writer, bytes, sizeof bytes);
}

static inline void weir_state_put_u64(struct weir_state_writer *writer, uint64_t value) {
    weir_state_put_u64s(writer, &value, 1);
}

static inline void weir_state_put_f64(struct weir_state_writer *writer, double value) {
    weir_state_put_u64(writer, weir_bits_of_double(value));
}

/* Opens a frame at the writer's start, and closes it. */
void weir_state_frame_begin(struct weir_state_writer *writer, enum weir_state_kind what);
void weir_state_frame_end(struct weir_state_writer *writer);

/* --- Reading. Behind the end everything is 0, and `failed` stays true. ---------------------------
 */

struct weir_state_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/* Returns false, with zeros in `to`, where there are fewer. */
bool weir_state_get_bytes(struct weir_state_reader *reader, void *to, uint64_t count);
bool weir_state_get_u64s(struct weir_state_reader *reader, uint64_t *to, uint64_t count);

static inline uint8_t weir_state_get_u8(struct weir_state_reader *reader) {
    uint8_t value = 0;
    (void)weir_state_get_bytes(reader, &value, 1);
    return value;
}

static inline uint32_t weir_state_get_u32(struct weir_state_reader *reader) {
    uint8_t b[4];
    (void)weir_state_get_bytes(reader, b, sizeof b);
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t weir_state_get_u64(struct weir_state_reader *reader) {
    uint64_t value = 0;
    (void)weir_state_get_u64s(reader, &value, 1);
    return value;
}

static inline double weir_state_get_f64(struct weir_state_reader *reader) {
    return weir_double_of_bits(weir_state_get_u64(reader));
}

/* Everything was there, and nothing is left. */
static inline bool weir_state_is_done(const struct weir_state_reader *reader) {
    return !reader->failed && reader->at == reader->end;
}

/*
 * Looks at the head of a frame that starts at `bytes`: says how long it is. CORRUPT: it is none, of
 * another kind, or longer than `count` bytes. UNSUPPORTED: another version.
 */
enum weir_status weir_state_frame_length(const void *bytes, uint64_t count,
                                         enum weir_state_kind what, uint64_t *length_ret,
                                         struct weir_error *error);

/* Opens the numbers of a frame of that length without looking at its checksum. */
void weir_state_frame_peek(const void *bytes, uint64_t length,
                           struct weir_state_reader *reader_ret);

/* Opens the numbers of a frame, which is all of `bytes`; also CHECKSUM. */
enum weir_status weir_state_frame_open(const void *bytes, uint64_t count, enum weir_state_kind what,
                                       struct weir_state_reader *reader_ret,
                                       struct weir_error *error);

#endif
