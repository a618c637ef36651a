"""A process that another has started, and that ends with it."""

import multiprocessing
import os
import signal
import threading


def end_with_parent() -> None:
    """Let this process end when the one that started it has ended, also where that was killed.

    A process of a pool waits for work from a pipe that it holds both ends of, and would wait for ever.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()
