"""What ``aids`` does: ask the rooms below, print the answer on stdout."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zonage_geo.cli.places import geocoder_for, query_of, store_for
from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.french import os_words, toml_words
from zonage_geo.settings import Settings

if TYPE_CHECKING:
    from zonage_geo.aids import Answers, Rules
    from zonage_geo.locate import Location
    from zonage_geo.store import Store

__all__ = ["AIDS_COMMANDS", "Following", "following_aids", "profile_of"]


def _aids(arguments: Namespace) -> int:
    from zonage_geo.aids.rulebook import find_aid, rules

    known = rules()
    if arguments.aide is not None:
        arguments.aide = find_aid(arguments.aide, known).id
    alone = arguments.adresse is None and arguments.point is None and arguments.insee is None
    if (arguments.adresse or "").strip().upper() in known.aids:
        raise InputError(
            f"{arguments.adresse} est une aide, non un lieu : --aide {arguments.adresse}."
        )
    if arguments.mots or arguments.liste or (arguments.aide and alone):
        return _reference(arguments, known)
    return _answer(arguments, known)


def _answer(arguments: Namespace, known: Rules) -> int:
    from zonage_geo.aids.answers import Answers
    from zonage_geo.aids.evaluation import check_readings
    from zonage_geo.openings import Desk, place_aids

    day = parse_date(arguments.date) or today()
    signature = parse_date(arguments.signature)
    profile = profile_of(arguments)
    readings = check_readings(dict(map(_reading, arguments.lecture)), known)
    query = query_of(arguments)
    settings = Settings.from_env()
    store = store_for(query, settings, offline=arguments.offline)
    opening = place_aids(
        Desk(store, store.catalog(), settings, geocoder_for(query, store, settings, arguments)),
        query,
        day,
        profile,
        signature=signature,
        readings=readings,
    )
    answers = opening.answers
    if arguments.aide:
        answers = Answers([answers[arguments.aide]])
    if arguments.json:
        from zonage_geo.render.aids_plain import aids_dict

        plain = aids_dict(opening.location, answers, day=day, signature=signature, profile=profile)
        print(json.dumps(plain, ensure_ascii=False, indent=2))
        return 0
    from zonage_geo.aids.phrases import profile_text
    from zonage_geo.render.aids_text import answers_text

    print(
        answers_text(
            opening.location,
            answers,
            known,
            day=day,
            signature=signature,
            profile=profile_text(profile),
            full=arguments.aide is not None,
        )
    )
    return 0


class Following(NamedTuple):
    """The aids that follow from a place, for a profile.

    Attributes
    ----------
    location : Location
        The place.
    answers : Answers
        One an aid.
    profile : mapping
        Who asks.
    """

    location: Location
    answers: Answers
    profile: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """Give what is added to ``locate --json``.

        Returns
        -------
        dict
            ``profile`` and ``aids``, as in ``zonage_geo.aids/1``.
        """
        from zonage_geo.render.aids_plain import aids_dict

        day = self.location.date
        found = aids_dict(self.location, self.answers, day=day, profile=self.profile)
        return {key: found[key] for key in ("profile", "aids")}

    def text(self) -> str:
        """Write what is added to the text of ``locate``.

        Returns
        -------
        str
            Lines without a final line feed.
        """
        from zonage_geo.aids import rules
        from zonage_geo.aids.phrases import profile_text
        from zonage_geo.render.aids_text import answers_text

        day, said = self.location.date, profile_text(self.profile)
        return answers_text(None, self.answers, rules(), day=day, profile=said)


def following_aids(
    store: Store, settings: Settings, location: Location, profile: Mapping[str, Any]
) -> Following:
    """Tell which aids follow from a located place, on its day.

    Parameters
    ----------
    store : Store
        Open.
    settings : Settings
        What overrides accuracies.
    location : Location
        The place.
    profile : mapping
        Who asks.

    Returns
    -------
    Following
        One answer an aid.
    """
    from zonage_geo.openings import Desk, situated_aids

    desk = Desk(store, store.catalog(), settings)
    return Following(location, situated_aids(desk, location, location.date, profile), profile)


def _reading(text: str) -> tuple[str, str]:
    key, sign, value = (part.strip() for part in text.partition("="))
    if not sign:
        raise InputError(f"--lecture {text} : écrivez AIDE.CONDITION=LECTURE.")
    return key, value


def profile_of(arguments: Namespace) -> Mapping[str, Any]:
    """Read the profile of a command: the words of its line over those of its file.

    Parameters
    ----------
    arguments : Namespace
        With ``profil`` and ``avec``.

    Returns
    -------
    mapping
        As ``aids.evaluate`` takes it.

    Raises
    ------
    InputError
        If the file cannot be read, or a word is unknown, given twice or given a value that is
        not one of its own.
    """
    from zonage_geo.aids import rules
    from zonage_geo.aids.profile import read_assignment, read_profile

    known = rules()
    facts: dict[str, Any] = {}
    if arguments.profil is not None:
        facts |= read_profile(_toml(Path(arguments.profil)), known)
    given: dict[str, Any] = {}
    for text in arguments.avec:
        name, value = read_assignment(text, known)
        word = next(iter(read_profile({name: value}, known)))
        if word in given:
            raise InputError(f"le mot de profil « {word} » est donné deux fois.")
        given[word] = value
    return read_profile(facts | given, known)


def _toml(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        if "=" in path.name:
            raise InputError(
                f"--profil {path} : --profil attend un fichier. Pour un mot : --avec {path}"
            ) from error
        raise InputError(f"--profil {path} : {os_words(error)}.") from error
    except ValueError as error:
        raise InputError(
            f"--profil {path} : TOML illisible, {toml_words(error)}. Un mot par ligne : "
            'statut = "liberal".'
        ) from error


def _reference(arguments: Namespace, known: Rules) -> int:
    """Print what needs no place: the list of aids, one rule, the words of the profile."""
    from zonage_geo.render.aids_sheets import list_text, sheet_text, words_text

    if arguments.json:
        raise InputError("--json demande un lieu.")
    if arguments.mots:
        print(words_text(known))
    elif arguments.liste:
        print(list_text(known))
    else:
        print(sheet_text(known.aids[arguments.aide], known))
    return 0


AIDS_COMMANDS: dict[str, Callable[[Namespace], int]] = {"aids": _aids}
