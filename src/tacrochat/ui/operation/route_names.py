"""The name that a request's route has in metrics, in the log and in the limits."""

from collections.abc import Callable, Collection

from tacrochat.ui import routes

_OF_THE_LOGIN = frozenset({"/login", "/logout", "/password"})


def route_names(libraries: Collection[str]) -> Callable[[str, str], str | None]:
    """Return what finds the template for a method and a path, also below the path of one of these libraries.

    It is None for what is not served: paths are many, and templates few.
    """

    def name_of(method: str, path: str) -> str | None:
        if path in _OF_THE_LOGIN:
            return path
        library, _, rest = path.removeprefix("/").partition("/")
        return routes.find(method, f"/{rest}" if library in libraries else path)

    return name_of
