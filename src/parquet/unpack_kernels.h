/* The kernels' tables, one an instruction set; unpack.c picks. */
#ifndef WEIR_PARQUET_UNPACK_KERNELS_H
#define WEIR_PARQUET_UNPACK_KERNELS_H

#include "parquet/unpack.h"

extern const struct weir_unpack_kernels weir_unpack_scalar;
extern const struct weir_unpack_kernels weir_unpack_avx2;
extern const struct weir_unpack_kernels weir_unpack_avx512;

#endif
