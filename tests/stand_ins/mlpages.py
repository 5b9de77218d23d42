"""`mlpages` as the test of the docs runs it.

It is the command itself, but `serve` ends when it has answered, and `clean --cache` empties a cache
that nobody uses.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

COMMAND = [sys.executable, "-c", "from generator.cli import main; main()"]


def serve(words: list[str]) -> int:
    """Start `serve` on a free port, ask for its home page, stop it as Ctrl+C does."""
    # What a shell runs in the background ignores Ctrl+C, and hands that on to what it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    port = [] if "--port" in words else ["--port", "0"]
    with subprocess.Popen(
        [*COMMAND, "serve", *words, *port], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            found = (re.search(r"at (http://\S+)", line) for line in process.stdout)
            if match := next(filter(None, found), None):
                process.stdout.readline()  # "Stop with Ctrl+C.": from now on one can
                with urllib.request.urlopen(match[1]) as answer:
                    assert b"</html>" in answer.read()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate()
    return process.returncode


def main(words: list[str]) -> int:
    if words[0] == "serve":
        return serve(words[1:])
    if "--cache" in words:
        os.environ["MLPAGES_CACHE"] = tempfile.mkdtemp()
    return subprocess.run([*COMMAND, *words]).returncode


sys.exit(main(sys.argv[1:]))
