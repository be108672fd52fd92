#include "parquet/codec_gzip.h"

#if WEIR_HAVE_DEFLATE

#include <libdeflate.h>

#include "base/crc32.h"

#include "base/banned.h"

/*
 * libdeflate offers no decompressor in lent memory. Up to 1.18 libdeflate_alloc_decompressor() is
 * an allocation of one fixed size followed by memset(0), and nothing that decompresses frees or
 * allocates; later versions add to that a pointer which only libdeflate_free_decompressor() reads,
 * and that is never called here. So a zeroed block stands for a fresh decompressor.
 * tests/test_codec_gzip.c checks size and content of a fresh one of the library in use.
 */
#if LIBDEFLATE_VERSION_MAJOR != 1
#error "libdeflate: check that a zeroed block is a decompressor; see tests/test_codec_gzip.c"
#endif

#define MEMBER_HEAD_BYTES 10u
#define HAS_HEADER_CRC 0x02u
#define HAS_EXTRA 0x04u
#define HAS_NAME 0x08u
#define HAS_COMMENT 0x10u

/*
 * Whether a member's header has the CRC that it says. zlib looks at it and libdeflate does not, and
 * which of them reads a page is a matter of memory. A header that is cut is left to libdeflate.
 */
static bool header_is_right(const uint8_t *in, size_t in_bytes) {
    if (in_bytes < MEMBER_HEAD_BYTES || (in[3] & HAS_HEADER_CRC) == 0) {
        return true;
    }
    size_t at = MEMBER_HEAD_BYTES;
    if ((in[3] & HAS_EXTRA) != 0 && in_bytes - at >= 2) {
        at += 2u + (size_t)(in[at] | in[at + 1] << 8);
    }
    uint32_t texts = (in[3] & HAS_NAME) != 0;
    texts += (in[3] & HAS_COMMENT) != 0;
    for (; texts > 0 && at < in_bytes; at++) {
        texts -= in[at] == 0;
    }
    if (at > in_bytes || in_bytes - at < 2) {
        return true;
    }
    return (weir_crc32(0, in, at) & 0xffff) == (uint32_t)(in[at] | in[at + 1] << 8);
}

uint64_t weir_gzip_whole_area_bytes(void) {
    return WEIR_GZIP_DEFLATE_BYTES;
}

enum weir_status weir_gzip_whole(void *area, uint64_t area_bytes, const uint8_t *in,
                                 size_t in_bytes, uint8_t *out, size_t page_bytes,
                                 struct weir_error *error) {
    WEIR_ASSERT(area_bytes >= WEIR_GZIP_DEFLATE_BYTES);
    WEIR_ASSERT((uintptr_t)area % 64 == 0);
    memset(area, 0, WEIR_GZIP_DEFLATE_BYTES);
    struct libdeflate_decompressor *decompressor = area;
    size_t out_bytes = 0;
    while (in_bytes > 0) {
        size_t taken = 0;
        size_t given = 0;
        bool is_gzip = in_bytes >= 2 && in[0] == 0x1f && in[1] == 0x8b;
        if (is_gzip && !header_is_right(in, in_bytes)) {
            return weir_fail(error, WEIR_E_CORRUPT, "gzip data are corrupt");
        }
        enum libdeflate_result result =
            is_gzip ? libdeflate_gzip_decompress_ex(decompressor, in, in_bytes, out + out_bytes,
                                                    page_bytes - out_bytes, &taken, &given)
                    : libdeflate_zlib_decompress_ex(decompressor, in, in_bytes, out + out_bytes,
                                                    page_bytes - out_bytes, &taken, &given);
        if (result != LIBDEFLATE_SUCCESS) {
            return weir_fail(error, WEIR_E_CORRUPT,
                             result == LIBDEFLATE_INSUFFICIENT_SPACE
                                 ? "gzip data give more bytes than the page has"
                                 : "gzip data are corrupt");
        }
        WEIR_ASSERT(taken > 0 && taken <= in_bytes && given <= page_bytes - out_bytes);
        in += taken;
        in_bytes -= taken;
        out_bytes += given;
    }
    if (out_bytes != page_bytes) {
        return weir_fail_numbers(error, WEIR_E_CORRUPT, "gzip data give fewer bytes than the page",
                                 page_bytes, out_bytes);
    }
    return WEIR_OK;
}

#else

typedef int weir_codec_gzip_whole_absent;

#endif
