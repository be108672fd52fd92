/* CRC-32 (ISO-HDLC, polynomial 0x04C11DB7 reflected), as pages and saved states carry it. */
#ifndef WEIR_BASE_CRC32_H
#define WEIR_BASE_CRC32_H

#include "base/check.h"

/* Continues `crc` (0 at the start) over `bytes` bytes. */
uint32_t weir_crc32(uint32_t crc, const uint8_t *data, size_t bytes);

#endif
