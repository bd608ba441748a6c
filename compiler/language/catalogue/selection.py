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
        "Le fichier manque, sort de l'espace de travail, n'a pas l'encodage déclaré, ou n'est pas la table qu'il dit.",
        "The file is missing, lies outside the workspace, is not in the declared encoding, or is no table.",
    ),
    Text("vérifier `path` et `encoding` du jeu de données", "check the dataset's `path` and `encoding`"),
    example="path: data/catalogue.csv   # Windows-1252",
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
    example="AL-2,Rivage,designer,premier,120.00,https://www.atelier.example/rivage",
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
    example="AL-1,Rivage,designer,1,120.00,https://www.atelier.example/rivage",
)

DATASET_TYPE = Entry(
    "DATA-TYPE-06",
    Severity.ERROR,
    Text(
        "{dataset} : {column} est de type {found} dans le fichier, {type} dans la déclaration",
        "{dataset}: {column} is of type {found} in the file, {type} in the declaration",
    ),
    Text(
        "Un fichier Parquet dit le type de ses colonnes. Un nombre à virgule flottante (FLOAT, DOUBLE) n'est pas "
        "exact : un prix s'écrit en DECIMAL.",
        "A Parquet file tells the type of its columns. A floating-point number (FLOAT, DOUBLE) is not exact: "
        "a price is written as DECIMAL.",
    ),
    Text(
        "écrire la colonne dans le bon type, ou changer la déclaration",
        "write the column in the right type, or declare it",
    ),
    example="price: decimal   # DOUBLE dans le fichier",
)
