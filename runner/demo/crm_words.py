"""Lists that fictional people are drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    city: str
    postcode: str
    country: str
    zone: str = "Europe/Paris"
    language: str = "fr"


#: By sex: men's names first, women's second.
FRENCH_FIRST_NAMES = (
    (
        "Adrien", "Aurèle", "Benoît", "Cédric", "Côme", "Damien", "Edern", "Éloi", "Étienne", "Fañch", "François",
        "Gaël", "Gwenaël", "Hervé", "Jean-François", "Jérôme", "Joël", "Loïc", "Maël", "Mathéo", "Noël", "Olivier",
        "Raphaël", "Rémi", "Ronan", "Stéphane", "Théophile", "Tristan", "Valéry", "Yann",
    ),
    (
        "Adélaïde", "Agnès", "Anaïs", "Anne-Laure", "Aurélie", "Bérénice", "Céline", "Chloé", "Clémence", "Éléonore",
        "Élise", "Enora", "Françoise", "Gaëlle", "Hélène", "Héloïse", "Inès", "Jade", "Léa", "Maëlle", "Maïwenn",
        "Marie-Thérèse", "Noémie", "Océane", "Rozenn", "Solène", "Soizic", "Thaïs", "Violaine", "Zoé",
    ),
)  # fmt: skip
ENGLISH_FIRST_NAMES = (
    ("Andrew", "Callum", "Duncan", "Edward", "Graham", "Julian", "Malcolm", "Nigel", "Rupert", "Simon"),
    ("Alice", "Beatrice", "Charlotte", "Eleanor", "Fiona", "Harriet", "Imogen", "Matilda", "Rosalind", "Winifred"),
)
LAST_NAMES = (
    "Le Goff", "Kerouédan", "Lefèvre-Roussel", "Guéguen", "Bréhat", "Dubosc", "d’Ornano-Vial", "Lécuyer", "Hénaff",
    "Pétillon", "Marçais", "Thébault", "Querré", "L’Hostis", "Saliou", "Féret", "Aubépin", "Boisselier", "Caradec",
    "Delorme-Piot", "Ébrard", "Fontenelle", "Grandchêne", "Houssaye", "Jaouen", "Kermorvan", "Lanoë", "Montreuil",
    "Nédélec", "Ollivier-Sœur", "Penmarch", "Quiniou", "Rosmadec", "Sévigné-Paul", "Tanguy", "Vauléon", "Whitfield",
    "Ashcombe", "Yvernault", "Zélande",
)  # fmt: skip
BRAND_FIRST = (
    "Atelier", "Studio", "Agence", "Maison", "Cabinet", "Collectif", "Bureau", "Fabrique", "Comptoir", "Officine",
)  # fmt: skip
BRAND_SECOND = (
    "des Trois Ponts", "Granit", "de l’Estran", "Contre-Jour", "Plein Sud", "du Vieux Chêne", "Équerre", "Pénombre",
    "Ligne Claire", "des Embruns", "Oblique", "Hors d’Œuvre", "du Phare", "Çà et Là", "Mezzanine", "Noroît", "Verrière",
    "du Grand Large", "Mortaise", "Zinc & Bois", "Marée Haute", "Clair-Obscur", "Béton Doux", "de la Criée",
)  # fmt: skip
MAIL_DOMAINS = ("courrier.example", "g-mail.example", "boite-aux-lettres.example", "messagerie.example")

WEST = (
    Place("Rennes", "35000", "FR"), Place("Rennes", "35200", "FR"), Place("Saint-Malo", "35400", "FR"),
    Place("Vitré", "35500", "France"), Place("Nantes", "44000", "FR"), Place("Nantes", "44300", "FR"),
    Place("Saint-Nazaire", "44600", "FR"), Place("Brest", "29200", "FR"), Place("Quimper", "29000", "FR"),
    Place("Morlaix", "29600", "FR"), Place("Saint-Brieuc", "22000", "FR"), Place("Lannion", "22300", "FR"),
    Place("Vannes", "56000", "FR"), Place("Lorient", "56100", "France"), Place("Angers", "49000", "FR"),
    Place("Laval", "53000", "FR"), Place("Le Mans", "72000", "FR"), Place("La Roche-sur-Yon", "85000", "FR"),
    Place("Caen", "14000", "FR"), Place("Saint-Lô", "50000", "FR"),
)  # fmt: skip
#: Postcodes whose leading zero a spreadsheet would eat, and a few that keep their first digit anyway.
CITIES = (
    Place("Bourg-en-Bresse", "01000", "FR"), Place("Laon", "02000", "FR"), Place("Moulins", "03000", "FR"),
    Place("Digne-les-Bains", "04000", "FR"), Place("Gap", "05000", "FR"), Place("Nice", "06000", "FR"),
    Place("Foix", "09000", "FR"), Place("Lyon", "69003", "FR"), Place("Paris", "75011", "FR"),
    Place("Strasbourg", "67000", "FR"),
)  # fmt: skip
FAR_AWAY = (
    Place("Saint-Denis", "97400", "RE", "Indian/Reunion"), Place("Saint-Pierre", "97410", "RE", "Indian/Reunion"),
    Place("Pointe-à-Pitre", "97110", "GP", "America/Guadeloupe"),
    Place("Basse-Terre", "97100", "GP", "America/Guadeloupe"),
    Place("Nouméa", "98800", "NC", "Pacific/Noumea"), Place("Nouméa", "98800", "NC", "Pacific/Noumea"),
    Place("Londres", "SE1 0AA", "GB", "Europe/London", "en"), Place("Bristol", "BS1 4DJ", "GB", "Europe/London", "en"),
)  # fmt: skip
JOBS = (
    ("architecte", 40), ("architecte d'intérieur", 24), ("designer", 15), ("éclairagiste", 8), ("paysagiste", 4),
    ("hôtelier", 3), ("restaurateur", 3), ("décorateur", 3),
)  # fmt: skip
#: Sector and NAF code (rév. 2) of each job.
TRADES = {
    "architecte": ("architecture", "71.11Z"),
    "architecte d'intérieur": ("architecture", "7410Z"),
    "designer": ("design", "74.10Z"),
    "éclairagiste": ("design", "43.21A"),
    "paysagiste": ("architecture", "81.30Z"),
    "hôtelier": ("hôtellerie", "55.10Z"),
    "restaurateur": ("hôtellerie", "56.10A"),
    "décorateur": ("design", "74.10Z"),
}
#: Channel, weight among those who have not bought, and the names that it goes by.
ORIGINS = (
    ("vente", 8, ("Commande en ligne, boutique d’Atelier Lumen", "Vente au comptoir, 12 rue des Lices")),
    ("formulaire", 50, ("Formulaire d’inscription du site d’Atelier Lumen",)),
    ("salon", 20, ("Salon Lumières de l’Ouest 2024, stand B12", "Journées de la prescription, Nantes 2024")),
    ("carte de visite", 8, ("Carte remise au showroom de la rue des Lices",)),
    ("téléphone", 6, ("Appel au showroom de la rue des Lices",)),
    ("registre public", 8, ("Annuaire public des architectes, édition 2024",)),
)
