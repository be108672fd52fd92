"""What is proved of the library without running it, and canaries that show the proofs can fail."""

import os
import re
import resource
import shutil
import subprocess

from harness import BUILD, ROOT, Skip, workdir
from weir import WEIR, generate

STACK = os.path.join(ROOT, "tests", "proof", "stack.py")
SYMBOLS = os.path.join(ROOT, "tools", "check_symbols.sh")
BANNED = os.path.join(ROOT, "src", "base", "banned.h")
GRAPH = "-fcallgraph-info=su,da"
STACK_BYTES = 64 << 10  # of the main thread, for a run of whole programs


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300,
                          cwd=ROOT, **more)


def compiled(name, text, *flags):
    directory = workdir(f"proof-{name}")
    source, target = os.path.join(directory, "a.c"), os.path.join(directory, "a.o")
    with open(source, "w", encoding="ascii") as file:
        file.write(text)
    done = run("gcc", "-O2", "-fPIC", *flags, "-c", source, "-o", target)
    assert done.returncode == 0, done.stderr
    return target


def need_gcc_graphs():
    if shutil.which("gcc") is None or run("gcc", GRAPH, "-E", "-x", "c", "/dev/null").returncode:
        raise Skip("needs a gcc that knows -fcallgraph-info")


def test_the_stack_is_bounded():
    need_gcc_graphs()
    done = run("make", "--no-print-directory", f"BUILD={os.path.relpath(BUILD, ROOT)}",
               "check-stack", env={k: v for k, v in os.environ.items()
                                   if k not in ("MAKEFLAGS", "MAKELEVEL")})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    print(done.stdout.strip().splitlines()[-1][:200])


# What must be told of: source, list of calls through pointers, words of the message.
STACK_CANARIES = {
    "recursion": ("""int weir_a(volatile int *p); __attribute__((noinline)) static int b(
        volatile int *p) { return *p ? weir_a(p) + *p : 0; }
        int weir_a(volatile int *p) { return b(p) + *p; }""", "", "calls go round: .*b.*weir_a"),
    "self": ("int weir_a(volatile int *p) { return *p ? weir_a(p) + weir_a(p) : 1; }", "",
             "calls go round: weir_a"),
    "pointer": ("""typedef int f(volatile int *); extern f *const weir_t[]; int weir_a(
        volatile int *p) { return weir_t[*p](p) + *p; } f *const weir_t[] = {weir_a};""",
                "weir_t weir_a", "calls go round: weir_a"),
    "frame": ("void use(char *); void weir_a(void) { char big[20480]; use(big); }", "",
              "weir_a needs 20[0-9]{3} bytes of stack, more than 16384"),
    "sum": ("""void use(char *); __attribute__((noinline)) static void b(void) { char big[9000];
        use(big); } void weir_a(void) { char big[9000]; use(big); b(); use(big); }""",
            "", "weir_a needs 18[0-9]{3} bytes of stack"),
    "vla": ("void use(char *); void weir_a(int n) { char some[n]; use(some); }", "",
            "a frame without a fixed size: weir_a"),
    "unlisted call": ("int weir_a(int (*f)(int)) { return f(1) + 1; }", "",
                      "a.c:1:.*a call by f, which is in no line"),
    "unlisted function": ("""static int b(int x) { return x + 1; } typedef int f(int);
        extern f *const weir_t[]; f *const weir_t[] = {b}; int weir_a(int x) { return x; }""", "",
                          "the address of b is taken, and no line names it"),
    "unknown": ("int weir_b(int x); int weir_a(int x) { return weir_b(x) + 1; }", "",
                "weir_b is called and has no frame"),
    "stale line": ("int weir_a(int x) { return x + 1; }", "f gone", "gone matches no function"),
}


def test_the_stack_proof_sees():
    for name, (text, rules, wanted) in STACK_CANARIES.items():
        def case(name=name, text=text, rules=rules, wanted=wanted):
            need_gcc_graphs()
            target = compiled(f"stack-{name.replace(' ', '-')}", text, GRAPH)
            path = os.path.join(os.path.dirname(target), "indirect.txt")
            with open(path, "w", encoding="ascii") as file:
                file.write(rules + "\n")
            done = run("python3", STACK, "--indirect", path, target)
            assert done.returncode == 1, done.stdout + done.stderr
            assert re.search(f"^stack: {wanted}|^stack: .*{wanted}", done.stdout, re.M), done.stdout
        yield name, case


def test_harmless_code_passes_the_stack_proof():
    need_gcc_graphs()
    target = compiled("stack-fine", "int weir_a(int x) { return x + 1; }", GRAPH)
    done = run("python3", STACK, "--indirect", os.devnull, target)
    assert done.returncode == 0, done.stdout + done.stderr


SYMBOL_CANARIES = {
    "malloc": ("void *malloc(unsigned long); void *weir_a(void) { return malloc(9); }", "malloc in"),
    "printf": ("int printf(const char *, ...); int weir_a(int x) { return printf(\"%d\", x); }",
               "printf in"),
    "data": ("int weir_a(void); static int n = 7; int weir_a(void) { return n++; }",
             r"\.data 4 bytes"),
    "bss": ("int weir_a(void); static int n; int weir_a(void) { return n++; }", r"\.bss 4 bytes"),
    "thread": ("int weir_a(void); static __thread int n; int weir_a(void) { return n++; }",
               r"\.tbss 4 bytes|__tls_get_addr"),
    "common": ("int weir_n; int weir_a(void) { return weir_n++; }", "common symbol weir_n"),
    "name": ("int a(int x) { return x + 1; }", "names without weir_"),
}


def test_the_symbols_are_seen():
    for name, (text, wanted) in SYMBOL_CANARIES.items():
        def case(name=name, text=text, wanted=wanted):
            if shutil.which("gcc") is None or shutil.which("ar") is None:
                raise Skip("no gcc or no ar")
            target = compiled(f"symbols-{name}", text, "-fcommon")
            library = target[:-2] + ".a"
            assert run("ar", "rcs", library, target).returncode == 0
            done = run(SYMBOLS, library)
            assert done.returncode == 1, done.stdout + done.stderr
            assert re.search(wanted, done.stdout), done.stdout
        yield name, case


COVERAGE_SOURCE = """int f(int x) {
    if (x) {
        return 1;
    }
    if (WEIR_NEVER(x > 1)) {
        return 2;
    }
    return 3;
}
"""
# Hits of lines 1, 2, 3, 5, 6, 8; explanations; thresholds; words of the verdict, "" for none.
COVERAGE_CASES = {
    "all": ((1, 1, 1, 1, 0, 1), "", 97, ""),
    "unexplained": ((1, 1, 0, 1, 0, 1), "", 0, "no reason for src/a.c:3: return 1;"),
    "explained": ((1, 1, 0, 1, 0, 1), "src/a.c | return 1; | why", 0, ""),
    "stale": ((1, 1, 1, 1, 0, 1), "src/a.c | return 1; | why", 0, "explains nothing: src/a.c"),
    "few": ((1, 1, 0, 1, 0, 1), "src/a.c | return 1; | why", 97, "of lines, less than 97"),
}


def test_coverage_is_judged():
    for name, (hits, explained, least, wanted) in COVERAGE_CASES.items():
        def case(name=name, hits=hits, explained=explained, least=least, wanted=wanted):
            directory = workdir(f"coverage-{name}")
            os.makedirs(os.path.join(directory, "src"))
            source = os.path.join(directory, "src", "a.c")
            counts = zip((1, 2, 3, 5, 6, 8), hits)
            texts = {source: COVERAGE_SOURCE, "explained.txt": explained + "\n",
                     "lcov.txt": f"SF:{source}\n" + "".join(f"DA:{a},{b}\n" for a, b in counts) +
                                 "BRDA:2,0,0,1\nBRDA:2,0,1,1\nend_of_record\n"}
            for path, text in texts.items():
                with open(os.path.join(directory, path), "w", encoding="ascii") as file:
                    file.write(text)
            done = subprocess.run(
                ["python3", os.path.join(ROOT, "tests", "proof", "coverage.py"), "--build", ".",
                 "--lcov", "lcov.txt", "--explained", "explained.txt", "--lines", str(least)],
                capture_output=True, text=True, check=False, timeout=60, cwd=directory)
            assert done.returncode == (1 if wanted else 0), done.stdout + done.stderr
            assert wanted in done.stdout, done.stdout
        yield name, case


def library_files():
    for directory, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            if name.endswith(".c"):
                yield os.path.join(directory, name)


def includes_banned_last(text):
    found = re.findall(r"^\s*#\s*include\s+(\S+)", text, re.M)
    return bool(found) and found[-1] == '"base/banned.h"'


def test_every_file_of_the_library_includes_banned_last():
    paths = list(library_files())
    assert len(paths) > 50, paths
    for path in paths:
        with open(path, encoding="utf-8") as file:
            assert includes_banned_last(file.read()), f"{path}: the last include is another"
    assert not includes_banned_last('#include "base/banned.h"\n#include <stdio.h>\n')
    assert not includes_banned_last('#include "base/check.h"\n')


def test_every_banned_word_stops_the_compiler():
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    if not compilers:
        raise Skip("neither gcc nor clang")
    with open(BANNED, encoding="utf-8") as file:
        words = " ".join(re.findall(r"^#pragma GCC poison (.*)$", file.read(), re.M)).split()
    assert {"malloc", "calloc", "realloc", "free", "alloca", "printf", "exit", "abort", "qsort",
            "getenv"} <= set(words), words
    directory = workdir("banned")
    source = os.path.join(directory, "a.c")
    with open(source, "w", encoding="ascii") as file:
        file.write('#include "base/banned.h"\n' +
                   "".join(f"int weir_{word}_(void) {{ return {word}(1) != 0; }}\n"
                           for word in words))
    for compiler in compilers:
        done = run(compiler, "-std=c11", "-fsyntax-only", "-w", "-ferror-limit=0"
                   if compiler == "clang" else "-fmax-errors=0", "-Isrc", source)
        assert done.returncode != 0
        told = set(re.findall(r'poisoned "?(\w+)|use of poisoned identifier \'?(\w+)', done.stderr))
        told = {word for pair in told for word in pair if word}
        lines = set(map(int, re.findall(r"a\.c:(\d+):\d+: error: .*poisoned", done.stderr)))
        assert lines == set(range(2, len(words) + 2)), \
            f"{compiler}: not refused: {[words[i] for i in range(len(words)) if i + 2 not in lines]}"


def limited():
    resource.setrlimit(resource.RLIMIT_STACK, (STACK_BYTES, STACK_BYTES))


# Programs whose own frames are small; the kernel takes the limit at exec.
SMALL_STACK_TESTS = ["test_rows", "test_codec_gzip", "test_codec_zstd"]


def test_whole_programs_run_on_64_kib_of_stack():
    for name in SMALL_STACK_TESTS:
        def case(name=name):
            binary = os.path.join(BUILD, "tests", name)
            if not os.path.exists(binary):
                raise Skip(f"{name} is not built")
            done = run(binary, preexec_fn=limited)
            assert done.returncode == 0, f"exit {done.returncode}: {done.stderr[-2000:]}"
        yield name, case


def test_the_program_runs_on_64_kib_of_stack():
    """Lane 0 on the limited stack, the others on stacks of that size in the block."""
    source = workdir("small-stack-data")
    generate(source, rows=3000, files=2, codec="mixed")
    for verb in (["profile", "--format", "csv", "--threads", "2"],
                 ["profile", "--format", "csv", "--exact"], ["check"], ["schema"],
                 ["cat"]):
        done = run(WEIR, *verb, "--mem-budget", "32MiB", source, preexec_fn=limited)
        assert done.returncode == 0, f"{verb}: exit {done.returncode}: {done.stderr[-500:]}"
        plain = run(WEIR, *verb, "--mem-budget", "32MiB", source)
        assert done.stdout == plain.stdout, verb


def test_64_kib_of_stack_are_a_limit():
    """A canary: a program that needs more dies."""
    directory = workdir("small-stack")
    source, target = os.path.join(directory, "a.c"), os.path.join(directory, "a")
    with open(source, "w", encoding="ascii") as file:
        file.write("""int main(int n, char **v) { volatile char a[200000];
            for (int i = 199999; i >= 0; i -= 512) a[i] = (char)n; return v == 0 || a[511] == 9; }""")
    if shutil.which("gcc") is None:
        raise Skip("no gcc")
    assert run("gcc", "-O1", source, "-o", target).returncode == 0
    assert run(target).returncode == 0
    assert run(target, preexec_fn=limited).returncode == -11
