"""The bar that shows how far a piece of work is."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

WIDTH = 20
"""Columns of the bar itself."""
PATIENCE = 5.0
"""Seconds after which it is said that the time left is not known."""


class Bar:
    """A bar with what is done of how much, the time so far and, once it can be told, the time that is left."""

    def __init__(self, what: str, console: Console) -> None:
        name = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        columns = (name, BarColumn(bar_width=WIDTH), _Done(), _Clock(table_column=Column(no_wrap=True)))
        self._shown = Progress(*columns, console=console, transient=True)
        self._task = self._shown.add_task(what, total=None, since=None)
        self._shown.start()

    def update(self, done: float, total: float, what: str | None = None) -> None:
        """`done` of `total` is done; another total is another piece of work, whose time is told from then on."""
        task = self._shown.tasks[0]
        since = task.fields["since"]
        if since is None or task.total != total or done < task.completed:
            since = (time.monotonic(), done)
        self._shown.update(self._task, completed=done, total=total, description=what, since=since)

    def stop(self) -> None:
        """Take it away."""
        self._shown.stop()


class _Done(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.total is None else f"{task.completed:g}/{task.total:g}", style="progress.download")


class _Clock(ProgressColumn):
    def render(self, task: Task) -> Text:
        text = duration(task.elapsed or 0.0)
        left = seconds_left(task.fields["since"], task.completed, task.total)
        if left:
            text += f", about {duration(left)} left"
        elif task.total and task.completed < task.total and (task.elapsed or 0.0) > PATIENCE:
            text += ", time left not known yet"
        return Text(text, style="progress.remaining")


def seconds_left(since: tuple[float, float] | None, done: float, total: float | None) -> float | None:
    """By the mean pace since a time (s, monotonic) when so much was done; None before anything is."""
    if since is None or total is None or done <= since[1]:
        return None
    start, first = since
    return (time.monotonic() - start) / (done - first) * (total - done)


def duration(seconds: float) -> str:
    """`0:42`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
