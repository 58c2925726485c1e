"""What each key of our TOML files means: the words of docs/catalogue.md.

``catalogue_page`` holds them against what the loaders know: a key without a sentence here, or a
sentence without its key, stops it.
"""

from __future__ import annotations

__all__ = ["AIDS", "CATALOGUE", "Told"]

Told = dict[str, str]

LAYER: Told = {
    "id": "Identifier, which is the file's name: small letters, figures, `_`.",
    "short": "The word beside the verdict on screen.",
    "title": "Title, in French.",
    "description": "A paragraph, in French.",
    "unit": "What its lists class; an edition may say otherwise. `arrondissement`: communes, and "
    "the arrondissements of Paris, Lyon and Marseille; `zone_list`: which zones a commune has; "
    "`polygon`: perimeters.",
    "order": "Rank in an answer; no two layers share one.",
    "classes": "Its classes by code, in the order of legends: see [a class](#a-class).",
    "editions": "Its dated states: see [an edition](#an-edition).",
    "sources": "Official files for `data fetch`: see [a source](#a-source).",
    "missing": "French sentence: which file is lacking where no edition answers.",
    "fetch": "The command that would bring that file.",
    "exists_from": "First day of the scheme; before it the answer is `non`.",
    "exists_to": "Last day of the scheme; after it the answer is `non`.",
    "revision_years": "After how many years the law wants a new edition: from then on answers are "
    "to be checked.",
    "overridden_by": "The layer whose zones may have a class of their own in this one (`qpv`).",
    "kept_code": "A commune that absorbs others keeps its class with its code.",
    "zoned": "Its lists name zones made of communes (sectors); a commune may have several.",
    "notes": "What a reader should know, in French.",
    "recipe": "How its files read: see [a recipe](#a-recipe).",
    "exoneration": "The tax exemption that its zones may open: see [an exemption](#an-exemption).",
}
CLASS: Told = {
    "label": "French label.",
    "short": "The word in use for it (`ZIP`), where there is one; the label itself where that is a "
    "name, which keeps its capital in a sentence.",
    "color": "How maps draw it.",
    "pattern": "How maps fill it.",
    "counts": "Being in it is a `oui`; else a `non` that keeps the class as `base_class`.",
    "partial_of": "The class that only a part of the commune has: the answer is `indéterminé`.",
    "unknown": "The list says with it that it does not know.",
    "to_check_from": "From that day on, answers with this class must be checked…",
    "to_check": "…for that reason, in French.",
}
EDITION: Told = {
    "id": "Identifier within the layer; by habit its day of effect. A user's edition with the id "
    "of one that ships takes its place.",
    "title": "Title, in French.",
    "territory": "Where it holds: `FR`, `metropole`, `outre-mer`, `region:76`, `departement:31`.",
    "legal": "Legal basis, with its reference.",
    "publisher": "Who publishes it.",
    "licence": "Under what licence; `non précisée [?]` where unknown.",
    "unit": "What its list classes, where that is not what the layer says.",
    "valid_from": "First day in force.",
    "known_from": "First day on which it is known to hold, where `valid_from` is not known. "
    "An edition that has a source has one of the two.",
    "known_until": "Last day on which it is known to hold. Answers stand after it, to be checked "
    "where a newer text is announced or a revision is due. Without it nobody attests anything.",
    "superseded_from": "First day of a newer text, loaded or not: from then on `indéterminé`, "
    "unless a newer edition answers.",
    "successor": "French sentence on a newer text that is announced.",
    "published": "Publication, where it is not the day of effect.",
    "cog": "Vintage (1 January) of its commune codes; a list of communes must say it.",
    "url": "Where the text or the list can be read.",
    "source": "Where its list is: `file:NAME` (in `raw/`), `embedded:TABLE` (ships), "
    "`package:…`, `url:…`, or `inline` (`members`, by département).",
    "members": 'Code of a département to class, for `source = "inline"`.',
    "complete": "A place absent from its list is outside for certain; else `indéterminé`.",
    "labels": "Class to the label that it has in this edition.",
    "read_as": "Class of the list to the class that it is to be read as.",
    "to_check": "Why its answers must be checked, in French.",
    "to_check_before": "Only before that day; goes with `to_check`.",
    "zone_classes": "Classes that a zone of the overriding layer may have of its own.",
    "zone_class_source": "The list of those zones' own classes.",
    "incomplete": "What a file that was said complete lost: written by `data add`.",
    "zone_classes_complete": "A zone absent from that list has its commune's class for certain.",
    "accuracy_m": "Accuracy of its perimeters.",
    "doubts": "What no primary source confirms, in French.",
    "zone_codes": "What its zones' codes look like: a file of other codes is refused.",
    "file": "The file that brought it; `data add` writes it.",
    "recipe": "How its file reads, beyond what the layer says.",
}
RECIPE: Told = {
    "columns": "Role to column: `code`, `code_postal`, `nom`, `zone`, `nom_zone`, `classe`.",
    "classes": "What a file says to the class it means.",
    "sheet": "Sheet of a workbook.",
    "layer": "Layer of a GeoPackage, or file of an archive.",
    "encoding": "Encoding of text.",
    "crs": "System of coordinates, where the file does not say it.",
}
SOURCE: Told = {
    "url": "Where it is; `{departement}` stands for `--departement`.",
    "title": "What it is, in French.",
    "checked": "Whether and when the address was tried.",
    "member": "File wanted inside an archive.",
    "sha256": "Checksum, where the publisher gives one.",
    "editions": "Editions of the layer that it gives.",
    "rows": "How many features the publisher says it has.",
    "complete": "What it does not hold is outside for certain.",
    "crs": "System of coordinates, where the file does not say it.",
    "accuracy_m": "Accuracy of its outlines.",
}
EXONERATION: Told = {
    "legal": "The text.",
    "layer": "The layer whose classes decide.",
    "levels": "Its classes that count: one commune of the sector is enough.",
    "levels_source": "Who says so.",
    "quarters": "Whether a quarter of such a class is enough.",
    "quarters_source": "Who says so, or what is lacking.",
    "regions": "Code of a région to its own `levels` and `source`.",
}
PLACES: Told = {
    "precisions": "How precisely a place is known, to `label` and `radius_m`.",
    "thresholds": "Distances that the rules of `locate` use: below.",
}
PRECISION: Told = {
    "label": "In French.",
    "radius_m": "Radius of the disc that the place lies in; none: the whole commune.",
}
THRESHOLDS: Told = {
    "neighbour_m": "A point in no commune is undetermined between those this near.",
    "code_mismatch_m": "Farther from the commune of its code, a place is to be checked.",
    "town_hall_m": "Radius of a town hall's position.",
    "street_m": "Radius of a street whose numbers are not known here.",
    "sector_gap_m": "Communes this far from the rest of their garde sector settle nothing.",
}
OFFICIAL: Told = {"files": "Name (`communes`, `ban`) to a [source](#a-source)."}
WORDS: Told = {
    "abbreviations": "Short form to the word it stands for.",
    "lists": "Words by what they are: below.",
}
WORD_LISTS: Told = {
    "repetitions": "What may follow a number (`bis`).",
    "street_types": "What starts a street's name.",
    "ignored": "What names no place.",
    "boxes": "What makes a mailbox of the number after it.",
    "inside": "What names a part of a building.",
    "telling": "What makes another street where it is left out.",
}
GEOCODING: Told = {
    "service": "The online geocoder: below.",
    "limits": "How far geocoders are believed: below.",
}
SERVICE: Told = {
    "url": "Base address.",
    "title": "What it is.",
    "checked": "Whether and when the address was tried.",
    "timeout_s": "Longest wait for one answer.",
    "batch_timeout_s": "Longest wait for a file of them.",
    "attempts": "How many times a question is put.",
    "max_wait_s": "Longest wait between two of them.",
    "requests_per_second": "No more than that.",
    "piece_rows": "Rows of a file sent at a time.",
    "piece_bytes": "Bytes of a file sent at a time.",
    "max_chars": "Longest question.",
    "limit": "Candidates asked for.",
    "cache_days": "How long answers are kept.",
}
LIMITS: Told = {
    "score_min": "Below this score a candidate is noise.",
    "score_sure": "Below this score it is only offered.",
    "score_gap": "Of a file's row: a next candidate this close to the best may be as likely.",
    "name_sure": "From this likeness on, two names of streets are the same.",
    "name_min": "Below this likeness they have nothing in common.",
    "name_gap": "A name this close to the best one is as likely.",
    "same_street_m": "Parts of one street are no farther apart.",
}
TERRITORY: Told = {
    "crs": "System in which metres are measured: `metropole`, and départements that have another.",
    "regions": "Code of a région to its name.",
    "departements": "Code of a département to its name and the code of its région.",
    "outside": "What INSEE codes start with, to a territory that no list here covers: below.",
}
OUTSIDE: Told = {
    "nom": "Its name.",
    "postcodes": "What its postal codes start with.",
    "communes": "Names of its communes, or what stands for them.",
}

CATALOGUE: dict[str, tuple[str, Told]] = {
    "LAYER": ("a-layer", LAYER),
    "CLASS": ("a-class", CLASS),
    "EDITION": ("an-edition", EDITION),
    "RECIPE": ("a-recipe", RECIPE),
    "SOURCE": ("a-source", SOURCE),
    "EXONERATION": ("an-exemption", EXONERATION),
    "PLACES": ("places", PLACES),
    "PRECISION": ("a-precision", PRECISION),
    "THRESHOLDS": ("thresholds", THRESHOLDS),
    "TERRITORY": ("territory", TERRITORY),
    "OUTSIDE": ("outside", OUTSIDE),
    "WORDS": ("words", WORDS),
    "WORD_LISTS": ("word-lists", WORD_LISTS),
    "GEOCODING": ("geocoding", GEOCODING),
    "SERVICE": ("service", SERVICE),
    "LIMITS": ("limits", LIMITS),
    "OFFICIAL": ("official", OFFICIAL),
}
"""Spec of ``catalog.load`` to its part of the page, and its keys."""

CITED = "Documents that say so, among those of `sources`."
AID: Told = {
    "id": "Identifier: the file's name, in capitals.",
    "label": "Name, in French.",
    "nature": "What it is.",
    "audience": "Whom it is for, in French.",
    "payer": "Who pays.",
    "contacts": "Roles of those to ask (`common/contacts.toml`).",
    "regions": "Codes of the régions where it exists; everywhere where left out.",
    "duration": "For how long, in French.",
    "decides": "Which day the conditions are read on: that of the signature, or the one asked.",
    "successor": "Aids that took its place.",
    "notes": "What else to know, in French.",
    "window": "When it can be had: see [its window](#its-window).",
    "contract": "How long a contract runs: see [its contract](#its-contract).",
    "amount": "How much: see [its amount](#its-amount).",
    "conditions": "Whom and where it is for: see [a condition](#a-condition).",
    "caveats": "What to warn of: `text`, and `when`.",
    "cumul": "What it goes with, and not: see [another aid](#another-aid).",
    "disagreements": "Where documents disagree without a condition changing.",
    "sources": "Documents that the rule stands on, and what each says.",
}
WINDOW: Told = {
    "opens": "First day, where a document says it.",
    "opens_by": "A day by which it is open, its first day not being known.",
    "opens_note": "Why, in French; goes with `opens_by`.",
    "closes": "Last day.",
    "closed_from": "From that day on it is closed…",
    "closed": "…for that reason, in French.",
    "attested_from": "First day on which it is known to be open…",
    "attested": "…by what, in French.",
    "undecided_from": "From that day on nobody can tell…",
    "undecided": "…for that reason, in French.",
    "to_check_from": "From that day on, answers must be checked…",
    "to_check": "…for that reason, in French.",
    "sources": CITED,
}
CONTRACT: Told = {
    "years": "How long it runs.",
    "renewals": "How many times it can be renewed.",
    "says": "What becomes of contracts that run, in French.",
    "sources": CITED,
}
AMOUNT: Told = {
    "kind": "How it is worked out. `fixe` needs `value`; `fourchette` `low` and `high`; `prorata` "
    "`base`, `full`, `minimum`, `cap`, `word` and `stated`; `pourcentage` `percent` and `of`.",
    "text": "As the documents say it, in French.",
    "value": "Euros.",
    "low": "Least, in euros.",
    "high": "Most, in euros.",
    "base": "Euros for `full`.",
    "full": "How much of `word` gives `base`.",
    "minimum": "How little of `word` gives nothing.",
    "cap": "Most, in euros.",
    "word": "The number of the profile that it follows (`demi_journees`).",
    "stated": "Values of `word` whose amount a document states.",
    "percent": "Per cent…",
    "of": "…of what, in French.",
    "steps": "Below so much of `word`, so many per cent.",
    "period": "What it is paid per, in French.",
    "ceiling": "The amount is the most that can be had.",
    "marks": "What about it is inferred or not confirmed.",
    "supplements": "What comes on top: `value`, `when`, `text`, and `apart` where it is told "
    "beside the amount.",
    "sources": CITED,
}
CONDITION: Told = {
    "id": "Identifier within the aid.",
    "label": "French sentence.",
    "when": "The condition, in the language of the rules (docs/aides.md); either this or "
    "`readings`.",
    "readings": "Where documents disagree: two or more of `id`, `says`, `when`, `specific`, "
    "`sources`; the first is followed.",
    "at_signature": "Read on the day of the signature.",
    "kept": "Why a contract in force may outlive a failure of it, in French: that failure is then "
    "a doubt.",
    "mark": "What about it is inferred or not confirmed.",
    "sources": CITED,
}
CUMUL: Told = {
    "with": "The other aids.",
    "rule": "How they go together.",
    "says": "What the documents say, in French.",
    "sources": CITED,
}

AIDS: dict[str, tuple[str, Told]] = {
    "AID": ("an-aid", AID),
    "WINDOW": ("its-window", WINDOW),
    "CONTRACT": ("its-contract", CONTRACT),
    "AMOUNT": ("its-amount", AMOUNT),
    "CONDITION": ("a-condition", CONDITION),
    "CUMUL": ("another-aid", CUMUL),
}
"""Spec of ``aids.load`` to its part of the page, and its keys."""
