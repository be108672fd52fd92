"""Runs one command pinned to some cores and takes its CPU seconds, wall seconds and peak RSS.

The command is started by /usr/bin/time, a small process: a peak RSS can carry that of the process
that forked over exec. A command that exceeds the limits on memory or time is killed and says so.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time

POLL_SECONDS = 0.05
WALL_FACTOR = 5  # a run that does not get on is ended after so many times its CPU seconds


class Limits:
    def __init__(self, seconds, memory_bytes):
        self.seconds, self.memory_bytes = seconds, memory_bytes


def needed_tools():
    return [tool for tool in ("taskset", "/usr/bin/time") if shutil.which(tool) is None]


def taken(pid):
    """(CPU seconds, resident bytes) of the children of `pid` by now; zeros once they are gone."""
    ticks, pages = 0, 0
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
        for child in children:
            with open(f"/proc/{child}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
            pages += int(fields[21])
    except (OSError, IndexError):
        pass
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE")


def end(process):
    """Kills the process and what it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def watch(process, limits):
    """Waits for the process; (status, usage, why it was killed or None)."""
    begun = time.monotonic()
    why = None
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid != 0:
            return status, usage, why
        seconds, resident = taken(process.pid)
        if seconds > limits.seconds or time.monotonic() - begun > WALL_FACTOR * limits.seconds:
            why = f"took more than {limits.seconds:.0f} s of CPU"
        if resident > limits.memory_bytes:
            why = f"took more than {limits.memory_bytes / 2**30:.1f} GiB"
        if why is not None:
            end(process)
        time.sleep(POLL_SECONDS)


def run(command, cores, limits, environment=None):
    """A dict: user, system, wall in seconds, peak_bytes, output; or `failed`, the reason."""
    with tempfile.TemporaryDirectory() as directory:
        peak, out, err = (os.path.join(directory, name) for name in ("peak", "out", "err"))
        pinned = ["taskset", "-c", ",".join(map(str, cores)), *command]
        begun = time.monotonic()
        with open(out, "wb") as stdout, open(err, "wb") as stderr:
            process = subprocess.Popen(["/usr/bin/time", "-f", "%M %e", "-o", peak, *pinned],
                                       stdout=stdout, stderr=stderr, start_new_session=True,
                                       env={**os.environ, **(environment or {})})
            try:
                status, usage, why = watch(process, limits)
            except BaseException:
                end(process)
                raise
        wall = time.monotonic() - begun
        process.returncode = status
        with open(out, encoding="utf-8", errors="replace") as file:
            output = file.read()
        with open(err, encoding="utf-8", errors="replace") as file:
            complaint = file.read().strip().splitlines()
        if why is None and status != 0:
            code = os.waitstatus_to_exitcode(status)
            killed = code in (137, -9) or (code > 128 and not complaint)
            why = "killed: out of memory?" if killed else \
                f"exit {code}: {complaint[-1][:160] if complaint else 'nothing said'}"
        if why is not None:
            return {"failed": why, "wall": wall}
        with open(peak, encoding="ascii") as file:
            kib, wall_timed = file.read().split()[-2:]
        # Short runs end between two polls: /usr/bin/time knows their wall time to 10 ms.
        return {"user": usage.ru_utime, "system": usage.ru_stime, "wall": float(wall_timed),
                "peak_bytes": int(kib) << 10, "output": output}


def warm(paths):
    """Reads the files once, so that every run finds them in the page cache."""
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def machine():
    """What the figures were taken on."""
    model, memory = "unknown CPU", "unknown memory"
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = f"{int(file.readline().split()[1]) / 2**20:.1f} GiB"
    return {"cpu": model, "cores": os.cpu_count(), "kernel": os.uname().release, "memory": memory}


def memory_available():
    with open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) << 10
    return 4 << 30
