#!/usr/bin/env python3
"""Runs every test: unit test binaries, end-to-end scripts, Python modules, two at a time.

run.py [--build DIR] [--jobs N] [text that a job's title must contain]
The last line counts: "N passed, N failed, N skipped". Full output of each job: DIR/log/.
"""

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
JOB_SECONDS_MAX = 540

# Long jobs first, so that the last minute is busy on every core.
LONG = ["test_encodings", "test_recut", "test_crafted_types", "test_large", "test_matrix",
        "test_oversize", "test_budget", "test_crafted_encodings", "test_corpus"]


class Job:
    def __init__(self, name, command, kind, rerun):
        self.name, self.command, self.kind, self.rerun = name, command, kind, rerun
        self.title = f"{kind} {name}"


def short(path):
    """Relative where it lies below the checkout."""
    inside = os.path.relpath(path, ROOT)
    return path if inside.startswith("..") else inside


def jobs_of(build, python):
    jobs = []
    setting = "" if short(build) == "build" else f"BUILD={short(build)} "
    for name in sorted(os.listdir(os.path.join(HERE, "python"))):
        if name.startswith("test_") and name.endswith(".py"):
            module = name[:-3]
            script = os.path.join("tests", "python", "harness.py")
            jobs.append(Job(module, [python, script, module], "python",
                            f"{setting}{short(python)} {script} {module} "))
    for name in sorted(os.listdir(HERE)):
        if name.startswith("test_") and name.endswith(".c"):
            binary = os.path.join(build, "tests", name[:-2])
            jobs.append(Job(name[:-2], [binary], "unit",
                            f"make {setting}{short(binary)} && {short(binary)}"))
    emulated = os.path.join(build, "emulated")  # AVX-512 in plain C; x86-64 only
    for name in sorted(os.listdir(emulated)) if os.path.isdir(emulated) else []:
        if re.fullmatch(r"test_\w+", name):
            binary = os.path.join(emulated, name)
            jobs.append(Job(f"{name}-emulated", [binary], "unit",
                            f"make {setting}{short(binary)} && {short(binary)}"))
    scripts = os.path.join(HERE, "e2e")
    for name in sorted(os.listdir(scripts)) if os.path.isdir(scripts) else []:
        if name.startswith("test_") and name.endswith(".sh"):
            script = os.path.join("tests", "e2e", name)
            jobs.append(Job(name[:-3], ["bash", script], "script",
                            f"{setting}bash {script}"))
    library = os.path.join(build, "libweir.a")
    check = os.path.join("tools", "check_symbols.sh")
    jobs.append(Job("check-symbols", [check, library], "script", f"{check} {short(library)}"))
    jobs.append(Job("fuzz-replay", ["make", "--no-print-directory", f"BUILD={build}",
                                    "fuzz-replay"], "script", f"make {setting}fuzz-replay"))
    order = {name: i for i, name in enumerate(LONG)}
    return sorted(jobs, key=lambda job: order.get(job.name, len(order)))


def unit_counts(text, code):
    """cmocka's lines: [       OK ] name, [  FAILED  ] name, [  SKIPPED ] name."""
    passed = len(re.findall(r"^\[ +OK \] ", text, re.M))
    failed = sorted(set(re.findall(r"^\[  FAILED  \] ([a-zA-Z_]\w*)$", text, re.M)))
    skipped = len(set(re.findall(r"^\[  SKIPPED \] ([a-zA-Z_]\w*)$", text, re.M)))
    if code != 0 and not failed:
        started = re.findall(r"^\[ RUN +\] (\S+)", text, re.M)
        failed = [f"{started[-1] if started else 'start'} (exit {code})"]
    if code == 0 and passed == 0 and skipped == 0:
        failed = ["no test ran"]
    return passed, failed, skipped


def python_counts(text, code):
    passed = len(re.findall(r"^ok ", text, re.M))
    failed = re.findall(r"^FAIL (\S+?)(?::|$)", text, re.M)
    failed = [m.split(": ")[0] for m in re.findall(r"^FAIL (.*?)(?=: |$)", text, re.M)] or failed
    skipped = len(re.findall(r"^skip ", text, re.M))
    if code != 0 and not failed:
        failed = [f"the module (exit {code})"]
    if code == 0 and passed + skipped == 0:
        failed = ["no test ran"]
    return passed, failed, skipped


class Runner:
    def __init__(self, build):
        self.build = build
        self.log = os.path.join(build, "log")
        self.lock = threading.Lock()
        self.passed = self.skipped = 0
        self.failures = []
        os.makedirs(self.log, exist_ok=True)

    def run(self, job):
        begun = time.monotonic()
        environment = {**os.environ, "BUILD": self.build, "PYTHONUNBUFFERED": "1",
                       "PYTHONPYCACHEPREFIX": os.path.join(self.build, "pycache")}
        path = os.path.join(self.log, job.title.replace(" ", "-") + ".log")
        with open(path, "wb") as log:
            try:
                code = subprocess.run(job.command, stdout=log, stderr=subprocess.STDOUT,
                                      stdin=subprocess.DEVNULL, cwd=ROOT, env=environment,
                                      timeout=JOB_SECONDS_MAX, check=False).returncode
            except subprocess.TimeoutExpired:
                code = f"none within {JOB_SECONDS_MAX} s"
            except OSError as error:
                code = f"none: {error}"
        with open(path, encoding="utf-8", errors="replace") as log:
            text = log.read()
        if job.kind == "unit":
            passed, failed, skipped = unit_counts(text, code)
        elif job.kind == "python":
            passed, failed, skipped = python_counts(text, code)
        else:
            passed, failed, skipped = (1, [], 0) if code == 0 else (0, [f"exit {code}"], 0)
        self.report(job, passed, failed, skipped, text, time.monotonic() - begun)

    def report(self, job, passed, failed, skipped, text, took):
        with self.lock:
            self.passed += passed
            self.skipped += skipped
            print(f"{'FAIL' if failed else 'ok':4} {job.title}: {passed} passed"
                  + (f", {len(failed)} failed" if failed else "")
                  + (f", {skipped} skipped" if skipped else "") + f" ({took:.1f} s)", flush=True)
            for name in failed:
                again = job.rerun
                if job.kind == "python":
                    again += "'" + name.replace("'", "") + "'"
                self.failures.append(f"FAILED {job.title}: {name}; again: {again}")
            if failed:
                lines = text.splitlines()
                shown = [line for line in lines if not line.startswith(("ok ", "[ RUN", "[       OK"))]
                print("\n".join("    " + line[:300] for line in shown[:60]), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("wanted", nargs="?", default="")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    build = os.path.abspath(arguments.build)
    runner = Runner(build)
    if os.path.exists(os.path.join(build, "check-build.failed")):
        log = os.path.join(build, "check-build.log")
        subprocess.run(["grep", "-E", "-m", "20", "error|Error|undefined", log], check=False)
        runner.failures.append(f"FAILED build: see {log}; again: make all tests")
    jobs = [job for job in jobs_of(build, sys.executable) if arguments.wanted in job.title]
    with ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        list(pool.map(runner.run, jobs))
    for line in runner.failures:
        print(line)
    failed = len(runner.failures)
    print(f"{runner.passed} passed, {failed} failed"
          + (f", {runner.skipped} skipped" if runner.skipped else ""), flush=True)
    sys.exit(1 if failed or not jobs else 0)


if __name__ == "__main__":
    main()
