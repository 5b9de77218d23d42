import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import install
from generator.errors import BuildError
from generator.install import install_site, one_build_at_a_time, remove_site, sweep_partials


def site(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file())


def test_a_new_generation_keeps_the_last_ones_assets(tmp_path: Path) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    for generation in ("1", "2", "3"):
        files = {f"assets__a{generation}_js": generation, "index_html": generation}
        install_site(site(tmp_path / generation, **files), out, state)
    assert names(out) == ["assets/a2.js", "assets/a3.js", "index.html"]
    assert (out / "index.html").read_text() == "3"


def test_installing_the_same_again_forgets_nothing(tmp_path: Path) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    install_site(site(tmp_path / "1", assets__a_js="1"), out, state)
    new = site(tmp_path / "2", assets__b_js="2")
    for _ in range(3):
        install_site(new, out, state)
    assert names(out) == ["assets/a.js", "assets/b.js"]


def test_files_that_are_not_ours_are_spared(tmp_path: Path) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    site(out, CNAME="example.org", _gitignore="*")
    for generation in ("1", "2", "3"):
        install_site(site(tmp_path / generation, index_html=generation), out, state)
    assert names(out) == [".gitignore", "CNAME", "index.html"]


def test_pages_are_replaced_after_all_that_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    replace = os.replace
    monkeypatch.setattr(
        "generator.install.os.replace",
        lambda a, b: (order.append(Path(b).name), replace(a, b)),
    )
    work = site(
        tmp_path / "work",
        index_html="home",
        demo__index_html="page",
        data__manifest_json="{}",
        assets__a_js="1",
        zebra_png="p",
    )
    install_site(work, tmp_path / "site", tmp_path / "state")
    assert order[0] == "begun.json"  # what a kill may leave is known before it is there
    assert order[1:3] == ["a.js", "zebra.png"]
    assert order[3:6] == ["manifest.json", "index.html", "index.html"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("not a folder")
    work = site(tmp_path / "work", index_html="x")
    with pytest.raises(BuildError, match=r"site: it is a file, not a folder. Name another folder"):
        install_site(work, tmp_path / "site", tmp_path / "state")


@pytest.mark.parametrize(
    ("number", "words"),
    [("ENOSPC", "the disk is full"), ("EACCES", "it may not be written"), ("EROFS", "read-only")],
)
def test_what_the_disk_refuses_becomes_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: str, words: str
) -> None:
    import errno

    def refuse(source: object, target: object) -> None:
        raise OSError(getattr(errno, number), "no", str(target))

    out, state = tmp_path / "site", tmp_path / "state"
    install_site(site(tmp_path / "1", index_html="old"), out, state)
    monkeypatch.setattr("generator.install.shutil.copyfile", refuse)
    with pytest.raises(BuildError, match=f"{words}.*The site is as it was"):
        install_site(site(tmp_path / "2", index_html="new"), out, state)
    assert names(out) == ["index.html"] and (out / "index.html").read_text() == "old"


def test_a_second_build_of_the_same_site_is_refused(tmp_path: Path) -> None:
    with (
        one_build_at_a_time(tmp_path),
        pytest.raises(BuildError, match="another build of this site is running"),
        one_build_at_a_time(tmp_path),
    ):
        pass


KILLED = """
import sys
from pathlib import Path
from generator.install import install_site
out, state, a, b = map(Path, sys.argv[1:])
print("installing", flush=True)
while True:
    install_site(a, out, state)
    install_site(b, out, state)
"""


def test_a_kill_at_any_moment_leaves_a_whole_site(tmp_path: Path) -> None:
    """Pages name the asset that they need: whichever generation is there must have it."""
    out, state = tmp_path / "site", tmp_path / "state"
    for name in ("a", "b"):
        work = site(tmp_path / name, index_html=f"{name}.js")
        for i in range(40):
            site(work, **{f"assets__{name}_js": name * 50_000, f"assets__{name}{i}_js": name})
    install_site(tmp_path / "a", out, state)
    arguments = [str(out), str(state), str(tmp_path / "a"), str(tmp_path / "b")]
    for moment in range(12):
        command = [sys.executable, "-c", KILLED, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()  # however long Python took to start
            time.sleep(0.01 + moment * 0.013)
            process.send_signal(signal.SIGKILL)
        asset = out / "assets" / (out / "index.html").read_text()
        assert len(asset.read_text()) == 50_000
    sweep_partials(out)
    install_site(tmp_path / "b", out, state)
    assert not list(out.rglob(".mlpages-*")) and (out / "index.html").read_text() == "b.js"


def test_what_a_broken_off_install_brought_goes_with_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    install_site(site(tmp_path / "1", assets__a_js="1", index_html="1"), out, state)
    with monkeypatch.context() as patch:
        put = install._put

        def stop_at_pages(source: Path, target: Path) -> None:
            if target.suffix == ".html":
                raise KeyboardInterrupt
            put(source, target)

        patch.setattr("generator.install._put", stop_at_pages)
        with pytest.raises(KeyboardInterrupt):
            install_site(site(tmp_path / "2", assets__b_js="2", index_html="2"), out, state)
    assert names(out) == ["assets/a.js", "assets/b.js", "index.html"]
    install_site(site(tmp_path / "3", assets__c_js="3", index_html="3"), out, state)
    assert names(out) == ["assets/a.js", "assets/c.js", "index.html"]


def test_a_damaged_record_of_generations_stops_no_build(tmp_path: Path) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    for generation in ("1", "2", "3"):
        install_site(site(tmp_path / generation, index_html=generation), out, state)
        (state / "generations.json").write_text('[["index')
    assert (out / "index.html").read_text() == "3"


def test_cleaning_removes_what_builds_wrote_alone(tmp_path: Path) -> None:
    out, state = tmp_path / "site", tmp_path / "state"
    for generation in ("1", "2"):
        files = {f"assets__a{generation}_js": generation, "index_html": generation}
        install_site(site(tmp_path / generation, **files), out, state)
    (out / "CNAME").write_text("example.org")
    (out / "assets/mine.txt").write_text("mine")
    remove_site(out, state)
    assert names(out) == ["CNAME", "assets/mine.txt"]
    assert not state.exists()
    remove_site(out, state)  # there is nothing left to remove
