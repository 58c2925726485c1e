// An address: asked of the geocoder by this browser, answered here by the rules of `locate`.
//
// The place is a disc. A perimeter answers oui where the whole disc is inside, non where it is
// outside of all, indéterminé where a border crosses it. The accuracy of a border widens the disc.
"use strict";

const SEMI_MAJOR = 6378137;
const FLATTENING = 1 / 298.257222101;

// Metres a degree of longitude and of latitude, on the GRS 80 ellipsoid.
Zonage.localScale = function (lat) {
  const phi = (lat * Math.PI) / 180;
  const squared = FLATTENING * (2 - FLATTENING);
  const root = Math.sqrt(1 - squared * Math.sin(phi) ** 2);
  const radian = Math.PI / 180;
  return [(radian * SEMI_MAJOR * Math.cos(phi)) / root, (radian * SEMI_MAJOR * (1 - squared)) / root ** 3];
};

// World units to degrees.
Zonage.degrees = (x, y) => [
  (x - 0.5) * 360,
  (2 * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - Math.PI / 2) * (180 / Math.PI),
];

// Whether a point is inside a shape, and how far its border is, in metres.
Zonage.relate = function (g, unit, lon, lat) {
  const [sx, sy] = Zonage.localScale(lat);
  let inside = false;
  let best = Infinity;
  let x0 = 0;
  let y0 = 0;
  const local = (x, y) => {
    const [qlon, qlat] = Zonage.degrees(x, y);
    return [(qlon - lon) * sx, (qlat - lat) * sy];
  };
  Zonage.walk(
    g,
    unit,
    (x, y) => {
      [x0, y0] = local(x, y);
    },
    (x, y) => {
      const [x1, y1] = local(x, y);
      const [dx, dy] = [x1 - x0, y1 - y0];
      if (y0 > 0 !== y1 > 0) {
        const cross = x0 * y1 - x1 * y0;
        if (cross !== 0 && cross > 0 === y1 > y0) inside = !inside;
      }
      const length = dx * dx + dy * dy;
      let t = length ? -(x0 * dx + y0 * dy) / length : 0;
      t = Math.min(1, Math.max(0, t));
      best = Math.min(best, (x0 + t * dx) ** 2 + (y0 + t * dy) ** 2);
      [x0, y0] = [x1, y1];
    },
  );
  return { inside, border: Math.sqrt(best) };
};

const metres = (m) => (m < 950 ? `${Zonage.count(Math.max(1, Math.round(m)))} m` : `${Zonage.value(Math.round(m / 100) / 10)} km`);

// Perimeters of a layer against a disc: what is possible, and which zones are concerned.
Zonage.inZones = function (layer, unit, place) {
  const answer = layer.answers[layer.of[unit]];
  const drawn = layer.perimeters;
  if (!drawn || place.radius === null) {
    // No perimeter travels with the page: the answer for the whole commune stands.
    return { verdict: answer.verdict, items: answer.items.map(([code, name]) => ({ code, name })), why: answer.why, told: answer.told };
  }
  const reach = place.radius + drawn.accuracy;
  const near = drawn.codes
    .map((code, at) => ({ code, name: drawn.names[at], own: drawn.classes[at], ...Zonage.relate(drawn.shapes, at, place.lon, place.lat) }))
    .filter((zone) => zone.inside || zone.border <= Math.max(reach, 5000))
    .sort((a, b) => (a.inside ? 0 : a.border) - (b.inside ? 0 : b.border));
  const touched = near.filter((zone) => zone.inside || zone.border < reach);
  const certain = touched.filter((zone) => zone.inside && zone.border >= reach);
  const known = new Set(drawn.codes);
  const missing = answer.items.filter(([code]) => !known.has(code)).map(([code, name]) => ({ code, name, own: "" }));
  const names = (zones) => zones.map((zone) => `« ${zone.name || zone.code} » (${zone.code})`).join(", ");
  if (certain.length) {
    const far = metres(Math.min(...certain.map((zone) => zone.border)));
    return { verdict: "oui", items: certain, why: `Le lieu est dans ${names(certain)}, à ${far} de sa limite.`, told: names(certain) };
  }
  if (touched.length) {
    const far = metres(Math.min(...touched.map((zone) => zone.border)));
    return {
      verdict: "indéterminé",
      items: [...touched, ...missing],
      why: `La limite de ${names(touched)} est à ${far}, et le lieu n'est connu qu'à ${metres(reach)} près.`,
      told: `à ${far} de la limite de ${names(touched)}`,
    };
  }
  if (missing.length) {
    return {
      verdict: "indéterminé",
      items: missing,
      why: `Le périmètre de ${names(missing)} n'est pas chargé.`,
      told: "périmètre non chargé",
    };
  }
  if (drawn.complete) {
    const far = near.length ? ` Le plus proche, ${names(near.slice(0, 1))}, est à ${metres(near[0].border)}.` : "";
    return { verdict: "non", items: [], why: `Le lieu est hors de tous les périmètres.${far}`, told: "" };
  }
  return { verdict: "indéterminé", items: [], why: "La liste des périmètres n'est pas complète ici.", told: "liste incomplète ici" };
};

// A zoning whose classes a zone may override: the commune's own class, then the zone's.
Zonage.withZones = function (layer, unit, zones, place) {
  const answer = layer.answers[layer.of[unit]];
  const cls = layer.classes[answer.cls];
  const rule = layer.unless;
  const asIs = { verdict: answer.verdict, told: answer.told, why: answer.why };
  if (place.radius === null || (cls.kind !== "oui" && cls.kind !== "non")) return asIs;
  const source = rule.sources[answer.source];
  if (!source) return asIs;
  const short = cls.short || cls.label;
  const said = (possible) => {
    if (possible.length > 1) return null;
    if (possible[0] === null) return { verdict: "non", told: cls.kind === "non" ? short : "hors zonage", why: "" };
    const found = layer.classes.find((one) => one.code === possible[0]);
    return { verdict: "oui", told: found ? found.short || found.label : possible[0], why: "" };
  };
  const base = [cls.kind === "oui" ? cls.code : null];
  if (zones.verdict === "non") return { ...said(base), told: short };
  const union = (...lists) => Array.from(new Set(lists.flat()));
  const open = union(base, source.classes);
  let possible = open;
  if (source.loaded && zones.items.length) {
    const unlisted = source.complete ? base : open;
    // A class that does not count is outside, as for a commune.
    const own = union(...zones.items.map((zone) => (zone.own ? [source.counting.includes(zone.own) ? zone.own : null] : unlisted)));
    if (zones.verdict === "oui") possible = own;
    else possible = union(base, own);
  }
  const certain = said(possible);
  if (certain) return certain;
  const others = possible.filter((one) => one !== base[0]).map((one) => one || "hors zonage");
  return {
    verdict: "indéterminé",
    told: zones.verdict === "oui" ? `${short} ou ${others.join(" ou ")}, selon la classe du quartier` : `${short}, sauf si l'adresse est en QPV (${others.join(" ou ")} possible)`,
    why:
      zones.verdict === "oui"
        ? "Un quartier peut avoir sa propre classe, et celle-ci n'est pas chargée."
        : "Le lieu est peut-être dans un quartier, qui peut avoir sa propre classe.",
  };
};

// Every layer's answer for a place.
Zonage.answerPlace = function (model, unit, place) {
  const answers = new Map();
  for (const layer of model.layers) {
    if (layer.perimeters || layer.polygon) answers.set(layer, Zonage.inZones(layer, unit, place));
  }
  for (const layer of model.layers) {
    if (!layer.unless) continue;
    const over = model.layers.find((one) => one.id === layer.unless.layer && one.side === layer.side);
    if (over) answers.set(layer, Zonage.withZones(layer, unit, answers.get(over), place));
  }
  return answers;
};

// Whether an answer says again all that was asked, and lies in the town or postal code asked.
// A number is never the département's alone: Marseille 13 may be an arrondissement.
Zonage.agrees = function (text, { label, city, oldcity, postcode, context }) {
  const words = (...parts) => Zonage.fold(parts.filter(Boolean).join(" ")).split(" ");
  const asked = words(text);
  const own = words(label, city, oldcity, postcode);
  const around = [...own, ...words(context)];
  const again = (word) => (/^\d/.test(word) ? own.includes(word) : around.some((one) => one.startsWith(word)));
  const placed = asked.includes(postcode) || words(city || label).every((word) => asked.includes(word));
  return placed && asked.every(again);
};

Zonage.Address = class {
  constructor(app, root) {
    this.app = app;
    this.box = root.querySelector(".zg-adresse-etat");
    this.input = root.querySelector("#zg-adresse");
    root.querySelector("#zg-adresse-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask(this.input.value.trim());
    });
  }

  say(...nodes) {
    this.box.replaceChildren(...nodes);
  }

  async ask(text) {
    const { el } = Zonage;
    const words = text.replace(/^[^\p{L}\p{N}]+/u, "");
    if (words.length < 3) {
      this.say(el("p", {}, "Écrivez une adresse d'au moins trois caractères."));
      return;
    }
    this.say(el("p", {}, "Recherche…"));
    const { url } = this.app.model.geocoder;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 10000);
    try {
      const asked = `${url.replace(/\/$/, "")}/search?${new URLSearchParams({ q: words.slice(0, 200), limit: "5" })}`;
      const answer = await fetch(asked, { signal: stop.signal, credentials: "omit", referrerPolicy: "no-referrer" });
      if (answer.status === 429) throw new Error("trop de demandes : réessayez dans un instant");
      if (!answer.ok) throw new Error(`réponse ${answer.status}`);
      this.found(words, await answer.json());
    } catch (error) {
      const why = error.name === "AbortError" ? "pas de réponse en dix secondes" : error.message;
      this.say(el("p", {}, `Le géocodeur n'a pas répondu (${why}). Cherchez la commune par son nom.`));
    } finally {
      clearTimeout(timer);
    }
  }

  // The answer is shown at once only where `locate` would not ask either: sure, alone, and of the
  // very words asked.
  found(text, content) {
    const { el } = Zonage;
    const { least, given, gap } = this.app.model.geocoder;
    const features = (content.features || []).filter((one) => one.properties && one.geometry);
    const good = features.filter((one) => one.properties.score >= least);
    if (!good.length) {
      const near = features.slice(0, 3).map((one) => one.properties.label);
      const hint = near.length ? ` Vouliez-vous dire : ${near.join(" ; ")} ?` : "";
      this.say(el("p", {}, `Adresse introuvable.${hint}`));
      return;
    }
    const best = good[0].properties;
    const rivals = good.filter(({ properties: one }) => {
      const near = best.score - one.score < gap && one.label !== best.label;
      return near || (one.citycode !== best.citycode && Zonage.agrees(text, one));
    });
    if (!rivals.length && best.score >= given && Zonage.agrees(text, best)) {
      this.show(good[0]);
      return;
    }
    const choices = [good[0], ...rivals].map((one) =>
      el("li", {}, el("button", { type: "button", class: "zg-lien", onclick: () => this.show(one) }, one.properties.label)),
    );
    const asked = rivals.length ? "Plusieurs adresses conviennent :" : "Est-ce bien cette adresse ?";
    this.say(el("p", {}, asked), el("ul", {}, ...choices));
  }

  // What a geocoder's answer means: a disc in a commune.
  place(feature) {
    const { model } = this.app;
    const { type, citycode, label } = feature.properties;
    const precision = { housenumber: "numero", street: "voie", locality: "lieu_dit", municipality: "commune" }[type];
    const known = model.precisions[precision] || model.precisions.commune;
    const [lon, lat] = feature.geometry.coordinates;
    const unit = model.units.code.findIndex((one) => one.split(" ").includes(citycode));
    return { label, lon, lat, unit, citycode, radius: known.radius_m, precision: known.label };
  }

  show(feature) {
    const { el } = Zonage;
    const place = this.place(feature);
    if (place.unit < 0) {
      this.say(el("p", {}, `${place.label} : la commune (${place.citycode}) n'est pas sur cette carte.`));
      return;
    }
    const answers = Zonage.answerPlace(this.app.model, place.unit, place);
    this.say(el("p", {}, el("strong", {}, place.label), ` : ${this.precision(place)}`));
    this.app.select(place.unit, { fly: true, focus: true, place, answers });
  }

  precision(place) {
    if (place.radius === null) return "trouvée à la commune seulement ; la réponse vaut pour toute la commune.";
    const far = this.away(place);
    const check = far > this.app.model.mismatch ? ` À vérifier : le point est à ${metres(far)} de cette commune.` : "";
    return `trouvée ${place.precision}, à ${metres(place.radius)} près.${check}`;
  }

  away(place) {
    const { inside, border } = Zonage.relate(this.app.g, place.unit, place.lon, place.lat);
    return inside ? 0 : border;
  }
};
