// Communes on a canvas: fills and patterns by class, borders once each, names, what is chosen.
"use strict";

// Patterns, from one description: on the canvas here, in SVG for legends.
Zonage.patternTile = function (motif, ink, ratio) {
  const tile = document.createElement("canvas");
  tile.width = Math.round(motif.size * ratio);
  tile.height = tile.width;
  const pen = tile.getContext("2d");
  pen.scale(tile.width / motif.size, tile.height / motif.size);
  pen.strokeStyle = ink;
  pen.fillStyle = ink;
  pen.lineWidth = motif.width;
  for (const [x1, y1, x2, y2] of motif.lines) {
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.lineTo(x2, y2);
    pen.stroke();
  }
  for (const [x, y, radius] of motif.dots) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fill();
  }
  return tile;
};

const SVG = "http://www.w3.org/2000/svg";
let swatches = 0;

Zonage.swatch = function (color, motif, ink, over) {
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (parent) parent.append(node);
    return node;
  };
  swatches += 1;
  const id = `motif-${swatches}`;
  const size = motif.size;
  const svg = make("svg", { width: 30, height: 20, class: "pastille", "aria-hidden": "true" });
  const pattern = make(
    "pattern",
    { id, width: size, height: size, patternUnits: "userSpaceOnUse" },
    make("defs", {}, svg),
  );
  for (const [x1, y1, x2, y2] of motif.lines) {
    make("line", { x1, y1, x2, y2, stroke: ink, "stroke-width": motif.width }, pattern);
  }
  for (const [cx, cy, r] of motif.dots) make("circle", { cx, cy, r, fill: ink }, pattern);
  const frame = { x: 0.5, y: 0.5, width: 29, height: 19, stroke: "#4a4a4a" };
  make("rect", { ...frame, fill: over ? "#ffffff" : color }, svg);
  make("rect", { ...frame, fill: `url(#${id})` }, svg);
  return svg;
};

// A canvas that follows the map: moved while it is dragged, redrawn when it stops.
Zonage.Surface = L.Layer.extend({
  initialize(paint, options) {
    L.setOptions(this, { padding: 0.2, ...options });
    this._paint = paint;
  },
  onAdd(map) {
    const canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated zg-surface");
    canvas.setAttribute("aria-hidden", "true");
    this.canvas = canvas;
    (this.options.pane ? map.getPane(this.options.pane) : map.getPanes().overlayPane).append(canvas);
    this.redraw();
  },
  onRemove() {
    this.canvas.remove();
  },
  getEvents() {
    return { viewreset: this.redraw, moveend: this.redraw, resize: this.redraw, zoomanim: this._zoom };
  },
  _zoom(event) {
    const map = this._map;
    const scale = map.getZoomScale(event.zoom, this._zoomDrawn);
    const origin = map.project(this._centre, event.zoom);
    const at = origin.subtract(map._getNewPixelOrigin(event.center, event.zoom));
    L.DomUtil.setTransform(this.canvas, at.subtract(this._half.multiplyBy(scale)).round(), scale);
  },
  redraw() {
    const map = this._map;
    if (!map) return;
    const size = map.getSize();
    const margin = size.multiplyBy(this.options.padding).round();
    const full = size.add(margin.multiplyBy(2));
    const corner = map.containerPointToLayerPoint(L.point(-margin.x, -margin.y));
    const ratio = window.devicePixelRatio || 1;
    this._half = full.divideBy(2);
    this._centre = map.layerPointToLatLng(corner.add(this._half));
    this._zoomDrawn = map.getZoom();
    this.corner = corner;
    this.canvas.width = Math.round(full.x * ratio);
    this.canvas.height = Math.round(full.y * ratio);
    this.canvas.style.width = `${full.x}px`;
    this.canvas.style.height = `${full.y}px`;
    L.DomUtil.setTransform(this.canvas, corner, 1);
    const pen = this.canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scale = 256 * 2 ** this._zoomDrawn;
    const origin = map.getPixelOrigin().add(corner);
    this._paint(pen, {
      scale,
      dx: -origin.x,
      dy: -origin.y,
      width: full.x,
      height: full.y,
      margin,
      zoom: this._zoomDrawn,
      ratio,
    });
    if (this.onredraw) this.onredraw();
  },
});

// Which boxes (west, north, east, south, end to end) a frame meets.
Zonage.meets = function (frame) {
  const west = -frame.dx / frame.scale;
  const north = -frame.dy / frame.scale;
  const east = west + frame.width / frame.scale;
  const south = north + frame.height / frame.scale;
  return (box, at) => box[4 * at] <= east && box[4 * at + 2] >= west && box[4 * at + 1] <= south && box[4 * at + 3] >= north;
};

// Which units may show in a frame.
Zonage.inFrame = function (g, frame) {
  const meets = Zonage.meets(frame);
  const seen = [];
  for (let unit = 0; unit < g.units; unit += 1) if (meets(g.box, unit)) seen.push(unit);
  return seen;
};

const FINE = 0.6; // pixels under which a corner is left out

Zonage.tracePolygons = function (path, g, frame, units) {
  let px = 0;
  let py = 0;
  const start = (x, y) => {
    px = x * frame.scale + frame.dx;
    py = y * frame.scale + frame.dy;
    path.moveTo(px, py);
  };
  const go = (x, y) => {
    const qx = x * frame.scale + frame.dx;
    const qy = y * frame.scale + frame.dy;
    if (Math.abs(qx - px) + Math.abs(qy - py) < FINE) return;
    px = qx;
    py = qy;
    path.lineTo(px, py);
  };
  for (const unit of units) Zonage.walk(g, unit, start, go);
};

// Trace the arcs that a test picks, of those that may show.
Zonage.traceArcs = function (path, g, frame, picked) {
  const meets = Zonage.meets(frame);
  for (let arc = 0; arc < g.arcs; arc += 1) {
    if (!picked(arc) || !meets(g.arcBox, arc)) continue;
    const last = g.arcStart[arc + 1] - 1;
    let px = 0;
    let py = 0;
    for (let i = g.arcStart[arc]; i <= last; i += 1) {
      const qx = g.x[i] * frame.scale + frame.dx;
      const qy = g.y[i] * frame.scale + frame.dy;
      if (i === g.arcStart[arc]) path.moveTo(qx, qy);
      else if (i === last || Math.abs(qx - px) + Math.abs(qy - py) >= FINE) path.lineTo(qx, qy);
      else continue;
      px = qx;
      py = qy;
    }
  }
};
