"""Write docs/pages/cli.md, the reference of the command line, from the code: `python docs/cli_reference.py`.

tests/test_docs.py checks that the page is up to date.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import typer

PAGE = Path(__file__).parent / "pages" / "cli.md"
TITLE = "Command line"
INTRODUCTION = f"""\
<!-- written by docs/cli_reference.py with typer {typer.__version__}; do not edit -->

Results go to stdout; notes, warnings, progress and errors go to stderr. Bars and colours appear on a
terminal only, and colours not at all if `NO_COLOR` is set.

| Option | stdout | stderr |
| --- | --- | --- |
| (none) | the result as a table | notes, warnings, progress, errors |
| `--json` | one JSON document, also for an error | nothing |
| `--quiet` | nothing | errors |

With `--json` warnings are in the document under `warnings`, and an error is the document
`{{"error": {{"kind": ..., "message": ..., "exit_code": ...}}}}`.

| Exit code | Meaning |
| --- | --- |
| 0 | done |
| 1 | internal error, or out of memory |
| 2 | wrong use: an unknown name, option or value, or a file that exists already |
| 3 | a bad input file or bad data, or a full disk |
| 4 | a check did not hold |
| 129, 130, 143 | stopped by a closed terminal, Ctrl-C, `kill`; no half-written file is left |

`--config FILE.toml` reads settings named like the options. They stand at the top of the file, or in one
table per command. Options on the command line win.

```toml
[simulate]
samples = 128
max-step = 1e-3
param = {{ nu = 0.02 }}
```
"""


def reference() -> str:
    """The page as it should be."""
    run = [sys.executable, "-m", "typer", "symgen.cli", "utils", "docs", "--name", "symgen", "--title", TITLE]
    plain = {key: value for key, value in os.environ.items() if key not in ("FORCE_COLOR", "GITHUB_ACTIONS")}
    plain |= {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    text = subprocess.run(run, env=plain, check=True, capture_output=True, encoding="utf-8").stdout
    title, body = text.strip().split("\n\n", 1)
    body = re.sub(r"^Examples:$", "**Examples**:", body, flags=re.MULTILINE)
    return f"{title}\n\n{INTRODUCTION}\n{body}\n"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
