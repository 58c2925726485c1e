"""From a question to a place: which communes it may be in, and within what disc."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from zonage_geo.catalog.model import Catalog
from zonage_geo.errors import InputError, PlaceNotFoundError, SwappedPointError
from zonage_geo.french import enumerate_fr, french_date, metres, situated
from zonage_geo.geocoding.model import Candidate
from zonage_geo.geometry import relate
from zonage_geo.locate.model import Commune, Place, Ref
from zonage_geo.settings import Settings
from zonage_geo.store.query import Lieu, Outline, OutlineTable, Store
from zonage_geo.territory import (
    ARRONDISSEMENT_CITIES,
    STORE_DAY,
    Period,
    check_code,
    commune_of,
    departement_of,
)

__all__ = ["Resolver", "check_point"]


def check_point(lat: float, lon: float) -> None:
    """Check that two numbers can be a latitude and a longitude.

    Parameters
    ----------
    lat, lon : float
        Degrees.

    Raises
    ------
    SwappedPointError
        If they can the other way round.
    InputError
        If they cannot.
    """
    if abs(lat) <= 90 and abs(lon) <= 180:  # also false for NaN
        return
    said = (
        f"{lat:g},{lon:g} n'est pas une position : la latitude va de -90 à 90, la longitude de "
        "-180 à 180."
    )
    if abs(lon) <= 90 and abs(lat) <= 180:
        raise SwappedPointError(f"{said} Latitude et longitude inversées ?", lon, lat)
    hint = ""
    if abs(lat) <= 20e6 and abs(lon) <= 20e6 and abs(lat) > 180 and abs(lon) > 180:
        hint = " Ce sont des mètres (Lambert-93 ?) : convertissez-les en degrés WGS 84."
    raise InputError(f"{said}{hint}")


class Resolver:
    """Turn a point, a code or a geocoder's candidate into a `Place`.

    Parameters
    ----------
    store : Store
        Outlines, codes and events.
    catalog : Catalog
        Radii and thresholds.
    settings : Settings
        What overrides them.
    """

    def __init__(self, store: Store, catalog: Catalog, settings: Settings) -> None:
        self._store = store
        self._catalog = catalog
        self._settings = settings

    # a point

    def point(self, lon: float, lat: float) -> Place:
        """Find the communes that a bare point may be in.

        Parameters
        ----------
        lon, lat : float
            EPSG:4326 degrees.

        Returns
        -------
        Place
            Certain where one commune holds the whole disc of the outlines' accuracy;
            else undetermined between those that the disc touches, or, in no commune,
            between those within 3 km.

        Raises
        ------
        SwappedPointError
            If the point is in France only with its coordinates swapped.
        PlaceNotFoundError
            If it is farther than 3 km from every commune.
        """
        check_point(lat, lon)
        near = self._possible("communes", lon, lat)
        inside = [outline for outline in near if outline.relation.inside]
        note = None
        if not inside:
            reach = self._catalog.thresholds["neighbour_m"]
            near = self._store.outlines_near("communes", lon, lat, reach)
            if not near:
                raise self._nowhere(lon, lat)
            note = (
                f"Le point n'est dans aucune commune connue (à {metres(_gap(near))} de la plus "
                f"proche) : la réponse vaut pour toutes celles à moins de {metres(reach)}, "
                f"{self._either(near)}, et pour la mer ou l'étranger."
            )
        elif len(near) > 1:
            note = (
                f"À {metres(inside[0].relation.border_m)} d'une limite de commune, et les "
                f"contours sont justes à {metres(max(map(self._accuracy, near)))} près : "
                f"{self._either(near)}."
            )
        refs = self._refs(near, lon, lat)
        place = self._place(
            label=f"point {lat:.5f} ; {lon:.5f}".replace(".", ","),
            precision="point",
            geocoder="point",
            refs=refs,
            position=(lon, lat),
            notes=(note,) if note else (),
        )
        if inside:
            return place
        doubt = "Vérifiez le point : il n'est dans aucune commune connue."
        return place._replace(commune=None, to_check=doubt, outside=True)

    def _either(self, near: Sequence[Outline]) -> str:
        codes = dict.fromkeys(code for outline in near for code in outline.codes)
        return enumerate_fr(
            (f"{self._store.commune_name(code) or code} ({code})" for code in codes), "ou"
        )

    def _refs(self, near: Sequence[Outline], lon: float, lat: float) -> tuple[Ref, ...]:
        refs = []
        for outline in near:
            for code in outline.codes:
                arrondissements: tuple[str, ...] = ()
                if code in ARRONDISSEMENT_CITIES:
                    arrondissements = self._arrondissements(code, lon, lat)
                refs.append(Ref(code, STORE_DAY, arrondissements, outline.relation.distance_m))
        return tuple(refs)

    def _arrondissements(self, city: str, lon: float, lat: float) -> tuple[str, ...]:
        near = self._possible("arrondissements", lon, lat)
        codes = [code for o in near for code in o.codes if commune_of(code) == city]
        return tuple(codes) or ARRONDISSEMENT_CITIES[city]

    def _possible(self, table: OutlineTable, lon: float, lat: float) -> list[Outline]:
        """List the outlines that may hold a point, each as accurate as it is.

        One that holds it for certain leaves no other possible: where a fine outline meets
        a coarse one, the fine one decides on both sides of its border.
        """
        reach = max(self._default_accuracy, self._store.widest_outline_m)
        near = self._store.outlines_near(table, lon, lat, reach)
        near = [o for o in near if o.relation.inside or o.relation.border_m <= self._accuracy(o)]
        certain = [o for o in near if o.relation.disc_inside(self._accuracy(o))]
        return certain if len(certain) == 1 else near

    @property
    def _default_accuracy(self) -> float:
        if self._settings.accuracy_communes is not None:
            return self._settings.accuracy_communes
        return float(self._store.metadata["accuracy_communes_m"])

    def _accuracy(self, outline: Outline) -> float:
        return self._default_accuracy if outline.accuracy_m is None else outline.accuracy_m

    def _nowhere(self, lon: float, lat: float) -> InputError | PlaceNotFoundError:
        if abs(lon) <= 90 and self._store.outlines_near("communes", lat, lon, 0.0):
            return SwappedPointError(
                f"latitude {lat:g}, longitude {lon:g} : c'est hors de France, et l'inverse y est. "
                "Latitude et longitude inversées ?",
                lon,
                lat,
            )
        return PlaceNotFoundError(
            f"{lat:g},{lon:g} est à plus de 3 km de toute commune de France (départements "
            "métropolitains et d'outre-mer)."
        )

    # a code

    def code(self, text: str, day: date, position: tuple[float, float] | None = None) -> Place:
        """Find the commune that a code designates, of any vintage.

        Parameters
        ----------
        text : str
            Commune, arrondissement or former commune code.
        day : date
            A code in force on that day is taken in that day's meaning, else in its
            latest older one.
        position : tuple of float, optional
            Longitude and latitude, where they are known too: the code says the commune,
            the point serves the perimeters.

        Returns
        -------
        Place
            The commune; its notes tell a former or recycled meaning.

        Raises
        ------
        InputError
            If the text has not the form of a code.
        PlaceNotFoundError
            If the code never was a commune's since 2014, nor a part's today.
        """
        code = check_code(text)
        ref, nom, notes = self._meaning(code, day)
        label = nom if nom.startswith("point") else situated(nom, self._departement(ref.code))
        return self._place(
            label=label,
            precision="point" if position else "commune",
            geocoder="code INSEE",
            refs=(ref,),
            position=position,
            notes=notes,
        )

    def _meaning(self, code: str, day: date) -> tuple[Ref, str, tuple[str, ...]]:
        city = commune_of(code)
        if city != code:
            nom = next(sub.nom for sub in self._store.sub_commune(code) if sub.nature == "ARM")
            return Ref(city, STORE_DAY, (code,)), nom, ()
        periods = self._store.timeline.periods(code, self._store.commune_name(code))
        asked = day.isoformat()
        current = [p for p in periods if p.holds(asked)]
        older = [p for p in periods if p.end is not None and p.end <= asked]
        if not periods:
            return self._part_meaning(code)
        chosen = [*current, *reversed(older), *periods][0]
        others = [p for p in periods if p is not chosen]
        notes = [self._former(code, chosen)] if not current else []
        if others:
            told = enumerate_fr(_told(p) for p in others)
            notes.append(f"Code réutilisé : {code} a aussi désigné {told}.")
        return Ref(code, _a_day_of(chosen, asked)), chosen.nom, tuple(notes)

    def _former(self, code: str, period: Period) -> str:
        if period.end is None:
            return f"{code} n'existe que depuis le {_fr(period.start)} : {period.nom}."
        after = self._store.timeline.at(code, _eve(period.end), STORE_DAY)
        names = enumerate_fr(f"{self._store.commune_name(c) or c} ({c})" for c in sorted(after))
        return (
            f"{code} est un ancien code : {period.nom} jusqu'au {_fr(_eve(period.end))}, "
            f"aujourd'hui {names}."
        )

    def _part_meaning(self, code: str) -> tuple[Ref, str, tuple[str, ...]]:
        for sub in self._store.sub_commune(code):
            nature = {"COMD": "déléguée", "COMA": "associée"}.get(sub.nature, sub.nature)
            parent = self._store.commune_name(sub.commune) or sub.commune
            note = f"{code} est la commune {nature} {sub.nom}, dans {parent} ({sub.commune})."
            return Ref(sub.commune, STORE_DAY), f"{sub.nom}, {parent}", (note,)
        from zonage_geo.geocoding.refusals import uncovered_code

        if (why := uncovered_code(self._catalog.outside, code)) is not None:
            raise PlaceNotFoundError(f"code {code} : {why}")
        raise PlaceNotFoundError(
            f"aucune commune n'a porté le code {code} depuis 2014. Un code postal se cherche "
            f'comme une adresse : python -m zonage_geo locate "{code}"'
        )

    # a geocoder's candidate

    def candidate(self, found: Candidate) -> Place:
        """Turn a geocoder's answer into a place: its commune code decides.

        Parameters
        ----------
        found : Candidate
            What a geocoder found.

        Returns
        -------
        Place
            To be checked where code and coordinates are far apart, or the text is doubtful.
        """
        refs = []
        notes = list(found.notes)
        for lieu in found.lieux:
            ref, note = self._ref_of(lieu)
            refs.append(ref)
            notes += [note] if note else []
        position = None
        if found.lon is not None and found.lat is not None:
            position = (found.lon, found.lat)
        place = self._place(
            label=found.label,
            precision=found.precision,
            geocoder=found.geocoder,
            refs=tuple(refs),
            position=position,
            notes=tuple(notes),
        )
        doubts = " ".join(filter(None, (found.to_check, place.to_check)))
        radius = place.radius_m
        chosen = getattr(self._settings, f"radius_{place.precision}", None)
        if radius is not None and found.radius_m is not None and chosen is None:
            radius = max(radius, found.radius_m)
        return place._replace(to_check=doubts or None, radius_m=radius, as_of=found.as_of)

    def _ref_of(self, lieu: Lieu) -> tuple[Ref, str | None]:
        if lieu.nature == "commune":
            return Ref(lieu.code, STORE_DAY), None
        if lieu.nature == "arrondissement":
            return Ref(lieu.commune, STORE_DAY, (lieu.code,)), None
        parent = self._store.commune_name(lieu.commune) or lieu.commune
        note = f"{lieu.nom} ({lieu.code}) fait aujourd'hui partie de {parent} ({lieu.commune})."
        day = self._store.last_day_as(lieu.code, lieu.nom)
        if day is None:
            return Ref(lieu.commune, STORE_DAY), note
        return Ref(lieu.code, _eve(day)), note

    # the place

    def _place(
        self,
        label: str,
        precision: str,
        geocoder: str,
        refs: tuple[Ref, ...],
        position: tuple[float, float] | None,
        notes: tuple[str, ...],
    ) -> Place:
        at = self._store.timeline.at
        codes = tuple(
            dict.fromkeys(c for ref in refs for c in sorted(at(ref.code, ref.day, STORE_DAY)))
        )
        lon, lat = position or (None, None)
        to_check = self._mismatch(refs, position)
        if to_check is not None:
            precision = "commune"  # the code is followed, so the point tells nothing
        return Place(
            label=label,
            precision=precision,
            radius_m=self._radius(precision),
            geocoder=geocoder,
            refs=refs,
            commune=self._commune(codes[0], refs) if len(codes) == 1 else None,
            communes_possibles=codes,
            lon=lon,
            lat=lat,
            notes=notes,
            to_check=to_check,
        )

    def _radius(self, precision: str) -> float | None:
        override = getattr(self._settings, f"radius_{precision}", None)
        return override if override is not None else self._catalog.precisions[precision].radius_m

    def _commune(self, code: str, refs: Sequence[Ref]) -> Commune:
        arrondissements = {arm for ref in refs for arm in ref.arrondissements}
        departement = departement_of(code)
        known = self._catalog.departements.get(departement)
        return Commune(
            code=code,
            nom=self._store.commune_name(code) or code,
            arrondissement=arrondissements.pop() if len(arrondissements) == 1 else None,
            departement=departement,
            region=known.region if known else "",
        )

    def _departement(self, code: str) -> str:
        known = self._catalog.departements.get(departement_of(code))
        return known.nom if known else departement_of(code)

    def _mismatch(self, refs: Sequence[Ref], position: tuple[float, float] | None) -> str | None:
        """Say so where a code's outline is far from the coordinates that came with it."""
        if position is None or len(refs) != 1 or refs[0].distance_m is not None:
            return None
        codes = self._store.timeline.at(refs[0].code, refs[0].day, STORE_DAY)
        outline = self._store.outline(next(iter(codes))) if len(codes) == 1 else None
        if outline is None:
            return None
        gap = relate(outline, *position).distance_m
        if gap <= self._catalog.thresholds["code_mismatch_m"]:
            return None
        return (
            f"Le code commune et les coordonnées se contredisent ({metres(gap)} d'écart) : le "
            "code a été suivi."
        )


def _gap(near: Sequence[Outline]) -> float:
    return min(outline.relation.distance_m for outline in near)


def _eve(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _fr(day: str | None) -> str:
    return french_date(date.fromisoformat(day)) if day else "(avant 2014)"


def _told(period: Period) -> str:
    start = f" depuis le {_fr(period.start)}" if period.start else ""
    end = f" jusqu'au {_fr(_eve(period.end))}" if period.end else ""
    return f"{period.nom}{start}{end}"


def _a_day_of(period: Period, asked: str) -> str:
    """Choose a day on which the meaning held: the one asked, else the nearest to today."""
    if period.holds(asked):
        return min(asked, STORE_DAY) if period.holds(min(asked, STORE_DAY)) else asked
    if period.end is not None:
        return _eve(period.end)
    return period.start or STORE_DAY
