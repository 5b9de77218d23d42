"""Keep what TensorFlow and tensorflowjs say about themselves off the terminal."""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator

from generator.errors import BuildError

# Read when TensorFlow is imported: errors alone, no advice about this machine's CPU.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# An advertisement that needs IPython whenever standard output is no terminal, and fails without.
os.environ.setdefault("TFDF_DISABLE_WELCOME_MESSAGE", "1")


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Hold back standard output and error, C++'s too; show them when something of ours breaks."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said, contextlib.redirect_stdout(io.StringIO()):
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BuildError:
            raise
        except Exception:
            os.dup2(kept, 2)
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
