# Part of Integration Hub. License LGPL-3.0 or later.
"""How to kill a worker, as bad code and bad data do it. The text ``Deadly <way>`` is what does it."""

import faulthandler
import os
import re
import signal
import time


def end():
    os._exit(1)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def crash():
    faulthandler._stack_overflow()  # in C, where Python's own limit does not reach


def recursion(depth=0):
    return recursion(depth + 1)


def memory():
    blocks = []
    while True:
        blocks.append(bytearray(1 << 24))


def hang():
    while True:
        time.sleep(1)


WAYS = {way.__name__: way for way in (end, kill, crash, recursion, memory, hang)}


def strike(text):
    """Do what the text says; nothing where it says nothing."""
    if found := re.search(r"Deadly (\w+)", text):
        WAYS[found[1]]()
