"""`suite report`: everything a suite came to, as tables, figures, one page, and each run's configuration."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from engine.analyse.run_record import RunRecord, read_record
from engine.analyse.suite_records import SuiteRecords, gather_experiments
from engine.plan.suite_plan import SuitePlan
from engine.process.listing import RunRow
from engine.process.suite import FoundMember
from ssp_tui.cleaning import clean
from ssp_tui.report.detector_figures import detector_sheets
from ssp_tui.report.latex import latex
from ssp_tui.report.markdown_page import markdown_page
from ssp_tui.report.page import Picture, html_page
from ssp_tui.report.paper_figures import paper_sheets
from ssp_tui.report.sheet import Sheet, require_matplotlib, save_sheet
from ssp_tui.report.table import Table, comma_separated, markdown
from ssp_tui.report.tables import all_tables
from ssp_tui.wording import counted


def write_suite_report(name: str, plan: SuitePlan, found: Sequence[FoundMember], folder: Path) -> list[Path]:
    """Write it all below `folder`; returns the files, the page first. OSError when one cannot be written."""
    suite = gather_suite(name, plan, found)
    for part in ("tables", "figures", "runs"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    tables = all_tables(suite)
    written = [path for table in tables for path in _write_table(table, folder / "tables")]
    pictures, missing = _draw(suite, folder / "figures")
    written += [path for _, paths in pictures for path in paths]
    written += _keep_runs(suite.records(), folder / "runs")
    title, lead = f"{suite.name}: {suite.title}", _lead(suite)
    page, repository_page = folder / "index.html", folder / "README.md"
    shown = [Picture(sheet, _of_kind(".svg", paths)) for sheet, paths in pictures]
    page.write_text(html_page(title, lead, tables, shown, missing), encoding="utf-8")
    beside = [(sheet, _of_kind(".png", paths).relative_to(folder)) for sheet, paths in pictures]
    repository_page.write_text(markdown_page(title, lead, tables, beside, missing), encoding="utf-8")
    return [page, repository_page, *written]


def _of_kind(suffix: str, paths: Sequence[Path]) -> Path:
    return next(path for path in paths if path.suffix == suffix)


def gather_suite(name: str, plan: SuitePlan, found: Sequence[FoundMember]) -> SuiteRecords:
    """Read the journal of every member there is."""
    members = [
        (each.member.experiment, each.member.variant, _read(each.row) if each.row else None) for each in found
    ]
    return SuiteRecords(
        name=clean(name),
        title=plan.suite.title,
        is_reduced=plan.is_reduced,
        changes=tuple(clean(text) for text in _changes(plan)),
        protocol=plan.protocol,
        experiments=gather_experiments(members),
    )


def _changes(plan: SuitePlan) -> list[str]:
    """What was laid over the paper's settings, as it was typed."""
    stand_ins = [f"{dataset} in the place of {name}" for name, dataset in plan.datasets.items()]
    return [*plan.suite.settings, *plan.settings, *stand_ins]


def _read(row: RunRow) -> RunRecord:
    return read_record(row.folder, clean)


def _lead(suite: SuiteRecords) -> list[str]:
    planned = sum(each.num_planned for each in suite.experiments.values())
    done = sum(len(each.finished) for each in suite.experiments.values())
    lead = [
        f"{done} of {counted(planned, 'run')} finished. Every number is traceable to a run of the last table."
    ]
    if suite.changes:
        lead.append(f"Laid over the paper's settings: {', '.join(suite.changes)}.")
    if suite.is_reduced:
        lead.append(
            "A reduced suite: smaller networks, fewer images, fewer epochs. The paper's figures stand beside "
            "it for the order of its experiments; the values are of another task."
        )
    return lead


def _write_table(table: Table, folder: Path) -> list[Path]:
    texts = {"md": markdown(table), "csv": comma_separated(table), "tex": latex(table)}
    paths = []
    for suffix, text in texts.items():
        path = folder / f"{table.stem}.{suffix}"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _draw(suite: SuiteRecords, folder: Path) -> tuple[list[tuple[Sheet, list[Path]]], str]:
    """Every figure with its files, or why there is none."""
    try:
        require_matplotlib()
    except ValueError as error:
        return [], str(error)
    sheets = [*paper_sheets(suite), *detector_sheets(suite)]
    return [(sheet, save_sheet(sheet, folder)) for sheet in sheets], ""


def _keep_runs(records: Sequence[RunRecord], folder: Path) -> list[Path]:
    """Each run's config.toml, and its result where there is one."""
    kept = []
    for record in records:
        place = folder / record.folder.run_id
        place.mkdir(exist_ok=True)
        for path in (record.folder.config_path, record.folder.result_path):
            if path.is_file():
                shutil.copyfile(path, place / path.name)
                kept.append(place / path.name)
    return kept
