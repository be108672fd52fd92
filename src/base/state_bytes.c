#include "base/state_bytes.h"

#include "base/crc32.h"

#include "base/banned.h"

#define VERSION 1u
#define MAGIC_BYTES 8u
#define LENGTH_AT 16u
#define HEAD_BYTES 24u
#define CHECKSUM_BYTES 4u

_Static_assert(HEAD_BYTES + CHECKSUM_BYTES == WEIR_STATE_FRAME_BYTES, "as documented");

static const uint8_t magic[MAGIC_BYTES] = {'W', 'E', 'I', 'R', 'S', 'T', 'A', 'T'};

void weir_state_put_bytes(struct weir_state_writer *writer, const void *bytes, uint64_t count) {
    if (writer->to != NULL && count > 0) {
        WEIR_ASSERT(count <= writer->room_bytes - writer->used_bytes);
        memcpy(writer->to + writer->used_bytes, bytes, count);
    }
    writer->used_bytes += count;
}

void weir_state_put_u64s(struct weir_state_writer *writer, const uint64_t *values, uint64_t count) {
    if (writer->to != NULL) {
        WEIR_ASSERT(count <= (writer->room_bytes - writer->used_bytes) / 8);
        uint8_t *to = writer->to + writer->used_bytes;
        for (uint64_t i = 0; i < count; i++, to += 8) {
            for (uint32_t k = 0; k < 8; k++) {
                to[k] = (uint8_t)(values[i] >> (8 * k));
            }
        }
    }
    writer->used_bytes += 8 * count;
}

void weir_state_frame_begin(struct weir_state_writer *writer, enum weir_state_kind what) {
    WEIR_ASSERT(writer->used_bytes == 0);
    weir_state_put_bytes(writer, magic, sizeof magic);
    weir_state_put_u32(writer, VERSION);
    weir_state_put_u32(writer, (uint32_t)what);
    weir_state_put_u64(writer, 0);
}

void weir_state_frame_end(struct weir_state_writer *writer) {
    uint32_t crc = 0;
    if (writer->to != NULL) {
        struct weir_state_writer length = {writer->to + LENGTH_AT, 0, sizeof(uint64_t)};
        weir_state_put_u64(&length, writer->used_bytes + CHECKSUM_BYTES);
        crc = weir_crc32(0, writer->to, writer->used_bytes);
    }
    weir_state_put_u32(writer, crc);
}

bool weir_state_get_bytes(struct weir_state_reader *reader, void *to, uint64_t count) {
    if (reader->failed || count > (uint64_t)(reader->end - reader->at)) {
        reader->failed = true;
        memset(to, 0, count);
        return false;
    }
    if (count > 0) {
        memcpy(to, reader->at, count);
    }
    reader->at += count;
    return true;
}

bool weir_state_get_u64s(struct weir_state_reader *reader, uint64_t *to, uint64_t count) {
    if (reader->failed || count > (uint64_t)(reader->end - reader->at) / 8) {
        reader->failed = true;
        memset(to, 0, count * sizeof *to);
        return false;
    }
    for (uint64_t i = 0; i < count; i++, reader->at += 8) {
        uint64_t value = 0;
        for (uint32_t k = 0; k < 8; k++) {
            value |= (uint64_t)reader->at[k] << (8 * k);
        }
        to[i] = value;
    }
    return true;
}

enum weir_status weir_state_frame_length(const void *bytes, uint64_t count,
                                         enum weir_state_kind what, uint64_t *length_ret,
                                         struct weir_error *error) {
    struct weir_state_reader reader = {bytes, (const uint8_t *)bytes + count, false};
    uint8_t found[MAGIC_BYTES];
    *length_ret = 0;
    if (!weir_state_get_bytes(&reader, found, sizeof found) ||
        memcmp(found, magic, sizeof found) != 0) {
        return weir_fail(error, WEIR_E_CORRUPT, "not a saved state");
    }
    const uint32_t version = weir_state_get_u32(&reader);
    const uint32_t kind = weir_state_get_u32(&reader);
    const uint64_t length = weir_state_get_u64(&reader);
    if (reader.failed) {
        return weir_fail(error, WEIR_E_CORRUPT, "a saved state ends early");
    }
    if (version != VERSION) {
        return weir_fail_numbers(error, WEIR_E_UNSUPPORTED, "a saved state of another version",
                                 VERSION, version);
    }
    if (kind != (uint32_t)what) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT, "a saved state of another kind",
                                 (uint64_t)what, kind);
    }
    if (length < WEIR_STATE_FRAME_BYTES || length > count) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT, "a saved state ends early", length, count);
    }
    *length_ret = length;
    return WEIR_OK;
}

void weir_state_frame_peek(const void *bytes, uint64_t length,
                           struct weir_state_reader *reader_ret) {
    const uint8_t *start = bytes;
    WEIR_ASSERT(length >= WEIR_STATE_FRAME_BYTES);
    *reader_ret =
        (struct weir_state_reader){start + HEAD_BYTES, start + length - CHECKSUM_BYTES, false};
}

enum weir_status weir_state_frame_open(const void *bytes, uint64_t count, enum weir_state_kind what,
                                       struct weir_state_reader *reader_ret,
                                       struct weir_error *error) {
    const uint8_t *start = bytes;
    uint64_t length = 0;
    WEIR_TRY(weir_state_frame_length(bytes, count, what, &length, error));
    if (length != count) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT, "bytes behind a saved state", length,
                                 count);
    }
    struct weir_state_reader tail = {start + length - CHECKSUM_BYTES, start + length, false};
    const uint32_t wanted = weir_state_get_u32(&tail);
    const uint32_t got = weir_crc32(0, start, length - CHECKSUM_BYTES);
    if (wanted != got) {
        return weir_fail_numbers(error, WEIR_E_CHECKSUM, "the checksum of a saved state differs",
                                 wanted, got);
    }
    *reader_ret =
        (struct weir_state_reader){start + HEAD_BYTES, start + length - CHECKSUM_BYTES, false};
    return WEIR_OK;
}
