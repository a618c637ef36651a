"""The folder by which processes behind one port share their counts; it is named before the first metric is made."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

#: prometheus_client's own variable, which it reads as it is imported; so this module imports nothing of it.
_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def metrics_folder() -> Iterator[None]:
    """Name a new folder in the environment, for this process and those it starts; it goes at the end.

    Counts of an earlier start would be counted on: where an operator has named a folder, it is not used.
    """
    folder = tempfile.mkdtemp(prefix="usufruct-metrics-")
    os.environ[_FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
