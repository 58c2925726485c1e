// The sheet of a commune: every zoning at the map's dates, why, and from where.
"use strict";

Zonage.Sheet = class {
  constructor(app, root) {
    this.app = app;
    this.root = root;
    root.addEventListener("keydown", (event) => event.key === "Escape" && app.select(-1));
  }

  show(unit, focus, place = null, answers = null) {
    this.answers = answers;
    const { el } = Zonage;
    const { model } = this.app;
    this.root.hidden = unit < 0;
    if (unit < 0) {
      this.root.replaceChildren();
      return;
    }
    const heading = el("h2", { id: "zg-fiche-titre", tabindex: "-1" }, model.units.name[unit]);
    const close = el(
      "button",
      { type: "button", class: "zg-fermer", "aria-label": "Fermer la fiche", onclick: () => this.app.select(-1) },
      "×",
    );
    const parts = [el("div", { class: "zg-entete" }, heading, close), this.facts(unit)];
    if (place) parts.splice(1, 0, el("p", { class: "zg-lieu" }, el("strong", {}, "Adresse : "), place.label));
    for (const [group, title] of Zonage.GROUPS) {
      const layers = model.layers.filter((layer) => layer.group === group);
      if (!layers.length) continue;
      parts.push(el("h3", {}, title));
      parts.push(...this.byLayer(layers, unit));
    }
    parts.push(el("p", { class: "zg-note" }, model.notice));
    this.root.replaceChildren(...parts);
    this.root.scrollTop = 0;
    if (focus) heading.focus({ preventScroll: false });
  }

  facts(unit) {
    const { el } = Zonage;
    const { units, departements, regions, epci } = this.app.model;
    const place = departements[units.departement[unit]];
    const region = regions[place.region];
    const list = el("dl", { class: "zg-faits" });
    const fact = (term, text) => text && list.append(el("div", {}, el("dt", {}, term), el("dd", {}, text)));
    const codes = units.code[unit].split(" ");
    fact(codes.length > 1 ? "Codes INSEE possibles" : "Code INSEE", codes.join(", "));
    fact("Département", `${place.name} (${place.code})`);
    fact("Région", region ? region.name : "");
    fact("EPCI (SIREN)", epci[units.epci[unit]]);
    fact("Code postal", units.postal[unit].split(" ").join(", "));
    const people = units.population[unit];
    fact("Population municipale", people === null ? "non disponible" : Zonage.count(people));
    return list;
  }

  // The same layer at two dates goes together.
  byLayer(layers, unit) {
    const { el } = Zonage;
    const ids = Array.from(new Set(layers.map((layer) => layer.id)));
    return ids.map((id) => {
      const mine = layers.filter((layer) => layer.id === id);
      const block = el("section", { class: "zg-reponse" }, el("h4", {}, mine[0].title));
      const said = mine.map((layer) => this.answer(layer, unit));
      const same = mine.length > 1 && this.alike(said);
      mine.forEach((layer, rank) => {
        if (same && rank) return;
        const when = same ? "Aux deux dates :" : `Au ${Zonage.day(layer.date)} :`;
        if (this.app.model.dates[1]) block.append(el("p", { class: "zg-date" }, when));
        block.append(...said[rank]);
      });
      return block;
    });
  }

  alike([one, other]) {
    const text = (nodes) => nodes.map((node) => node.textContent).join("|");
    return text(one) === text(other);
  }

  answer(layer, unit) {
    const { el } = Zonage;
    const ofCommune = layer.answers[layer.of[unit]];
    const own = this.answers && this.answers.get(layer);
    const answer = own ? { ...ofCommune, ...own, items: (own.items || []).map((zone) => [zone.code, zone.name]) } : ofCommune;
    const cls = layer.classes[answer.cls];
    const line = el("p", { class: "zg-verdict" });
    if (answer.verdict) {
      const mark = { oui: "●", non: "○" }[answer.verdict] || "◐";
      const kind = { oui: "oui", non: "non" }[answer.verdict] || "doute";
      line.append(
        el("span", { class: `zg-badge zg-${kind}` }, el("span", { "aria-hidden": "true" }, `${mark} `), answer.verdict),
      );
    }
    const value = layer.values ? layer.values[unit] : null;
    if (layer.values) line.append(value === null ? "non disponible" : `${Zonage.value(value)} ${layer.valueUnit}`);
    else if (answer.told) line.append(` ${answer.told}`);
    const out = [line];
    if (answer.verdict && cls.short && cls.label && !own) out.push(el("p", { class: "zg-classe" }, `${cls.short} : ${cls.label}`));
    if (layer.sectorOf && layer.sectorOf[unit] >= 0) {
      out.push(el("p", { class: "zg-classe" }, `Secteur : ${layer.sectors[layer.sectorOf[unit]]}`));
    }
    if (answer.toCheck) out.push(el("p", { class: "zg-averifier" }, el("strong", {}, "À vérifier : "), answer.toCheck));
    const source = layer.sources[answer.source];
    if (answer.why || answer.items.length || source) {
      const box = el("details", {}, el("summary", {}, answer.why ? "Pourquoi, et d'après quoi" : "D'après quoi"));
      if (answer.why) box.append(el("p", {}, answer.why));
      if (answer.items.length) {
        box.append(el("ul", {}, ...answer.items.map(([code, name]) => el("li", {}, `${name || "Zone"} (${code})`))));
      }
      if (source) box.append(el("p", {}, `${source.title}. ${Zonage.capital(source.detail)}`));
      out.push(box);
    }
    return out;
  }
};
