# Part of Integration Hub. License LGPL-3.0 or later.
"""What several tests of packaging and set-up call."""

import subprocess


def run(*command: object, check: bool = True, **options: object) -> "subprocess.CompletedProcess[str]":
    """Runs a program, its output captured as text; with `check`, fails with that output where the program fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)
    assert not check or done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
