"""That the process is to end: whoever works in portions asks between two of them."""

import signal
import threading
from types import FrameType

#: What asks a process to end.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def ending_when_told() -> threading.Event:
    """An event that is set as soon as the process is asked to end; whoever was told of it before still is.

    Off the main thread, as where tests serve, nobody is told by a signal, and the event is set by whoever holds it.
    """
    ending = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        return ending
    for number in SIGNALS:
        _tell(ending, signal.Signals(number))
    return ending


def _tell(ending: threading.Event, number: signal.Signals) -> None:
    before = signal.getsignal(number)

    def told(received: int, frame: FrameType | None) -> None:
        ending.set()
        if callable(before):
            before(received, frame)

    signal.signal(number, told)
