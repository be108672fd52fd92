"""Faults of real machines: signals at any moment, full disks, small limits, odd paths, files that
change. Whole or nothing, the right exit code, and an end within milliseconds of CPU time.

WEIR_FAULTS=all tries each more often."""

import contextlib
import os
import pty
import random
import resource
import select
import shutil
import signal
import stat
import subprocess
import threading
import time

from harness import Skip, workdir
from weir import WEIR, generate, weir

ALL = "WEIR_FAULTS" in os.environ
SEED = int(os.environ.get("WEIR_SEED", time.time_ns() % 1_000_000))
BEFORE = "what was there before\n"
END_SECONDS = 20  # of wall-clock time on a busy machine; CPU time is held to more
CPU_SECONDS = 0.05  # of a thread, from the signal to the end

SHARED = {}


def data():
    """Enough for a run of some tenths of a second; made once."""
    if "data" not in SHARED:
        directory = workdir("faults-data")
        generate(directory, rows=300_000, files=2, codec="zstd", zstd_level=1)
        SHARED["data"] = directory
    return SHARED["data"]


def small():
    if "small" not in SHARED:
        SHARED["small"] = generate(workdir("faults-small"), rows=5_000)[0]
    return SHARED["small"]


def put(path, text=BEFORE):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def get(path):
    with open(path, "rb") as file:
        return file.read()


def start(*arguments, **how):
    how = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    return subprocess.Popen([WEIR, *arguments], **how)


def cpu_seconds(pid):
    """CPU time of a running process, to the nanosecond."""
    return time.clock_gettime(((~pid) << 3) | 2)


def end_by_signal(process, numbers):
    """Sends the signals; returns exit code and CPU time from the first of them to the end."""
    before = cpu_seconds(process.pid)
    for number in numbers:
        os.kill(process.pid, number)
    timer = threading.Timer(END_SECONDS, process.kill)
    timer.start()
    _, status, usage = os.wait4(process.pid, 0)
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_utime + usage.ru_stime - before


COMMANDS = {
    "profile": ["profile", "-f", "json", "--threads", "2"],
    "profile-exact": ["profile", "-f", "json", "--threads", "2", "--exact"],
    "profile-keep-going": ["profile", "--threads", "1", "--keep-going"],
    "cat": ["cat", "--mem-budget", "256MiB"],
    "check": ["check", "-f", "json", "--keep-going", "--mem-budget", "256MiB"],
    "schema": ["schema", "--pages"],
}


def test_signals_at_any_moment():
    """Two signals in a row are as harmless as one."""
    rng = random.Random(SEED)
    print(f"WEIR_SEED={SEED}")
    for name, command in COMMANDS.items():
        def case(name=name, command=command):
            directory = workdir("faults-signals")
            target = directory + "/report"
            interrupted, slowest = 0, 0
            for _ in range(60 if ALL else 4):
                put(target)
                process = start(*command, "-o", target, data(), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
                time.sleep(rng.uniform(0.005, 0.2))
                numbers = rng.choices([signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
                                      k=rng.choice([1, 1, 2, 30]))
                code, took = end_by_signal(process, numbers)
                assert os.listdir(directory) == ["report"], os.listdir(directory)
                if code in (0, 1):
                    assert get(target) != BEFORE.encode()
                    continue
                # before main() has begun a signal does what it does to any program
                assert code == 75 or -code in numbers, f"seed {SEED}: exit {code}"
                assert get(target) == BEFORE.encode()
                interrupted += 1
                slowest = max(slowest, took)
            print(f"{name}: {interrupted} runs interrupted, the slowest took "
                  f"{1000 * slowest:.1f} ms of CPU time to end")
            assert slowest < 2 * CPU_SECONDS, f"{slowest:.3f} s of CPU time after the signal"

        yield name, case


def test_kill_9_leaves_the_target_whole():
    rng = random.Random(SEED)
    directory = workdir("faults-killed")
    target = directory + "/report"
    for _ in range(40 if ALL else 5):
        put(target)
        process = start("profile", "-f", "csv", "-o", target, small(), stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.001, 0.03))
        process.kill()
        code = process.wait()
        left = get(target)
        assert left == BEFORE.encode() or left.startswith(b"name,"), left[:80]
        assert code != 0 or left != BEFORE.encode()
        for name in os.listdir(directory):  # a killed run cannot tidy up
            assert name == "report" or name.endswith(".tmp"), name


def test_a_reader_that_sleeps_does_not_hold_a_run_that_was_told_to_end():
    """stdout is a full pipe, or one that is just about to be full."""
    rng = random.Random(SEED)
    for number in range(60 if ALL else 6):
        process = start("cat", small())
        time.sleep(0.2 if number == 0 else rng.uniform(0.002, 0.02))
        code, _ = end_by_signal(process, [signal.SIGTERM])
        process.stdout.close()
        process.stderr.close()
        assert code in (75, -signal.SIGTERM), f"exit {code}: held by a pipe that nobody reads"


def test_a_pipe_that_does_not_wait_loses_nothing():
    """Others that share a pipe may have set O_NONBLOCK; and then a signal still ends the run."""
    whole = weir("cat", small()).out
    for stops in (False, True):
        source, sink = os.pipe()
        os.set_blocking(sink, False)
        process = start("cat", small(), stdout=sink, stderr=subprocess.DEVNULL)
        os.close(sink)
        time.sleep(0.3)
        if stops:
            code, _ = end_by_signal(process, [signal.SIGTERM])
            assert code == 75, code
        else:
            with open(source, "rb", closefd=False) as reader:
                assert reader.read() == whole
            assert process.wait(20) == 0
        os.close(source)


def test_a_list_that_never_comes_can_be_interrupted():
    directory = workdir("faults-list")
    fifo = directory + "/list"
    os.mkfifo(fifo)
    for path in ("@-", "@" + fifo):
        process = start("profile", path, stdin=subprocess.PIPE)
        time.sleep(0.3)
        code, _ = end_by_signal(process, [signal.SIGINT])
        err = process.stderr.read()
        for stream in (process.stdin, process.stdout, process.stderr):
            stream.close()
        assert code == 75 and err == b"weir: interrupted; run again\n", (path, code, err)


def read_terminal(leader, process):
    shown = b""
    while True:
        ready, _, _ = select.select([leader], [], [], 0.1)
        if ready:
            try:
                part = os.read(leader, 65536)
            except OSError:
                return shown
            if not part:
                return shown
            shown += part
        elif process.poll() is not None:
            return shown


def test_the_progress_line_is_wiped():
    leader, follower = pty.openpty()
    process = start("profile", "--exact", "--threads", "2", *[data()] * 40, stderr=follower,
                    stdout=subprocess.DEVNULL)
    os.close(follower)
    shown = b""
    while b"ETA" not in shown:
        ready, _, _ = select.select([leader], [], [], END_SECONDS)
        if not ready or process.poll() is not None:
            raise Skip("the run was too short for a progress line")
        try:
            shown += os.read(leader, 65536)
        except OSError:  # the program has just ended, and the terminal with it
            raise Skip("the run was too short for a progress line") from None
    process.send_signal(signal.SIGINT)
    shown += read_terminal(leader, process)
    os.close(leader)
    assert process.wait(END_SECONDS) == 75, shown
    last = shown[shown.rindex(b"ETA"):]
    assert b"\r\x1b[Kweir: interrupted" in last, last


def test_stopped_and_continued_the_bytes_are_the_same():
    rng = random.Random(SEED)
    command = ["profile", "-f", "csv", "--threads", "2", data()]
    whole = weir(*command).out
    for _ in range(20 if ALL else 2):
        process = start(*command)
        for _ in range(40):
            time.sleep(rng.uniform(0, 0.005))
            if process.poll() is not None:
                break
            process.send_signal(signal.SIGSTOP)
            process.send_signal(signal.SIGCONT)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0 and out == whole, (process.returncode, err)


def limits(*pairs):
    def apply():
        for kind, value in pairs:
            resource.setrlimit(kind, (value, value))
    return apply


def run_limited(arguments, *pairs, **how):
    process = start(*arguments, preexec_fn=limits(*pairs), **how)
    try:
        out, err = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"no end: {arguments}") from None
    return process.returncode, out, err


VERBS = {
    "profile": ["profile", "-f", "json"],
    "profile table": ["profile"],
    "profile csv": ["profile", "-f", "csv"],
    "profile md": ["profile", "-f", "md"],
    "plan": ["plan"],
    "schema": ["schema"],
    "cat": ["cat"],
}


def test_files_may_not_grow():
    """RLIMIT_FSIZE: to a file by -o, and to stdout."""
    directory = workdir("faults-size")
    target = directory + "/report"
    for name, verb in VERBS.items():
        size = len(weir(*verb, small()).out)
        for limit in {0, 1, size // 2, min(size - 1, 1000)}:
            put(target)
            code, out, err = run_limited([*verb, "-o", target, small()],
                                         (resource.RLIMIT_FSIZE, limit))
            assert code == 7 and out == b"" and len(err.splitlines()) == 1, (name, limit, code, err)
            assert get(target) == BEFORE.encode() and os.listdir(directory) == ["report"]
            with open(target, "wb") as file:
                code, _, err = run_limited([*verb, small()], (resource.RLIMIT_FSIZE, limit),
                                           stdout=file)
            assert code == 7 and len(err.splitlines()) == 1, (name, limit, code, err)


@contextlib.contextmanager
def tiny_disk():
    directory = workdir("faults-disk")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "weir", directory],
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise Skip("no right to mount a tmpfs")
    try:
        yield directory
    finally:
        subprocess.run(["umount", directory], check=True)


def test_a_full_disk():
    with tiny_disk() as directory:
        target = directory + "/rows"
        put(target)
        for verb in (["cat"], ["cat", "-f", "csv"]):
            run = weir(*verb, "-o", target, small())
            assert run.code == 7 and "no space left" in run.err, run.say()
            assert get(target) == BEFORE.encode() and os.listdir(directory) == ["rows"]
        with open(directory + "/filler", "wb") as file:
            with contextlib.suppress(OSError):
                file.write(bytes(1 << 20))
        for name, verb in VERBS.items():
            run = weir(*verb, "-o", target, small())
            assert run.code == 7, (name, run.say())
            assert get(target) == BEFORE.encode() and len(os.listdir(directory)) == 2


def test_outputs_that_take_nothing():
    for name, verb in VERBS.items():
        with open("/dev/full", "wb") as full:
            code, _, err = run_limited([*verb, small()], stdout=full)
        assert code == 7 and b"no space left" in err, (name, code, err)
        run = weir(*verb, "-o", "/dev/full", small())
        assert run.code == 7, run.say()
        closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', WEIR, *verb, small()],
                                capture_output=True, timeout=60, check=False)
        assert closed.returncode == 7, (name, closed)
        process = start(*verb, small(), stderr=subprocess.PIPE)
        process.stdout.close()  # SIGPIPE, if it were not ignored
        assert process.wait(60) == 7, name
        process.stderr.close()
        # nothing to complain to: the exit code says it
        with open("/dev/full", "wb") as full:
            code, _, _ = run_limited([*verb, "--mem-budget", "1MiB", small()], stderr=full)
        assert code in (0, 3), (name, code)


def test_few_open_files():
    directory = workdir("faults-few")
    target = directory + "/report"
    whole = weir("profile", "-f", "csv", small()).out
    works = None
    for limit in range(3, 17):
        put(target)
        code, out, err = run_limited(["profile", "-f", "csv", "--threads", "2", "-o", target,
                                      small()], (resource.RLIMIT_NOFILE, limit))
        assert code in (0, 5, 7) and out == b"", (limit, code, err)
        assert get(target) == (whole if code == 0 else BEFORE.encode())
        assert os.listdir(directory) == ["report"]
        works = works or (limit if code == 0 else None)
    print(f"2 threads and -o need {works} file descriptors")
    assert works is not None and works <= 8, works


def test_a_stack_of_64_KiB():
    for name, verb in {**VERBS, "threads": ["profile", "-f", "csv", "--threads", "4"],
                       "check": ["check"], "exact": ["profile", "-f", "csv", "--exact"]}.items():
        whole = weir(*verb, small())
        code, out, err = run_limited([*verb, small()], (resource.RLIMIT_STACK, 64 << 10))
        assert code == whole.code, (name, code, err)
        assert out == whole.out or b"peak" in whole.out or b"budget" in whole.out, name


def test_cpu_time_runs_out():
    process = start("profile", "--exact", data(), data(), data(), data(), data(), data(), data(),
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 9)))
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 75), (process.returncode, err)
    assert process.returncode == 0 or (out == b"" and b"interrupted" in err), (out, err)


def test_odd_inputs():
    directory = workdir("faults-paths")
    os.mkdir(directory + "/none")
    os.mkfifo(directory + "/fifo")
    os.symlink("loop", directory + "/loop")
    os.symlink("nowhere", directory + "/dangling")
    open(directory + "/empty.parquet", "wb").close()
    put(directory + "/text.parquet")
    cases = {"none": 2, "fifo": 2, "loop": 5, "dangling": 5, "missing": 5, "empty.parquet": 4,
             "text.parquet": 4, "text.parquet/below": 5, "x" * 300: 5}
    cases = {directory + "/" + name: code for name, code in cases.items()}
    cases.update({"-": 2, "/dev/null": 2, "/dev/zero": 2, "/dev/stdin": 2, "": 2,
                  "/" + "x/" * 3000: 5})
    for path, code in cases.items():
        for verb in ("profile", "plan", "schema", "cat", "check"):
            process = start(verb, path, stdin=subprocess.PIPE)
            out, err = process.communicate(timeout=20)
            assert process.returncode == code, (verb, path[-80:], process.returncode, err[-200:])
            assert out == b"" and len(err.splitlines()) == 1, (verb, path[-80:], err[-200:])


def test_odd_outputs():
    directory = workdir("faults-outputs")
    os.mkfifo(directory + "/fifo")
    os.symlink("loop", directory + "/loop")
    put(directory + "/file")
    before = sorted(os.listdir(directory))
    for name in ("fifo", "loop", "missing/below", "file/below", ".", "x" * 300, "y" * 250):
        run = weir("profile", "-o", directory + "/" + name, small(), timeout=20)
        assert run.code == 7 and len(run.err.splitlines()) == 1, run.say()
        assert sorted(os.listdir(directory)) == before, name
    # a link stays a link, a private report stays private
    os.symlink("file", directory + "/link")
    os.chmod(directory + "/file", 0o600)
    run = weir("profile", "-f", "csv", "-o", directory + "/link", small())
    assert run.code == 0 and os.path.islink(directory + "/link"), run.say()
    assert stat.S_IMODE(os.stat(directory + "/file").st_mode) == 0o600
    whole = weir("profile", "-f", "csv", small()).out
    assert get(directory + "/file") == whole
    reader = subprocess.Popen(["cat", directory + "/fifo"], stdout=subprocess.PIPE)
    for _ in range(100):  # until the reader has opened it
        run = weir("profile", "-f", "csv", "-o", directory + "/fifo", small())
        if run.code == 0:
            break
        time.sleep(0.05)
    out, _ = reader.communicate(timeout=20)
    assert run.code == 0 and out == whole, run.say()


def change(path, how, other):
    if how == "truncated":
        os.truncate(path, os.path.getsize(path) // 2)
    elif how == "appended":
        with open(path, "ab") as file:
            file.write(b"more")
    elif how == "replaced":
        os.replace(other, path)
    else:
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            file.write(b"\x5a" * 10_000)


def test_inputs_that_change_meanwhile():
    rng = random.Random(SEED)
    for how in ("truncated", "appended", "replaced", "rewritten"):
        def case(how=how):
            changed = 0
            for _ in range(12 if ALL else 2):
                directory = workdir("faults-change")
                path, other, target = (f"{directory}/{name}" for name in ("a.parquet", "b", "out"))
                original = sorted(os.listdir(data()))[0]
                for copy in (path, other):
                    shutil.copy(os.path.join(data(), original), copy)
                put(target)
                process = start("profile", "-f", "json", "--threads", "2", "-o", target, path)
                time.sleep(rng.uniform(0.01, 0.15))
                change(path, how, other)
                out, err = process.communicate(timeout=60)
                assert process.returncode in (0, 6), (how, process.returncode, err)
                assert out == b"" and not [n for n in os.listdir(directory) if "tmp" in n]
                assert (get(target) == BEFORE.encode()) == (process.returncode == 6)
                changed += process.returncode == 6
            print(f"{how}: noticed {changed} times")

        yield how, case


def test_two_runs_with_one_output():
    directory = workdir("faults-race")
    target = directory + "/report"
    whole = weir("profile", "-f", "csv", small()).out
    for _ in range(100 if ALL else 10):
        runs = [start("profile", "-f", "csv", "-o", target, small()) for _ in range(2)]
        for run in runs:
            _, err = run.communicate(timeout=60)
            assert run.returncode == 0, err
        assert get(target) == whole and os.listdir(directory) == ["report"]
