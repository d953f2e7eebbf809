"""A process with a kernel and two children of it, each with memory of its own.

Run by test_isolation.py; prints what `Family` sees and does, as JSON.

A process of its own: in that of the tests, children of other tests would count, and pages move from shared to
private whenever the tests write to them.
"""

import json
import os
import signal

from revgraph.grading.student.processes import Family, kill_children

HELD = 40 << 20


def hold(ready):
    os.setsid()
    kept = b"x" * HELD
    os.write(ready, kept[:1])
    signal.pause()


def main():
    reading, ready = os.pipe()
    children = [os.fork() or hold(ready) for _ in range(3)]
    for _ in children:
        os.read(reading, 1)
    kernel, *others = children
    family = Family()
    takes = sum(map(family._proportional, children))
    found = {
        "held": 3 * HELD,
        "takes": takes,
        "too much": [family.restrain(kernel, limit) for limit in (takes + HELD, takes // 2)],
        "priority of the others": [os.getpriority(os.PRIO_PROCESS, one) for one in others],
        "lowered": os.getpriority(os.PRIO_PROCESS, kernel) - os.getpriority(os.PRIO_PROCESS, 0),
    }
    kill_children()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
