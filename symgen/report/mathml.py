"""Formulas, equations and vector fields as MathML, as they are written: nothing is computed or reordered.

Reads what symgen prints and what users write: `t d/dx + d/du`, `u_t + u*u_x = nu*u_xx`, `-u^3/6 + u_x**2/2`,
`F1 - 2 F3`. What it cannot read is set as plain text. All that comes from the text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from symgen.printable import escape

NAMESPACE = 'xmlns="http://www.w3.org/1998/Math/MathML"'
_SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho"
_SMALL_REST, _LARGE = "sigma tau upsilon phi chi psi omega", "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
GREEK = {
    **{name: chr(0x3B1 + place) for place, name in enumerate(_SMALL.split(" "))},
    **{name: chr(0x3C3 + place) for place, name in enumerate(_SMALL_REST.split(" "))},
    **dict(zip(_LARGE.split(" "), "ΓΔΘΛΞΠΣΦΨΩ", strict=True)),
}
VARIABLES = "xyzt"
"""Letters of an index that are derivatives."""
MOST = 4000
"""Characters that are set as mathematics; longer texts stay text."""
DEEPEST = 60
"""Nesting of brackets and powers, at most."""

_TOKEN = re.compile(
    r"\s*(d/d[^\W\d]\w*|[^\W\d]\w*|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\*\*|==|<=|>=|\.\.\.|[-+*/^=()\[\],<>|±…])"
)
_RELATIONS = {"=": "=", "==": "=", "<": "&lt;", ">": "&gt;", "<=": "≤", ">=": "≥"}
_SIGNS = {"+": "+", "-": "−", "±": "±"}
_DOTS = ("...", "…")
_FUNCTIONS = ("exp", "log", "ln", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sech", "sign")


def formula_mathml(text: str, block: bool = False) -> str:
    """A formula, an equation or a field in plain notation -> a `<math>` element, displayed if it is a `block`.

    Its alternative text, for who copies or hears it, is the text itself.
    """
    try:
        body = _Reader(text).read()
    except _Unreadable:
        body = f"<mtext>{escape(text)}</mtext>"
    display = ' display="block"' if block else ""
    return f'<math {NAMESPACE}{display} alttext="{escape(text)}">{body}</math>'


def broken_mathml(text: str) -> str:
    """The same as a `<span>` of several `<math>` elements, so that lines can break before its signs and relations."""
    try:
        pieces = _Reader(text).pieces()
    except _Unreadable:
        return formula_mathml(text)
    maths = "<wbr>".join(f"<math {NAMESPACE}><mrow>{piece}</mrow></math>" for piece in pieces)
    return f'<span class="formula" role="math" aria-label="{escape(text)}">{maths}</span>'


class _Unreadable(Exception):
    pass


class _Reader:
    """Recursive descent over the tokens of one text; every method gives MathML."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        self.place = self.depth = 0
        place, end = 0, len(text.rstrip())
        if end > MOST:
            raise _Unreadable
        while place < end:
            match = _TOKEN.match(text, place)
            if match is None:
                raise _Unreadable
            self.tokens.append(match[1])
            place = match.end()

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]

    def expect(self, token: str) -> None:
        if self.next != token:
            raise _Unreadable
        self.place += 1

    def read(self) -> str:
        return f"<mrow>{''.join(self.pieces())}</mrow>"

    def pieces(self) -> list[str]:
        """All of the text, cut before the signs and relations outside brackets."""
        pieces = self.several()
        if self.next:
            raise _Unreadable
        return pieces

    def several(self) -> list[str]:
        """Formulas or equations with commas between."""
        pieces = self.relation()
        while self.next == ",":
            self.take()
            pieces[-1] += "<mo separator='true'>,</mo><mspace width='0.5em'></mspace>"
            pieces += self.relation()
        return pieces

    def relation(self) -> list[str]:
        pieces = self.sum()
        while self.next in _RELATIONS:
            sign = f"<mo form='infix'>{_RELATIONS[self.take()]}</mo>"
            first, *rest = self.sum()
            pieces += [sign + first, *rest]
        return pieces

    def sum(self) -> list[str]:
        """Terms, each with the sign in front of it."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unreadable
        sign = f"<mo form='prefix'>{_SIGNS[self.take()]}</mo>" if self.next in _SIGNS else ""
        terms = [sign + self.product()]
        while self.next in _SIGNS:
            terms.append(f"<mo form='infix'>{_SIGNS[self.take()]}</mo>{self.product()}")
        self.depth -= 1
        return terms

    def product(self) -> str:
        """Factors, by `*` or side by side; what is divided becomes a fraction."""
        done, last_is_number = [self.power()], self.was_number
        while True:
            if self.next == "*":
                self.take()
                factor = self.power()
                done += ["<mo>·</mo>"] if last_is_number and self.was_number else []
                done.append(factor)
            elif self.next == "/":
                self.take()
                over = done[0] if len(done) == 1 else "".join(done)
                done = [f"<mfrac><mrow>{_bare(over)}</mrow><mrow>{_bare(self.power())}</mrow></mfrac>"]
                self.was_number = False
            elif self.next and (self.next[0].isalnum() or self.next[0] == "_" or self.next in ("(", "|", *_DOTS)):
                if self.next == "|" and self.inside_bars:
                    break
                done.append(self.power())
            else:
                break
            last_is_number = self.was_number
        return "<mspace width='0.12em'></mspace>".join(done) if len(done) > 1 else done[0]

    was_number = False
    inside_bars = 0

    def power(self) -> str:
        base = self.item()
        if self.next not in ("^", "**"):
            return base
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Unreadable
        self.take()
        sign = f"<mo form='prefix'>{_SIGNS[self.take()]}</mo>" if self.next in ("-", "+") else ""
        exponent = _bare(self.power())
        self.was_number = False
        self.depth -= 1
        return f"<msup><mrow>{base}</mrow><mrow>{sign}{exponent}</mrow></msup>"

    def item(self) -> str:
        token = self.next
        self.was_number = False
        if not token:
            raise _Unreadable
        if token in _SIGNS:  # 2*-x
            self.take()
            return f"<mo form='prefix'>{_SIGNS[token]}</mo>{self.item()}"
        if token in _DOTS:
            self.take()
            return "<mi mathvariant='normal'>…</mi>"
        if token == "(":
            return self.bracket("(", ")")
        if token == "[":
            return self.bracket("[", "]")
        if token == "|":
            self.take()
            self.inside_bars += 1
            inside = "".join(self.sum())
            self.inside_bars -= 1
            self.expect("|")
            self.was_number = False
            return f"<mrow><mo form='prefix'>|</mo>{inside}<mo form='postfix'>|</mo></mrow>"
        if token[0].isdigit() or token[0] == ".":
            self.was_number = True
            return _number(self.take())
        if token.startswith("d/d"):
            return _partial(self.take()[3:])
        if token[0].isalpha() or token[0] == "_":
            return self.name()
        raise _Unreadable

    def bracket(self, opening: str, closing: str) -> str:
        self.take()
        bars, self.inside_bars = self.inside_bars, 0
        inside = "".join(self.several())
        self.inside_bars = bars
        self.expect(closing)
        index = ""
        if self.next.startswith("_"):  # of a derivative of a bracket: (u^2)_xx
            index = self.take()[1:]
        self.was_number = False  # whatever stands in it
        body = f"<mrow><mo form='prefix'>{opening}</mo>{inside}<mo form='postfix'>{closing}</mo></mrow>"
        return f"<msub>{body}<mrow>{_index(index)}</mrow></msub>" if index else body

    def name(self) -> str:
        name = self.take()
        if self.next != "(" or not (name in _FUNCTIONS or name in _WRITTEN):
            return _symbol(name)
        argument = self.bracket("(", ")")
        if name in _WRITTEN:
            start, end = _WRITTEN[name]
            single = name == "lap" and argument.count("<mi>") == 1 and "<mo>" not in argument
            return f"{start}{argument if name == 'lap' and not single else _bare(argument)}{end}"
        return f"<mi mathvariant='normal'>{name}</mi><mo>&#x2061;</mo>{argument}"


_WRITTEN: Mapping[str, tuple[str, str]] = {
    "sqrt": ("<msqrt>", "</msqrt>"),
    "abs": ("<mrow><mo form='prefix'>|</mo>", "<mo form='postfix'>|</mo></mrow>"),
    "conj": ("<mover><mrow>", "</mrow><mo>‾</mo></mover>"),
    "lap": ("<mrow><mo form='prefix' lspace='0' rspace='0.1em'>Δ</mo>", "</mrow>"),
}
_OPENED, _CLOSED = "<mrow><mo form='prefix'>(</mo>", "<mo form='postfix'>)</mo></mrow>"


def _bare(body: str) -> str:
    """Without the brackets around all of it, which a fraction line or a root stands for."""
    if not (body.startswith(_OPENED) and body.endswith(_CLOSED)):
        return body
    inside, depth = body[len(_OPENED) : -len(_CLOSED)], 0
    for match in re.finditer(f"{re.escape(_OPENED)}|{re.escape(_CLOSED)}", inside):
        depth += 1 if match[0] == _OPENED else -1
        if depth < 0:  # two brackets side by side
            return body
    return inside


def _number(text: str) -> str:
    mantissa, exponent, power = text.lower().partition("e")
    if not exponent:
        return f"<mn>{text}</mn>"
    sign = "<mo form='prefix'>−</mo>" if power.startswith("-") else ""
    ten = f"<msup><mn>10</mn><mrow>{sign}<mn>{int(power.lstrip('+-'))}</mn></mrow></msup>"
    return f"<mrow><mn>{mantissa}</mn><mo>×</mo>{ten}</mrow>"


def _partial(name: str) -> str:
    return f"<msub><mo form='prefix' rspace='0' lspace='0'>∂</mo><mrow>{_symbol(name)}</mrow></msub>"


def name_parts(name: str) -> tuple[str, str]:
    """A coordinate as it is drawn, a letter or a word and its index: `psi_r` is ψ and r."""
    stem, indices = _parts(name)
    return GREEK.get(stem, stem), ",".join(GREEK.get(index, index) for index in indices)


def _symbol(name: str) -> str:
    """A coordinate, a parameter, an unknown or its derivative: `nu`, `psi_r`, `u_xx`, `psi_r_x`, `x2`."""
    if name == "I":
        return "<mi mathvariant='normal'>i</mi>"
    stem, indices = _parts(name)
    if not indices:
        return _letters(stem)
    below = "<mo separator='true'>,</mo>".join(_index(index) for index in indices)
    return f"<msub>{_letters(stem)}<mrow>{below}</mrow></msub>"


def _parts(name: str) -> tuple[str, list[str]]:
    """What a name is of, and its indices."""
    stem, *indices = name.split("_")
    if not stem:  # _x
        stem, indices = name, []
    numbered = re.fullmatch(r"([^\W\d]+)(\d+)", stem)
    if numbered and not indices:
        stem, indices = numbered[1], [numbered[2]]
    elif numbered:
        stem, indices = numbered[1], [numbered[2], *indices]
    return stem, [index for index in indices if index]


def _index(text: str) -> str:
    if text.isdigit():
        return f"<mn>{text}</mn>"
    if set(text) <= set(VARIABLES):  # one letter for each derivative
        return "".join(f"<mi>{letter}</mi>" for letter in text)
    return _letters(text)


def _letters(name: str) -> str:
    shown = GREEK.get(name, name)
    upright = " mathvariant='normal'" if len(shown) > 1 else ""
    return f"<mi{upright}>{escape(shown)}</mi>"
