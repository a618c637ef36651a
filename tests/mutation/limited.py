"""Run a module for so many seconds of the processor at most, then interrupt it as a keyboard would: servers are stopped.

    python -m tests.mutation.limited 400 pytest -q tests/contracts

How busy the machine is makes no difference.
"""

import resource
import runpy
import signal
import sys

_TO_STOP_S = 60

if __name__ == "__main__":
    seconds = int(sys.argv[1])
    signal.signal(signal.SIGXCPU, signal.default_int_handler)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + _TO_STOP_S))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
