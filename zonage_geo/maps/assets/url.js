// The state in the address, so that a link opens the same view; silent where there is none.
"use strict";

Zonage.Url = {
  read(model) {
    let text = "";
    try {
      text = window.location.hash.slice(1);
    } catch (error) {
      return {};
    }
    const asked = new URLSearchParams(text);
    const layer = (id, side, role) =>
      model.layers.find((one) => one.id === id && one.side === side && (one.role === "fond") === role) || null;
    const state = {};
    if (asked.has("fond")) state.base = layer(asked.get("fond"), 0, true);
    if (asked.has("droite") && model.dates[1]) state.right = layer(asked.get("droite"), 1, true);
    if (asked.has("couches")) {
      const ids = asked.get("couches").split(" ").filter(Boolean);
      state.overlays = new Set(ids.map((id) => layer(id, 0, false)).filter(Boolean));
    }
    if (asked.has("commune")) {
      const unit = model.units.code.findIndex((one) => one.split(" ").includes(asked.get("commune")));
      state.unit = unit;
    }
    if (asked.has("territoire")) {
      const [kind, code] = asked.get("territoire").split(":");
      const list = { departement: model.departements, region: model.regions }[kind] || [];
      state.territory = list.some((one) => one.code === code) ? `${kind}:${code}` : "";
    }
    if (model.palettes[asked.get("palette")]) state.palette = asked.get("palette");
    for (const [, key] of Zonage.SWITCHES) if (asked.has(key)) state[key] = asked.get(key) === "1";
    if (asked.has("rideau")) {
      const at = Number(asked.get("rideau"));
      if (at >= 0 && at <= 100) state.swipe = at;
    }
    const view = (asked.get("vue") || "").split(",").map(Number);
    if (view.length === 3 && view.every(Number.isFinite)) state.view = view;
    return state;
  },

  write(app) {
    const { state, map, model } = app;
    const centre = map.getCenter();
    const said = new URLSearchParams();
    said.set("vue", `${centre.lat.toFixed(4)},${centre.lng.toFixed(4)},${map.getZoom()}`);
    said.set("fond", state.base ? state.base.id : "");
    if (model.dates[1]) {
      said.set("droite", state.right ? state.right.id : "");
      said.set("rideau", String(state.swipe));
    }
    said.set("couches", Array.from(state.overlays, (layer) => layer.id).join(" "));
    if (state.unit >= 0) said.set("commune", model.units.code[state.unit].split(" ")[0]);
    if (state.territory) said.set("territoire", state.territory);
    said.set("palette", state.palette);
    for (const [, key] of Zonage.SWITCHES) said.set(key, state[key] ? "1" : "0");
    const hash = `#${said.toString().replace(/%2C/g, ",").replace(/%3A/g, ":")}`;
    this.last = hash;
    try {
      window.history.replaceState(null, "", hash);
    } catch (error) {
      // In a notebook's frame there is no address to write to: the map works without.
    }
  },
};
