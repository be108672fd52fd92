/* Which instruction sets may be used. */
#ifndef WEIR_BASE_ISA_H
#define WEIR_BASE_ISA_H

/* Ordered: a later one includes the earlier ones. */
enum weir_isa {
    WEIR_ISA_AUTO = 0, /* the best that the CPU and the operating system offer */
    WEIR_ISA_SCALAR = 1,
    WEIR_ISA_AVX2 = 2,   /* x86-64-v3: AVX2, BMI2, FMA */
    WEIR_ISA_AVX512 = 3, /* F, BW, DQ, VL, VBMI, VBMI2, CD */
};

/* The best set of this machine, never WEIR_ISA_AUTO. */
enum weir_isa weir_isa_best(void);

/* `wanted` if the machine has it, else the best one below it; AUTO gives the best. */
enum weir_isa weir_isa_choose(enum weir_isa wanted);

#endif
