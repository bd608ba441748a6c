"""What the conditions of segments and of data blocks can have wrong beyond names and types."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

SQL = Entry(
    "SEG-SQL-02",
    Severity.ERROR,
    Text("where : {why_fr}", "where: {why_en}"),
    Text(
        "`where` est une seule condition en SQL, faite de ce que la forme YAML sait dire : champs, valeurs, and, or, "
        "not, =, <>, <, <=, >, >=, in, between, like 'début%', is null, current_date, in_segment(), received(), "
        "opened(), clicked(). Rien d'autre n'y est lu, ni exécuté.",
        "`where` is one condition in SQL, made of what the YAML form can say: fields, values, and, or, not, =, <>, <, "
        "<=, >, >=, in, between, like 'beginning%', is null, current_date, in_segment(), received(), opened(), "
        "clicked(). Nothing else in it is read, nor run.",
    ),
    Text("La réécrire avec ceux-là, ou en YAML sous `match`.", "Rewrite it with these, or in YAML under `match`."),
    "where: audience like contact.job",
)
DEPTH = Entry(
    "SEG-DEPTH-03",
    Severity.ERROR,
    Text(
        "le segment {name} a plus de {limit} étages : {path}",
        "the segment {name} has more than {limit} levels: {path}",
    ),
    Text(
        "Conditions dans des conditions et segments dans des segments s'empilent ; personne ne les lit plus.",
        "Conditions within conditions and segments within segments pile up; nobody can read them any more.",
    ),
    Text("Nommer un segment plus simple.", "Name a simpler segment."),
    "match: {not: {not: {not: {not: {not: {not: {not: {not:",
)
RANGE = Entry(
    "SEG-RANGE-04",
    Severity.ERROR,
    Text("between : {last} vient avant {first}", "between: {last} comes before {first}"),
    Text("Un intervalle va du plus petit au plus grand.", "A range goes from the lesser to the greater."),
    Text("Échanger les deux.", "Exchange the two."),
    "{field: headcount, between: [50, 10]}",
)
