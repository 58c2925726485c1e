// The page put together: state, what follows a change of it, and the map's own gestures.
"use strict";

Zonage.App = class {
  constructor(map, model, geometry, root) {
    this.map = map;
    this.model = model;
    this.g = geometry;
    this.root = root;
    this.painter = new Zonage.Painter(model, geometry);
    this.hovered = -1;
    const bases = (side) => model.layers.filter((one) => one.role === "fond" && one.side === side);
    const first = (side, id) => bases(side).find((one) => one.id === id) || bases(side)[0] || null;
    this.state = {
      base: first(0, model.opening.base),
      right: model.dates[1] ? first(1, model.opening.right) : null,
      overlays: new Set(
        model.layers.filter((one) => one.side === 0 && one.role !== "fond" && model.opening.overlays.includes(one.id)),
      ),
      palette: model.opening.palette,
      motifs: true,
      toCheck: false,
      epci: false,
      names: true,
      territory: "",
      unit: -1,
      swipe: 50,
    };
    const asked = Zonage.Url.read(model);
    Object.assign(this.state, asked);
    if (asked.toCheck === undefined) this.state.toCheck = this.partlyToCheck(this.state.base);
    this.panel = new Zonage.Panel(this, root);
    this.search = new Zonage.Search(this, root);
    this.sheet = new Zonage.Sheet(this, root.querySelector(".zg-fiche"));
    this.table = new Zonage.Table(this, root.querySelector("#zg-tableau"));
    this.surfaces();
    if (asked.view) map.setView([asked.view[0], asked.view[1]], asked.view[2], { animate: false });
    else this.fit();
    this.gestures();
    this.tools();
    this.refresh();
    if (this.state.unit >= 0) this.sheet.show(this.state.unit, false);
    map.invalidateSize({ animate: false });
    map.on("moveend", () => this.remember());
    window.addEventListener("hashchange", () => this.reopen());
  }

  // Marked on opening only where it tells communes apart.
  partlyToCheck(layer) {
    if (!layer) return false;
    const { toCheck, total } = this.tally(layer);
    return toCheck > 0 && toCheck < total;
  }

  surfaces() {
    const { map } = this;
    map.createPane("zg-marques").style.zIndex = 450;
    map.getPane("zg-marques").style.pointerEvents = "none";
    const paint = (side) => (pen, frame) => this.painter.paint(pen, frame, this.look(side));
    this.left = new Zonage.Surface(paint(0)).addTo(map);
    this.right = this.model.dates[1] ? new Zonage.Surface(paint(1)).addTo(map) : null;
    const mark = (pen, frame) => {
      this.painter.mark(pen, frame, [[this.hovered, false], [this.state.unit, true]]);
      this.spot(pen, frame);
    };
    this.marks = new Zonage.Surface(mark, { pane: "zg-marques" }).addTo(map);
    this.left.onredraw = () => this.curtain();
    if (this.right) this.right.onredraw = () => this.curtain();
  }

  look(side) {
    const { state, model } = this;
    const overlays = Array.from(state.overlays, (layer) =>
      side ? model.layers.find((one) => one.id === layer.id && one.side === 1) || layer : layer,
    );
    return {
      base: side ? state.right : state.base,
      overlays,
      color: (layer, rank) => this.shades(layer, rank)[0],
      ink: (layer, rank) => this.shades(layer, rank)[1],
      motifs: state.motifs,
      toCheck: state.toCheck,
      epci: state.epci,
      names: state.names,
      communeZoom: model.units.name.length > 8000 ? 9 : 8,
      outside: state.territory ? this.inside() : null,
    };
  }

  // A class's colour in the palette chosen, and what its pattern is drawn in.
  shades(layer, rank) {
    const cls = layer.classes[rank];
    const own = (this.model.palettes[this.state.palette].colors[layer.id] || {})[cls.key];
    return own || [cls.color, cls.ink];
  }

  // Whether a unit belongs to the territory chosen.
  inside(territory = this.state.territory) {
    const { units, departements, regions } = this.model;
    const [kind, code] = territory.split(":");
    if (kind === "departement") return (unit) => departements[units.departement[unit]].code === code;
    if (kind === "region") {
      const rank = regions.findIndex((one) => one.code === code);
      return (unit) => departements[units.departement[unit]].region === rank;
    }
    return () => true;
  }

  unitWord(n) {
    return this.model.unitWord[n > 1 ? 1 : 0];
  }

  tally(layer) {
    const inside = this.inside();
    const { population, code } = this.model.units;
    const classes = layer.classes.map(() => ({ units: 0, people: 0, share: null }));
    let [people, toCheck, total] = [0, 0, 0];
    for (let unit = 0; unit < code.length; unit += 1) {
      if (!inside(unit)) continue;
      const answer = layer.answers[layer.of[unit]];
      const many = code[unit].split(" ").length;
      classes[answer.cls].units += many;
      total += many;
      if (answer.toCheck) toCheck += many;
      if (population[unit] !== null) {
        classes[answer.cls].people += population[unit];
        classes[answer.cls].told = true;
        people += population[unit];
      }
    }
    for (const city of this.model.cities) {
      const cls = layer.classOf[city.units[0]];
      if (city.population === null || !inside(city.units[0])) continue;
      if (!city.units.every((unit) => layer.classOf[unit] === cls)) continue;
      classes[cls].people += city.population;
      classes[cls].told = true;
      people += city.population;
    }
    if (people) for (const one of classes) if (one.told) one.share = (100 * one.people) / people;
    return { classes, toCheck, total };
  }

  change(more, { fit = false } = {}) {
    Object.assign(this.state, more);
    if ("base" in more) this.state.toCheck = this.state.toCheck || this.partlyToCheck(this.state.base);
    if (fit) this.fit();
    this.refresh();
    this.remember();
  }

  refresh() {
    this.panel.refresh();
    this.table.refresh();
    this.left.redraw();
    if (this.right) this.right.redraw();
    this.marks.redraw();
  }

  remember() {
    clearTimeout(this.later);
    this.later = setTimeout(() => Zonage.Url.write(this), 120);
  }

  reopen() {
    if (window.location.hash === Zonage.Url.last) return;
    const asked = Zonage.Url.read(this.model);
    const { view } = asked;
    delete asked.view;
    this.place = null;
    Object.assign(this.state, { unit: -1, territory: "" }, asked); // what a link leaves out is not chosen
    if (view) this.map.setView([view[0], view[1]], view[2], { animate: false });
    this.refresh();
    this.sheet.show(this.state.unit, false);
    this.map.invalidateSize({ animate: false });
  }

  bounds(picked) {
    const { box } = this.g;
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    const { opening, units } = this.model;
    for (let unit = 0; unit < units.code.length; unit += 1) {
      if (!picked(unit)) continue;
      west = Math.min(west, box[4 * unit]);
      north = Math.min(north, box[4 * unit + 1]);
      east = Math.max(east, box[4 * unit + 2]);
      south = Math.max(south, box[4 * unit + 3]);
    }
    if (west === Infinity) return L.latLngBounds(opening.bounds);
    const at = (x, y) => this.map.unproject([x * 256, y * 256], 0);
    return L.latLngBounds(at(west, south), at(east, north));
  }

  fit() {
    const { territory } = this.state;
    const where = territory ? this.bounds(this.inside()) : L.latLngBounds(this.model.opening.bounds);
    this.map.fitBounds(where, { animate: false, padding: [8, 8] });
  }

  select(unit, { fly = false, focus = false, place = null, answers = null } = {}) {
    const before = this.state.unit;
    this.state.unit = unit;
    this.place = place;
    if (unit >= 0 && fly) {
      this.map.fitBounds(this.bounds((one) => one === unit), { maxZoom: 11, animate: false, padding: [60, 60] });
    }
    this.sheet.show(unit, focus, place, answers);
    this.map.invalidateSize({ animate: false });
    this.marks.redraw();
    if (unit < 0 && before >= 0) this.root.querySelector("#zg-recherche").focus({ preventScroll: true });
    this.remember();
  }

  unitAt(latlng) {
    const at = this.map.project(latlng, 0).divideBy(256);
    return Zonage.unitAt(this.g, at.x, at.y);
  }

  gestures() {
    const { map } = this;
    const tip = this.root.querySelector(".zg-bulle");
    const hide = () => {
      tip.hidden = true;
      if (this.hovered >= 0) {
        this.hovered = -1;
        this.marks.redraw();
      }
    };
    map.on("mousemove", (event) => {
      const unit = this.unitAt(event.latlng);
      if (unit < 0) return hide();
      if (unit !== this.hovered) {
        this.hovered = unit;
        this.marks.redraw();
        tip.replaceChildren(...this.tip(unit));
      }
      tip.hidden = false;
      const size = map.getSize();
      const left = Math.min(event.containerPoint.x + 14, size.x - tip.offsetWidth - 6);
      const top = event.containerPoint.y + 18 + tip.offsetHeight > size.y ? event.containerPoint.y - tip.offsetHeight - 10 : event.containerPoint.y + 18;
      tip.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
      return undefined;
    });
    map.on("mouseout movestart zoomstart", hide);
    map.on("click", (event) => {
      const unit = this.unitAt(event.latlng);
      if (unit >= 0) this.select(unit);
    });
  }

  tip(unit) {
    const { el } = Zonage;
    const { state, model } = this;
    const out = [el("strong", {}, model.units.name[unit])];
    const seen = [state.base, state.right, ...state.overlays].filter(Boolean);
    for (const layer of seen) {
      const answer = layer.answers[layer.of[unit]];
      const cls = layer.classes[answer.cls];
      if (layer.role !== "fond" && cls.kind === "non") continue;
      let said = answer.told || cls.short || cls.label;
      if (layer.values) said = layer.values[unit] === null ? "non disponible" : `${Zonage.value(layer.values[unit])} ${layer.valueUnit}`;
      const when = model.dates[1] ? ` au ${Zonage.day(layer.date)}` : "";
      out.push(el("span", {}, `${layer.short}${when} : ${said}${answer.toCheck ? " (à vérifier)" : ""}`));
    }
    return out;
  }

  tools() {
    const { root, map } = this;
    const full = root.querySelector("#zg-plein-ecran");
    const stage = root.querySelector(".zg-scene");
    if (!document.fullscreenEnabled) full.hidden = true;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else stage.requestFullscreen();
    });
    document.addEventListener("fullscreenchange", () => {
      const on = Boolean(document.fullscreenElement);
      full.setAttribute("aria-pressed", String(on));
      map.invalidateSize({ animate: false });
    });
    root.querySelector("#zg-recentrer").addEventListener("click", () => this.fit());
    root.querySelector("#zg-imprimer").addEventListener("click", () => window.print());
    const printing = (on) => {
      const bounds = map.getBounds();
      if (on) this.kept = [map.getCenter(), map.getZoom()];
      root.classList.toggle("zg-impression", on);
      this.unfold(on);
      map.invalidateSize({ animate: false, pan: false });
      if (on) {
        map.fitBounds(bounds, { animate: false });
        this.paper();
      } else if (this.kept) map.setView(this.kept[0], this.kept[1], { animate: false });
    };
    window.addEventListener("beforeprint", () => printing(true));
    window.addEventListener("afterprint", () => printing(false));
    if (this.right) {
      const range = root.querySelector("#zg-rideau");
      range.value = String(this.state.swipe);
      range.addEventListener("input", () => {
        this.state.swipe = Number(range.value);
        this.curtain();
        this.remember();
      });
      map.on("move resize", () => this.curtain());
      this.curtain();
    }
  }

  // Nobody unfolds a paper: what explains is open on it, and closed again after.
  unfold(on) {
    if (on) this.folded = Array.from(this.root.querySelectorAll("details:not([open])"));
    for (const one of this.folded || []) one.open = on;
  }

  // A still canvas for paper, twice as fine: browsers do not print those that move with the map.
  paper() {
    const { map } = this;
    const size = map.getSize();
    const canvas = this.root.querySelector(".zg-papier");
    const ratio = 2;
    canvas.width = size.x * ratio;
    canvas.height = size.y * ratio;
    const pen = canvas.getContext("2d");
    const origin = map.getPixelBounds().min;
    const zoom = map.getZoom();
    const frame = { scale: 256 * 2 ** zoom, dx: -origin.x, dy: -origin.y, width: size.x, height: size.y, margin: L.point(0, 0), zoom, ratio };
    const cut = this.right ? (size.x * this.state.swipe) / 100 : size.x;
    for (const side of this.right ? [0, 1] : [0]) {
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.save();
      pen.beginPath();
      pen.rect(side ? cut : 0, 0, side ? size.x - cut : cut, size.y);
      pen.clip();
      this.painter.paint(pen, frame, this.look(side));
      pen.restore();
    }
    this.painter.mark(pen, frame, [[this.state.unit, true]]);
    this.spot(pen, frame);
  }

  // The address that was answered, where there is one.
  spot(pen, frame) {
    if (!this.place) return;
    this.painter.spot(pen, frame, this.map.project([this.place.lat, this.place.lon], 0).divideBy(256));
  }

  // Show the left date left of the curtain and the other one right of it.
  curtain() {
    if (!this.right || !this.left || !this.left.corner || !this.right.corner) return;
    const size = this.map.getSize();
    const x = (size.x * this.state.swipe) / 100;
    const cut = this.map.containerPointToLayerPoint([x, 0]).x;
    const at = (surface) => cut - surface.corner.x;
    const width = parseFloat(this.left.canvas.style.width);
    this.left.canvas.style.clipPath = `inset(0 ${width - at(this.left)}px 0 0)`;
    this.right.canvas.style.clipPath = `inset(0 0 0 ${at(this.right)}px)`;
    const line = this.root.querySelector(".zg-rideau-trait");
    line.style.left = `${x}px`;
    const range = this.root.querySelector("#zg-rideau");
    range.value = String(this.state.swipe);
    range.setAttribute("aria-valuetext", `rideau à ${this.state.swipe} % de la largeur`);
  }
};

// What Python wrote short, made ready to use.
Zonage.ready = function (model) {
  const { texts } = model;
  for (const layer of model.layers) {
    layer.answers = layer.answers.map(([cls, verdict, told, why, toCheck, source, items]) => ({
      cls,
      verdict: texts[verdict],
      told: texts[told],
      why: texts[why],
      toCheck: texts[toCheck],
      source,
      items: items || [],
    }));
    layer.classOf = layer.of.map((rank) => layer.answers[rank].cls);
  }
  return model;
};

Zonage.start = async function (map, dataId, shapesId) {
  const root = document.querySelector(".zg");
  const said = root.querySelector(".zg-attente");
  try {
    const text = (id) => document.getElementById(id).textContent;
    const model = Zonage.ready(await Zonage.unpackJson(text(dataId)));
    const shapes = Zonage.geometry(await Zonage.unpack(text(shapesId)), model.step);
    for (const layer of model.layers) {
      if (!layer.perimeters) continue;
      layer.perimeters.shapes = Zonage.geometry(await Zonage.unpack(layer.perimeters.geometry), layer.perimeters.step);
    }
    const app = new Zonage.App(map, model, shapes, root);
    if (Zonage.Address && model.geocoder) app.address = new Zonage.Address(app, root);
    said.remove();
    root.dataset.pret = "oui";
    performance.mark("zonage-pret");
    map.zonage = app;
  } catch (error) {
    said.textContent =
      typeof DecompressionStream === "undefined"
        ? "Ce navigateur est trop ancien pour afficher la carte (il faut une version de 2023 ou plus récente)."
        : `La carte n'a pas pu être affichée (${error.message}).`;
    throw error;
  }
};
