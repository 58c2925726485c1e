"""The rules themselves, to be read: a list, a sheet an aid, and the page of reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zonage_geo.aids.amounts import euros
from zonage_geo.aids.model import Aid, Condition, Document, Source, Window
from zonage_geo.aids.rulebook import Rules
from zonage_geo.french import french_date
from zonage_geo.render.aids_text import marks_text
from zonage_geo.render.text import WIDTH, fill

__all__ = ["list_text", "reference_page", "sheet_text", "words_text"]

NATURES = {
    "individuelle": "Aides individuelles",
    "fiscale": "Exonérations fiscales",
    "collective": "Aides collectives",
}
RULES = {
    "exclu": "non cumulable",
    "incertain": "cumul incertain",
    "cumulable": "cumulable",
    "suite": "peuvent se suivre",
}
ONCE = "à la signature"
DECIDES = {
    "signature": "celui de la signature ou de l'installation",
    "jour": "celui de la question",
}


def list_text(known: Rules) -> str:
    """List the aids.

    Parameters
    ----------
    known : Rules
        The rules.

    Returns
    -------
    str
        One or two lines an aid, by nature.
    """
    lines: list[str] = []
    for nature, title in NATURES.items():
        lines += ["", title] if lines else [title]
        for aid in known.aids.values():
            if aid.nature == nature:
                lines.append(
                    fill(f"{aid.id} — {aid.label}. {window_text(aid.window)}", WIDTH, "  ", "    ")
                )
    return "\n".join(lines)


def words_text(known: Rules) -> str:
    """List the words of the profile.

    Parameters
    ----------
    known : Rules
        The rules.

    Returns
    -------
    str
        A word, what it means, its values.
    """
    lines = ["Les mots du profil ; tous sont facultatifs, aucun n'est supposé."]
    for name in known.profile:
        word = known.words[name]
        values = {
            "bool": "oui, non",
            "number": "un nombre",
            "ids": "une liste d'aides",
        }.get(word.kind, ", ".join(word.values) or "un mot")
        if word.bounds:
            values += " de {:g} à {:g}".format(*word.bounds)
        values += ", oui, non" if word.yes_no else ""
        values += f", {word.other}" if word.other else ""
        said = known.said(name)
        other = f" (ou {name})" if said != name else ""
        lines.append(fill(f"{said}{other} : {word.label} [{values}]", WIDTH, "  ", "    "))
    return "\n".join(lines)


def window_text(window: Window) -> str:
    """Say when an aid may be had.

    Parameters
    ----------
    window : Window
        Its window.

    Returns
    -------
    str
        French sentences.
    """
    said = []
    if window.opens:
        note = f" ({window.opens_note})" if window.opens_note else ""
        said.append(f"à partir du {french_date(window.opens)}{note}")
    if window.closes:
        said.append(f"jusqu'au {french_date(window.closes)} compris")
    if window.closed_from:
        said.append(f"close au {french_date(window.closed_from)} au plus tard : {window.closed}")
    if window.attested_from:
        said.append(f"attestée depuis le {french_date(window.attested_from)} ({window.attested})")
    if window.undecided_from:
        said.append(
            f"inconnue à partir du {french_date(window.undecided_from)} : {window.undecided}"
        )
    if window.to_check_from:
        said.append(
            f"à vérifier à partir du {french_date(window.to_check_from)} : {window.to_check}"
        )
    text = " ; ".join(one.rstrip(".") for one in said)
    return f"Ouverte : {text or 'sans limite connue'}."


def sheet_text(aid: Aid, known: Rules) -> str:
    """Write one rule to be read in a terminal.

    Parameters
    ----------
    aid : Aid
        The rule.
    known : Rules
        For the documents and the régions.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    lines = [fill(f"{aid.id} — {aid.label}", WIDTH, "", "  ")]
    for title, items in _sections(aid, known):
        lines += ["", title, *(fill(item, WIDTH, "- ", "  ") for item in items)]
    marks = marks_text(lines)
    return "\n".join([*lines, "", marks] if marks else lines)


def reference_page(known: Rules) -> str:
    """Write the page of reference of every aid, in Markdown.

    Parameters
    ----------
    known : Rules
        The rules.

    Returns
    -------
    str
        With a final line feed.
    """
    lines = [
        "# Les aides : règles, dates et sources",
        "",
        "Cette page est produite à partir des fichiers de `zonage_geo/aids/` par",
        "`python tools/aids_page.py` ; ne pas la modifier à la main. Un test la tient à jour.",
        "",
        "Chaque ligne porte entre crochets les documents qui la disent. **[INF]** : déduit, non",
        "écrit ; **[?]** : non confirmé par une source primaire. Là où les documents divergent,",
        "les lectures sont toutes données ; la première est suivie, car son document est le plus",
        "récent, ou sa rédaction la plus précise (dans le tableau, le dernier l'emporte).",
        "Une condition est écrite en français, puis dans la langue des règles : un mot du profil,",
        "une couche ou un territoire, comparés à des valeurs (`|` les sépare), joints par `et`,",
        "`ou`, `non`. Un mot du profil qui n'est pas donné n'est jamais supposé. Quatre mots ne",
        "sont ni du profil ni d'une couche : `montagne_ou_massif` (certain dans un massif ; hors",
        "massif, connu seulement si la liste de montagne est chargée, ou si le département n'a pas",
        "de massif), `pdsa.exoneration` (le secteur de garde compte une commune en ZIP, ou le lieu",
        "est lui-même en ZIP), `jour` (le jour qui décide), `non_documente` (ce qu'aucun document",
        "ne dit : ni oui, ni non).",
        "",
        "## Documents",
        "",
        "| | document | qui publie | date | fichier |",
        "|---|---|---|---|---|",
        *(_document_row(document) for document in known.documents.values()),
        "",
        "## Liste",
        "",
    ]
    for nature, title in NATURES.items():
        mine = [aid for aid in known.aids.values() if aid.nature == nature]
        ids = ", ".join(f"[{aid.id}](#{aid.id.lower()})" for aid in mine)
        lines += [f"- {title} : {ids}"]
    for aid in known.aids.values():
        lines += ["", f"## {aid.id}", "", f"**{aid.label}**"]
        for title, items in _sections(aid, known):
            lines += ["", f"{title} :", "", *(f"- {item}" for item in items)]
    lines += ["", "## Classes qui en valent une autre", ""]
    for one in known.implied:
        regions = ", ".join(known.regions[code] for code in sorted(one.regions))
        lines.append(f"- {one.layer} : {one.zone_class} vaut {one.implies} ({regions}). {one.says}")
    lines += ["", "## Contacts", ""]
    for contact in known.contacts:
        where = [known.regions[code] for code in contact.regions]
        where += [f"département {code}" for code in contact.departements]
        value = f" : {contact.value}" if contact.value else ""
        told = f" ({', '.join(where)})" if where else ""
        lines.append(f"- {contact.label}{told}{value} {_cited(contact.sources)}")
    return "\n".join(lines) + "\n"


def _document_row(document: Document) -> str:
    when = french_date(document.date) if document.date else "textes en vigueur"
    note = f" ({document.date_note})" if document.date_note else ""
    file = f"`{document.file}`" if document.file else ""
    return f"| {document.id} | {document.title} | {document.publisher} | {when}{note} | {file} |"


def _sections(aid: Aid, known: Rules) -> Iterator[tuple[str, list[str]]]:
    """Give the parts of a rule: a title, and its items."""
    where = ", ".join(known.regions[code] for code in aid.regions) or "France entière"
    yield (
        "En bref",
        [
            f"Pour qui : {aid.audience}",
            f"Où : {where}",
            f"Versée par : {aid.payer} ; durée : {aid.duration}",
            f"{window_text(aid.window)} {_cited(aid.window.sources)}",
            f"Jour qui décide : {DECIDES[aid.decides]}",
            *_contract(aid),
            *([f"Ensuite : {', '.join(aid.successor)}"] if aid.successor else ()),
            f"À qui demander : {', '.join(known.roles[role]['label'] for role in aid.contacts)}",
        ],
    )
    yield "Montant", list(_amount(aid))
    yield "Conditions", [line for one in aid.conditions for line in _condition(one)]
    if aid.caveats:
        yield (
            "À vérifier",
            [
                f"{one.text}{f' (si : `{one.when}`)' if one.when else ''} {_cited(one.sources)}"
                for one in aid.caveats
            ],
        )
    if aid.cumul:
        yield (
            "Cumul",
            [
                f"{one.other} : {RULES[one.rule]}. {one.says} {_cited(one.sources)}"
                for one in aid.cumul
            ],
        )
    if aid.disagreements:
        yield (
            "Divergences des documents",
            [
                f"{one.topic} : "
                + " / ".join(f"{r.says} {_cited(r.sources)}" for r in one.readings)
                + f". {one.outcome}"
                for one in aid.disagreements
            ],
        )
    if aid.notes:
        yield "À savoir", list(aid.notes)
    yield "Ce que disent les documents", [_quoted(source) for source in aid.sources]


def _contract(aid: Aid) -> list[str]:
    if aid.contract is None:
        return []
    return [f"Contrat en cours : {aid.contract.says} {_cited(aid.contract.sources)}"]


def _amount(aid: Aid) -> Iterator[str]:
    amount = aid.amount
    yield f"{amount.text[0].upper()}{amount.text[1:]} {_cited(amount.sources)}"
    if amount.kind == "prorata":
        yield (
            f"Calcul : {euros(amount.base or 0)} × {amount.word} / {amount.full:g}, à partir de "
            f"{amount.minimum:g}, {euros(amount.cap or 0)} au plus ; entre les bornes, valeurs "
            "déduites [INF]"
        )
    for extra in amount.supplements:
        yield f"{extra.text} (si : `{extra.when}`) {_cited(extra.sources)}"
    yield from amount.marks


def _condition(condition: Condition) -> Iterator[str]:
    once = f" ({ONCE})" if condition.at_signature else ""
    mark = "".join(f" — {said}" for said in (condition.kept, condition.mark) if said)
    if not condition.readings:
        yield f"{condition.label}{once} : `{condition.when}` {_cited(condition.sources)}{mark}"
        return
    yield f"{condition.label}{once}, selon la lecture {_cited(condition.sources)}{mark}"
    for rank, one in enumerate(condition.readings):
        kept = "suivie" if rank == 0 else "autre"
        when = f"`{one.when}`" if one.when else "aucune condition"
        yield f"Lecture {kept}, `{one.id}` : {one.says} ; {when} {_cited(one.sources)}"


def _quoted(source: Source) -> str:
    file = f" (`{source.file}`)" if source.file else ""
    return f"{source.document}{file} : {source.says}"


def _cited(sources: Iterable[str]) -> str:
    return f"[{', '.join(sources)}]"
