// The left side: what is shown, and its legend.
"use strict";

Zonage.GROUPS = [
  ["zonages", "Zonages"],
  ["secteurs", "Secteurs de garde"],
  ["aides", "Aides"],
  ["indicateurs", "Indicateurs"],
];

Zonage.Panel = class {
  constructor(app, root) {
    this.app = app;
    this.root = root;
    this.choices();
    this.territories();
    this.looks();
  }

  choices() {
    const { el } = Zonage;
    const { app } = this;
    const box = this.root.querySelector(".zg-couches");
    const radio = (layer, name, checked, pick) => {
      const input = el("input", {
        type: "radio",
        name,
        value: layer ? layer.id : "",
        checked,
        onchange: () => pick(layer),
      });
      return el("label", {}, input, el("span", {}, layer ? layer.title : "Aucun"));
    };
    const [first, second] = app.model.dates;
    const bases = (side) => app.model.layers.filter((one) => one.role === "fond" && one.side === side);
    const fieldset = (title, name, list, current, pick) => {
      const frame = el("fieldset", {}, el("legend", {}, title));
      for (const [group, heading] of Zonage.GROUPS) {
        const mine = list.filter((layer) => layer.group === group);
        if (!mine.length) continue;
        if (group !== "zonages") frame.append(el("p", { class: "zg-groupe" }, heading));
        frame.append(...mine.map((layer) => radio(layer, name, layer === current(), pick)));
      }
      frame.append(radio(null, name, current() === null, pick));
      return frame;
    };
    const when = (date) => (second ? ` au ${Zonage.day(date)} (à gauche)` : "");
    box.replaceChildren(
      fieldset(`Zonage affiché${when(first)}`, "zg-fond", bases(0), () => app.state.base, (layer) =>
        app.change({ base: layer }),
      ),
    );
    if (second) {
      box.append(
        fieldset(
          `Zonage affiché au ${Zonage.day(second)} (à droite)`,
          "zg-droite",
          bases(1),
          () => app.state.right,
          (layer) => app.change({ right: layer }),
        ),
      );
    }
    const overlays = app.model.layers.filter((one) => one.role !== "fond" && one.side === 0);
    if (overlays.length) {
      const frame = el("fieldset", {}, el("legend", {}, "Par-dessus"));
      for (const layer of overlays) {
        const input = el("input", {
          type: "checkbox",
          value: layer.id,
          checked: app.state.overlays.has(layer),
          onchange: (event) => {
            const next = new Set(app.state.overlays);
            if (event.target.checked) next.add(layer);
            else next.delete(layer);
            app.change({ overlays: next });
          },
        });
        frame.append(el("label", {}, input, el("span", {}, layer.title)));
      }
      box.append(frame);
    }
  }

  territories() {
    const { el } = Zonage;
    const { app } = this;
    const { regions, departements } = app.model;
    const select = this.root.querySelector("#zg-territoire");
    const option = (value, text) => el("option", { value }, text);
    select.append(option("", app.model.place));
    if (regions.length > 1) {
      const group = el("optgroup", { label: "Régions" });
      group.append(...regions.map((one) => option(`region:${one.code}`, one.name)));
      select.append(group);
    }
    if (departements.length > 1) {
      const group = el("optgroup", { label: "Départements" });
      group.append(...departements.map((one) => option(`departement:${one.code}`, `${one.code} – ${one.name}`)));
      select.append(group);
    }
    select.addEventListener("change", () => app.change({ territory: select.value }, { fit: true }));
  }

  looks() {
    const { el } = Zonage;
    const { app } = this;
    const palettes = this.root.querySelector("#zg-palette");
    for (const [name, palette] of Object.entries(app.model.palettes)) {
      palettes.append(el("option", { value: name }, palette.title));
    }
    palettes.addEventListener("change", () => app.change({ palette: palettes.value }));
    for (const [id, key] of Zonage.SWITCHES) {
      const box = this.root.querySelector(id);
      box.addEventListener("change", () => app.change({ [key]: box.checked }));
    }
  }

  // Put the state into the controls, and draw the legend.
  refresh() {
    const { state, model } = this.app;
    const check = (name, layer) => {
      for (const input of this.root.querySelectorAll(`input[name="${name}"]`)) {
        input.checked = input.value === (layer ? layer.id : "");
      }
    };
    check("zg-fond", state.base);
    check("zg-droite", state.right);
    for (const input of this.root.querySelectorAll('.zg-couches input[type="checkbox"]')) {
      input.checked = Array.from(state.overlays).some((layer) => layer.id === input.value);
    }
    this.root.querySelector("#zg-territoire").value = state.territory;
    this.root.querySelector("#zg-palette").value = state.palette;
    for (const [id, key] of Zonage.SWITCHES) this.root.querySelector(id).checked = state[key];
    const blocks = [];
    if (state.base) blocks.push(this.legend(state.base, model.dates[1] ? "à gauche" : ""));
    if (state.right) blocks.push(this.legend(state.right, "à droite"));
    for (const layer of state.overlays) blocks.push(this.legend(layer, ""));
    if (!blocks.length) blocks.push(Zonage.el("p", {}, "Aucune couche affichée."));
    this.root.querySelector(".zg-legende").replaceChildren(...blocks, this.lines());
  }

  lines() {
    const { el } = Zonage;
    const list = el("ul", { class: "zg-limites" });
    const line = (cls, text) => list.append(el("li", {}, el("span", { class: `zg-trait ${cls}`, "aria-hidden": "true" }), text));
    if (this.app.model.regions.length > 1) line("zg-trait-region", "Région");
    line("zg-trait-departement", "Département");
    const sectors = [this.app.state.base, this.app.state.right].some((layer) => layer && layer.sectorOf);
    if (sectors) line("zg-trait-secteur", "Secteur de garde");
    if (this.app.state.epci) line("zg-trait-epci", "EPCI");
    return list;
  }

  legend(layer, side) {
    const { el, count, percent } = Zonage;
    const { app } = this;
    const tally = app.tally(layer);
    const when = [side, app.model.dates[1] ? `au ${Zonage.day(layer.date)}` : ""].filter(Boolean).join(", ");
    const block = el("section", { class: "zg-couche" }, el("h3", {}, layer.title + (when ? ` (${when})` : "")));
    if (layer.valueUnit) block.append(el("p", { class: "zg-note" }, `En ${layer.valueUnit}.`));
    const list = el("ul", {});
    layer.classes.forEach((cls, rank) => {
      const { units, share } = tally.classes[rank];
      const outer = layer.role !== "fond" && cls.kind === "non";
      if (!units || outer) return;
      const over = layer.role !== "fond";
      const plain = !app.state.motifs && !over && cls.kind !== "indetermine" && cls.kind !== "non_disponible";
      const motif = app.model.motifs[plain ? "plein" : cls.motif];
      const [color, dark] = app.shades(layer, rank);
      const ink = over ? color : dark;
      const numbers = `${count(units)} ${app.unitWord(units)}${share === null ? "" : `, ${percent(share)} de la population`}`;
      const name = el("span", { class: "zg-nom" });
      if (cls.short) name.append(el("strong", {}, cls.short), " – ");
      name.append(cls.label);
      const swatch = Zonage.swatch(color, motif, ink, over);
      const said = el("span", {}, name, el("span", { class: "zg-compte" }, numbers));
      if (share !== null) {
        const bar = el("span", { class: "zg-jauge", "aria-hidden": "true" }, el("span", {}));
        bar.firstChild.style.width = `${share}%`;
        said.append(bar);
      }
      list.append(el("li", {}, swatch, said));
    });
    if (layer.perimeters) {
      const note = `${count(layer.perimeters.codes.length)} périmètres tracés.`;
      list.append(el("li", {}, el("span", { class: "zg-trait zg-trait-zone", "aria-hidden": "true" }), note));
    }
    block.append(list);
    if (tally.toCheck) block.append(this.warning(layer, tally));
    return block;
  }

  warning(layer, tally) {
    const { el, count } = Zonage;
    const { app } = this;
    const texts = new Set();
    layer.answers.forEach((answer) => answer.toCheck && texts.add(answer.toCheck));
    const all = tally.toCheck === tally.total;
    const said = all ? "tout ce zonage" : `${count(tally.toCheck)} ${app.unitWord(tally.toCheck)}`;
    const box = el("details", { class: "zg-avis" }, el("summary", {}, el("strong", {}, "À vérifier"), ` : ${said}`));
    box.append(...Array.from(texts).slice(0, 3).map((text) => el("p", {}, text)));
    if (texts.size > 3) box.append(el("p", {}, "Les autres motifs sont dans la fiche de chaque commune."));
    return box;
  }
};

Zonage.SWITCHES = [
  ["#zg-motifs", "motifs"],
  ["#zg-verifier", "toCheck"],
  ["#zg-epci", "epci"],
  ["#zg-noms", "names"],
];
