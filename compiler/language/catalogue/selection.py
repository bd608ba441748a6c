"""What choosing people and joining data can find."""

from __future__ import annotations

from compiler.language.finding import Entry, Severity, Text

SEGMENT_UNKNOWN = Entry(
    "SEG-UNKNOWN-01",
    Severity.ADVICE,
    Text(
        "{count} contacts écartés par {clause} parce que la valeur n'est pas connue",
        "{count} contacts left out by {clause} because the value is not known",
    ),
    Text(
        "Comparer à une valeur inconnue ne donne ni vrai ni faux : ni cela ni sa négation ne retient le contact.",
        "A comparison with an unknown value is neither true nor false: it never selects, nor does its negation.",
    ),
    Text(
        "pour garder ces contacts, ajouter un « any » avec « known: false »",
        "to keep these contacts, add an `any` with `known: false`",
    ),
    example="match: {any: [{field: job, is: architecte}, {field: job, known: false}]}",
)

DATASET_UNREADABLE = Entry(
    "DATA-FILE-01",
    Severity.ERROR,
    Text("le jeu de données {dataset} ne se lit pas : {path}", "dataset {dataset} cannot be read: {path}"),
    Text(
        "Le fichier manque, sort de l'espace de travail, n'est pas en UTF-8 ou n'a pas de ligne d'en-tête.",
        "The file is missing, lies outside the workspace, is not UTF-8 or has no header line.",
    ),
    Text("vérifier `path` du jeu de données", "check the dataset's `path`"),
    example="path: data/catalogue.csv",
)

DATASET_COLUMN = Entry(
    "DATA-COLUMN-02",
    Severity.ERROR,
    Text("{dataset} : la colonne {column} manque dans {path}", "{dataset}: column {column} is missing from {path}"),
    Text("Une colonne déclarée n'est pas dans l'en-tête du fichier.", "A declared column is not in the file's header."),
    Text("ajouter la colonne au fichier, ou la retirer de la déclaration", "add the column, or drop its declaration"),
    example="columns: {price: decimal}",
)

DATASET_CELL = Entry(
    "DATA-CELL-03",
    Severity.ERROR,
    Text(
        "{dataset}, ligne {line} : {column} n'est pas de type {type}",
        "{dataset}, line {line}: {column} is not of type {type}",
    ),
    Text("Une cellule ne se lit pas selon le type déclaré.", "A cell cannot be read as its declared type."),
    Text("corriger la cellule ou le type de la colonne", "correct the cell or the column's type"),
    example="price: decimal   # 1290.00, jamais « sur devis »",
)

DATASET_KEY = Entry(
    "DATA-KEY-05",
    Severity.ERROR,
    Text(
        "{dataset}, ligne {line} : {column} est vide, ou la même qu'à une autre ligne",
        "{dataset}, line {line}: {column} is empty, or the same as in another line",
    ),
    Text("La clé d'un jeu de données nomme chaque ligne une fois.", "The key of a dataset names each row once."),
    Text("corriger la cellule, ou retirer `key`", "correct the cell, or drop `key`"),
    example="key: id",
)
