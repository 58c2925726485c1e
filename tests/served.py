"""A geocoder played on the loopback: what the Géoplateforme and addok may answer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

__all__ = ["collection", "feature", "serve_csv", "uploaded"]


def feature(label: str, citycode: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Give a place as the Géoplateforme does."""
    properties = {
        "label": label, "score": 0.9, "type": "street", "citycode": citycode, "postcode": "31000",
        "city": "Toulouse", "context": "31, Haute-Garonne, Occitanie", "importance": 0.6, "x": 1.0,
        "y": 2.0, "banId": "x", "depcode": "31", "id": "31555_1", "name": label,
    }  # fmt: skip
    lon, lat = more.pop("at", (1.444, 43.6))
    properties |= more
    if properties["type"] == "housenumber":
        properties.setdefault("street", label.partition(" ")[2])
        properties.setdefault("housenumber", label.partition(" ")[0])
    geometry = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: dict[str, Any]) -> str:
    """Give an answer of ``/search``."""
    return json.dumps({"type": "FeatureCollection", "features": features, "query": "x"})


def uploaded(request: Request) -> list[dict[str, str]]:
    """Give the rows of a file that was sent."""
    text = request.files["data"].read().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def serve_csv(
    server: HTTPServer,
    answer: Callable[[dict[str, str]], dict[str, Any]],
    columns: Iterable[str] = (),
    *,
    mark: bool = True,
    status: bool = True,
) -> list[list[dict[str, str]]]:
    """Answer files row by row; the list that is given fills with the rows of each."""
    seen: list[list[dict[str, str]]] = []

    def handler(request: Request) -> Response:
        rows = uploaded(request)
        seen.append(rows)
        out = io.StringIO()
        names = [*rows[0], *(columns or ("longitude", "latitude", "result_label", "result_score",
                 "result_score_next", "result_type", "result_housenumber", "result_name",
                 "result_street", "result_citycode"))]  # fmt: skip
        names += ["result_status"] if status else []
        writer = csv.DictWriter(out, names, extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            said = answer(row)
            known = {"result_status": "ok" if said else "not-found"}
            writer.writerow({**row, **said, **known})
        text = ("\ufeff" if mark else "") + out.getvalue()
        return Response(text.encode("utf-8"), content_type="text/csv")

    server.expect_request("/search/csv/", method="POST").respond_with_handler(handler)
    return seen
