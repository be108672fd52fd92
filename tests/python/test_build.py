"""How the library is built: flags that change bits are refused, and nothing is contracted."""

import os
import re
import shutil
import subprocess

from harness import BUILD, ROOT, Skip, workdir

OBJECT = "obj/src/stats/moments.o"
# Fused multiply-add of x86-64 and of AArch64.
FUSED = re.compile(r"\s(?:vfn?m(?:add|sub)\w*|fn?m(?:add|sub)|fml[as])\s")


def make(target, **variables):
    """Builds one target in an empty directory, with the compiler that is there."""
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    build = os.path.relpath(workdir("build"), ROOT)
    settings = [f"{key}={value}" for key, value in {"BUILD": build, **variables}.items()]
    return subprocess.run(["make", "--no-print-directory", "-C", ROOT, *settings,
                           f"{build}/{target}"], capture_output=True, text=True, check=False,
                          env=environment, timeout=120)


def test_flags_that_change_bits_are_refused():
    compilers = [name for name in ("gcc", "clang") if shutil.which(name)]
    if not compilers:
        raise Skip("neither gcc nor clang")
    for compiler in compilers:
        done = make(OBJECT, CC=compiler, OPT="-O0", CFLAGS="-g")
        assert done.returncode == 0, done.stderr
        cases = [{"CFLAGS": "-ffast-math"}, {"OPT": "-Ofast"}, {"CFLAGS": "-ffinite-math-only"}]
        if compiler == "gcc":  # clang tells of none of these
            cases += [{"CFLAGS": "-funsafe-math-optimizations"}, {"CFLAGS": "-freciprocal-math"},
                      {"CFLAGS": "-fno-signed-zeros"}]
        for flags in cases:
            done = make(OBJECT, CC=compiler, **{"OPT": "-O0", **flags})
            assert done.returncode != 0, f"{compiler} {flags}: built all the same"
            assert "same bits" in done.stderr, f"{compiler} {flags}: {done.stderr[-500:]}"


def fused(path):
    text = subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True,
                          text=True, check=True, timeout=120).stdout
    assert "Disassembly" in text, f"{path} has no code"
    return FUSED.findall(text)


def test_nothing_is_contracted():
    """Every object of the library, those of AVX2 and AVX-512 too. No source asks for fma."""
    if shutil.which("objdump") is None:
        raise Skip("no objdump")
    found = fused(os.path.join(BUILD, "libweir.a"))
    assert not found, f"{len(found)} fused instructions, such as {found[0].strip()}"


def test_the_search_finds_what_is_contracted():
    """A canary: the same search where contraction is on."""
    if shutil.which("objdump") is None or shutil.which("gcc") is None:
        raise Skip("no objdump or no gcc")
    directory = workdir("contracted")
    source, target = os.path.join(directory, "a.c"), os.path.join(directory, "a.o")
    with open(source, "w", encoding="ascii") as file:
        file.write("double f(double a, double b, double c) { return a * b + c; }\n")
    machine = ["-mfma"] if os.uname().machine == "x86_64" else []
    subprocess.run(["gcc", "-O2", *machine, "-ffp-contract=fast", "-c", source, "-o", target],
                   check=True, timeout=60)
    assert fused(target), "no fused instruction was found"
