"""The experiments that measure symgen.

Each is a module with a docstring, a function `cases(preset)` that yields what is measured with its targets beside it,
and, where they are needed, `comparisons(preset)`, `figures(run)` and `SEEDS`. `EXPERIMENTS` names them.
"""
