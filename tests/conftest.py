from __future__ import annotations

import os

# before torch is imported: its idle threads spin otherwise, which is slow where cores are shared
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
