/* How text may look: the terminal's width, its encoding, colours. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "options.h"
#include "render.h"

#define WIDTH_DEFAULT 120u
#define WIDTH_MIN 40u
#define WIDTH_MAX 400u

static bool says_utf8(const char *value) {
    for (; *value != '\0'; value++) {
        if ((value[0] | 32) == 'u' && (value[1] | 32) == 't' && (value[2] | 32) == 'f' &&
            (value[3] == '8' || (value[3] == '-' && value[4] == '8'))) {
            return true;
        }
    }
    return false;
}

/* The first of them that is set and not empty decides, as POSIX has it. */
static bool locale_is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && *value != '\0') {
            return says_utf8(value);
        }
    }
    return false;
}

void cli_report_look(struct cli_report *report, bool to_file) {
    const char *columns = getenv("COLUMNS");
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    const bool terminal = !to_file && isatty(1) == 1;
    uint64_t width = 0;
    struct winsize size;
    if (columns == NULL || !cli_parse_u64(columns, &width) || width == 0) {
        width = terminal && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col
                                                                                : WIDTH_DEFAULT;
    }
    width = width < WIDTH_MIN ? WIDTH_MIN : (width > WIDTH_MAX ? WIDTH_MAX : width);
    report->width = (uint32_t)width;
    report->utf8 = locale_is_utf8();
    report->colour = terminal && (no_colour == NULL || *no_colour == '\0') &&
                     (term == NULL || strcmp(term, "dumb") != 0);
}
