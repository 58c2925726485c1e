"""The atlas's maps: each a call into the room that draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812  (``date`` is what users pass)
from typing import TYPE_CHECKING, Any, Unpack

from zonage_geo.dates import parse_date, today
from zonage_geo.errors import InputError
from zonage_geo.store import Store

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from zonage_geo.catalog.model import Catalog
    from zonage_geo.many.engine import Engine
    from zonage_geo.maps.page import ZonageMap
    from zonage_geo.maps.plugs import Indicator
    from zonage_geo.maps.service import Request
    from zonage_geo.selection import Where

__all__ = ["Drawings"]


class Drawings:
    """The part of an atlas that draws."""

    _store: Store
    _date: Date | None
    catalog: Catalog

    if TYPE_CHECKING:

        def _engine(self, day: Date) -> Engine: ...

    def map(  # noqa: PLR0913  (what a reader may want, by name)
        self,
        *,
        date: Date | str | None = None,
        compare: Date | str | None = None,
        layers: Sequence[str] | None = None,
        base: str | None = None,
        right: str | None = None,
        overlays: Sequence[str] | None = None,
        aids: Sequence[str] | Mapping[str, pd.DataFrame] = (),
        sectors: pd.DataFrame | None = None,
        indicators: Sequence[Indicator] = (),
        title: str | None = None,
        palette: str = "accessible",
        fond: str | None = None,
        adresse: bool = False,
        geocoder: str | None = None,
        **where: Unpack[Where],
    ) -> ZonageMap:
        """Make an interactive map: one page, whole by itself, fit for publication.

        Parameters
        ----------
        date : date or str, optional
            The day it is about; the atlas's by default.
        compare : date or str, optional
            Another day, to compare it with: a curtain parts the two.
        layers : sequence of str, optional
            Ids of layers of the catalogue; all of which something is loaded there otherwise.
        base, right : str, optional
            The base zoning that it opens with; and that of the other day.
        overlays : sequence of str, optional
            What lies over it when it opens.
        aids : sequence of str, or mapping of str to DataFrame
            Ids of aids, ``["CAIM"]``: which communes open them, for somebody who fulfils the
            conditions that are not the place's. Or titles, each to a frame as `aids_table`
            gives it: ``code``, ``verdict``, and ``motif``, ``a_verifier`` where they are.
        sectors : DataFrame, optional
            Garde sectors, as `pdsa_sectors` gives them.
        indicators : sequence of Indicator
            Numbers by commune, mapped by classes.
        title : str, optional
            Heading.
        palette : {"accessible", "rezone", "drees", "gris"}
            Colours that it opens with; the reader may take others.
        fond : {"ign", "osm"}, optional
            Tiles under the communes, from their servers; without it, no request at all.
        adresse : bool
            A box that answers for an address: the reader's browser asks the Géoplateforme.
        geocoder : str, optional
            Another geocoder of the same format for that box.
        **where
            One of ``region="76"``, ``departement="09"``, ``epci="200067791"``,
            ``communes=[…]``, ``polygon=…``; none: France.

        Returns
        -------
        ZonageMap
            A ``folium.Map``: a notebook shows it, ``save("maps/x.html")`` writes it.

        Raises
        ------
        InputError
            If a layer, palette, base map or territory is unknown.
        StoreError
            If nothing of a layer asked for is loaded there.
        """
        from zonage_geo.maps.service import draw

        request = self._request(
            date, where, compared=parse_date(compare), layers=layers, base=base, right=right,
            overlays=overlays, title=title, palette=palette, base_map=fond, address=adresse,
            geocoder=geocoder, aids=aids, sectors=sectors, indicators=indicators,
        )  # fmt: skip
        return draw(self._store, self.catalog, request)

    def figure(  # noqa: PLR0913  (as `map`)
        self,
        *,
        date: Date | str | None = None,
        base: str | None = None,
        overlays: Sequence[str] | None = None,
        aids: Sequence[str] | Mapping[str, pd.DataFrame] = (),
        sectors: pd.DataFrame | None = None,
        indicators: Sequence[Indicator] = (),
        title: str | None = None,
        palette: str = "accessible",
        width_cm: float = 25.0,
        height_cm: float = 18.0,
        **where: Unpack[Where],
    ) -> Figure:
        """Draw the same as an image, for a report (extra ``static``).

        Parameters
        ----------
        date : date or str, optional
            The day it is about; the atlas's by default.
        base : str, optional
            The base zoning; the first that says something otherwise.
        overlays : sequence of str, optional
            What lies over it.
        aids : sequence of str, or mapping of str to DataFrame
            As for `map`; their layers are ``aide_1`` and on.
        sectors : DataFrame, optional
            As for `map`; their layer is ``pdsa_exoneration``.
        indicators : sequence of Indicator
            As for `map`; their layers are ``indicateur_1`` and on.
        title : str, optional
            Heading.
        palette : {"accessible", "rezone", "drees", "gris"}
            Colours.
        width_cm, height_cm : float
            Size.
        **where
            As for `map`.

        Returns
        -------
        matplotlib.figure.Figure
            ``zonage_geo.maps.figure.save_figure`` writes it, the same bytes each time.

        Raises
        ------
        InputError
            If a layer, palette, size or territory is unknown.
        StoreError
            If nothing of a layer asked for is loaded there.
        SourceError
            If matplotlib is not installed.
        """
        from zonage_geo.maps.figure import draw_figure
        from zonage_geo.maps.service import content_of

        request = self._request(
            date, where, base=base, overlays=overlays, title=title, palette=palette,
            aids=aids, sectors=sectors, indicators=indicators,
        )  # fmt: skip
        content = content_of(self._store, self.catalog, request)
        return draw_figure(content, request, width_cm=width_cm, height_cm=height_cm)

    def _request(
        self,
        date: Date | str | None,
        where: Where,
        *,
        aids: Sequence[str] | Mapping[str, pd.DataFrame],
        **more: Any,  # noqa: ANN401
    ) -> Request:
        from zonage_geo.maps.service import Request
        from zonage_geo.selection import choice_of, select

        day = parse_date(date) or self._date or today()
        choice = choice_of(where)
        territory = select(self._store, self.catalog, choice, day)
        if isinstance(aids, str):
            raise InputError("aids attend une liste d'identifiants : ['CAIM'].")
        frames: Mapping[str, pd.DataFrame] = aids if isinstance(aids, Mapping) else {}
        if aids and not isinstance(aids, Mapping):
            from zonage_geo.maps.aids import aid_frames

            frames = aid_frames(self._engine(day), self._store, territory.codes, aids)
        wanted = territory.codes if choice.given else None
        return Request(territory.title, wanted, day, aids=frames, **more)
