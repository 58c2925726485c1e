// What is painted, given what is chosen: the base zoning, what lies over it, borders, names.
"use strict";

Zonage.Painter = class {
  constructor(model, geometry) {
    this.model = model;
    this.g = geometry;
    this.patterns = new Map();
    const u = model.units;
    const differs = (list) => (arc) => {
      const other = geometry.other[arc];
      return other < 0 || list[geometry.one[arc]] !== list[other];
    };
    const region = u.departement.map((d) => model.departements[d].region);
    this.marks = { departement: this.flags(differs(u.departement)), region: this.flags(differs(region)) };
    this.marks.epci = this.flags(differs(u.epci));
    this.byPeople = u.name.map((text, unit) => ({
      text,
      unit,
      people: u.population[unit] || 0,
      x: geometry.labelX[unit],
      y: geometry.labelY[unit],
    }));
    for (const city of model.cities) {
      const [x, y] = city.at;
      this.byPeople.push({ text: city.name, unit: city.units[0], people: city.population || 0, x, y });
    }
    this.byPeople.sort((a, b) => b.people - a.people || a.unit - b.unit);
    this.borders = new Map();
  }

  flags(test) {
    const out = new Uint8Array(this.g.arcs);
    for (let arc = 0; arc < this.g.arcs; arc += 1) out[arc] = test(arc) ? 1 : 0;
    return out;
  }

  // Where a layer's class changes.
  changes(layer) {
    if (!this.borders.has(layer)) {
      const cls = layer.classOf;
      this.borders.set(
        layer,
        this.flags((arc) => {
          const other = this.g.other[arc];
          return other >= 0 && cls[this.g.one[arc]] !== cls[other];
        }),
      );
    }
    return this.borders.get(layer);
  }

  pattern(pen, frame, name, ink) {
    const key = `${name} ${ink} ${frame.ratio}`;
    if (!this.patterns.has(key)) {
      const motif = this.model.motifs[name];
      if (!motif.lines.length && !motif.dots.length) this.patterns.set(key, null);
      else {
        const tile = Zonage.patternTile(motif, ink, frame.ratio);
        const pattern = pen.createPattern(tile, "repeat");
        this.patterns.set(key, { pattern, size: motif.size, ratio: motif.size / tile.width });
      }
    }
    const kept = this.patterns.get(key);
    if (!kept) return null;
    const shift = (d) => ((d % kept.size) + kept.size) % kept.size; // stays put when the map moves
    kept.pattern.setTransform(
      new DOMMatrix([kept.ratio, 0, 0, kept.ratio, shift(frame.dx), shift(frame.dy)]),
    );
    return kept.pattern;
  }

  groups(layer, seen) {
    const found = layer.classes.map(() => []);
    for (const unit of seen) found[layer.classOf[unit]].push(unit);
    return found;
  }

  stroke(pen, frame, picked, color, width, dash) {
    const path = new Path2D();
    Zonage.traceArcs(path, this.g, frame, picked);
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.setLineDash(dash || []);
    pen.stroke(path);
    pen.setLineDash([]);
  }

  // One side of the map: `look` says which layers, colours, patterns.
  paint(pen, frame, look) {
    const g = this.g;
    const seen = Zonage.inFrame(g, frame);
    pen.lineJoin = "round";
    const base = look.base;
    if (base) {
      this.groups(base, seen).forEach((units, rank) => {
        if (!units.length) return;
        const path = new Path2D();
        Zonage.tracePolygons(path, g, frame, units);
        const cls = base.classes[rank];
        pen.fillStyle = look.color(base, rank);
        pen.fill(path, "evenodd");
        pen.strokeStyle = pen.fillStyle; // no hair line between communes of a class
        pen.lineWidth = 0.6;
        pen.stroke(path);
        const unsure = cls.kind === "indetermine" || cls.kind === "non_disponible";
        if (look.motifs || unsure) {
          const ink = look.ink(base, rank);
          const fill = this.pattern(pen, frame, cls.motif, ink);
          if (fill) {
            pen.globalAlpha = unsure ? 0.75 : 0.3;
            pen.fillStyle = fill;
            pen.fill(path, "evenodd");
            pen.globalAlpha = 1;
          }
        }
      });
      if (look.toCheck) this.checked(pen, frame, base, seen);
    }
    if (frame.zoom >= look.communeZoom) {
      const width = Math.min(1, 0.25 + (frame.zoom - look.communeZoom) * 0.2);
      this.stroke(pen, frame, (arc) => g.other[arc] >= 0, "rgba(40,40,40,0.45)", width);
    }
    if (base) {
      const flags = this.changes(base);
      this.stroke(pen, frame, (arc) => flags[arc], "rgba(30,30,30,0.8)", frame.zoom < 8 ? 0.35 : 0.8);
    }
    if (base && base.sectorOf) this.sectors(pen, frame, base);
    for (const layer of look.overlays) this.over(pen, frame, layer, seen, look);
    if (look.epci) this.stroke(pen, frame, (arc) => this.marks.epci[arc], "#5b2a86", 1.3, [5, 3]);
    const { departement, region } = this.marks;
    this.stroke(pen, frame, (arc) => departement[arc] && !region[arc], "#ffffff", 3);
    this.stroke(pen, frame, (arc) => departement[arc] && !region[arc], "#222222", 1.3);
    this.stroke(pen, frame, (arc) => region[arc], "#ffffff", 4);
    this.stroke(pen, frame, (arc) => region[arc], "#111111", 2);
    if (look.outside) {
      const hidden = seen.filter((unit) => !look.outside(unit));
      if (hidden.length) {
        const path = new Path2D();
        Zonage.tracePolygons(path, g, frame, hidden);
        pen.fillStyle = "rgba(255,255,255,0.72)";
        pen.fill(path, "evenodd");
      }
    }
    for (const layer of look.overlays) if (layer.perimeters) this.zones(pen, frame, layer, look);
    if (look.names) this.names(pen, frame, seen, look);
  }

  checked(pen, frame, layer, seen) {
    const state = this.model.states.a_verifier;
    const units = seen.filter((unit) => layer.answers[layer.of[unit]].toCheck);
    if (!units.length) return;
    const path = new Path2D();
    Zonage.tracePolygons(path, this.g, frame, units);
    for (const [ink, shift] of [["#1a1a1a", 1], ["#ffffff", 0]]) {
      pen.fillStyle = this.pattern(pen, { ...frame, dx: frame.dx + shift, dy: frame.dy + shift }, state.motif, ink);
      pen.fill(path, "evenodd");
    }
  }

  // Where a group of communes ends: garde sectors.
  sectors(pen, frame, layer) {
    const ends = (arc) => {
      const other = this.g.other[arc];
      return other >= 0 && layer.sectorOf[this.g.one[arc]] !== layer.sectorOf[other];
    };
    this.stroke(pen, frame, ends, "rgba(255,255,255,0.9)", 3);
    this.stroke(pen, frame, ends, "#5b2a86", 1.4);
  }

  over(pen, frame, layer, seen, look) {
    this.groups(layer, seen).forEach((units, rank) => {
      const cls = layer.classes[rank];
      if (!units.length || cls.kind === "non") return;
      const path = new Path2D();
      Zonage.tracePolygons(path, this.g, frame, units);
      const fill = this.pattern(pen, frame, cls.motif, look.color(layer, rank));
      pen.fillStyle = fill || look.color(layer, rank);
      pen.fill(path, "evenodd");
    });
    const cls = layer.classOf;
    layer.classes.forEach((one, rank) => {
      if (one.kind === "non") return;
      const edge = (arc) => {
        const other = this.g.other[arc];
        return (cls[this.g.one[arc]] === rank) !== (other >= 0 && cls[other] === rank);
      };
      this.stroke(pen, frame, edge, "rgba(255,255,255,0.8)", 3);
      this.stroke(pen, frame, edge, look.color(layer, rank), 1.6);
    });
  }

  zones(pen, frame, layer, look) {
    const { shapes, classes } = layer.perimeters;
    for (const unit of Zonage.inFrame(shapes, frame)) {
      const path = new Path2D();
      Zonage.tracePolygons(path, shapes, frame, [unit]);
      const own = look.base && look.base.classes.findIndex((cls) => cls.code === classes[unit]);
      const known = look.base && classes[unit] && own >= 0;
      pen.fillStyle = known ? look.color(look.base, own) : "rgba(255,255,255,0.75)";
      pen.fill(path, "evenodd");
      if (!known) {
        pen.globalAlpha = 0.35;
        pen.fillStyle = look.color(layer, 0);
        pen.fill(path, "evenodd");
        pen.globalAlpha = 1;
      }
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = 3.4;
      pen.stroke(path);
      pen.strokeStyle = look.color(layer, 0);
      pen.lineWidth = 1.8;
      pen.stroke(path);
    }
  }

  // Names of the largest communes first, where there is room.
  names(pen, frame, seen, look) {
    const shown = new Set(seen);
    const placed = [];
    const most = Math.round((frame.width * frame.height) / 34000);
    pen.font = `${frame.zoom < 9 ? 600 : 500} 12px ${Zonage.FONT}`;
    for (const one of this.byPeople) {
      const { text, unit } = one;
      if (placed.length >= most) break;
      if (!shown.has(unit) || (look.outside && !look.outside(unit))) continue;
      const x = one.x * frame.scale + frame.dx;
      const y = one.y * frame.scale + frame.dy;
      if (x < 0 || y < 0 || x > frame.width || y > frame.height) continue;
      const half = pen.measureText(text).width / 2 + 6;
      const whole = this.inView(frame, x, half);
      const clash = placed.some(([px, py, ph]) => Math.abs(px - whole) < ph + half && Math.abs(py - y) < 20);
      if (clash) continue;
      placed.push([whole, y, half]);
      this.name(pen, frame, text, whole, y);
    }
  }

  // Where a name whose place is in view stands whole: pushed off the edge that would cut it.
  inView(frame, x, half) {
    const [west, east] = [frame.margin.x, frame.width - frame.margin.x];
    if (x < west || x > east || 2 * half > east - west) return x;
    return Math.min(Math.max(x, west + half), east - half);
  }

  name(pen, frame, text, x, y) {
    pen.font = `${frame.zoom < 9 ? 600 : 500} 12px ${Zonage.FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = 3.5;
    pen.strokeStyle = "rgba(255,255,255,0.92)";
    pen.strokeText(text, x, y);
    pen.fillStyle = "#111111";
    pen.fillText(text, x, y);
  }

  // Where an address is.
  spot(pen, frame, at) {
    const [x, y] = [at.x * frame.scale + frame.dx, at.y * frame.scale + frame.dy];
    for (const [radius, color] of [[9, "#ffffff"], [7, "#b3005e"], [2.5, "#ffffff"]]) {
      pen.beginPath();
      pen.arc(x, y, radius, 0, 2 * Math.PI);
      pen.fillStyle = color;
      pen.fill();
    }
  }

  // What is chosen or pointed at, on a canvas of its own.
  mark(pen, frame, units) {
    for (const [unit, strong] of units) {
      if (unit < 0) continue;
      const path = new Path2D();
      Zonage.tracePolygons(path, this.g, frame, [unit]);
      pen.lineJoin = "round";
      pen.strokeStyle = "#ffffff";
      pen.lineWidth = strong ? 6 : 4;
      pen.stroke(path);
      pen.strokeStyle = strong ? "#b3005e" : "#111111";
      pen.lineWidth = strong ? 3 : 1.8;
      pen.stroke(path);
      const x = this.g.labelX[unit] * frame.scale + frame.dx;
      const y = this.g.labelY[unit] * frame.scale + frame.dy;
      if (strong) this.name(pen, frame, this.model.units.name[unit], x, y);
    }
  }
};
