"""Guards instead of review remarks: how the house is kept."""

import ast
import hashlib
import re
import unicodedata
from pathlib import Path

import pytest
import tinycss2

from tanky import create_app
from tanky.config import SETTINGS
from tanky.procedures import record as procedures
from tanky.results import record as results

ROOT = Path(__file__).parent.parent
TANKY = ROOT / "tanky"
TEMPLATES = sorted((TANKY / "templates").rglob("*.*"))


def test_the_definitions_of_counting_know_no_flask():
    tree = ast.parse((TANKY / "counters/tally.py").read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(name and name.startswith(("flask", "werkzeug")) for name in imported)


def test_only_the_settings_read_the_environment():
    for path in TANKY.rglob("*.py"):
        if path != TANKY / "config.py":
            assert not re.search(r"os\.environ|getenv", path.read_text()), path


def test_our_own_words_have_the_tone_mark_on_the_main_vowel():
    """docs/decisions/0006-spelling.md"""
    other = re.compile(r"\b(?!q)\w*(?:[óòỏõọ][ae]|[úùủũụ]y)\b", re.IGNORECASE)
    ours = [path for path in TANKY.rglob("*.*") if path.suffix in (".py", ".html", ".js", ".json")]
    for path in ours:
        if path != TANKY / "text/telex.py" and "vendor" not in path.parts:
            text = unicodedata.normalize("NFC", path.read_text())
            assert not other.findall(text), path


def test_only_the_sanitiser_makes_markup_of_content():
    allowed = {TANKY / "text/sanitise.py", TANKY / "web/templating.py", TANKY / "counters/views.py"}
    allowed.add(TANKY / "web/assets.py")  # our own style and script
    allowed.add(TANKY / "media/rich_text.py")  # cleaned first
    for path in TANKY.rglob("*.py"):
        if path not in allowed:
            assert "Markup(" not in path.read_text(), path
    for path in TEMPLATES:
        assert "|safe" not in path.read_text(), path
        assert "autoescape false" not in path.read_text(), path


def test_templates_have_no_inline_script_or_style():
    for path in TEMPLATES:
        text = path.read_text()
        # Files of ours, which the page's policy lets in by their hashes.
        text = re.sub(r"<(style|script)[^>]*>{{ inlined\(.*?\) }}</\1>", "", text)
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style", text), path
        for attributes in re.findall(r"<script([^>]*)>", text):
            assert "src=" in attributes or "application/ld+json" in attributes, path


STYLES = sorted((TANKY / "static/css").glob("*.css"))
VARIABLE = re.compile(r"var\((--[\w-]+)")


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_styles_are_read_by_every_browser_as_they_were_meant(path):
    """No rule or declaration is in error, and none is said twice within its rule."""
    faults = []

    def read(rules: list) -> None:
        for rule in rules:
            if rule.type == "error":
                faults.append((rule.source_line, rule.message))
            elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "layer"):
                read(tinycss2.parse_rule_list(rule.content, True, True))
            elif rule.type == "qualified-rule":
                said: dict[str, str] = {}
                for part in tinycss2.parse_blocks_contents(rule.content, True, True):
                    if part.type == "error":
                        faults.append((part.source_line, part.message))
                    elif part.type == "declaration":
                        value = tinycss2.serialize(part.value).strip()
                        if said.get(part.name) == value:
                            faults.append((part.source_line, f"{part.name} twice"))
                        said[part.name] = value

    read(tinycss2.parse_stylesheet(path.read_text(), True, True))
    assert faults == []


def test_every_variable_of_the_styles_is_set_somewhere():
    texts = {path: path.read_text() for path in STYLES}
    given = set(re.findall(r"(--[\w-]+)\s*:", "".join(texts.values())))
    for path, text in texts.items():
        assert not set(VARIABLE.findall(text)) - given, path.name


def test_nothing_of_the_first_commune_stands_in_code_or_templates():
    for path in [*TANKY.rglob("*.py"), *TEMPLATES, *(TANKY / "static").rglob("*.css")]:
        assert not re.search(r"Tân Kỳ|TÂN KỲ|Tứ Kỳ|tieptanky", path.read_text()), path


def test_every_element_of_htmx_works_without_it():
    for path in TEMPLATES:
        for tag in re.findall(r"<(?:a|form|button)\b[^>]*data-hx-[^>]*>", path.read_text()):
            assert "href=" in tag or "action=" in tag or "name=" in tag, (path, tag)


def test_every_template_import_is_used():
    for path in TEMPLATES:
        text = path.read_text()
        for names in re.findall(r"{% from [^%]* import ([^%]*?)(?: with context)? %}", text):
            for name in names.split(","):
                uses = re.findall(rf"\b{name.strip()}\(", text)
                assert uses, f"{path.relative_to(TANKY)} does not use {name}"


def test_every_setting_is_documented():
    text = (ROOT / "docs/operating.md").read_text()
    for setting in SETTINGS:
        assert f"`{setting.name}`" in text, setting.name


@pytest.mark.parametrize("schema", [procedures.RECORD, results.RECORD])
def test_the_columns_of_each_sheet_are_documented(schema):
    text = (ROOT / "docs/import.md").read_text()
    for attribute in schema.columns:
        demanded = "*" if attribute.required else ""
        assert f"| `{attribute.key}`{demanded} | {attribute.head} |" in text, attribute.name


def test_every_command_is_documented(tmp_path):
    text = (ROOT / "docs/operating.md").read_text()
    group = create_app(tmp_path).cli.commands["tanky"]
    for name, command in group.commands.items():
        for inner in getattr(command, "commands", {"": None}):
            full = f"flask tanky {name} {inner}".strip()
            assert full in text, full


def test_vendored_files_have_the_checksum_that_is_recorded():
    for folder, suffix in ((TANKY / "static/vendor", ".js"), (TANKY / "sharing/fonts", ".ttf")):
        table = (folder / "README.md").read_text()
        for path in folder.glob(f"*{suffix}"):
            assert path.name in table
            assert hashlib.sha256(path.read_bytes()).hexdigest() in table


def test_the_account_of_security_is_whole_and_its_places_are_real():
    told = (ROOT / "docs/security.md").read_text()
    numbers = re.findall(r"\bV\d+\.\d+\.\d+\b", told)
    # Requirements of level 1 and 2 of ASVS 5.0.0.
    assert len(numbers) == len(set(numbers)) == 253
    for place in re.findall(r"`([a-z_]+/[\w./-]*)`", told):
        assert (ROOT / place).exists() or (TANKY / place).exists(), place
    for line in told.splitlines():
        if line.startswith("| V"):
            assert re.fullmatch(r"\| V[\d.]+ [^|]+ \| (met|n/a|open) \| [^|]+ \|", line), line


# An address that once worked works for ever: leave a redirect before taking a line away.
PUBLIC_ROUTES = {
    "/", "/tin-tuc/", "/tin-tuc/chuyen-muc/<slug>", "/tin-tuc/<id:id>-<slug>", "/thu-tuc/",
    "/thu-tuc/<code>", "/thu-tuc/ket-qua", "/tim-kiem", "/dang-nhap", "/dang-xuat", "/bien-tap/",
    "/api/v1/tthc", "/api/v1/counters", "/api/v1/news", "/partials/counters", "/partials/tthc",
    "/rss.xml", "/sitemap.xml", "/robots.txt", "/healthz", "/readyz", "/.well-known/security.txt",
    "/anh/<key>-<int:width>.<any(avif, webp, jpg):format>", "/tin-tuc/xem-truoc/<secret>",
    "/loi-moi/<secret>",
    "/tep/<key>/<name>", "/thu-tuc/ket-qua.csv", "/nhung/",
    "/nhung/tthc", "/nhung/truy-cap", "/nhung/tin-moi", "/nhung.js", "/oembed",
    "/api/v1/openapi.json", "/viec-can-lam/", "/viec-can-lam/<slug>", "/thu-tuc/khong-lam-o-xa/",
    "/thu-tuc/khong-lam-o-xa/<slug>", "/gioi-thieu/", "/gioi-thieu/<slug>", "/so-do-trang",
    "/to-chuc/", "/to-chuc/<slug>", "/tiep-can", "/lich/", "/lich/<id:id>-<slug>", "/lich.ics",
    "/thong-bao/", "/thong-bao/<id:id>-<slug>", "/canh-bao.cap", "/thong-bao/<id:id>.cap",
    "/cong-khai/", "/cong-khai/<slug>", "/cong-khai/<id:id>-<slug>", "/cong-khai/danh-muc",
    "/cong-khai/<id:id>/chung-nhan", "/cong-khai/theo-quy", "/cong-khai/ke-hoach",
    "/tiep-can-thong-tin", "/lien-he", "/cach-dem", "/rieng-tu",
    "/chia-se/<token>.png", "/ban-do", "/ban-do.svg",
}  # fmt: skip


def test_public_addresses_never_vanish(tmp_path):
    known = {rule.rule for rule in create_app(tmp_path).url_map.iter_rules()}
    assert known >= PUBLIC_ROUTES
