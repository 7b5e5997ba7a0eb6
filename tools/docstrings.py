"""Make the C docstrings, with their text signatures, from the stub of the extension.

    python docstrings.py STUB HEADER

Every public function, class, method and property of STUB becomes a macro in HEADER:
DOC_<function>, DOC_<Class>, DOC_<Class>_<member>, and DOC_module for the module itself.
Special methods get one when they have a docstring.  A missing docstring is an error.
"""

import ast
import sys
from pathlib import Path

MARK = "# text-signature:"


class StubError(Exception):
    """The stub can't be turned into docstrings."""


def is_public(name):
    return not name.startswith("_")


def is_overload(function):
    return any(ast.unparse(d) == "overload" for d in function.decorator_list)


def is_property(function):
    return any(ast.unparse(d) == "property" for d in function.decorator_list)


def is_setter(function):
    return any(ast.unparse(d).endswith(".setter") for d in function.decorator_list)


def text_signature(arguments, self_name):
    """The parameters of `arguments` as inspect reads them in a __text_signature__.

    `self_name` stands for what the call itself provides ($self, $module), or is None
    when there is no such thing, as in a class's signature.
    """
    positional = [*arguments.posonlyargs, *arguments.args]
    first_default = len(positional) - len(arguments.defaults)
    parts = []
    for index, argument in enumerate(positional):
        text = argument.arg
        if index >= first_default:
            text += "=" + ast.unparse(arguments.defaults[index - first_default])
        parts.append(text)
        if index + 1 == len(arguments.posonlyargs):
            parts.append("/")
    if self_name == "$module":
        parts.insert(0, self_name)
    else:  # a method: its first parameter is self
        parts[0:1] = [self_name] if self_name else []
        if parts[:1] == ["/"]:
            del parts[0]
    if arguments.vararg:
        parts.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        parts.append("*")
    for argument, default in zip(
        arguments.kwonlyargs, arguments.kw_defaults, strict=True
    ):
        text = argument.arg
        parts.append(text if default is None else f"{text}={ast.unparse(default)}")
    if arguments.kwarg:
        parts.append("**" + arguments.kwarg.arg)
    return "(" + ", ".join(parts) + ")"


def c_literal(text):
    """`text` as C string literals, one a line, joined by the compiler."""
    lines = text.splitlines(keepends=True) or [""]
    return " \\\n    ".join(f'"{escape(line)}"' for line in lines)


def escape(line):
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "?": "\\?"}
    return "".join(
        escapes.get(c)
        or (c if " " <= c <= "~" else "".join(f"\\{byte:03o}" for byte in c.encode()))
        for c in line
    )


class Stub:
    def __init__(self, source):
        self.lines = source.splitlines()
        self.tree = ast.parse(source)
        self.macros = {}

    def docstring(self, node, name):
        text = ast.get_docstring(node)
        if not text:
            raise StubError(f"line {getattr(node, 'lineno', 1)}: {name} has no docstring")
        return text

    def marked_signature(self, function):
        """The signature in the comment above the decorators, if there is one."""
        first = min(d.lineno for d in [*function.decorator_list, function])
        above = self.lines[first - 2].strip() if first > 1 else ""
        return above.removeprefix(MARK).strip() if above.startswith(MARK) else None

    def add(self, macro, text):
        if macro in self.macros:
            raise StubError(f"{macro} is defined twice")
        self.macros[macro] = text

    def add_functions(self, body, prefix, self_name):
        """All functions of `body`, with overloads taken together."""
        groups = {}
        for node in body:
            if isinstance(node, ast.FunctionDef) and not is_setter(node):
                groups.setdefault(node.name, []).append(node)
        for name, nodes in groups.items():
            first = nodes[0]
            special = name.startswith("__") and name.endswith("__")
            if not (is_public(name) or (special and ast.get_docstring(first))):
                continue
            if len(nodes) > 1 and not all(map(is_overload, nodes)):
                raise StubError(f"line {nodes[1].lineno}: {name} is defined twice")
            doc = self.docstring(first, prefix + name)
            if not is_property(first):
                signature = self.marked_signature(first) or text_signature(
                    nodes[-1].args, self_name
                )
                doc = f"{name}{signature}\n--\n\n{doc}"
            self.add(f"DOC_{prefix}{name}", doc)

    def add_class(self, node):
        doc = self.docstring(node, node.name)
        for item in node.body:
            if isinstance(item, ast.FunctionDef) and item.name in ("__init__", "__new__"):
                signature = text_signature(item.args, None)
                doc = f"{node.name}{signature}\n--\n\n{doc}"
        self.add(f"DOC_{node.name}", doc)
        self.add_functions(node.body, node.name + "_", "$self")

    def convert(self):
        self.add("DOC_module", self.docstring(self.tree, "the module"))
        self.add_functions(self.tree.body, "", "$module")
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and is_public(node.name):
                self.add_class(node)
        return self.macros


def header(macros):
    lines = [
        "/* Made from src/jack/_jack.pyi by tools/docstrings.py: change the stub. */",
        "#ifndef RTJ_DOCSTRINGS_H",
        "#define RTJ_DOCSTRINGS_H",
        "",
    ]
    for macro, text in macros.items():
        lines += [f"#define {macro} \\\n    {c_literal(text)}", ""]
    lines += ["#endif", ""]
    return "\n".join(lines)


def main(stub_path, header_path):
    source = Path(stub_path).read_text(encoding="utf-8")
    try:
        macros = Stub(source).convert()
    except StubError as error:
        sys.exit(f"{stub_path}: {error}")
    Path(header_path).write_text(header(macros), encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
