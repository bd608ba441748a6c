"""What an import says to people, in counts: who they are stands in the files beside the source's."""

from __future__ import annotations

from compiler.book.importer import ImportReport
from compiler.book.intake.reasons import RULES, SENTENCES, Reason, Rule
from compiler.language.finding import Text


def told(report: ImportReport, language: str) -> str:
    dropped = Text("valeurs écartées", "values left out").say(language)
    held = Text("à reprendre dans la source", "for the source to take").say(language)
    colon = ": " if language == "en" else " : "
    lines = [
        _head(report).say(language),
        *(f"  {count:>6}  {SENTENCES[Reason(reason)].say(language)}" for reason, count in report.reasons.items()),
        *(f"  {'':>6}  · {count} {RULES[Rule(rule)].say(language)}" for rule, count in report.rules.items()),
        *(f"  {count:>6}  {dropped}{colon}{name}" for name, count in report.dropped.items()),
        *(f"  {count:>6}  {held}{colon}{name}" for name, count in report.write_back.items()),
        *(f"  {count:>6}  {rule}" for rule, count in report.notices.items()),
    ]
    if report.flagged:
        away = Text("ne sont plus dans la source", "are no longer in the source").say(language)
        lines += [f"  {len(report.flagged):>6}  {away}{colon}", *(f"          {contact}" for contact in report.flagged)]
    files = ", ".join(name for name in (report.rejects, report.corrections) if name)
    if files:
        lines.append(Text(f"détail : {files}", f"details: {files}").say(language))
    return "\n".join(lines)


def _head(report: ImportReport) -> Text:
    """Whoever has left is retired, unless the source's policy keeps or flags them."""
    kept = report.gone - report.retired
    french = (
        f"{report.rows} lignes : {report.new} nouveaux, {report.changed} modifiés, {report.unchanged} inchangés, "
        f"{report.retired} disparus, {report.rejected} lignes fautives"
    )
    english = (
        f"{report.rows} rows: {report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.retired} gone, {report.rejected} faulty rows"
    )
    if kept > 0:
        french, english = f"{french}, {kept} partis et gardés", f"{english}, {kept} left and kept"
    if not report.whole:
        french, english = f"{french} (depuis le dernier import)", f"{english} (since the last import)"
    if report.dry_run:
        french, english = f"À blanc, rien n'a changé. {french}", f"Dry run, nothing has changed. {english}"
    return Text(french, english)
