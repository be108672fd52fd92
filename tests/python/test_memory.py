"""Memory does not grow: leakcheck against what /proc says from outside and against planted leaks,
page faults of every kind of file, hard memory cgroups, and budgets that follow ulimits."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from decimal import Decimal

from cgroup import Cgroup
from data import mixed_table
from harness import BUILD, Skip, workdir
from layouts import write
from weir import WEIR, generate, plan, profile, weir, without_measurements

LEAKY = os.path.join(BUILD, "weir-leaky")
SEEDS = os.path.join(BUILD, "seeds")


def small_set(name, rows=3000, **options):
    directory = workdir(name)
    generate(directory, rows=rows, **{"codec": "mixed", "files": 2, **options})
    return directory


def leakcheck(*arguments, code=0, **how):
    run = weir("leakcheck", "-f", "json", *arguments, **how)
    assert run.code == code, run.say()
    return run.json


def outside(pid):
    """(RSS, address space, descriptors) of a process in bytes, as /proc shows them to others."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("Rss:"))
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        mapped = next(int(line.split()[1]) for line in file if line.startswith("VmSize:"))
    return resident << 10, mapped << 10, len(os.listdir(f"/proc/{pid}/fd"))


def test_leakcheck_says_what_others_see():
    directory = small_set("outside")
    out = os.path.join(directory, "rows")
    with open(out, "wb") as file:
        child = subprocess.Popen([WEIR, "leakcheck", "-n", "1000000000", "--every", "10", "-f",
                                  "json", directory], stdout=file, stderr=subprocess.PIPE)
    seen = []
    begun = time.monotonic()
    while len(seen) < 25 and time.monotonic() - begun < 30:
        if os.path.getsize(out) > 2000:
            seen.append(outside(child.pid))
        time.sleep(0.01)
    child.send_signal(signal.SIGTERM)
    err = child.communicate(timeout=20)[1].decode()
    assert child.returncode == 75, (child.returncode, err)
    with open(out, encoding="ascii") as file:
        report = json.load(file)
    assert report["complete"] is False and report["exit_code"] == 75, report
    rows = report["iterations"]
    # The system may take a page away for a moment; nothing ever adds one.
    assert max(row["rss_bytes"] for row in rows) == max(resident for resident, _, _ in seen)
    assert {row["mapped_bytes"] for row in rows} == {mapped for _, mapped, _ in seen}
    # Each lane may have a source open while others look; none is after a run.
    (fds,) = {row["fds"] for row in rows}
    for *_, count in seen:
        assert fds <= count <= fds + report["memory"]["lanes"], (fds, seen)


def test_nothing_grows():
    directory = small_set("flat")
    for options in ([], ["-j", "3"], ["-m", "8MiB", "-j", "1"], ["--exact"], ["--stats", "moments"]):
        report = leakcheck("-n", "40", *options, directory)
        assert report["flat"] and report["same_results"] and report["allocations"] == 0, report
        rows = report["iterations"]
        assert [row["run"] for row in rows] == [1, 2, 4, 8, 16, 32, 40]
        assert len({row["result"] for row in rows}) == 1
        assert rows[0]["growth_bytes"] is None
        assert {row["growth_bytes"] for row in rows[1:]} == {0}, rows


def test_the_result_is_what_profile_finds():
    """Another seed, other quantiles or another file: another hash; more lanes: the same."""
    directory = small_set("hashes", rows=20_000)
    hashes = [leakcheck("-n", "3", *options, directory)["iterations"][0]["result"]
              for options in ([], ["-j", "1"], ["-m", "8MiB"], ["--seed", "7"],
                              ["--quantiles", "0.3"], ["--exclude", "id"])]
    assert len(set(hashes[:3])) == 1, hashes
    assert len(set(hashes[2:])) == 4, hashes


def test_rows_and_verdict_for_people():
    directory = small_set("rows")
    for options, wanted in ((["-n", "100"], [1, 2, 4, 8, 16, 32, 64, 100]),
                            (["-n", "20"], list(range(1, 21))),
                            (["-n", "100", "--every", "30"], [30, 60, 90, 100])):
        run = weir("leakcheck", *options, directory)
        assert run.code == 0, run.say()
        lines = run.out.decode().splitlines()
        assert lines[0].split() == ["run", "seconds", "RSS", "growth", "minor", "major", "fds",
                                    "mapped", "result"]
        assert [int(line.split()[0]) for line in lines[1:-1]] == wanted, lines
        assert lines[-1].startswith(f"flat: RSS, address space and descriptors after run "
                                    f"{options[1]} are those of run 2"), lines
    assert weir("leakcheck", "-n", "2", directory).code == 2
    assert weir("leakcheck", directory + "/none").code == 5
    assert weir("leakcheck", "-m", "1MiB", directory).code == 3


def test_threads_that_cannot_start_are_a_limit_of_the_system():
    """With one process allowed to a user who has none; the superuser would not be held to it."""
    directory = small_set("threads")
    stranger = 64321 if os.geteuid() == 0 else None
    limit = 1 if stranger else 0

    def confine():
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))

    for verb in ("profile", "leakcheck"):
        command = [WEIR, verb, "--threads", "3", directory]
        try:
            run = subprocess.run(command, capture_output=True, text=True, preexec_fn=confine,
                                 user=stranger, timeout=60)
        except PermissionError:
            raise Skip("another user may not start the program") from None
        if run.returncode == 5:
            raise Skip("another user may not read the files")
        assert run.returncode == 3, (verb, run.returncode, run.stderr)
        assert run.stdout == "" and "--threads 1" in run.stderr, (verb, run.stdout, run.stderr)


def test_damage_ends_it_or_is_part_of_the_result():
    directory = small_set("damage", codec="snappy", files=1, crc=True)
    (name,) = os.listdir(directory)
    with open(os.path.join(directory, name), "r+b") as file:
        data = bytearray(file.read())
        data[len(data) // 3] ^= 0x55
        file.seek(0)
        file.write(data)
    report = leakcheck("-n", "5", directory, code=4)
    assert report["flat"] is None and report["complete"] is False and report["error"], report
    run = weir("leakcheck", "-n", "5", "-f", "json", "-k", directory)
    assert run.code == 4 and len(run.err.splitlines()) == 1, run.say()  # said once, not five times
    assert run.json["flat"] and run.json["same_results"], run.json


def test_planted_leaks_are_told():
    """The canary: a build that touches a page more in each run, keeps a descriptor, maps a page, or
    finds something else."""
    directory = small_set("leaks")
    for kind, options, grown in (("page", [], "rss_growth_bytes"),
                                 ("descriptor", [], "fds_growth"),
                                 ("mapping", ["--no-seal"], "mapped_growth_bytes")):
        env = {**os.environ, "WEIR_CANARY_LEAK": kind}
        runs = 12
        report = leakcheck("-n", str(runs), *options, directory, code=1, env=env, program=LEAKY)
        each = 1 if kind == "descriptor" else 4096
        assert report[grown] == (runs - 2) * each and not report["flat"], (kind, report)
        if kind == "page":
            assert [row["minor_faults"] for row in report["iterations"]] == [1] * runs, report
        run = weir("leakcheck", *options, directory, env=env, program=LEAKY)
        assert run.code == 1 and run.out.splitlines()[-1].startswith(b"grows by "), run.say()
    env["WEIR_CANARY_LEAK"] = "result"
    run = weir("leakcheck", directory, env=env, program=LEAKY, codes={70})
    assert run.code == 70 and "run 3 found other results" in run.err, run.say()
    env["WEIR_CANARY_LEAK"] = "mapping"
    done = subprocess.run([LEAKY, "leakcheck", directory], env=env, capture_output=True,
                          timeout=30, check=False)
    assert done.returncode == -signal.SIGSYS, done
    env["WEIR_CANARY_LEAK"] = "none"
    assert leakcheck(directory, env=env, program=LEAKY)["flat"]


def faults_of(path, *options):
    """The fewest of three tries: the system may move pages meanwhile."""
    least = None
    for _ in range(3):
        report = leakcheck("-n", "3", *options, path)
        faults = report["memory"]["minor_faults"] + report["memory"]["major_faults"]
        least = faults if least is None else min(least, faults)
        if least == 0 and report["flat"]:
            break
    assert report["flat"] and report["same_results"], (path, report)
    return least


def test_no_page_fault_after_the_seal():
    """Every type, encoding, codec and kind of nesting, and files of many pages and columns."""
    directory = workdir("faults")
    subprocess.run([SEEDS, directory], check=True, capture_output=True, timeout=60)
    files = os.path.join(directory, "files")
    paths = [os.path.join(files, name) for name in sorted(os.listdir(files))]
    assert len(paths) > 60, paths
    paths.append(write(mixed_table(5000, nulls=("some",)), directory, "mixed",
                       {"compression": "ZSTD", "row_group_size": 900}))
    for options in ({"columns": "doubles:700", "rows": 400}, {"page_bytes": 0, "rows": 200_000},
                    {"codec": "zstd", "zstd_level": 19, "rows": 50_000}):
        paths.append(os.path.join(directory, f"set{len(paths)}"))
        generate(paths[-1], **options)
    for path in paths:
        options = ["--exact"] if "many" in path else []
        assert faults_of(path, *options) == 0, path


TOUCH = ("import mmap; m = mmap.mmap(-1, {bytes}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
         "for at in range(0, {bytes}, 4096): m[at] = 1")


def forget(*paths):
    """Out of the page cache: who reads them next is charged for them."""
    for path in paths:
        fd = os.open(path, os.O_RDONLY)
        os.fsync(fd)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(fd)


def test_a_memory_cgroup_of_exactly_the_budget_kills_nothing():
    """The files, and the program itself, are charged to the group. What is too small is refused with
    the limit that does."""
    directory = workdir("cgroup")
    sets = {"mixed": {"codec": "mixed", "files": 2, "rows": 100_000},
            "one-page": {"codec": "snappy", "page_bytes": 0, "rows": 300_000, "columns": "doubles:3"},
            "wide": {"codec": "none", "columns": "doubles:300", "rows": 2000, "row_group": 1000},
            "zstd": {"codec": "zstd", "rows": 100_000}}
    own = os.path.join(directory, "weir")  # as it is installed
    subprocess.run(["strip", "-o", own, WEIR], check=True)
    for name, options in sets.items():
        path = os.path.join(directory, name)
        files = generate(path, **options)
        minimum = plan(path).json["minimum_bytes"]
        wanted = json.dumps(without_measurements(profile(path)), default=str)
        with Cgroup() as group:

            def run(limit, *more):
                forget(own, *files)
                done = group.run(limit, own, "profile", "-f", "json", *more, path)
                assert group.kills() == 0, (name, limit, done)
                return done

            done = run(minimum, "-m", minimum)
            assert done.returncode == 3 and not done.stdout, (name, done)
            assert len(done.stderr.splitlines()) == 1 and "cgroup" in done.stderr, done
            enough = int(done.stderr.split()[-1])
            assert minimum + (512 << 10) < enough < minimum + (1280 << 10), (name, done)
            assert run(enough - (128 << 10), "-m", minimum).returncode == 3, name
            for limit, more in ((enough, ["-m", minimum]), (enough, []), (16 << 20, ["-m", "16MiB"]),
                                (64 << 20, [])):
                done = run(limit, *more)
                assert done.returncode == 0, (name, limit, done)
                report = json.loads(done.stdout, parse_float=Decimal)
                memory = report["memory"]
                assert memory["peak_rss_bytes"] <= min(limit, memory["budget_bytes"]), memory
                got = json.dumps(without_measurements(report), default=str)
                assert got == wanted, f"{name} in {limit} bytes: other numbers"


def test_the_cgroup_bites():
    """The canary: who touches more than the limit is killed."""
    with Cgroup() as group:
        done = group.run(32 << 20, sys.executable, "-c", TOUCH.format(bytes=64 << 20))
        assert done.returncode == -signal.SIGKILL, done
        assert group.kills() > 0


def limited(limits, *arguments):
    """weir under rlimits; they count for the child alone."""
    def set_limits():
        for what, value in limits:
            resource.setrlimit(what, (value, value))
    return subprocess.run([WEIR, *arguments], capture_output=True, text=True, timeout=60,
                          preexec_fn=set_limits, check=False)


def test_auto_and_percent_follow_ulimits():
    directory = small_set("ulimit")
    for what, words in ((resource.RLIMIT_AS, "ulimit -v"), (resource.RLIMIT_DATA, "ulimit -d")):
        for limit in (24 << 20, 100 << 20):
            for text, wanted in (("auto", limit // 2), ("25%", limit // 4), ("50%", limit // 2)):
                done = limited([(what, limit)], "plan", "-f", "json", "-m", text, directory)
                assert done.returncode in (0, 3), done
                assert json.loads(done.stdout)["budget_bytes"] == wanted, (text, limit, done)
            done = limited([(what, limit)], "profile", "-f", "json", "-m", "auto", directory)
            assert done.returncode == 0, done
        both = [(resource.RLIMIT_AS, 40 << 20), (resource.RLIMIT_DATA, 30 << 20)]
        done = limited(both, "plan", "-f", "json", "-m", "auto", directory)
        assert json.loads(done.stdout)["budget_bytes"] == 15 << 20, done
        done = limited([(what, 5 << 20)], "profile", "-m", "64MiB", "-j", "4", directory)
        assert done.returncode == 3 and words in done.stderr, done


def test_auto_follows_the_cgroup():
    directory = small_set("auto")
    with Cgroup() as group:
        for limit in (20 << 20, 48 << 20):
            done = group.run(limit, WEIR, "profile", "-f", "json", "-m", "auto", directory)
            assert done.returncode == 0, done
            assert json.loads(done.stdout)["memory"]["budget_bytes"] == limit // 2, done
            done = group.run(limit, WEIR, "plan", "-f", "json", "-m", "25%", directory)
            assert json.loads(done.stdout)["budget_bytes"] == limit // 4, done
