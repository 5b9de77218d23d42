import hashlib
import json
from base64 import b64encode
from pathlib import Path

from generator.integrity import seal_pages

PAGE = """<!doctype html>
<link rel="icon" href="../assets/icon.svg">
<link rel="stylesheet" href="../assets/style.css">
<link rel="stylesheet" href="https://elsewhere.example/style.css">
<script type="application/json" id="page-data">{data}</script>
<script type="module" src="../assets/page.js"></script>
"""


def promise(content: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}"


def write(site: Path, **files: str) -> None:
    for name, content in files.items():
        path = site / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def sealed(site: Path, data: object) -> tuple[str, dict[str, str]]:
    """The page once it is sealed, and the promises in its data."""
    write(site, demo__index_dot_html=PAGE.format(data=json.dumps(data)))
    seal_pages(site)
    html = (site / "demo/index.html").read_text()
    block = html.split('id="page-data">')[1].split("</script>")[0]
    return html, json.loads(block)["integrity"]


def test_scripts_and_styles_of_the_site_carry_their_hash(tmp_path: Path) -> None:
    write(tmp_path, assets__page_dot_js="run()", assets__style_dot_css="p {}")
    html, _ = sealed(tmp_path, {})
    assert f'src="../assets/page.js" integrity="{promise("run()")}"' in html
    assert f'href="../assets/style.css" integrity="{promise("p {}")}"' in html
    assert html.count(" integrity=") == 2


def test_what_was_promised_before_is_renewed(tmp_path: Path) -> None:
    write(tmp_path, assets__page_dot_js="run()", assets__style_dot_css="p {}")
    sealed(tmp_path, {})
    write(tmp_path, assets__page_dot_js="go()")
    seal_pages(tmp_path)
    html = (tmp_path / "demo/index.html").read_text()
    assert f'src="../assets/page.js" integrity="{promise("go()")}"' in html
    assert html.count(" integrity=") == 2


def test_what_a_page_fetches_is_promised_and_the_weights_that_models_name(tmp_path: Path) -> None:
    model = json.dumps({"weightsManifest": [{"paths": ["w.bin"], "weights": []}]})
    write(
        tmp_path,
        assets__engine_dot_wasm="wasm",
        models__m__model_dot_json=model,
        models__m__w_dot_bin="weights",
        data__d__manifest_dot_json="{}",
    )
    names = ["../assets/engine.wasm", "../models/m/model.json", "../data/d/manifest.json"]
    _, promised = sealed(tmp_path, {"some": {"where": names}, "title": "../about/"})
    assert promised == {
        "../assets/engine.wasm": promise("wasm"),
        "../models/m/model.json": promise(model),
        "../models/m/w.bin": promise("weights"),
        "../data/d/manifest.json": promise("{}"),
    }


def test_data_that_holds_markup_stays_in_its_block(tmp_path: Path) -> None:
    page = PAGE.replace("{data}", r'{"title": "\u003c/script>"}')
    write(tmp_path, index_dot_html=page)
    seal_pages(tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert html.count("</script>") == page.count("</script>")
    assert r"\u003c/script>" in html and '"integrity":{}' in html
