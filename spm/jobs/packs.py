"""Making the packs of a run, one by one, and binding them into one file."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from spm.adapters.database import unit
from spm.adapters.files import FileStore
from spm.domain.ids import PackRunId
from spm.domain.packs.content import ReviewPack
from spm.domain.packs.runs import KEPT_FOR, PackRun
from spm.jobs.worker import Handler, Task
from spm.queries.packs.runs import get_run, kept_files
from spm.services import pack_runs
from spm.services.packs import print_pack
from spm.services.work import Work

FOLDER = "pack-runs"
"""Where finished runs lie, and the parts of those that are being made, inside the instance folder."""


def _run(task: Task) -> None:
    run_id = PackRunId(int(str(task.held.job.arguments["run_id"])))
    base_url = str(task.held.job.arguments["base_url"])
    parts = task.instance / FOLDER / f"run-{run_id}"
    parts.mkdir(parents=True, exist_ok=True, mode=0o700)
    with unit(task.engine, writes=False) as session:
        run = get_run(session, task.as_work(session).actor, run_id)
    done = sum(item.is_done for item in run.items)
    for item in run.items:
        if item.is_done:
            continue
        done += 1
        with task.step("issue", done, len(run.items)) as work:
            pack = pack_runs.make(work, run, item)
        if pack is not None:
            _draw(parts, pack, base_url)
    files = _all_drawn(task, run_id, parts, base_url)
    bound = parts / "bound.zip"
    pack_runs.bind(files, bound)
    store = FileStore(task.instance / FOLDER)
    with bound.open("rb") as stream:
        kept = store.keep(stream)
    try:
        with task.work() as work:
            pack_runs.finish(work, run_id, kept)
    except BaseException:
        store.forget(kept.name)
        raise
    shutil.rmtree(parts, ignore_errors=True)


def _all_drawn(task: Task, run_id: PackRunId, parts: Path, base_url: str) -> list[Path]:
    """Return the files of all packs, in their order; draw those of which a kill left none.

    What the asker may no longer see is left out.
    """
    files: list[Path] = []
    with unit(task.engine, writes=False) as session:
        work = task.as_work(session)
        run: PackRun = get_run(session, work.actor, run_id)
        for place, item in enumerate(run.items, start=1):
            pack = pack_runs.pack_of(work, item)
            if pack is None:
                continue
            file = parts / pack_runs.name_in_zip(pack)
            if not file.is_file():
                _draw(parts, pack, base_url)
                task.tell("draw", place, len(run.items))
            files.append(file)
    return files


def _draw(parts: Path, pack: ReviewPack, base_url: str) -> None:
    """Write a pack's file, whole or not at all."""
    file = parts / pack_runs.name_in_zip(pack)
    being_written = file.with_suffix(".part")
    being_written.write_bytes(print_pack(pack, base_url))
    being_written.replace(file)


def purge(work: Work, instance: Path) -> None:
    """Forget finished files after a day, and so what runs left behind that were killed or cancelled."""
    folder = instance / FOLDER
    store = FileStore(folder)
    pack_runs.purge(work, store)
    kept = kept_files(work.session)
    for name in store.names(work.now - KEPT_FOR):
        if name not in kept:  # written, but killed before the run could say that it is its file
            store.forget(name)
    oldest = (work.now - KEPT_FOR).timestamp()
    for parts in folder.glob("run-*"):
        if parts.stat().st_mtime < oldest:
            shutil.rmtree(parts, ignore_errors=True)


HANDLERS: Mapping[str, Handler] = {pack_runs.RUN: _run}
