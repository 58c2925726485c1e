"""The JSON Schemas (draft 2020-12) of every ``--json``.

Written by hand, but for closed lists, which are the code's. ``tools/reference.py`` writes them in
docs/schemas/ and tabulates them in docs/json.md; tests/test_reference_answers.py holds real
answers against them.
"""

from __future__ import annotations

from typing import Any

from json_parts import Schema, boolean, day, integer, listed, number, obj, table, text
from zonage_geo.aids.answers import AidVerdict
from zonage_geo.catalog.files import FOLDER
from zonage_geo.catalog.kinds import read_toml
from zonage_geo.catalog.load import PLACES
from zonage_geo.geocoding.online import CHOSEN, OFFICIAL
from zonage_geo.render.aids_plain import SCHEMA as AIDS
from zonage_geo.render.plain import SCHEMA as LOCATION
from zonage_geo.verdict import Reason, Verdict

__all__ = ["GEOCODERS", "METHODS", "TOLD_ELSEWHERE", "precisions", "schemas"]

GEOCODERS = {
    "point": "a point was given; no name was looked up",
    "code INSEE": "a commune code was given, or decided",
    "communes": "the name of a commune, in the store's gazetteer",
    "codes postaux": "a postal code, in the store's gazetteer",
    "mairies": "an address of a town hall, in the store",
    "ban": "an address added here by `data add ban`",
    OFFICIAL: "the Géoplateforme's online geocoder",
    CHOSEN: "another online geocoder, set by `ZONAGE_GEO_GEOCODER_URL`",
}
"""What finds a place, and what it is."""
METHODS = {
    "code commune": "the commune's code, in a list",
    "code département": "the département's code, in a list",
    "liste des quartiers de la commune": "which quarters the commune has, by a list",
    "périmètre": "the place against perimeters",
    "périmètres et contour de la commune": "the commune's outline against perimeters",
    "calendrier": "the date alone: the scheme did not exist",
    "aucune donnée": "nothing: no edition is loaded for this place and date",
}
"""By what means a layer answers."""


def precisions() -> dict[str, Any]:
    """Give the precisions of a place, as the catalogue has them.

    Returns
    -------
    dict
        Id to ``label`` and ``radius_m``.
    """
    found: dict[str, Any] = read_toml(FOLDER / "common" / "places.toml", PLACES)["precisions"]
    return found


def _texts(says: str) -> Schema:
    return listed(text("A text."), says)


VERDICTS = [str(one) for one in Verdict]
NO_EDITION = "where no edition answers"
POSSIBLE = listed(
    {"type": ["string", "null"], "description": "A class; null is outside, no class that counts."},
    "Classes still possible, likeliest first; null among them is « outside ».",
)
QUERY = obj(
    "What was asked; only what was given is there.",
    {},
    optional={
        "text": text("An address, a commune, a postal code."),
        "lon": number("Longitude, EPSG:4326 degrees."),
        "lat": number("Latitude, EPSG:4326 degrees."),
        "insee": text("Commune code, of any vintage."),
        "code_postal": text("Postal code of the address."),
    },
)
COMMUNE = obj(
    "The commune, in the store's vintage.",
    {
        "code": text("Code of the commune (75056 for Paris)."),
        "nom": text("Name, with its article."),
        "arrondissement": text(
            "Code of the municipal arrondissement (751xx).",
            null="elsewhere, or where several are possible",
        ),
        "departement": text("Code of the département."),
        "region": text("Code of the région; empty in a collectivité that has none."),
    },
    null="where several are possible",
)
PLACE = obj(
    "Where that is, and how precisely it is known.",
    {
        "label": text("French wording of what was understood."),
        "lon": number("Longitude, EPSG:4326 degrees.", null="where no position is known"),
        "lat": number("Latitude, EPSG:4326 degrees.", null="where no position is known"),
        "precision": text("How precisely: see [precisions](#precisions).", among=precisions()),
        "radius_m": number(
            "Radius in metres of the disc that the place lies in.",
            null="where it may be anywhere in the commune(s)",
        ),
        "geocoder": text("What found it: see [geocoders](#geocoders).", among=GEOCODERS),
        "geocoder_date": day(
            "Day of the geocoder's data, or of its answer.", null="where it is the store's"
        ),
        "commune": COMMUNE,
        "communes_possibles": _texts("Codes of every commune it may be in, likeliest first."),
        "commune_probable": text(
            "Code of the commune, or of the one whose outline holds the point.",
            null="where neither is known",
        ),
        "notes": _texts("French sentences on how the place was understood."),
        "to_check": text("Why the place itself is doubtful, in French.", null="where it is not"),
    },
)
ITEM = obj(
    "A quarter or sector concerned.",
    {
        "code": text("Its code."),
        "name": text("Its name; its code where it has none."),
        "class": text("Its class in the layer.", null="where unknown"),
        "distance_m": number(
            "Metres from the place to its border.", null="where its perimeter is not loaded"
        ),
    },
    optional={
        "exoneration": text(
            "Of a garde sector: whether it opens the tax exemption.", among=VERDICTS
        ),
        "exoneration_reason": text("Why, in French.", null="where there is nothing to say"),
    },
)
SOURCE = obj(
    "The edition that answers.",
    {
        "title": text("Its French title."),
        "publisher": text("Who publishes it."),
        "licence": text("Under what licence; « non précisée [?] » where unknown."),
        "file": text("The file of yours that brought it.", null="where it ships"),
        "legal": text("Legal basis, with its reference."),
        "url": text("Where the text or the list can be read.", null="where unknown"),
        "valid_from": day("First day in force.", null="where no source tells it"),
        "known_until": day("Last day on which it is known to hold.", null="where open"),
        "published": day(
            "Day of publication, where it is not that of effect.", null="where it is, or is unknown"
        ),
        "cog": integer(
            "Vintage (1 January) of the commune codes of its list.", null="where it has none"
        ),
        "doubts": _texts("What no primary source confirms, in French."),
    },
    null=NO_EDITION,
)
ZONE = obj(
    "What one layer answers.",
    {
        "layer": text("The layer's id."),
        "title": text("Its French title."),
        "verdict": text("Whether the place is in it.", among=VERDICTS),
        "class": text("The class.", null="unless the verdict is `oui`"),
        "base_class": text(
            "The commune's class in the list, whether or not it counts.", null="where none is known"
        ),
        "possible": POSSIBLE,
        "items": listed(ITEM, "Quarters or sectors concerned."),
        "edition": text("Id of the edition that answers.", null=NO_EDITION),
        "method": text("By what means: see [methods](#methods).", among=METHODS),
        "distance_m": number(
            "Metres to the nearest border where the class changes.",
            null="where it does not matter, or no outline was used",
        ),
        "to_check": boolean("Something remains to be checked."),
        "to_check_reason": text("What, in French.", null="where nothing does"),
        "reason_code": text("Why: see [reasons](#reasons).", among=map(str, Reason)),
        "reason": text("The same, as a French sentence."),
        "next_step": text("A command that would settle it.", null="where none would"),
        "source": SOURCE,
    },
)
CITED = _texts("Documents that say so, by their letters (docs/aides.md).")
READING = obj(
    "One reading of the documents.",
    {
        "id": text("Its id, as `--lecture` takes it."),
        "says": text("What it says, in French."),
        "verdict": text("What it comes to here.", among=VERDICTS),
        "sources": CITED,
    },
)
AID = obj(
    "What is answered of one aid.",
    {
        "id": text("The aid's id: `CAIM`."),
        "label": text("Its French name."),
        "nature": text("What it is.", among=("individuelle", "collective", "fiscale")),
        "verdict": text("Whether the place and the profile open it.", among=map(str, AidVerdict)),
        "to_check": boolean("Something remains to be checked."),
        "to_check_reason": text("What, in French.", null="where nothing does"),
        "phase": text(
            "Whether it would be signed, or a contract runs to its term.",
            among=("signature", "en_cours"),
        ),
        "amount": integer("Euros.", null="where the profile does not let it be worked out"),
        "amount_low": integer("Lower bound in euros.", null="where there is none"),
        "amount_high": integer("Upper bound in euros.", null="where there is none"),
        "amount_text": text("The amount in French: worked out, else as the documents say it."),
        "amount_marks": _texts("What about the amount is inferred or not confirmed."),
        "period": text("What it is paid per, in French.", null="where no document says"),
        "duration": text("For how long, in French."),
        "payer": text("Who pays."),
        "missing": _texts("What is not known: words of the profile, sentences about the place."),
        "failed": _texts("Conditions that fail, in French."),
        "met": _texts("Conditions that are met, in French."),
        "exclusions": _texts("Ids of aids that it cannot be held with, anywhere."),
        "conflicts": _texts("Those of them that might be had here: one has to choose."),
        "cumul": listed(
            obj(
                "What the documents say of another aid.",
                {
                    "id": text("The other aid."),
                    "rule": text(
                        "How they go together.",
                        among=("exclu", "incertain", "cumulable", "suite"),
                    ),
                    "says": text("What the documents say, in French."),
                    "sources": CITED,
                },
            ),
            "What it goes with, and not.",
        ),
        "successor": _texts("Ids of the aids that took its place."),
        "conditions": listed(
            obj(
                "A condition.",
                {
                    "id": text("Its id."),
                    "label": text("Its French sentence."),
                    "verdict": text("Whether it is met.", among=VERDICTS),
                    "missing": _texts("What would settle it."),
                    "detail": text("What makes it fail, in French.", null="where it does not"),
                    "mark": text("What is inferred or not confirmed.", null="where nothing is"),
                    "sources": CITED,
                    "reading": text("The reading followed.", null="where there is one only"),
                    "readings": listed(READING, "Every reading, where documents disagree."),
                },
            ),
            "Every condition of the aid.",
        ),
        "disagreements": listed(
            obj(
                "A disagreement of the documents that changes no condition.",
                {
                    "topic": text("What about, in French."),
                    "outcome": text("What is followed, and why."),
                    "readings": listed(
                        obj("A reading.", {"says": text("What it says."), "sources": CITED}),
                        "What each says.",
                    ),
                },
            ),
            "Where documents disagree otherwise.",
        ),
        "contacts": listed(
            obj(
                "Whom to ask.",
                {
                    "role": text("What part they play: `ars`, `cpam`."),
                    "label": text("Who, in French."),
                    "value": text("Their address.", null="where unknown"),
                    "sources": CITED,
                },
            ),
            "Whom to ask about this place.",
        ),
        "notes": _texts("What else to know, in French."),
        "sources": listed(
            obj(
                "A document.",
                {
                    "document": text("Its letters (docs/aides.md)."),
                    "title": text("Its title."),
                    "file": text("Its file among the sources.", null="where there is none"),
                    "date": day("Its date.", null="where unknown"),
                    "says": text("What it says of the aid, in French."),
                },
            ),
            "Documents that the rule stands on.",
        ),
    },
)
PROFILE = table(
    {
        "type": ["string", "number", "boolean", "array"],
        "description": "As given.",
        "items": {"type": "string", "description": "As given."},
    },
    "The words given of who asks (`aids --mots` lists them), and nothing supposed.",
)
AID_LIST = listed(AID, "One an aid, in the order of the rules.")
LAYER_ROW = {
    "layer": text("The layer's id."),
    "title": text("Its French title."),
    "edition": text("Id of an edition.", null="where the layer has none"),
    "edition_title": text("Its French title.", null="where the layer has no edition"),
    "territory": text("Where it holds: `FR`, `region:76`…", null="where there is no edition"),
    "loaded": boolean("The store can answer with it."),
    "valid_from": day("First day in force.", null="where unknown"),
    "known_from": day("First day on which it is known to hold.", null="where unknown"),
    "known_until": day("Last day on which it is known to hold.", null="where open"),
    "superseded_from": day("First day of a newer edition.", null="where none is known"),
    "published": day("Publication, where it is not the day of effect.", null="where unknown"),
    "cog": integer("Vintage of its commune codes.", null="where it has none"),
    "publisher": text("Who publishes it.", null="where there is no edition"),
    "licence": text("Under what licence.", null="where there is no edition"),
    "legal": text("Legal basis.", null="where there is no edition"),
    "url": text("Where it can be read.", null="where unknown"),
    "missing": text("Which file is lacking, in French.", null="where it is loaded"),
}
BAN_FILE = {
    "name": text("The file's name."),
    "sha256": text("Its checksum."),
    "imported": day("Day it was imported."),
    "dated": day("Day the file is of: that of its last change."),
    "rows": integer("Rows it has."),
    "kept": integer("Those of them that are addresses here."),
    "communes": integer("Communes they are of."),
}
SCALAR: Schema = {
    "type": ["string", "number", "boolean", "null"],
    "description": "A column: see docs/columns.md.",
}
LINE = obj(
    "A line of the account.",
    {
        "row": {
            "type": ["integer", "string", "null"],
            "description": "Line of the file (1 is its first). Null where it is about the whole.",
        },
        "code": text("The code, field or value concerned; may be empty."),
        "kind": text("A French word or two that lines of a kind share."),
        "detail": text("A French sentence."),
    },
)
COUNTS = table(integer("How many."), "How many lines of each kind.")
TOLD = obj(
    "An edition that answers.",
    {
        "layer": text("The layer's id."),
        "layer_title": text("Its French title."),
        "edition": text("The edition's id."),
        "title": text("Its French title."),
        "legal": text("Legal basis."),
        "publisher": text("Who publishes it."),
        "licence": text("Under what licence."),
        "valid_from": day("First day in force.", null="where unknown"),
        "known_until": day("Last day on which it is known to hold.", null="where open"),
        "cog": integer("Vintage of its commune codes.", null="where it has none"),
        "file": text("The file of yours that brought it.", null="where it ships"),
        "to_check": text("What is to be checked, in French.", null="where nothing is"),
        "told": text("All of it in French sentences."),
    },
)
TERRITORY = text("The territory, in French.")
POPULATION = text("Where the inhabitants come from, in French.")
REPORT = listed(LINE, "What to know about the rows, and what is lacking.")
ROWS = listed(table(SCALAR, "A row."), "The rows: docs/columns.md tells their columns.")


def _analysis(name: str, fields: dict[str, Schema]) -> Schema:
    return obj(
        "",
        {
            "schema": text("Which contract this is.", among=(f"zonage_geo.{name}/1",)),
            **fields,
            "report": REPORT,
            "rows": ROWS,
        },
    )


OF_LOCATION = "[location](#location)"
OF_OVERLAY = {"layers[]": "[communes](#communes)", "report[]": "[communes](#communes)"}
TOLD_ELSEWHERE: dict[str, dict[str, str]] = {
    "location": {"aids[]": "[aids](#aids)"},
    "aids": {"query": OF_LOCATION, "place": OF_LOCATION},
    "secteurs": OF_OVERLAY,
    "couverture": OF_OVERLAY,
    "comparaison": OF_OVERLAY,
    "data-add": {"reports[].lines[]": "[communes](#communes), `report[]`"},
    "data-check": {"lines[]": "[communes](#communes), `report[]`"},
}
"""Fields of a schema that another one's table tells."""


def schemas() -> dict[str, tuple[str, Schema]]:
    """Give every schema.

    Returns
    -------
    dict
        Name of its file to the command that it is of, and the schema.
    """
    of_day = day("The day asked about.")
    layers = listed(TOLD, "The editions that answer.")
    zones = listed(ZONE, "One a layer of the catalogue, in its order.")
    return {
        "location": (
            "locate … --json",
            obj(
                "",
                {
                    "schema": text("Which contract this is.", among=(LOCATION,)),
                    "date": of_day,
                    "query": QUERY,
                    "place": PLACE,
                    "zones": zones,
                },
                optional={"profile": PROFILE, "aids": AID_LIST},
            ),
        ),
        "aids": (
            "aids … --json",
            obj(
                "",
                {
                    "schema": text("Which contract this is.", among=(AIDS,)),
                    "date": of_day,
                    "signature": day("Day of the signature.", null="where it is not given"),
                    "query": QUERY,
                    "place": PLACE,
                    "zones": listed(
                        obj(
                            "What one layer answers.",
                            {
                                key: ZONE["properties"][key]
                                for key in ("layer", "verdict", "class", "possible", "to_check")
                            },
                        ),
                        "What the aids follow from; `locate` tells the rest.",
                    ),
                    "profile": PROFILE,
                    "aids": AID_LIST,
                },
            ),
        ),
        "communes": (
            "overlay … --json",
            _analysis(
                "communes",
                {
                    "date": of_day,
                    "territory": TERRITORY,
                    "layers": layers,
                    "population": POPULATION,
                    "crs": _texts("Systems in which areas and distances were measured."),
                },
            ),
        ),
        "secteurs": (
            "pdsa … --json",
            _analysis(
                "secteurs",
                {
                    "date": of_day,
                    "source": text("Where the sectors come from: a file, or an edition."),
                    "rule": obj(
                        "The rule that was applied.",
                        {
                            "legal": text("The text."),
                            "levels": _texts("Classes of the zonage médecins that count."),
                            "levels_source": text("Who says so; « demandées » for `--niveaux`."),
                            "regions": table(
                                _texts("Classes that count."), "Régions where others count."
                            ),
                            "quarters": text(
                                "Whether a quarter's class is enough.", among=VERDICTS
                            ),
                            "quarters_source": text("Why, in French."),
                            "slot": text("`--creneau`.", null="where it is not given"),
                            "season": text("`--saison`.", null="where it is not given"),
                        },
                    ),
                    "layers": layers,
                    "supposed": text(
                        "What is supposed of the list, in French.", null="where nothing is"
                    ),
                    "population": POPULATION,
                },
            ),
        ),
        "couverture": (
            "coverage … --json",
            _analysis(
                "couverture",
                {
                    "date": of_day,
                    "territory": TERRITORY,
                    "by": text("`--par`."),
                    "layer": text("`--couche`."),
                    "layers": layers,
                    "population": POPULATION,
                },
            ),
        ),
        "comparaison": (
            "compare … --json",
            _analysis(
                "comparaison",
                {
                    "before": text("The first state, in French."),
                    "after": text("The second state, in French."),
                    "territory": TERRITORY,
                    "labels": listed(
                        table(text("Its French label."), "Class to label."),
                        "Labels of the classes of the first state, then of the second.",
                    ),
                    "same_layer": boolean("Both states are of one layer."),
                    "layers": layers,
                    "population": POPULATION,
                },
            ),
        ),
        "layers": (
            "layers --json",
            listed(
                obj("An edition of a layer, or a layer that has none.", LAYER_ROW),
                "One object an edition, layers in their order, the oldest edition first.",
            ),
        ),
        "data-list": ("data list --json", _data_list()),
        "data-check": ("data check FILE --json", _data_check()),
        "data-add": ("data add LAYER FILE --json", _data_add()),
        "data-add-ban": (
            "data add ban FILE --json",
            obj(
                "",
                {
                    **BAN_FILE,
                    "streets": integer("Streets and places they are in."),
                    "replaced_communes": integer(
                        "Communes whose addresses were there, and were replaced."
                    ),
                    "lost": table(integer("How many."), "Rows set aside, by the reason in French."),
                },
            ),
        ),
    }


def _data_list() -> Schema:
    counted = obj(
        "A list.",
        {
            "name": text("Its name in the store."),
            "title": text("Its French title."),
            "rows": integer("How many rows."),
        },
    )
    return obj(
        "",
        {
            "path": text("Where the store is."),
            "bytes": integer("Its size."),
            "schema_version": integer("Version of its tables; an older store is rebuilt."),
            "built_at": text("When it was built, ISO 8601 with its offset."),
            "accuracy_communes_m": number("Accuracy in metres of its communes' outlines."),
            "lists": listed(counted, "Its lists."),
            "report": table(integer("How many."), "Repairs of the outlines, by kind, in French."),
            "sources": listed(
                obj(
                    "A source; a list that ships has more fields, as its compiler wrote them.",
                    {
                        "name": text("Its name."),
                        "title": text("Its French title."),
                        "publisher": text("Who publishes it."),
                        "licence": text("Under what licence."),
                        "sha256": text("Checksum."),
                    },
                )
                | {"additionalProperties": True},
                "What the store was built from.",
            ),
            "additions": listed(
                obj(
                    "An addition of yours.",
                    {
                        "key": _texts("Layer, edition, kind."),
                        "sha256": text("Checksum of what is kept."),
                        "file": text("The file's name."),
                        "file_sha256": text("The file's checksum."),
                        "added": day("Day it was added."),
                        "rows": integer("Rows it holds."),
                        "title": text("The edition's title.", null="for outlines of communes"),
                        "publisher": text("Who publishes it.", null="for outlines of communes"),
                        "licence": text("Under what licence.", null="for outlines of communes"),
                        "accuracy_m": number(
                            "Accuracy of outlines, in metres.", null="for what has none"
                        ),
                    },
                ),
                "What `data add` put in.",
            ),
            "addresses": listed(
                obj("A file of addresses.", BAN_FILE), "What `data add ban` put beside it."
            ),
        },
    )


def _data_check() -> Schema:
    return obj(
        "",
        {
            "title": text("What was read, in French."),
            "rows_in": integer("Rows read."),
            "rows_kept": integer("Rows kept."),
            "rows_dropped": integer("Rows set aside; each has a line."),
            "rows_around": integer("Of those, titles, headers and blank lines: no rows of data."),
            "read_as": table(
                text("What was found, or said."),
                "How it was read: `encodage`, `séparateur`, `feuille`, `couche`, `coordonnées`.",
            ),
            "columns": _texts("Columns of what was read."),
            "roles": table(
                table(text("Why, in French."), "Column to why."),
                "Role (`code`, `nom`…) to the columns that `data add` would take for it; several: "
                "it would ask.",
            ),
            "counts": COUNTS,
            "lines": listed(LINE, "Every row that was changed, repaired, doubted or set aside."),
        },
    )


def _data_add() -> Schema:
    return obj(
        "",
        {
            "layer": text("The layer's id, or `communes`."),
            "edition": text("The edition's id; the vintage, for outlines of communes."),
            "kind": text(
                "What the file brought.",
                among=("outlines", "zones", "list", "zone_list", "zone_classes"),
            ),
            "rows": integer("Rows that are now in the store."),
            "listed": listed(
                integer("How many."),
                "Of the zones that the edition's list names, how many have their perimeter in the "
                "file; and how many the list names.",
                null="there is no such list",
            ),
            "replaced": boolean("An earlier addition of the same was replaced."),
            "file": obj(
                "The file.",
                {
                    "name": text("Its name."),
                    "sha256": text("Its checksum."),
                    "rows": integer("Its rows."),
                },
            ),
            "warnings": _texts("What to beware of, in French."),
            "reports": listed(
                obj(
                    "The account of one step.",
                    {
                        "title": text("What was done to what, in French."),
                        "rows_in": integer("Rows read."),
                        "rows_kept": integer("Rows kept."),
                        "counts": COUNTS,
                        "lines": listed(LINE, "Every row that was touched."),
                    },
                ),
                "Reading, then each step after it.",
            ),
        },
    )
