#!/usr/bin/env python3
"""Proves the depth of the library's stack from what gcc says of every function.

stack.py [--limit BYTES] [--indirect LIST] [--paths] OBJECT...

Beside each object lies the .ci file of gcc -fcallgraph-info=su,da: a node a function with its frame,
an edge a call. Checked are: no cycle of calls, no frame of a size known only at run time (VLA,
alloca), and at most BYTES below any function, exported ones shown.

A call through a pointer goes by the name it is called by to the functions that LIST gives. LIST is
held against the objects: each such call must be in it, and each function whose address is taken.
What is called of the codec libraries and of the caller counts apart, since its frames are not here.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict

NODE = re.compile(r'^node: \{ title: "([^"]+)" label: "([^"]*)"( shape : ellipse)? \}')
EDGE = re.compile(r'^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"(?: label: "([^"]*)")?')
FRAME = re.compile(r"(\d+) bytes \(([a-z,]+)\)\\n(\d+) dynamic objects")
# What gcc makes of one function: f.part.0, f.constprop.0, f.isra.0, f.cold.
CLONE = re.compile(r"\.(part|constprop|isra|cold|lto_priv)(\.\d+)*$")
ALIAS = re.compile(r"\.localalias(\.\d+)?$")
LIBC = re.compile(r"^(mem(cpy|move|set|cmp)|__\w+)$")
REALIGNED = 64  # a frame that aligns itself may begin this much lower than its figure says

INDIRECT = "__indirect_call"
CALLERS = "caller"
FUNCTION_SYMBOL = re.compile(r"^\s*\d+: ([0-9a-f]+)\s+\S+ FUNC\s+(\w+)\s+(\w+)\s+(\d+) (\S+)$")
RELOCATION = re.compile(r"^([0-9a-f]+)\s+[0-9a-f]+ (R_\S+)\s+[0-9a-f]+ (\S+)(?: ([+-]) ([0-9a-f]+))?$")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


class Graph:
    """Functions of all objects. A key is the plain name, or object:name where it is static."""

    def __init__(self):
        self.frames = {}                  # key -> bytes
        self.calls = defaultdict(set)     # key -> keys
        self.sites = defaultdict(set)     # key -> places of calls through pointers
        self.dynamic = []
        self.foreign = defaultdict(set)   # key -> names that no object defines

    def read(self, path):
        wanted = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                node, edge = NODE.match(line), EDGE.match(line)
                if node and not node[3]:
                    frame = FRAME.search(node[2])
                    if frame is None:
                        sys.exit(f"stack: {path}: cannot read {line.strip()}")
                    key = self.key(path, node[1])
                    self.frames[key] = int(frame[1]) + ("bounded" in frame[2]) * REALIGNED
                    if frame[3] != "0" or frame[2] == "dynamic":
                        self.dynamic.append(f"{key}: {node[2]}")
                elif edge and edge[2] == INDIRECT:
                    self.sites[self.key(path, edge[1])].add(edge[3] or "")
                elif edge:
                    wanted.append((self.key(path, edge[1]), self.key(path, edge[2])))
        return wanted

    @staticmethod
    def key(path, title):
        """Static functions are titled file:name; one file may be compiled several times."""
        return f"{os.path.basename(path)[:-3]}:{title.split(':')[1]}" if ":" in title else title


def plain(key):
    return CLONE.sub("", key.split(":")[-1])


def matching(text, at):
    """Where the bracket that opens at `at` closes, or the end."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] in "([") - (text[end] in ")]")
        if depth == 0:
            return end
    return len(text)


def called_by(place, root):
    """The name before the last parenthesis of the expression a.b->c(...)[d](...) that lies there."""
    file, line, column = place.rsplit(":", 2)
    with open(os.path.join(root, file), encoding="utf-8") as source:
        lines = source.read().split("\n")
    text, name, found = " ".join(lines[int(line) - 1:int(line) + 2]), "", ""
    at = int(column) - 1
    while at < len(text):
        part = re.compile(r"\w+|->|>|\.|[\[(]").match(text, at)
        if part is None:
            break
        if part[0] == "(":
            found = name
        elif part[0][0].isalnum() or part[0][0] == "_":
            name = part[0]
        at = matching(text, at) + 1 if part[0] in "([" else part.end()
    return found


def read_list(path):
    rules = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split("#")[0].split()
            if len(words) >= 2:
                rules.append((words[0], words[1:]))
    return rules


def targets_of(graph, rules, place, root):
    """The keys that a call through a pointer can reach; None where the list does not know it."""
    name, file = called_by(place, root), os.path.basename(place.split(":")[0])
    for wanted, patterns in rules:
        if wanted in (name, f"{file}:{name}"):
            if patterns == [CALLERS]:
                return set()
            return reached(graph, patterns)
    return None


def addresses_taken(path):
    """Functions of the object, or of others, whose address is taken: by data and by code."""
    at = {}
    for line in run("readelf", "-sW", path).splitlines():
        symbol = FUNCTION_SYMBOL.match(line)
        if symbol and symbol[4] != "UND":
            at[(int(symbol[4]), int(symbol[1], 16))] = symbol[5]
    sections = {}
    for line in run("readelf", "-SW", path).splitlines():
        section = re.match(r"^\s*\[\s*(\d+)\] (\S+)\s", line)
        if section:
            sections[section[2]] = int(section[1])
    taken, where = set(), ""
    for line in run("readelf", "-rW", path).splitlines():
        head = re.match(r"^Relocation section '\.rela?(\S+)'", line)
        if head:
            where = head[1]
            continue
        found = RELOCATION.match(line)
        if found is None or where.startswith((".debug", ".eh_frame", ".gcc", ".note")):
            continue
        kind, name, offset = found[2], found[3], int(found[5] or "0", 16)
        if where.startswith(".text"):
            if "GOTPC" in kind:
                taken.add(name)
            continue
        if not kind.endswith("64"):  # tables of switches hold distances of 32 bits
            continue
        if name in sections:
            name = at.get((sections[name], -offset if found[4] == "-" else offset), "")
        taken.add(name)
    before = None
    for line in run("objdump", "-dr", "--no-show-raw-insn", path).splitlines():
        # Inside a section the assembler has put in the distance itself, and left no relocation.
        if before and "R_X86" not in line:
            taken.add(before[1])
        before = re.search(r"\slea\s.*<(\w[\w.]*)>$", line)
    return taken


def public_functions(objects):
    """What an object exports: what a program that has the shared library can call."""
    names = set()
    for path in objects:
        for line in run("readelf", "-sW", path).splitlines():
            symbol = FUNCTION_SYMBOL.match(line)
            if symbol and symbol[4] != "UND" and symbol[2] == "GLOBAL" and symbol[3] == "DEFAULT":
                names.add(symbol[5])
    return names


def cycles(calls, keys):
    """Strongly connected parts of more than one function, and functions that call themselves."""
    index, low, on, stack, found = {}, {}, set(), [], []
    for start in sorted(keys):
        if start in index:
            continue
        work = [(start, iter(sorted(calls[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on.add(start)
        while work:
            key, rest = work[-1]
            step = next(rest, None)
            if step is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    part = []
                    while not part or part[-1] != key:
                        part.append(stack.pop())
                        on.discard(part[-1])
                    if len(part) > 1 or key in calls[key]:
                        found.append(sorted(part))
            elif step not in index:
                index[step] = low[step] = len(index)
                stack.append(step)
                on.add(step)
                work.append((step, iter(sorted(calls[step]))))
            elif step in on:
                low[key] = min(low[key], index[step])
    return found


def depths(graph):
    """Bytes below each function, its own frame with it, and the call that is deepest."""
    deepest = {}
    for start in sorted(graph.frames):
        work = [start]
        while work:
            key = work[-1]
            missing = [k for k in graph.calls[key] if k not in deepest]
            if missing and key not in deepest:
                work += missing
                continue
            work.pop()
            below = max(((deepest[k][0], k) for k in graph.calls[key]), default=(0, None))
            deepest[key] = (graph.frames[key] + below[0], below[1])
    return deepest


def own_name(graph, target):
    """An exported function is called by a local alias where it is called in its own file."""
    exported = ALIAS.sub("", target.split(":")[-1])
    return exported if target not in graph.frames and exported in graph.frames else target


def load(objects):
    graph, edges = Graph(), []
    for path in objects:
        edges += graph.read(path[:-2] + ".ci")
    for source, target in edges:
        target = own_name(graph, target)
        if target in graph.frames:
            graph.calls[source].add(target)
        else:
            graph.foreign[source].add(target)
    return graph


def reached(graph, patterns):
    return {key for key in graph.frames
            if any(re.fullmatch(pattern, plain(key)) for pattern in patterns)}


def resolve(graph, rules, root):
    """Puts in the calls through pointers. What the list does not know is an error."""
    errors = []
    for key, places in graph.sites.items():
        for place in places:
            targets = targets_of(graph, rules, place, root)
            if targets is None:
                errors.append(f"{place}: a call by {called_by(place, root)}, which is in no line")
            graph.calls[key] |= targets or set()
    for key, names in graph.foreign.items():
        for wanted, patterns in rules:
            if wanted in names:
                graph.calls[key] |= reached(graph, patterns)
    return errors


def check_list(graph, rules, objects):
    patterns = [pattern for _, some in rules for pattern in some if pattern != CALLERS]
    names = {plain(key) for key in graph.frames}
    errors = [f"{pattern} matches no function" for pattern in patterns
              if not any(re.fullmatch(pattern, name) for name in names)]
    taken = set()
    for path in objects:
        taken |= {plain(name) for name in addresses_taken(path)} & names
    return taken, errors + [f"the address of {name} is taken, and no line names it"
                            for name in sorted(taken)
                            if not any(re.fullmatch(p, name) for p in patterns)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=16384)
    parser.add_argument("--indirect", default=os.path.join(os.path.dirname(__file__), "indirect.txt"))
    parser.add_argument("--root", default=".")
    parser.add_argument("--paths", action="store_true", help="the deepest path of every entry")
    parser.add_argument("objects", nargs="+")
    arguments = parser.parse_args()

    graph, rules = load(arguments.objects), read_list(arguments.indirect)
    errors = resolve(graph, rules, arguments.root)
    taken, more = check_list(graph, rules, arguments.objects)
    errors += more + [f"a frame without a fixed size: {line}" for line in graph.dynamic]
    around = cycles(graph.calls, graph.frames)
    errors += ["calls go round: " + " -> ".join(part) for part in around]
    foreign = {name for names in graph.foreign.values() for name in names}
    errors += [f"{name} is called and has no frame" for name in sorted(foreign)
               if ":" in name or "weir_" in name]
    public = public_functions(arguments.objects) & set(graph.frames)
    if not public:
        errors.append("no object exports a function")
    if not around:
        deepest = depths(graph)
        ordered = sorted(graph.frames, key=lambda key: (-deepest[key][0], key))
        shown = [key for key in ordered if key in public]
        for key in shown if arguments.paths else shown[:5]:
            print(f"{deepest[key][0]:6} bytes below {key}")
        for key in shown if arguments.paths else shown[:1]:
            print(f"deepest path of {key}:")
            while key is not None:
                print(f"  {graph.frames[key]:6} {key}")
                key = deepest[key][1]
        errors += [f"{key} needs {deepest[key][0]} bytes of stack, more than {arguments.limit}"
                   for key in ordered if deepest[key][0] > arguments.limit]
        codecs = sorted(name for name in foreign if not LIBC.match(name))
        print(f"stack: {len(graph.frames)} functions, {len(public)} exported, "
              f"{sum(map(len, graph.sites.values()))} calls through pointers, {len(taken)} functions "
              f"whose address is taken; at most {deepest[ordered[0]][0]} bytes below any; foreign: {', '.join(codecs) or 'none'}")
    for line in errors:
        print(f"stack: {line}")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
