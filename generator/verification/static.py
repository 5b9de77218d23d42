"""What can be seen without a browser: each check over all files of the site."""

from collections.abc import Callable, Iterator

from generator.progress import Stage
from generator.verification.addresses import check_hosts, check_links
from generator.verification.budgets import check_budgets
from generator.verification.files import check_files, check_names, check_types
from generator.verification.findings import Finding, Outcome
from generator.verification.policy import check_inline, check_policies
from generator.verification.scripts import check_scripts
from generator.verification.site_files import SiteFiles
from generator.verification.stored import check_data, check_models

CHECKS: dict[str, Callable[[SiteFiles], Iterator[Finding]]] = {
    "All files are there, none too large": check_files,
    "Files are what their names say": check_types,
    "Hashes in names are those of the content": check_names,
    "Links, anchors and assets": check_links,
    "Nothing loads from elsewhere": check_hosts,
    "Content-Security-Policy": check_policies,
    "Nothing inline": check_inline,
    "Scripts: no eval, no foreign address": check_scripts,
    "Sheets, labels and their manifests": check_data,
    "Models, weights and cases": check_models,
    "Budgets": check_budgets,
}


def check_statically(site: SiteFiles, stage: Stage) -> list[Outcome]:
    """Make every check that needs no browser."""
    outcomes = []
    for number, (name, check) in enumerate(CHECKS.items()):
        stage.update(number, len(CHECKS), name)
        outcomes.append(Outcome(name, findings=tuple(check(site))))
    stage.update(len(CHECKS), len(CHECKS))
    return outcomes
