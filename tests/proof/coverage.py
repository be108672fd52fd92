#!/usr/bin/env python3
"""Line and branch coverage of src/ from clang's counters, with a verdict.

coverage.py --build DIR --lines PERCENT --branches PERCENT [--explained LIST]

Reads DIR/raw/*.profraw, prints a table by file, writes DIR/uncovered-lines.txt and
DIR/uncovered-branches.txt. Fails where a total is below its threshold, where a line that no test
runs is not explained, or where an explanation explains nothing any more.

LIST has lines "FILE | TEXT | REASON": a stretch of uncovered lines of FILE is explained if one of
them contains TEXT. Blocks of WEIR_NEVER and of the else of WEIR_ALWAYS need no line: they say
themselves that nothing is known to lead there.
"""

import argparse
import glob
import os
import re
import subprocess
import sys
from collections import defaultdict

TOOLS = ("", "-19", "-16", "-15", "-14")
NO_CODE = re.compile(r"\s*(\}*;?|#.*)$")  # ends of blocks, lines of the preprocessor
BELIEVED = re.compile(r"\bWEIR_(NEVER|ALWAYS)\b")


def tool(name):
    for suffix in TOOLS:
        if subprocess.run(["sh", "-c", f"command -v {name}{suffix}"], capture_output=True,
                          check=False).returncode == 0:
            return name + suffix
    sys.exit(f"coverage: needs {name}: apt-get install llvm")


def export(build):
    """lcov's text for the library, and for the AVX-512 kernels on emulated instructions."""
    merged = os.path.join(build, "all.profdata")
    raw = sorted(glob.glob(os.path.join(build, "raw", "*.profraw")))
    if not raw:
        sys.exit(f"coverage: no counters in {build}/raw")
    subprocess.run([tool("llvm-profdata"), "merge", "-sparse", "-o", merged, *raw], check=True)
    emulated = os.path.join(build, "emulated", "weir")
    more = ["-object", emulated] if os.path.exists(emulated) else []
    return subprocess.run([tool("llvm-cov"), "export", "-format=lcov", "-instr-profile", merged,
                           os.path.join(build, "libweir.so"), *more],
                          capture_output=True, text=True, check=True).stdout


class File:
    def __init__(self, path):
        self.path = path
        self.lines = {}                                 # line -> count
        self.branches = defaultdict(lambda: [])         # line -> counts
        with open(path, encoding="utf-8") as file:
            self.text = file.read().split("\n")

    def believed_impossible(self):
        """Lines of blocks that begin where WEIR_NEVER or WEIR_ALWAYS stands."""
        inside = set()
        for number, line in enumerate(self.text, 1):
            if BELIEVED.search(line) and not line.lstrip().startswith("#"):
                at = number
                while at < len(self.text) and not self.text[at - 1].rstrip().endswith(("{", ";")):
                    at += 1
                indent = len(line) - len(line.lstrip())
                while at < len(self.text) and self.text[at - 1].rstrip().endswith("{"):
                    at += 1
                    while at < len(self.text) and (not self.text[at - 1].strip() or len(
                            self.text[at - 1]) - len(self.text[at - 1].lstrip()) > indent):
                        inside.add(at)
                        at += 1
                    break
        return inside

    def settle(self):
        for line in [line for line in self.lines if NO_CODE.match(self.text[line - 1])]:
            del self.lines[line]
        for line in self.believed_impossible():
            if self.lines.get(line) == 0:
                del self.lines[line]
                self.branches.pop(line, None)

    def uncovered(self):
        return sorted(line for line, count in self.lines.items() if count == 0)

    def stretches(self):
        """Runs of uncovered lines; lines without code do not part them."""
        runs = []
        for line in self.uncovered():
            if runs and not any(self.lines.get(between, 0) > 0
                                for between in range(runs[-1][-1] + 1, line)):
                runs[-1].append(line)
            else:
                runs.append([line])
        return runs


def read(text, root):
    files, current = {}, None
    for line in text.splitlines():
        key, _, rest = line.partition(":")
        if key == "SF":
            path = os.path.relpath(rest, root)
            current = files.setdefault(path, File(rest)) if path.startswith("src/") else None
        elif current is not None and key == "DA":
            number, count = map(int, rest.split(",")[:2])
            current.lines[number] = max(current.lines.get(number, 0), count)
        elif current is not None and key == "BRDA":
            number, block, branch, count = rest.split(",")
            current.branches[int(number)].append(0 if count == "-" else int(count))
    for file in files.values():
        file.settle()
    return files


def read_explained(path):
    entries = []
    if path and os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            for line in file:
                parts = [part.strip() for part in line.split(" | ")]
                if len(parts) == 3 and not line.startswith("#"):
                    entries.append(parts)
                elif line.strip() and not line.startswith("#"):
                    sys.exit(f"coverage: {path}: cannot read {line.strip()}")
    return entries


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def judge_lines(files, entries):
    """Uncovered lines without a reason, and reasons without an uncovered line."""
    used, unexplained, listing = set(), [], []
    for path, file in sorted(files.items()):
        for run in file.stretches():
            reason = ""
            for i, (wanted, text, why) in enumerate(entries):
                if wanted == path and any(text in file.text[line - 1] for line in run):
                    used.add(i)
                    reason = why
            for line in run:
                listing.append(f"{path}:{line}: {file.text[line - 1].strip()}"
                               + (f"  [{reason}]" if reason else ""))
            if not reason:
                unexplained.append(f"{path}:{run[0]}: {file.text[run[0] - 1].strip()}"
                                   + (f" (and {len(run) - 1} more)" if len(run) > 1 else ""))
    stale = [" | ".join(entry) for i, entry in enumerate(entries) if i not in used and not entry[2].startswith("a race")]
    return unexplained, stale, listing


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/coverage")
    parser.add_argument("--lines", type=float, default=97)
    parser.add_argument("--branches", type=float, default=92)
    parser.add_argument("--explained", default=os.path.join(os.path.dirname(__file__), "uncovered.txt"))
    parser.add_argument("--lcov", help="read this text instead")
    parser.add_argument("--tools", action="store_true", help="only see whether llvm's are there")
    arguments = parser.parse_args()
    if arguments.tools:
        tool("llvm-profdata"), tool("llvm-cov")
        return
    root = os.getcwd()
    if arguments.lcov:
        with open(arguments.lcov, encoding="utf-8") as file:
            text = file.read()
    else:
        text = export(arguments.build)
    files = read(text, root)
    if not files:
        sys.exit("coverage: no file of src/ was measured")
    total = [0, 0, 0, 0]
    print(f"{'file':36} {'lines':>6} {'missed':>6} {'%':>7}  {'branches':>8} {'missed':>6} {'%':>7}")
    for path, file in sorted(files.items()):
        counts = [count for some in file.branches.values() for count in some]
        row = [len(file.lines), len(file.uncovered()), len(counts), counts.count(0)]
        total = [a + b for a, b in zip(total, row)]
        print(f"{path:36} {row[0]:6} {row[1]:6} {percent(row[0] - row[1], row[0]):7.2f}  "
              f"{row[2]:8} {row[3]:6} {percent(row[2] - row[3], row[2]):7.2f}")
    lines = percent(total[0] - total[1], total[0])
    branches = percent(total[2] - total[3], total[2])
    print(f"{'total':36} {total[0]:6} {total[1]:6} {lines:7.2f}  {total[2]:8} {total[3]:6} {branches:7.2f}")
    unexplained, stale, listing = judge_lines(files, read_explained(arguments.explained))
    with open(os.path.join(arguments.build, "uncovered-lines.txt"), "w", encoding="utf-8") as out:
        out.write("".join(line + "\n" for line in listing))
    with open(os.path.join(arguments.build, "uncovered-branches.txt"), "w", encoding="utf-8") as out:
        for path, file in sorted(files.items()):
            for line, counts in sorted(file.branches.items()):
                if 0 in counts and file.lines.get(line, 0) > 0:
                    out.write(f"{path}:{line}: {counts.count(0)} of {len(counts)}: "
                              f"{file.text[line - 1].strip()}\n")
    errors = [f"no reason for {line}" for line in unexplained]
    errors += [f"explains nothing: {line}" for line in stale]
    if lines < arguments.lines:
        errors.append(f"{lines:.2f} % of lines, less than {arguments.lines:g}")
    if branches < arguments.branches:
        errors.append(f"{branches:.2f} % of branches, less than {arguments.branches:g}")
    for error in errors:
        print(f"coverage: {error}")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
