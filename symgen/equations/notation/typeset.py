"""Typeset formulas, LaTeX and signs that are on no keyboard, in plain characters; the sign of derivatives stays."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from symgen.exceptions import UsageError

SIGNS = {
    **dict.fromkeys("−–—‐‑﹣－", "-"),
    **dict.fromkeys("·⋅×∗∙•⸱", "*"),
    **dict.fromkeys("÷⁄∕", "/"),
    **dict.fromkeys("′’‘ʹ", "'"),
    **dict.fromkeys("\u00a0\u2009\u200a\u202f\u2062\u2061\u200b\ufeff", " "),
    **dict.fromkeys("″”", "''"),
    "‴": "'''",
    "＝": "=",
    "∆": " laplacian ",
    "√": " sqrt ",
}
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵐᵖ", "0123456789+-nmp", strict=True))
SUBSCRIPTS = dict(zip("ₓₜ₀₁₂₃₄₅₆₇₈₉", "xt0123456789", strict=True))
GREEK = {chr(place): unicodedata.name(chr(place)).rpartition(" ")[2].lower() for place in range(0x3B1, 0x3CA)}
"""Small letters, by their names."""
COMMANDS = {
    "partial": "∂",
    "nabla": "∇",
    "Delta": " laplacian ",
    "triangle": " laplacian ",
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "div": "/",
    "prime": "'",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "mid": "|",
    "imath": "I",
    "ln": " log ",
    "lbrace": "(",
    "rbrace": ")",
    **{name: f" {name} " for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt", "frac")},
    **{f"var{name}": f" {name} " for name in ("epsilon", "theta", "rho", "phi", "sigma", "kappa")},
}
SPACING = ("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "quad", "qquad", "displaystyle", "limits")
FONTS = ("mathrm", "mathbf", "mathit", "mathsf", "text", "rm", "operatorname", "boldsymbol", "bm", "bf", "it")
_COMMAND = re.compile(r"\\([A-Za-z]+)\s*")
DOT = "\u02d9"
"""Behind a name: Newton's derivative in t."""
_DOTS = {"\u0307": DOT, "\u0308": 2 * DOT}


def plain_characters(text: str, known: Container[str]) -> str:
    """A formula with `\\frac`, `\\sqrt`, brackets { } and the sign of partial derivatives left in it.

    Names that are `known` stay as they are.
    """
    text = _latex(text) if "\\" in text or "$" in text else text
    text = re.sub(r"(?<=[\u2202)}\]])[ₓₜ]+", lambda m: "_" + "".join(map(SUBSCRIPTS.__getitem__, m[0])) + " ", text)
    text = re.sub(r"[^\W\d]\w*(?:[\u0307\u0308]\w*)*", lambda word: _word(word[0], known), text)
    text = "".join(SIGNS.get(letter, letter) for letter in text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿᵐᵖ]+", lambda m: "^(" + "".join(map(SUPERSCRIPTS.__getitem__, m[0])) + ")", text)
    text = re.sub(r"∇\s*(\^|\*\*)\s*[({]?\s*2\s*[)}]?", " laplacian ", text)
    text = re.sub(r"(?<=[\w)}\]])\s*[,;]\s*$|(?<=[^\W\d]|[)}\]])\s*\.\s*$", "", text)  # the end of a sentence
    return re.sub("(?<!=)==(?!=)", "=", text)


def _latex(text: str) -> str:
    text = re.sub(r"\\[,;:!> ]|\\\\|~|&|\$|\\[()\[\]]", " ", text)
    text = re.sub(r"\\d?dot\s*\{?\s*(\\?[A-Za-z]\w*)\s*\}?", lambda m: f"{m[1]}{_dots(m[0])} ", text)
    text = re.sub(r"\\[td]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", text)
    text = re.sub(r"\\sqrt\s*\[\s*(\w+)\s*\]\s*\{([^{}]*)\}", r"((\2)^(1/\1))", text)
    if re.search(r"\\sqrt\s*\[", text):
        raise UsageError(r"The root \sqrt[...] is not read here: write it as a power, such as (u)^(1/3).")
    text = re.sub(r"\\(?:bar|overline)\s*\{([^{}]*)\}", r" conj(\1)", text)
    text = re.sub(rf"\\(?:{'|'.join(FONTS)})\s*\{{([^{{}}]*)\}}", r"\1", text)
    text = text.replace(r"\{", "(").replace(r"\}", ")").replace(r"\tfrac", r"\frac").replace(r"\dfrac", r"\frac")

    def command(match: re.Match[str]) -> str:
        name = match[1]
        if name in SPACING or name in FONTS:
            return " "
        apart = " " if text[: match.start()][-1:].isalnum() else ""  # a command ends the name before it
        return apart + COMMANDS.get(name, f"{name} ")

    return _COMMAND.sub(command, text)


def _dots(command: str) -> str:
    return 2 * DOT if command.startswith(r"\ddot") else DOT


def _word(word: str, known: Container[str]) -> str:
    """A name in plain characters: subscripts, superscripts, dots, Greek letters and the Laplacian."""
    if word in known:
        return word
    power = re.search(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻ⁿᵐᵖ]+", word)
    if power:
        return (
            _word(word[: power.start()], known)
            + power[0]
            + (_word(word[power.end() :], known) if word[power.end() :] else "")
        )
    index = re.fullmatch(r"(\w*?)_?([ₓₜ]+)", word)
    if index:
        return f"{_word(index[1], known) if index[1] else ''}_{''.join(map(SUBSCRIPTS.__getitem__, index[2]))}"
    word = "".join(SUBSCRIPTS.get(letter, letter) for letter in word)
    if word.startswith("Δ") and word not in known:
        return f" laplacian {word[1:]}"
    dotted = unicodedata.normalize("NFD", word)
    if len(dotted) == 2 and dotted[1] in _DOTS and dotted[0] not in "aou":  # an umlaut is a letter
        return dotted[0] + _DOTS[dotted[1]]
    stem, underscore, rest = word.partition("_")
    if stem in GREEK and GREEK[stem] in known and stem not in known:
        return GREEK[stem] + underscore + rest
    return word
