"""A hard memory cgroup of one's own, version 1 or 2, and commands that run in it."""

import os
import shlex
import subprocess
import time

from harness import Skip

MADE = [0]


class Cgroup:
    """Version 1 (memory and, where it is counted, memory with swap), or 2 where it is delegated."""

    def __init__(self):
        MADE[0] += 1
        name = f"weir-test-{os.getpid()}-{MADE[0]}"
        for root, limits, join in (
                ("/sys/fs/cgroup/memory",
                 ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"), "tasks"),
                ("/sys/fs/cgroup", ("memory.max",), "cgroup.procs")):
            self.path, self.limits, self.join = os.path.join(root, name), limits, join
            try:
                os.mkdir(self.path)
            except OSError:
                continue
            if os.path.exists(os.path.join(self.path, limits[0])):
                self.is_v2 = len(limits) == 1
                return
            os.rmdir(self.path)
        raise Skip("no memory cgroup can be made here")

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for _ in range(50):
            try:
                os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.02)

    def write(self, name, value):
        with open(os.path.join(self.path, name), "w", encoding="ascii") as file:
            file.write(str(value))

    def number(self, name, key=None):
        """The number in a file, or behind `key` in a file of lines; 0 where it is not there."""
        try:
            with open(os.path.join(self.path, name), encoding="ascii") as file:
                lines = [line.split() for line in file]
        except OSError:
            return 0
        found = [line[-1] for line in lines if line and (key is None or line[0] == key)]
        return int(found[0]) if found and found[0].isdigit() else 0

    def set_limit(self, limit):
        """Swap does not help either. Lowering needs another order than raising."""
        names = [name for name in self.limits if os.path.exists(os.path.join(self.path, name))]
        error = None
        for name in names + names[::-1]:
            try:
                self.write(name, limit)
                error = None
            except OSError as why:
                error = why
        if error is not None:
            raise Skip(f"the cgroup takes no limit: {error}")
        if self.is_v2 and os.path.exists(os.path.join(self.path, "memory.swap.max")):
            self.write("memory.swap.max", 0)

    def run(self, limit, *command, timeout=60):
        """The command joins by way of a small shell, so that nothing of ours is charged."""
        self.set_limit(limit)
        text = f"echo $$ > {self.path}/{self.join} && exec {shlex.join(map(str, command))}"
        return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=timeout,
                              check=False)

    def peak(self):
        return self.number("memory.peak" if self.is_v2 else "memory.max_usage_in_bytes")

    def forget_peak(self):
        if not self.is_v2:
            self.write("memory.max_usage_in_bytes", 0)

    def kills(self):
        file = "memory.events" if self.is_v2 else "memory.oom_control"
        return self.number(file, "oom_kill")
