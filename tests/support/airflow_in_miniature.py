"""The few names of Airflow that the example of a DAG uses, so that its task can run where no Airflow is installed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType


class AirflowException(Exception):
    """A task has failed. Airflow tries the task again."""


class AirflowFailException(AirflowException):
    """A task has failed for good."""


@contextmanager
def airflow_in_miniature(tasks: list[Callable[[], int]]) -> Iterator[None]:
    """Let the module ``airflow.sdk`` be imported while the block runs, and append the functions of its tasks.

    A task that is called within a DAG does not run: Airflow would run it later.
    """

    def task(**_: object) -> Callable:
        return lambda function: tasks.append(function) or (lambda: None)

    def dag(**_: object) -> Callable:
        return lambda function: function

    modules = {name: ModuleType(name) for name in ("airflow", "airflow.sdk", "airflow.sdk.exceptions")}
    vars(modules["airflow.sdk"]).update(dag=dag, task=task)
    vars(modules["airflow.sdk.exceptions"]).update(
        AirflowException=AirflowException, AirflowFailException=AirflowFailException
    )
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
