"""The public test files, where they are at hand."""

import os

from harness import ROOT, Skip

ABSENT = "WEIR_CORPUS does not name the public test files"


def corpus():
    """The folder that holds parquet-testing and the others, or None."""
    for path in (os.environ.get("WEIR_CORPUS"), os.path.join(ROOT, "..", "shared", "data")):
        if path and os.path.isdir(os.path.join(path, "parquet-testing")):
            return os.path.abspath(path)
    return None


def needed():
    root = corpus()
    if root is None:
        raise Skip(ABSENT)
    return root


def skipped():
    """A case that says that the files are not there."""
    raise Skip(ABSENT)


def files_below(*parts):
    """Relative names, sorted."""
    top = os.path.join(*parts)
    found = []
    for base, directories, names in os.walk(top):
        directories.sort()
        found += [os.path.relpath(os.path.join(base, name), top) for name in names]
    return sorted(found)


def data(name, ending=".parquet"):
    return os.path.join(needed(), "parquet-testing", "data", name + ending)
