"""botocore's descriptions of AWS's services. Clients and the sandbox read each description once in a process."""

from collections.abc import Collection, Iterator
from functools import cache

from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader, create_loader


@cache
def data_loader(path: str | None) -> Loader:
    """Return a loader that finds and reads each data file of botocore only once in a process.

    A process may need the data many times: for the session of each account, and for the sandbox. ``path`` are folders
    to search before botocore's own folder, in the form of botocore's setting ``data_path``, or None.
    """
    return _DataLoader(extra_search_paths=create_loader(path).search_paths, include_default_search_paths=False)


class _DataLoader(Loader):
    """A loader that looks for a service only in the folder of this service.

    botocore's own loader first looks into the folders of all services, more than four hundred.
    """

    def list_available_services(self, type_name: str) -> Collection[str]:  # type: ignore[override] # not a list
        """Return the names of the services with data of a type, such as ``service-2``."""
        return _ServiceNames(self, type_name)

    def all_services(self, type_name: str) -> Collection[str]:
        """Return the names of the services with data of a type, as a list from all folders."""
        found: Collection[str] = super().list_available_services(type_name)
        return found


class _ServiceNames(Collection[str]):
    """The names of the services with data of a type. The object lists the names only if a message needs all of them."""

    def __init__(self, loader: _DataLoader, type_name: str) -> None:
        self._loader = loader
        self._type_name = type_name

    def __contains__(self, name: object) -> bool:
        try:
            return bool(self._loader.list_api_versions(str(name), self._type_name))
        except DataNotFoundError:
            return False

    def __iter__(self) -> Iterator[str]:
        return iter(self._loader.all_services(self._type_name))

    def __len__(self) -> int:
        return len(self._loader.all_services(self._type_name))
