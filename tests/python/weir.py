"""Starts weir: the one place, so that what must always hold is checked for every run."""

import json
import os
import shlex
import subprocess
from decimal import Decimal

from harness import BUILD, TMP, Skip

WEIR = os.path.join(BUILD, "weir")
GEN = os.path.join(BUILD, "weir-gen")
EXIT_CODES = {0, 2, 3, 4, 5, 6, 7}
TIMEOUT_S = 60
# Sanitizers take memory of their own, and the seal does not let them.
SANITIZED = "WEIR_SANITIZED" in os.environ
FAULTS_MAX = 64  # by pages that the system has moved or taken away meanwhile; as a rule there are 0


class Run:
    def __init__(self, arguments, code, out, err):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    @property
    def json(self):
        # Decimal keeps the digits as printed; a reader decides what they are.
        return json.loads(self.out.decode("utf-8"), parse_float=Decimal)

    def say(self):
        return f"{' '.join(self.arguments)} -> exit {self.code}: {self.err.strip()[:500]}"


def check_memory(memory, say):
    """The promise that holds always: peak RSS of the process within the budget."""
    for name in ("budget_bytes", "planned_bytes", "peak_rss_bytes", "reserve_bytes", "batches"):
        assert isinstance(memory.get(name), int), f"memory.{name} is missing: {say}"
    if SANITIZED:
        return
    faults = memory.get("minor_faults", 0) + memory.get("major_faults", 0)
    assert faults <= FAULTS_MAX, f"{faults} page faults since the seal: {say}"
    peak, budget = memory["peak_rss_bytes"], memory["budget_bytes"]
    assert 0 < peak <= budget, f"peak RSS {peak} above the budget {budget}: {say}"
    assert memory["planned_bytes"] <= budget, f"planned more than the budget: {say}"


def weir(*arguments, cwd=None, env=None, timeout=TIMEOUT_S, program=None, codes=EXIT_CODES):
    """Any run. Checks: ends in time, no signal, a known exit code, memory within the budget."""
    command = [program or WEIR] + [str(a) for a in arguments]
    if SANITIZED:
        command.insert(2, "--no-seal")
        if "--mem-budget" in command:
            command[command.index("--mem-budget") + 1] = "1GiB"
        elif command[1] in ("profile", "cat"):
            command[2:2] = ["--mem-budget", "1GiB"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd,
                              env=env, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise AssertionError(f"no end within {timeout} s: {' '.join(command)}") from None
    run = Run(command, done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))
    assert run.code >= 0, f"killed by signal {-run.code}: {run.say()}"
    differs = run.code == 1 and arguments[0] in ("check", "leakcheck")
    assert run.code in codes or differs, f"unexpected exit code: {run.say()}"
    if run.out.startswith(b"{") and b'"memory"' in run.out:
        report = None
        try:
            report = run.json
        except ValueError:
            pass  # cat prints objects too, one a line
        if report and "memory" in report:
            check_memory(report["memory"], run.say())
    return run


def profile(paths, *options, budget="64MiB", code=0, **how):
    """`weir profile -f json`: the parsed report."""
    if isinstance(paths, str):
        paths = [paths]
    run = weir("profile", "-f", "json", "--mem-budget", budget, *options, *paths, **how)
    assert run.code == code, f"exit {run.code}, not {code}: {run.say()}"
    report = run.json
    assert "memory" in report, f"no memory in the report: {run.say()}"
    return report


def without_measurements(report):
    """A report without what may differ between two runs that must give the same numbers."""
    return {key: value for key, value in report.items()
            if key not in ("memory", "elapsed_seconds")}


def plan(paths, *options, budget="64MiB"):
    if isinstance(paths, str):
        paths = [paths]
    run = weir("plan", "-f", "json", "--mem-budget", budget, *options, *paths)
    assert run.code in (0, 3), run.say()
    return run


def peak_of(*arguments):
    """VmHWM of a run in bytes, as /usr/bin/time sees it, started from a small shell: a parent as
    large as Python would count. For the verbs that do not tell it themselves."""
    if not os.path.exists("/usr/bin/time"):
        raise Skip("/usr/bin/time is not here")
    peak = os.path.join(TMP, f"peak-{os.getpid()}")
    command = shlex.join(["/usr/bin/time", "-f", "%M", "-o", peak, WEIR, *map(str, arguments)])
    done = subprocess.run(["sh", "-c", f"{command} >/dev/null"], timeout=TIMEOUT_S, check=False,
                          capture_output=True, text=True)
    assert done.returncode == 0, f"exit {done.returncode}: {done.stderr.strip()}"
    with open(peak, encoding="ascii") as file:
        kib = int(file.read())
    os.remove(peak)
    return kib << 10


def generate(directory, **options):
    """weir-gen with --key value options; True means a flag. Returns the file names."""
    command = [GEN, "--out", directory]
    for key, value in options.items():
        command.append("--" + key.replace("_", "-"))
        if value is not True:
            command.append(str(value))
    subprocess.run(command, check=True, timeout=300)
    return sorted(os.path.join(directory, name) for name in os.listdir(directory)
                  if name.endswith(".parquet"))
