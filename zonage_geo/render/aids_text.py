"""What a place opens, as French text for a terminal: open, to be settled, not open, sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from zonage_geo.aids.answers import AidVerdict, Answer, Answers
from zonage_geo.aids.conditions import Word
from zonage_geo.aids.model import Contact, Cumul, Source
from zonage_geo.aids.rulebook import Rules, rules
from zonage_geo.french import capital, french_date
from zonage_geo.locate.model import Location
from zonage_geo.render.text import WIDTH, fill
from zonage_geo.render.words import after_colon, place_lines

__all__ = [
    "NOTICE",
    "aid_lines",
    "answers_text",
    "contact_text",
    "day_text",
    "is_for_others",
    "marks_text",
    "missing_lines",
    "small",
]

NOTICE = (
    "Information sans valeur réglementaire : seuls les textes publiés et l'accord de l'organisme "
    "qui verse l'aide font foi."
)
SIGNS = {"oui": "●", "non": "○", "indéterminé": "◐"}
"""Before each condition."""
FOLLOWED, OTHER = "lecture suivie", "autre lecture"
MARKS = {
    "● ": "condition remplie",
    "○ ": "non remplie",
    "◐ ": "indéterminée",
    f"· {FOLLOWED} (": "des façons de lire les documents, celle qui décide (--lecture la change)",
    f"· {OTHER} (": "ce qu'une autre donnerait",
    "[INF]": "déduit, non écrit tel quel dans un document",
    "[?]": "non confirmé par une source primaire",
}
"""What the signs and words that mark a text mean."""
HEADS = {
    AidVerdict.ELIGIBLE: "Ouvertes",
    AidVerdict.DEPENDS: "À préciser",
    AidVerdict.NOT_ELIGIBLE: "Non ouvertes",
}
BENEFICIARY = frozenset({"beneficiaire", "structure", "profession"})
"""Conditions on who asks: an aid that fails them is another one's."""
INDENT = "  "


def answers_text(
    location: Location | None,
    answers: Answers,
    known: Rules,
    *,
    day: date,
    signature: date | None = None,
    profile: Iterable[str] = (),
    full: bool = False,
    width: int = WIDTH,
) -> str:
    """Write what a place opens, to be read.

    Parameters
    ----------
    location : Location or None
        The place; None where it was told already.
    answers : Answers
        What is answered of each aid.
    known : Rules
        For the words of the profile and the documents.
    day, signature : date, date or None
        The days asked about.
    profile : iterable of str
        What was said of who asks: ``statut = liberal``.
    full : bool
        With every condition, disagreement and source, whatever the verdict.
    width : int
        Columns at the most.

    Returns
    -------
    str
        Lines without a final line feed.
    """
    lines = place_lines(location, day) if location is not None else []
    blocks = ["\n".join(fill(line, width, then=INDENT) for line in lines)]
    said = ", ".join(profile) or "non précisé (aucun fait n'est supposé)"
    blocks.append(
        "\n".join([f"{day_text(day, signature)}.", fill(f"Profil : {said}.", width, "", INDENT)])
    )
    if full:
        blocks += [
            f"{_alone(one)}\n" + "\n".join(aid_lines(one, width, full=True)) for one in answers
        ]
    else:
        blocks += _blocks(answers, known, width)
    blocks.append(_glossary(answers.with_verdict(AidVerdict.DEPENDS), known, width))
    if not full:
        blocks.append(_closed(answers.with_verdict(AidVerdict.NOT_ELIGIBLE), width))
    shown = [a for a in answers if a.verdict is not AidVerdict.NOT_ELIGIBLE]
    blocks.append(_documents(shown or answers, known, width))
    blocks.append(fill(NOTICE, width))
    blocks.append(marks_text(blocks, width))
    return "\n\n".join(block for block in blocks if block)


def marks_text(blocks: Iterable[str], width: int = WIDTH) -> str:
    """Explain the marks that a text bears.

    Parameters
    ----------
    blocks : iterable of str
        The text.
    width : int
        Columns at the most.

    Returns
    -------
    str
        Nothing where it bears none.
    """
    text = "\n".join(blocks)
    said = [f"{mark.strip('· (')} : {meaning}" for mark, meaning in MARKS.items() if mark in text]
    return fill(f"{' ; '.join(said)}.", width, "", INDENT) if said else ""


def _alone(answer: Answer) -> str:
    return f"{_SAID[answer.verdict]} :"


_SAID = {
    AidVerdict.ELIGIBLE: "Ouverte",
    AidVerdict.DEPENDS: "À préciser",
    AidVerdict.NOT_ELIGIBLE: "Non ouverte",
}


def _blocks(answers: Answers, known: Rules, width: int) -> list[str]:
    """Write the aids that are open, then those that depend, and once what the place leaves open."""
    open_ = _left_open(answers.with_verdict(AidVerdict.DEPENDS), known)
    blocks = []
    for verdict in (AidVerdict.ELIGIBLE, AidVerdict.DEPENDS):
        chosen = answers.with_verdict(verdict)
        blocks.append(f"{HEADS[verdict]} : {len(chosen) or 'aucune'}")
        blocks += ["\n".join(aid_lines(answer, width, told=open_)) for answer in chosen]
    if open_:
        lines = [
            fill(f"{name} : {_said_of(sentence)}", width, INDENT, INDENT * 2)
            for sentence, name in open_.items()
        ]
        blocks.append("\n".join(["Ce que le lieu laisse ouvert :", *lines]))
    return blocks


def _left_open(answers: Answers, known: Rules) -> dict[str, str]:
    """Name the doubts about the place that several aids share, to be told once."""
    often = Counter(one for answer in answers for one in answer.missing if " : " in one)
    found = {}
    for sentence, times in often.items():
        head = sentence.partition(" : ")[0]
        if times > 1 and head in known.layers:
            found[sentence] = str(known.layers[head]["label"])
    return found


def _said_of(sentence: str) -> str:
    """Give what a doubt about the place says, without what it is about."""
    return after_colon(sentence.partition(" : ")[2]).rstrip(".") + "."


def day_text(day: date, signature: date | None) -> str:
    """Say the days asked about.

    Parameters
    ----------
    day, signature : date, date or None
        The day asked, and that of the signature.

    Returns
    -------
    str
        ``Aides au 09/12/2024``.
    """
    said = f"Aides au {french_date(day)}"
    return said if signature is None else f"{said}, signature le {french_date(signature)}"


def aid_lines(
    answer: Answer,
    width: int = WIDTH,
    *,
    full: bool = False,
    told: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Write one answer.

    Parameters
    ----------
    answer : Answer
        The answer.
    width : int
        Columns at the most.
    full : bool
        With every condition, disagreement and source.
    told : mapping of str to str
        Doubts about the place that are told elsewhere, and their names here.

    Returns
    -------
    list of str
        Its lines.
    """
    flag = " [à vérifier]" if answer.to_check else ""
    lines = [fill(f"{answer.id} — {answer.label}{flag}", width, "", INDENT)]

    def add(text: str) -> None:
        lines.append(fill(text, width, INDENT, INDENT * 2))

    add(_money(answer))
    settled = answer.verdict is AidVerdict.NOT_ELIGIBLE  # no word would open it
    lacking = answer._replace(missing=tuple(one for one in answer.missing if " " in one))
    for missing in missing_lines(lacking if settled else answer, told):
        add(missing)
    if full or answer.verdict is AidVerdict.NOT_ELIGIBLE:
        for failed in answer.failed:
            add(f"Non rempli : {small(failed)}")
    if answer.to_check:
        add(f"À vérifier : {after_colon(answer.to_check)}")
    for mark in answer.amount_marks:
        add(mark)
    for text in _togetherness(answer):
        add(text)
    if answer.successor:
        add(f"Remplacée par : {', '.join(answer.successor)}.")
    add(f"Versée par : {answer.aid.payer}. Durée : {answer.aid.duration}.")
    add(f"Contact : {' ; '.join(map(contact_text, answer.contacts))}.")
    if not full:
        add(f"Documents : {', '.join(source.document for source in answer.sources)}.")
        return lines
    return lines + _whole(answer, width)


def _money(answer: Answer) -> str:
    return answer.amount_text[0].upper() + answer.amount_text[1:].rstrip(".") + "."


def missing_lines(answer: Answer, told: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Say what is missing: words of the profile together, each doubt about the place apart.

    Parameters
    ----------
    answer : Answer
        The answer.
    told : mapping of str to str
        Doubts about the place that are told elsewhere, and their names here.

    Returns
    -------
    list of str
        French sentences.
    """
    words = [one for one in answer.missing if " " not in one]
    lines = [f"Il faut savoir : {', '.join(map(rules().said, words))}."] if words else []
    names = [told[one] for one in answer.missing if one in told]
    if names:
        lines.append(f"Dépend du lieu : {', '.join(names)} (plus bas).")
    for one in answer.missing:
        if one in words or one in told:
            continue
        head, _, said = one.partition(" : ")
        if head.startswith("non documenté"):
            lines.append(f"{capital(head)} : {small(said).rstrip('.')}.")
            continue
        if head.startswith("distance"):  # what the sentence is about is not in it
            said = f"{head} : {said}"
        lines.append(f"Pas certain : {after_colon(said or head).rstrip('.')}.")
    return lines


def _togetherness(answer: Answer) -> list[str]:
    """Say what the aid goes with, and not; first what has to be chosen here."""
    lines = []
    rules = {one.other: one for one in answer.cumul}
    if answer.conflicts:
        lines.append(f"À choisir : ne se cumule pas ici avec {_ids(answer.conflicts, rules)}.")
    others = [one for one in answer.exclusions if one not in answer.conflicts]
    if others:
        lines.append(f"Non cumulable avec : {_ids(others, rules)}.")
    with_it = [one.other for one in answer.cumul if one.rule == "cumulable"]
    if with_it:
        lines.append(f"Cumulable avec : {', '.join(with_it)}.")
    after = [one.other for one in answer.cumul if one.rule == "suite"]
    if after:
        lines.append(f"Peut se suivre avec : {', '.join(after)}.")
    return lines


def _ids(ids: Iterable[str], rules: Mapping[str, Cumul]) -> str:
    doubtful = {key for key, one in rules.items() if one.rule == "incertain"}
    return ", ".join(f"{one} (incertain)" if one in doubtful else one for one in ids)


def contact_text(contact: Contact) -> str:
    """Say whom to ask.

    Parameters
    ----------
    contact : Contact
        The contact.

    Returns
    -------
    str
        Who, and how to reach them where a document says it.
    """
    return f"{contact.label} ({contact.value})" if contact.value else contact.label


def _whole(answer: Answer, width: int) -> list[str]:
    """Write every condition, disagreement and source."""
    lines = [f"{INDENT}Conditions :"]
    for outcome in answer.outcomes:
        said = f"{SIGNS[outcome.verdict]} {outcome.label}"
        if outcome.detail:
            said += f" — {outcome.detail}"
        if outcome.sources:
            said += f" [{', '.join(outcome.sources)}]"
        if outcome.mark:
            said += f" ({outcome.mark})"
        lines.append(fill(said, width, INDENT * 2, INDENT * 3))
        for reading, verdict in outcome.readings:
            kept = FOLLOWED if reading.id == outcome.reading else OTHER
            told = (
                f"{kept} ({reading.id}) : {reading.says} [{', '.join(reading.sources)}] : {verdict}"
            )
            lines.append(fill(told, width, INDENT * 3 + "· ", INDENT * 4))
    if answer.disagreements:
        lines.append(f"{INDENT}Les documents divergent :")
    for item in answer.disagreements:
        told = " / ".join(f"{one.says} [{', '.join(one.sources)}]" for one in item.readings)
        lines.append(fill(f"{item.topic} : {told}. {item.outcome}", width, INDENT * 2, INDENT * 3))
    for one in answer.cumul:
        told = f"{one.other} ({one.rule}) : {one.says} [{', '.join(one.sources)}]"
        lines.append(fill(told, width, INDENT, INDENT * 2))
    lines += [fill(note, width, INDENT, INDENT * 2) for note in answer.aid.notes]
    lines.append(f"{INDENT}Ce que disent les documents :")
    lines += [fill(_source(one), width, INDENT * 2, INDENT * 3) for one in answer.sources]
    return lines


def _source(source: Source) -> str:
    return f"{source.document}, {source.title} : {source.says}"


def _glossary(answers: Answers, known: Rules, width: int) -> str:
    """Say once what the missing words of the profile mean."""
    missing = {one for answer in answers for one in answer.missing}
    lines = [
        fill(f"{known.said(word)} : {_meaning(known.words[word])}", width, INDENT, INDENT * 2)
        for word in known.profile
        if word in missing
    ]
    if not lines:
        return ""
    head = "Pour trancher, donnez ces mots (--avec MOT=VALEUR, ou le fichier de --profil) :"
    return "\n".join([head, *lines])


def _meaning(word: Word) -> str:
    """Say what a word means, and the values to choose from where that does not name them."""
    named = all(value in word.label for value in word.values)
    choice = word.kind in ("choice", "choices") and not named
    return f"{word.label} [{', '.join(word.values)}]" if choice else word.label


def is_for_others(answer: Answer) -> bool:
    """Tell whether an aid is not for who asks, whatever the place.

    Parameters
    ----------
    answer : Answer
        One that is ``not_eligible``.

    Returns
    -------
    bool
        True where a condition on the beneficiary fails.
    """
    return any(o.id in BENEFICIARY and o.verdict == "non" for o in answer.outcomes)


def _closed(answers: Answers, width: int) -> str:
    """Say in a line each why an aid is not open; those of other profiles together."""
    lines = [f"{HEADS[AidVerdict.NOT_ELIGIBLE]} : {len(answers) or 'aucune'}"]
    reasons: dict[str, None] = {}
    for answer in answers:
        if is_for_others(answer):
            continue
        flag = " [à vérifier]" if answer.to_check else ""
        why = " ; ".join(map(small, answer.failed))
        said = f"{answer.id}{flag} : {why.rstrip('.')}."
        if answer.successor:
            said += f" Remplacée par : {', '.join(answer.successor)}."
        if answer.to_check:
            reasons[answer.to_check] = None
        lines.append(fill(said, width, INDENT, INDENT * 2))
    others = [answer.id for answer in answers if is_for_others(answer)]
    if others:
        said = f"Pour d'autres que ce profil : {', '.join(others)}."
        lines.append(fill(said, width, INDENT, INDENT * 2))
    lines += [
        fill(f"À vérifier : {after_colon(reason)}", width, INDENT, INDENT * 2) for reason in reasons
    ]
    return "\n".join(lines)


def small(label: str) -> str:
    """Start a condition without a capital, unless it starts with an acronym.

    Parameters
    ----------
    label : str
        A condition.

    Returns
    -------
    str
        As it is written after a colon.
    """
    plain = label[1:2].islower() or label[1:2] in "'’"
    return label[:1].lower() + label[1:] if plain else label


def _documents(answers: Iterable[Answer], known: Rules, width: int) -> str:
    """Name the documents that the answers shown come from."""
    used = {source.document for answer in answers for source in answer.sources}
    lines = ["Documents"]
    for key, document in known.documents.items():
        if key in used:
            when = f", {french_date(document.date)}" if document.date else ""
            note = f" ({document.date_note})" if document.date_note else ""
            said = f"{key} : {document.title}. {document.publisher}{when}{note}."
            lines.append(fill(said, width, "- ", INDENT))
    return "\n".join(lines)
