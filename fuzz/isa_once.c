/*
 * Linked in place of weir_isa_choose (-Wl,--wrap=weir_isa_choose): asks the processor once instead
 * of once for each reader and column. In a virtual machine the question takes longer than a small
 * input does, and the library has no place to keep the answer.
 */
#include "base/isa.h"

enum weir_isa __wrap_weir_isa_choose(enum weir_isa wanted);

enum weir_isa __wrap_weir_isa_choose(enum weir_isa wanted) {
    static enum weir_isa best = WEIR_ISA_AUTO;
    best = best == WEIR_ISA_AUTO ? weir_isa_best() : best;
    return wanted == WEIR_ISA_AUTO || wanted > best ? best : wanted;
}
