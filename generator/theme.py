"""What a site looks like by its own wish: an accent colour, style and script of its own."""

import colorsys
import hashlib
from dataclasses import dataclass
from pathlib import Path

from generator.bundle import BUNDLED
from generator.errors import BuildError
from generator.resources import TEMPLATES

# What a `templates/` folder beside site.toml may hold beside HTML that takes the place of ours.
EXTRA = ("extra.css", "extra.js")
# WCAG 2.2 asks for 4.5 : 1 between text and its ground. Links lie on --panel and --paper.
CONTRAST = 4.5
GROUNDS = {"light": ("#ffffff", "#fafaf8"), "dark": ("#13151a", "#1c1f27")}
ON_ACCENT = {"light": "#ffffff", "dark": "#0d1430"}
STEP = 0.005


@dataclass(frozen=True)
class Theme:
    """Files in `assets/` that every page loads after ours, and where to look for templates."""

    styles: tuple[str, ...] = ()
    script: str | None = None
    templates: Path | None = None


def make_theme(accent: str, templates: Path | None, assets: Path) -> Theme:
    """Write the files of a site's own look into `assets`, their hash in their names.

    `accent` is #rrggbb or empty. `templates` is the site's folder of overrides.
    """
    styles = []
    if accent:
        styles.append(_write(assets, "theme.css", accent_css(accent).encode()))
    if templates is None:
        return Theme(tuple(styles))
    css, script = (templates / name for name in EXTRA)
    if css.is_file():
        styles.append(_write(assets, css.name, css.read_bytes()))
    own = _write(assets, script.name, script.read_bytes()) if script.is_file() else None
    return Theme(tuple(styles), own, templates)


def accent_css(accent: str) -> str:
    """Return CSS that sets the accent colour, light and dark.

    Where the colour is too pale (or, in the dark, too dim) to be read as a link, its lightness is
    moved until it has a contrast of 4.5 : 1; hue and saturation stay.
    """
    light, dark = (readable(accent, scheme) for scheme in ("light", "dark"))
    rules = [
        f":root{{--accent:{light};--on-accent:{ON_ACCENT['light']}}}",
        f"@media(prefers-color-scheme:dark){{:root{{--accent:{dark};"
        f"--on-accent:{ON_ACCENT['dark']}}}}}",
    ]
    return "\n".join(rules) + "\n"


def readable(colour: str, scheme: str) -> str:
    """The nearest lightness at which a colour can be read on a scheme's grounds, as #rrggbb."""
    grounds = (*GROUNDS[scheme], ON_ACCENT[scheme])
    hue, lightness, saturation = colorsys.rgb_to_hls(*_parts(colour))
    while not all(contrast(colour, ground) >= CONTRAST for ground in grounds):
        lightness += STEP if scheme == "dark" else -STEP
        colour = _hex(colorsys.hls_to_rgb(hue, min(1.0, max(0.0, lightness)), saturation))
    return colour


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, brighter = sorted((_luminance(one), _luminance(other)))
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance")."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in _parts(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _hex(parts: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in parts)


def _write(assets: Path, name: str, content: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}.{ending}"
    (assets / hashed).write_bytes(content)
    return f"assets/{hashed}"


def check_templates(templates: Path) -> None:
    """Raise BuildError when a site's folder of overrides holds a file that would have no effect."""
    for file in sorted(templates.rglob("*")):
        name = file.relative_to(templates).as_posix()
        if file.is_dir() or name in EXTRA or file.name.startswith("."):
            continue
        if file.suffix == ".html" or (file.suffix in BUNDLED and (TEMPLATES / name).is_file()):
            continue
        raise BuildError(
            what="this file would have no effect",
            where=str(file),
            expected=f"files that take the place of ours of the same name, {' and '.join(EXTRA)}",
            fix="Put styles into extra.css and code into extra.js: every page loads them last.",
        )
