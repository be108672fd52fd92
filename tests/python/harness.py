"""Runs the test functions of one module: harness.py test_profile [text that names must contain].

A function named test_* is a case; one that is a generator yields (label, callable) cases.
One line a case: "ok NAME", "skip NAME: why", "FAIL NAME: what".
"""

import importlib
import inspect
import os
import shutil
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("BUILD", os.path.join(ROOT, "build")))
TMP = os.path.join(BUILD, "tmp")


class Skip(Exception):
    """Raised by a case that cannot run here; the text says why."""


def workdir(name):
    """An empty directory of the caller's."""
    path = os.path.join(TMP, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def cases_of(module):
    for name, function in list(vars(module).items()):
        if not name.startswith("test_") or not callable(function):
            continue
        if not inspect.isgeneratorfunction(function):
            yield name, function
            continue
        try:
            for label, case in function():
                yield f"{name}[{label}]", case
        except Exception:  # the preparation of the cases went wrong
            text = traceback.format_exc()

            def broken(text=text):
                raise AssertionError(text)

            yield f"{name}[preparation]", broken


def run_case(name, case):
    begun = time.monotonic()
    try:
        case()
        status, text = "ok", ""
    except Skip as why:
        status, text = "skip", f": {why}"
    except AssertionError as error:
        status, text = "FAIL", f": {error or traceback.format_exc()}"
    except Exception:
        status, text = "FAIL", f": {traceback.format_exc()}"
    took = time.monotonic() - begun
    text = text.replace("\n", "\n    ")[:6000]
    print(f"{status} {name}{text}" + (f"  ({took:.1f} s)" if took > 5 else ""), flush=True)
    return status


def main():
    sys.path.insert(0, HERE)
    # A shell starts what runs behind it deaf to SIGINT, and children would be so too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # nohup does so with SIGHUP: a handler keeps this process alive, and children start without it.
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)
    module = importlib.import_module(sys.argv[1])
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    failed = False
    for name, case in cases_of(module):
        if wanted in name:
            failed |= run_case(name, case) == "FAIL"
    sys.stdout.flush()
    os._exit(1 if failed else 0)  # pyarrow's threads may abort an ordinary exit


if __name__ == "__main__":
    sys.modules["harness"] = sys.modules["__main__"]
    main()
