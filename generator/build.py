"""build_site(): the story of a build, one line per stage."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from generator import stages
from generator.backbone_files import BackboneFiles, BackboneProof, prove_backbone, put_backbone
from generator.brought_model import parity_of, put_brought_model
from generator.browser import find_browser, named_browser
from generator.bundle import PROOFS, Bundle, bundle_scripts
from generator.cache import Cache
from generator.cases import FILE as CASES
from generator.cases import Cases, cases_of, tolerance_of
from generator.config import DemoConfig, SiteConfig
from generator.conversion.convert import GRAPH, LAYERS
from generator.conversion.weights import write_metadata
from generator.data import Dataset
from generator.demos import predictor, trainer, transfer
from generator.demos.parts import ModelFiles, Parts
from generator.distribute import Distribution, read_distribution
from generator.docs import make_docs
from generator.errors import BuildError
from generator.install import (
    explained_errors,
    install_site,
    one_build_at_a_time,
    state_beside,
    sweep_partials,
)
from generator.integrity import seal_pages
from generator.links import check_links
from generator.models import architectures
from generator.models.architectures import Network
from generator.models.backbones import BACKBONES, LITE0
from generator.models.pretrained import find_mobilenet
from generator.offline import make_offline
from generator.parity import Parity
from generator.pictures import draw_card
from generator.progress import Reporter
from generator.render import Page, Site, render_pages, write_sitemap
from generator.report import DemoReport, describe_demo, make_report, write_report
from generator.single_file import describe_single_files, write_single_files
from generator.theme import check_templates, make_theme

RECIPES = {"trainer": trainer.build, "predictor": predictor.build, "transfer": transfer.build}


@dataclass(frozen=True)
class Options:
    """How to build: which demos, where to, and what is allowed."""

    out: Path
    only: tuple[str, ...] = ()
    fresh: bool = False
    offline: bool = False
    single_file: bool = False  # write each demo as one HTML file, too


@dataclass(frozen=True)
class Built:
    """What a build reports to the terminal."""

    out: Path
    demos: list[DemoReport]
    stages: dict[str, list[str]]  # by slug, the costly stages whose results a page shows
    notes: list[str]  # what the site does without, and what to do about it


def build_site(config: SiteConfig, options: Options, reporter: Reporter) -> Built:
    """Make the site that `config` describes in `options.out`; raise BuildError and change nothing.

    Everything is made in a work folder first; the site is touched when all of it is right.
    """
    _keep_out_of_data(config, options.out)
    named_browser()  # a wrong name is told before anything trains
    state = state_folder(config, options.out)
    distribution = read_distribution(config.strategy)
    config = select_demos(config, options.only)
    cache = Cache(fresh=options.fresh)
    if config.templates:
        check_templates(config.templates)
    with one_build_at_a_time(state), _work_folder(state) as work, explained_errors(state):
        datasets, left_out = _load_data(config, options, state, cache, reporter)
        if distribution and distribution.worker:
            _start_training(config, datasets, distribution, cache, reporter)
        bundle = _bundle(config, cache, work, reporter)
        docs = _make_docs(config, bundle, reporter)
        backbones, notes = _make_backbones(config, options, cache, work, reporter)
        parts = _make_parts(
            config, datasets, distribution, bundle, backbones, cache, work, reporter
        )
        parity = _prove(parts, datasets, cache, reporter)
        proofs = _prove_backbones(parts, cache, reporter)
        pages = [RECIPES[demo.kind](demo, parts) for demo in config.demos]
        pictures = _draw_pictures(datasets, parts, cache)
        site = _make_site(config, pages, pictures, bundle.folder)
        if options.single_file:
            site, described = _write_singles(site, parts, reporter)
            notes += described
        demos = _write_pages(pages, docs, site, pictures, parts, parity, proofs)
        _drop_proof_pages(parts)
        make_offline(parts)
        seal_pages(work)
        check_links(work)
        with reporter.stage("Install"):
            sweep_partials(options.out)
            install_site(work, options.out, state)
    if cache.has_grown:
        cache.trim()
    costly = {demo.slug: _stages_of(demo, config) for demo in config.demos}
    notes += [f"What the cache kept for {stage} was damaged; made anew." for stage in cache.damaged]
    return Built(options.out, demos, costly, [*left_out, *notes])


def _stages_of(demo: DemoConfig, config: SiteConfig) -> list[str]:
    data = demo.data or (config.models[demo.model].data if demo.model else "")
    model = [f"Train {demo.model}", f"Convert {demo.model}", f"Check {demo.model} in the browser"]
    names = (*demo.backbones, *demo.optional)
    backbones = [line for name in names for line in (f"Backbone {name}", f"Check {name}")]
    return [*([f"Sheets of {data}"] if data else []), *(model if demo.model else []), *backbones]


def state_folder(config: SiteConfig, out: Path) -> Path:
    """Where builds into `out` keep their lock, work and generations: outside the site."""
    return state_beside(config.path.parent, out)


def _keep_out_of_data(config: SiteConfig, out: Path) -> None:
    """Refuse a site among pictures: the next build would read its files as data."""
    for name, data in config.data.items():
        if data.source == "folder" and data.path:
            if out.resolve().is_relative_to(data.path.resolve()):
                raise BuildError(
                    what=f"the site would be written into the pictures of [data.{name}]",
                    where=str(out),
                    expected=f"a folder outside {data.path}",
                    fix="Move the pictures into a folder of their own, or name another --out.",
                )


def select_demos(config: SiteConfig, only: tuple[str, ...]) -> SiteConfig:
    """Keep the demos that `--only` names, and of data and models what they need; no docs then."""
    slugs = {demo.slug for demo in config.demos}
    for slug in only:
        if slug not in slugs:
            raise BuildError(
                what=f"there is no demo {slug!r}",
                where=str(config.path),
                expected=f"--only with one of {', '.join(sorted(slugs))}",
            )
    demos = tuple(demo for demo in config.demos if not only or demo.slug in only)
    models = {demo.model: config.models[demo.model] for demo in demos if demo.model}
    names = {demo.data for demo in demos} | {model.data for model in models.values()}
    data = {name: config.data[name] for name in config.data if name in names}
    docs = None if only else config.docs
    return replace(config, demos=demos, models=models, data=data, docs=docs)


@contextmanager
def _work_folder(state: Path) -> Iterator[Path]:
    for killed in state.glob("work-*"):
        shutil.rmtree(killed, ignore_errors=True)
    with explained_errors(state):
        work = Path(tempfile.mkdtemp(prefix="work-", dir=state))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _load_data(
    config: SiteConfig, options: Options, state: Path, cache: Cache, reporter: Reporter
) -> tuple[dict[str, Dataset], list[str]]:
    """Load what demos need; note what of it was left out, and list it in the state folder."""
    datasets, notes = {}, []
    with reporter.stage("Data") as stage:
        for name, entry in config.data.items():
            loaded = stages.load_dataset(entry, options.offline, cache, stage)
            datasets[name] = loaded.dataset
            notes += [f"[data.{name}]: {note}" for note in loaded.notes]
            if loaded.unreadable:
                listed = state / f"unreadable-{name}.txt"
                listed.write_text(loaded.unreadable, encoding="utf-8")
                notes.append(f"[data.{name}]: the whole list is in {listed}.")
        stage.result = ", ".join(
            f"{name}: {sum(map(len, dataset.splits.values())):,} images"
            for name, dataset in datasets.items()
        )
    return datasets, notes


def _start_training(
    config: SiteConfig,
    datasets: dict[str, Dataset],
    distribution: Distribution,
    cache: Cache,
    reporter: Reporter,
) -> None:
    """Meet the workers that train with this one: TensorFlow wants it before its first step."""
    with reporter.stage("Workers") as stage:
        networks = find_networks(config)
        stages.start_training(config.models, networks, datasets, distribution, cache)
        stage.result = str(distribution.worker)


def _bundle(config: SiteConfig, cache: Cache, work: Path, reporter: Reporter) -> Bundle:
    with reporter.stage("Browser code"):
        kinds = tuple(sorted({demo.kind for demo in config.demos}))
        bundle = bundle_scripts(cache, kinds, config.templates)
        assets = work / "assets"
        assets.mkdir()
        for name in bundle.assets():
            shutil.copyfile(bundle.folder / name, assets / name)
    return replace(bundle, folder=assets)


def _make_docs(config: SiteConfig, bundle: Bundle, reporter: Reporter) -> list[Page]:
    """Read and check the docs: what is wrong with them is told before anything trains."""
    if not config.docs:
        return []
    with reporter.stage("Docs") as stage:
        slugs = [demo.slug for demo in config.demos]
        style = f"assets/{bundle.files['docs.css']}"
        pages = make_docs(config.docs, slugs, bundle.folder, style)
        stage.result = f"{len(pages)} pages"
    return pages


def _make_backbones(
    config: SiteConfig, options: Options, cache: Cache, work: Path, reporter: Reporter
) -> tuple[dict[str, BackboneFiles], list[str]]:
    """Convert the backbones that demos name; note those that are welcome and cannot be had."""
    named = {name for demo in config.demos for name in demo.backbones}
    optional = {name for demo in config.demos for name in demo.optional}
    made, notes = {}, []
    for name in sorted(named | optional):
        backbone = BACKBONES[name]
        try:
            file = find_mobilenet(config.mobilenet, options.offline) if name != LITE0.name else None
        except BuildError as error:
            if name in named or config.mobilenet:
                raise
            notes.append(
                f"The optional backbone {name} is left out: {error.what}. To offer it, name its "
                "file under [backbones]."
            )
            continue
        with reporter.stage(f"Backbone {name}") as stage:
            made[name] = put_backbone(backbone, file, cache, work / "models" / name, stage)
    return made, notes


def _prove_backbones(
    parts: Parts, cache: Cache, reporter: Reporter
) -> dict[str, list[BackboneProof]]:
    browser = find_browser() if parts.backbones else None
    proofs = {}
    for name, files in parts.backbones.items():
        with reporter.stage(f"Check {name}") as stage:
            proofs[name] = prove_backbone(files, parts.bundle, parts.folder, cache, browser)
            stage.result = (
                f"differs by {max(proof.rms for proof in proofs[name]):.1e}"
                if proofs[name]
                else "not checked: no Chrome or Chromium found; `mlpages doctor` says more"
            )
    return proofs


def _make_parts(
    config: SiteConfig,
    datasets: dict[str, Dataset],
    distribution: Distribution | None,
    bundle: Bundle,
    backbones: dict[str, BackboneFiles],
    cache: Cache,
    work: Path,
    reporter: Reporter,
) -> Parts:
    networks = find_networks(config)
    manifests, models, topologies = {}, {}, {}
    for name, entry in config.data.items():
        with reporter.stage(f"Sheets of {name}") as stage:
            folder = work / "data" / name
            manifests[name] = stages.put_sheets(entry, datasets[name], cache, folder, stage)
    for demo in config.demos:
        for architecture in demo.architectures if demo.kind == "trainer" else ():
            topologies[architecture, demo.data] = stages.make_topology(
                networks[architecture], datasets[demo.data], cache
            )
    for name, model in config.models.items():
        folder = work / "models" / name
        if model.path:
            with reporter.stage(f"Convert {name}") as stage:
                dataset = datasets.get(model.data)
                models[name] = put_brought_model(
                    model, dataset, cache, folder, find_browser(), stage
                )
            continue
        with reporter.stage(f"Train {name}") as stage:
            network = networks[model.architecture]
            trained = stages.train_model(
                model, network, datasets[model.data], distribution, cache, stage
            )
        with reporter.stage(f"Convert {name}") as stage:
            models[name] = stages.put_model(model, trained, datasets[model.data], cache, folder)
    return Parts(config, work, bundle, manifests, models, topologies, backbones, networks)


def find_networks(config: SiteConfig) -> dict[str, Network]:
    """The networks that models and trainers name; the user's are looked for beside site.toml."""
    trainers = [demo for demo in config.demos if demo.kind == "trainer"]
    names = {name for demo in trainers for name in demo.architectures}
    names |= {model.architecture for model in config.models.values() if model.architecture}
    return {name: architectures.find(name, config.path.parent) for name in sorted(names)}


def _prove(
    parts: Parts, datasets: dict[str, Dataset], cache: Cache, reporter: Reporter
) -> dict[str, list[Parity]]:
    browser = find_browser() if parts.models else None
    proofs = {}
    for name, model in parts.models.items():
        with reporter.stage(f"Check {name} in the browser") as stage:
            if model.config.data:
                dataset = datasets[model.config.data]
                proofs[name] = stages.prove_model(model, dataset, parts, cache, browser)
            elif model.conversion:  # without images of its own, it was compared as it was made
                proofs[name] = parity_of(model.conversion)
            stage.result = (
                ", ".join(f"{p.model} differs by {p.difference:.1e}" for p in proofs[name])
                or "not checked: no Chrome or Chromium found; `mlpages doctor` says more"
            )
        _note_parity(parts, model, proofs[name])
        _write_cases(parts, model, datasets, proofs[name])
    return proofs


def _note_parity(parts: Parts, model: ModelFiles, results: list[Parity]) -> None:
    """Write what the proof found into the metadata that travels with the model."""
    for result in results:
        kind = {"graph": GRAPH, "layers": LAYERS}[result.model]
        found = {"images": result.images, "difference": result.difference}
        metadata = replace(model.metadata, parity={**found, "accuracy": result.accuracy})
        write_metadata(parts.folder / "models" / model.config.name / kind, metadata)


def _write_cases(
    parts: Parts, model: ModelFiles, datasets: dict[str, Dataset], results: list[Parity]
) -> None:
    """Put a few images and the original's answers beside the model, for `mlpages verify`."""
    tolerance = tolerance_of(results, model.config.weights)
    if model.answers:
        cases = cases_of(datasets[model.config.data], np.load(model.answers), tolerance)
    else:
        assert model.made_up, "a model without answers of its own was brought"
        with np.load(model.made_up) as made_up:
            cases = Cases(made_up["pixels"], made_up["answers"], tolerance)
    cases.write(parts.folder / "models" / model.config.name / CASES)


def _drop_proof_pages(parts: Parts) -> None:
    """The pages that proved the models have done their work: no visitor needs them."""
    bundle = parts.bundle
    pages = {entry: bundle.pages[entry] for entry in bundle.pages.keys() - set(PROOFS.values())}
    for name in bundle.assets() - replace(bundle, pages=pages).assets():
        (bundle.folder / name).unlink()


def _write_singles(site: Site, parts: Parts, reporter: Reporter) -> tuple[Site, list[str]]:
    """Write each demo as one file, too; return a site whose pages offer it, and a list of them."""
    with reporter.stage("Pages in one file"):
        sizes = write_single_files(RECIPES, parts, site)
    return replace(site, singles=sizes), describe_single_files(sizes)


def _write_pages(
    pages: list[Page],
    docs: list[Page],
    site: Site,
    pictures: dict[str, str],
    parts: Parts,
    parity: dict[str, list[Parity]],
    proofs: dict[str, list[BackboneProof]],
) -> list[DemoReport]:
    """Render the demos, then the home page and the report, which weigh them, and the docs."""
    config = parts.config
    render_pages(pages, site, parts.bundle, parts.folder)
    demos = [
        describe_demo(demo, page, parts, parity, proofs)
        for demo, page in zip(config.demos, pages, strict=True)
    ]
    report = make_report(demos, parts, parity, proofs)
    write_report(report, parts.folder / "report.json")
    (parts.folder / ".nojekyll").touch()
    cards = [
        {"demo": demo, "page": page, "picture": pictures[demo.slug]}
        for demo, page in zip(demos, pages, strict=True)
    ]
    values = {"cards": cards, "report": report, "credits": parts.bundle.credits}
    home = Page("index", "", config.title, config.description, values=values)
    about = Page("about", "about", "Report", "What this site is made of.", values=values)
    render_pages([home, about, *docs], site, parts.bundle, parts.folder)
    if site.url:
        write_sitemap([home, *pages, about, *docs], site, parts.folder)
    return demos


def _make_site(config: SiteConfig, pages: list[Page], cards: dict[str, str], assets: Path) -> Site:
    """What all pages share; without a picture of its own, links show the first demo's."""
    picture = cards[pages[0].slug]
    if config.picture:
        content = config.picture.read_bytes()
        name = f"picture-{sha256(content).hexdigest()[:8]}{config.picture.suffix.lower()}"
        (assets / name).write_bytes(content)
        picture = f"assets/{name}"
    return Site(
        config.title,
        config.language,
        demos=tuple((page.slug, page.title) for page in pages),
        docs=config.docs is not None,
        footer=config.footer,
        url=config.url,
        picture=picture,
        theme=make_theme(config.accent, config.templates, assets),
        offline=config.offline,
    )


def _draw_pictures(datasets: dict[str, Dataset], parts: Parts, cache: Cache) -> dict[str, str]:
    """Draw each demo's card; return the files' names, hashed."""
    names = {}
    for demo in parts.config.demos:
        file = draw_card(demo, datasets, parts.models, cache)
        digest = sha256(file.read_bytes()).hexdigest()[:8]
        names[demo.slug] = f"assets/{demo.slug}-{digest}.webp"
        shutil.copyfile(file, parts.folder / names[demo.slug])
    return names
