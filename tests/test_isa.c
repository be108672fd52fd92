/* Choice of instruction set: never more than the machine has, never less than asked for. */
#include "make_parquet.h"

#include "base/isa.h"

static void the_best_is_what_the_kernel_lists(void **state) {
    char line[8192];
    bool avx2 = false;
    bool avx512 = false;
    (void)state;
    FILE *info = fopen("/proc/cpuinfo", "r");
    if (info == NULL) {
        skip();
    }
    while (fgets(line, sizeof line, info) != NULL) {
        if (strncmp(line, "flags", 5) == 0) {
            static const char *const second[] = {" avx2 ", " bmi1 ", " bmi2 ", " fma "};
            static const char *const third[] = {" avx512f ",     " avx512bw ", " avx512dq ",
                                                " avx512vl ",    " avx512cd ", " avx512vbmi ",
                                                " avx512_vbmi2 "};
            line[strcspn(line, "\n")] = ' ';
            avx2 = true;
            for (size_t i = 0; i < 4; i++) {
                avx2 = avx2 && strstr(line, second[i]) != NULL;
            }
            avx512 = avx2;
            for (size_t i = 0; i < 7; i++) {
                avx512 = avx512 && strstr(line, third[i]) != NULL;
            }
            break;
        }
    }
    fclose(info);
    assert_int_equal(weir_isa_best(), avx512 ? WEIR_ISA_AVX512
                                      : avx2 ? WEIR_ISA_AVX2
                                             : WEIR_ISA_SCALAR);
}

static void a_choice_lies_between_wish_and_machine(void **state) {
    enum weir_isa best = weir_isa_best();
    (void)state;
    assert_int_not_equal(best, WEIR_ISA_AUTO);
    assert_int_equal(weir_isa_choose(WEIR_ISA_AUTO), best);
    for (uint32_t wanted = WEIR_ISA_SCALAR; wanted <= WEIR_ISA_AVX512; wanted++) {
        enum weir_isa chosen = weir_isa_choose((enum weir_isa)wanted);
        assert_int_equal(chosen, wanted < best ? wanted : best);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_is_what_the_kernel_lists),
        cmocka_unit_test(a_choice_lies_between_wish_and_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
