"""What the server counts, in the text format of Prometheus."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tacrochat.library import Library

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class LibraryState:
    """One library as it is now. ``phase`` is that of its state; times are in seconds.

    ``last_build_seconds`` is how long the last build here took, ``last_success`` when it ended (Unix
    time); None before the first.
    """

    name: str
    phase: str
    has_library: bool
    documents: int
    passages: int
    last_build_seconds: float | None
    last_success: float | None

    @classmethod
    def of(
        cls, name: str, phase: str, library: Library | None, seconds: float | None, success: float | None
    ) -> "LibraryState":
        """Describe a library that is open, or not yet (None)."""
        sizes = (len(library.documents), len(library.passages)) if library else (0, 0)
        return cls(name, phase, library is not None, *sizes, seconds, success)


class Metrics:
    """The metrics of one server, in a registry of its own.

    Labels have few values: routes are templates of ``ui.routes``, never paths.
    """

    def __init__(
        self, libraries: Callable[[], Iterable[LibraryState]], queue: Callable[[], tuple[int, int]]
    ) -> None:
        """Count from now on; ``queue`` returns how many questions wait, and how many are being answered."""
        self._registry = CollectorRegistry()
        self._registry.register(_Now(libraries, queue))
        ProcessCollector(registry=self._registry)  # memory, processor time, open files
        self._requests = Counter(
            "tacrochat_requests", "Requests answered.", ("route", "method", "status"), registry=self._registry
        )
        self._request_seconds = Histogram(
            "tacrochat_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._asks = Counter(
            "tacrochat_asks",
            "Questions by the status of their answer.",
            ("library", "status"),
            registry=self._registry,
        )
        self._ask_seconds = Histogram(
            "tacrochat_ask_seconds",
            "Seconds from a question to its answer, waiting included.",
            ("library",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "tacrochat_refused", "Requests and questions refused.", ("reason",), registry=self._registry
        )

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def ask(self, library: str, status: str, seconds: float) -> None:
        """Count a question: its status is that of the answer, or ``error``."""
        self._asks.labels(library, status).inc()
        self._ask_seconds.labels(library).observe(seconds)

    def refuse(self, reason: str) -> None:
        """Count a refusal: ``rate``, ``slow``, ``memory``, ``full`` or ``late``."""
        self._refused.labels(reason).inc()

    def text(self) -> bytes:
        """Return all metrics as they are now."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is not counted but looked at when it is asked for."""

    def __init__(
        self, libraries: Callable[[], Iterable[LibraryState]], queue: Callable[[], tuple[int, int]]
    ) -> None:
        self._libraries, self._queue = libraries, queue

    def describe(self) -> Iterable[GaugeMetricFamily]:
        return []  # nothing is looked at while it is registered

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting, running = self._queue()
        yield GaugeMetricFamily("tacrochat_questions_waiting", "Questions that wait.", value=waiting)
        yield GaugeMetricFamily(
            "tacrochat_questions_running", "Questions that are being answered.", value=running
        )
        libraries = list(self._libraries())
        for name, help_text, value_of in _GAUGES:
            gauge = GaugeMetricFamily(f"tacrochat_{name}", help_text, labels=("library",))
            for library in libraries:
                if (value := value_of(library)) is not None:
                    gauge.add_metric([library.name], value)
            yield gauge


_GAUGES: tuple[tuple[str, str, Callable[[LibraryState], float | None]], ...] = (
    ("library_answers", "1 if the library answers questions.", lambda x: float(x.has_library)),
    ("documents", "Documents of the library.", lambda x: x.documents),
    ("passages", "Passages of the library.", lambda x: x.passages),
    ("build_running", "1 while a build runs.", lambda x: float(x.phase == "building")),
    ("build_seconds", "Seconds that the last build here took.", lambda x: x.last_build_seconds),
    (
        "build_success_timestamp_seconds",
        "When the last successful build here ended, in Unix time.",
        lambda x: x.last_success,
    ),
)
