// What a page carries, read back: base64, zlib, then JSON, or integers on seven bits.
"use strict";

const Zonage = {};

// Inflate a packed text; a browser since 2023 has all that it needs.
Zonage.unpack = async function (text) {
  const binary = atob(text.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

Zonage.unpackJson = async function (text) {
  return JSON.parse(new TextDecoder().decode(await Zonage.unpack(text)));
};

// Natural numbers, seven bits a byte, low bits first.
Zonage.numbers = function (bytes) {
  let at = 0;
  const next = () => {
    let value = 0;
    let factor = 1;
    let byte;
    do {
      byte = bytes[at];
      at += 1;
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte & 128);
    return value;
  };
  const list = (count) => {
    const out = new Int32Array(count);
    for (let i = 0; i < count; i += 1) out[i] = next();
    return out;
  };
  // Differences, zigzagged, summed.
  const sums = (count) => {
    const out = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      const value = next();
      sum += value % 2 ? -(value + 1) / 2 : value / 2;
      out[i] = sum;
    }
    return out;
  };
  return { next, list, sums };
};

const starts = (lengths) => {
  const out = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i += 1) out[i + 1] = out[i] + lengths[i];
  return out;
};

const EARTH = 2 * Math.PI * 6378137;

// Arcs and rings, in "world" units: the Web Mercator square is 1 wide, y downwards.
Zonage.geometry = function (bytes, step) {
  const read = Zonage.numbers(bytes);
  const arcs = read.next();
  const units = read.next();
  const arcStart = starts(read.list(arcs));
  const x = read.sums(arcStart[arcs]);
  const y = read.sums(arcStart[arcs]);
  const ringOf = starts(read.list(units));
  const refStart = starts(read.list(ringOf[units]));
  const refs = Int32Array.from(read.sums(refStart[ringOf[units]]));
  const spots = read.next();
  const labelX = read.sums(spots);
  const labelY = read.sums(spots);
  const scale = step / EARTH;
  const world = (xs, ys) => {
    for (let i = 0; i < xs.length; i += 1) {
      xs[i] = 0.5 + xs[i] * scale;
      ys[i] = 0.5 - ys[i] * scale;
    }
  };
  world(x, y);
  world(labelX, labelY);
  const found = { arcs, units, arcStart, x, y, ringOf, refStart, refs, labelX, labelY };
  return Object.assign(found, sidesAndBoxes(found));
};

// The units on the two sides of each arc (-1: none), each arc's box and each unit's: west, north,
// east, south.
function sidesAndBoxes(g) {
  const one = new Int32Array(g.arcs).fill(-1);
  const other = new Int32Array(g.arcs).fill(-1);
  const arcBox = new Float64Array(4 * g.arcs);
  for (let arc = 0; arc < g.arcs; arc += 1) {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = g.arcStart[arc]; i < g.arcStart[arc + 1]; i += 1) {
      if (g.x[i] < west) west = g.x[i];
      if (g.x[i] > east) east = g.x[i];
      if (g.y[i] < north) north = g.y[i];
      if (g.y[i] > south) south = g.y[i];
    }
    arcBox.set([west, north, east, south], 4 * arc);
  }
  const box = new Float64Array(4 * g.units);
  for (let unit = 0; unit < g.units; unit += 1) {
    let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = g.refStart[g.ringOf[unit]]; k < g.refStart[g.ringOf[unit + 1]]; k += 1) {
      const arc = g.refs[k] >> 1;
      if (one[arc] < 0) one[arc] = unit;
      else other[arc] = unit;
      west = Math.min(west, arcBox[4 * arc]);
      north = Math.min(north, arcBox[4 * arc + 1]);
      east = Math.max(east, arcBox[4 * arc + 2]);
      south = Math.max(south, arcBox[4 * arc + 3]);
    }
    box.set([west, north, east, south], 4 * unit);
  }
  return { one, other, arcBox, box };
}

// Walk the corners of a unit's rings: `start(x, y)`, then `go(x, y)` for the others.
Zonage.walk = function (g, unit, start, go) {
  for (let ring = g.ringOf[unit]; ring < g.ringOf[unit + 1]; ring += 1) {
    let fresh = true;
    for (let k = g.refStart[ring]; k < g.refStart[ring + 1]; k += 1) {
      const arc = g.refs[k] >> 1;
      const a = g.arcStart[arc];
      const b = g.arcStart[arc + 1] - 1;
      const back = g.refs[k] & 1;
      for (let i = back ? b : a; back ? i >= a : i <= b; i += back ? -1 : 1) {
        if (fresh) start(g.x[i], g.y[i]);
        else if (i !== (back ? b : a)) go(g.x[i], g.y[i]);
        fresh = false;
      }
    }
  }
};

// The unit that holds a point, by even-odd crossings; -1 where there is none.
Zonage.unitAt = function (g, x, y) {
  for (let unit = 0; unit < g.units; unit += 1) {
    const b = 4 * unit;
    if (x < g.box[b] || x > g.box[b + 2] || y < g.box[b + 1] || y > g.box[b + 3]) continue;
    let inside = false;
    let px = 0;
    let py = 0;
    Zonage.walk(
      g,
      unit,
      (sx, sy) => {
        px = sx;
        py = sy;
      },
      (qx, qy) => {
        if (py > y !== qy > y && x < px + ((y - py) / (qy - py)) * (qx - px)) inside = !inside;
        px = qx;
        py = qy;
      },
    );
    if (inside) return unit;
  }
  return -1;
};
