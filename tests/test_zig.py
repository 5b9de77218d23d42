"""Zig programs are compiled into two builds, each named by what it holds."""

from pathlib import Path

import pytest

from generator.bundle import FUSED
from generator.errors import BuildError
from generator.resources import TEMPLATES
from generator.zig import PROCESSORS, compile_builds

MADE = """
export fn twice(values: [*]f32) void {
    const four: *align(4) @Vector(4, f32) = @ptrCast(values);
    four.* += four.*;
}
"""


def test_each_build_is_named_by_its_bytes(tmp_path: Path) -> None:
    source = tmp_path / "made/twice.zig"
    source.parent.mkdir()
    source.write_text(MADE)
    names = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        builds = compile_builds(source, folder)
        assert builds.keys() == PROCESSORS.keys()
        for build, name in builds.items():
            assert name.startswith(f"made-{build}-")
            program = (folder / name).read_bytes()
            assert program[:4] == b"\0asm" and b"twice" in program
            assert str(tmp_path).encode() not in program
        names.append(builds)
    assert names[0] == names[1]


def test_the_fused_training_step_is_small_and_asks_for_its_memory_alone(tmp_path: Path) -> None:
    for name in compile_builds(TEMPLATES / FUSED, tmp_path).values():
        program = (tmp_path / name).read_bytes()
        assert len(program) < 32_000
        assert program.count(b"\x03env") == 1 and b"\x03env\x06memory" in program


def test_a_source_that_is_refused_is_named_with_its_line(tmp_path: Path) -> None:
    source = tmp_path / "wrong.zig"
    source.write_text("export fn f() void { return 1; }")
    with pytest.raises(BuildError, match=r"zig refused it:\nwrong\.zig:1:\d+: error"):
        compile_builds(source, tmp_path)


def test_without_the_compiler_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.zig.find_spec", lambda name: None)
    with pytest.raises(BuildError, match=r"the Zig compiler is not installed.*make setup"):
        compile_builds(tmp_path / "any.zig", tmp_path)
