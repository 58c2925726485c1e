// The table of what is mapped: sorted, filtered, by pages; and the same as CSV.
"use strict";

Zonage.PAGE = 50;
const collator = new Intl.Collator("fr", { numeric: true });

Zonage.Table = class {
  constructor(app, root) {
    this.app = app;
    this.root = root;
    this.sort = { key: "code", down: false };
    this.page = 0;
    root.querySelector("#zg-csv").addEventListener("click", () => this.download());
    root.querySelector("#zg-filtre").addEventListener("input", () => {
      this.page = 0;
      this.draw();
    });
    for (const [id, step] of [["#zg-premiere", -Infinity], ["#zg-precedente", -1], ["#zg-suivante", 1], ["#zg-derniere", Infinity]]) {
      root.querySelector(id).addEventListener("click", () => {
        const last = Math.max(0, Math.ceil(this.rows.length / Zonage.PAGE) - 1);
        this.page = Math.min(last, Math.max(0, this.page + step));
        this.draw();
      });
    }
  }

  columns() {
    const { model, state } = this.app;
    const { units, departements } = model;
    const columns = [
      { key: "code", title: "Code INSEE", get: (u) => units.code[u] },
      { key: "nom", title: "Commune", get: (u) => units.name[u] },
      { key: "dep", title: "Département", get: (u) => departements[units.departement[u]].code },
      { key: "pop", title: "Population", get: (u) => units.population[u], number: true },
    ];
    const shown = [state.base, state.right, ...state.overlays].filter(Boolean);
    for (const layer of shown) {
      const when = model.dates[1] ? ` au ${Zonage.day(layer.date)}` : "";
      const key = `${layer.id} ${layer.side}`;
      if (layer.values) {
        columns.push({ key, title: `${layer.short}${when}`, get: (u) => layer.values[u], number: true, value: true });
        continue;
      }
      const answer = (u) => layer.answers[layer.of[u]];
      const name = (u) => {
        const cls = layer.classes[answer(u).cls];
        return cls.short || cls.label;
      };
      columns.push({ key, title: `${layer.short}${when}`, get: name });
      columns.push({ key: `${key} v`, title: `${layer.short}${when}, réponse`, get: (u) => answer(u).verdict });
      if (layer.answers.some((one) => one.toCheck)) {
        const say = (u) => (answer(u).toCheck ? "à vérifier" : "");
        columns.push({ key: `${key} c`, title: `${layer.short}${when}, à vérifier`, get: say, only: "csv" });
      }
    }
    return columns;
  }

  refresh() {
    this.page = 0;
    this.draw();
  }

  select() {
    const { app } = this;
    const wanted = Zonage.fold(this.root.querySelector("#zg-filtre").value);
    const columns = this.columns();
    const column = columns.find((one) => one.key === this.sort.key) || columns[0];
    const inside = app.inside();
    const rows = [];
    for (let unit = 0; unit < app.model.units.name.length; unit += 1) {
      if (!inside(unit)) continue;
      if (wanted && !columns.some((one) => Zonage.fold(String(one.get(unit) ?? "")).includes(wanted))) continue;
      rows.push(unit);
    }
    const way = this.sort.down ? -1 : 1;
    const compare = (a, b) => {
      const [x, y] = [column.get(a), column.get(b)];
      if (x === null || y === null) return (x === null) - (y === null); // what is not known comes last
      return way * (column.number ? x - y : collator.compare(x, y)) || a - b;
    };
    this.rows = rows.sort(compare);
    return columns;
  }

  text(column, unit) {
    const value = column.get(unit);
    if (value === null || value === undefined) return "non disponible";
    if (column.value) return Zonage.value(value);
    return column.number ? Zonage.count(value) : String(value);
  }

  draw() {
    const { el, count } = Zonage;
    const columns = this.select().filter((column) => column.only !== "csv");
    const head = el("tr", {});
    for (const column of columns) {
      const mine = column.key === this.sort.key;
      const button = el("button", { type: "button", onclick: () => this.order(column.key) }, column.title);
      button.append(el("span", { "aria-hidden": "true" }, mine ? (this.sort.down ? " ▼" : " ▲") : " ↕"));
      const order = mine ? (this.sort.down ? "descending" : "ascending") : null;
      head.append(el("th", { scope: "col", class: column.number ? "zg-nombre" : null, "aria-sort": order, "data-cle": column.key }, button));
    }
    const body = document.createDocumentFragment();
    for (const unit of this.rows.slice(this.page * Zonage.PAGE, (this.page + 1) * Zonage.PAGE)) {
      const row = el("tr", {});
      columns.forEach((column) => {
        if (column.key === "nom") {
          const open = () => this.app.select(unit, { fly: true, focus: true });
          const button = el("button", { type: "button", class: "zg-lien", onclick: open }, this.text(column, unit));
          row.append(el("th", { scope: "row" }, button));
        } else row.append(el("td", { class: column.number ? "zg-nombre" : null }, this.text(column, unit)));
      });
      body.append(row);
    }
    this.root.querySelector("thead").replaceChildren(head);
    this.root.querySelector("tbody").replaceChildren(body);
    const from = this.rows.length ? this.page * Zonage.PAGE + 1 : 0;
    const to = Math.min(this.rows.length, (this.page + 1) * Zonage.PAGE);
    this.root.querySelector("#zg-page").textContent = `Lignes ${count(from)} à ${count(to)} sur ${count(this.rows.length)}`;
    this.root.querySelector("#zg-precedente").disabled = this.page === 0;
    this.root.querySelector("#zg-premiere").disabled = this.page === 0;
    this.root.querySelector("#zg-suivante").disabled = to >= this.rows.length;
    this.root.querySelector("#zg-derniere").disabled = to >= this.rows.length;
  }

  order(key) {
    this.sort = { key, down: this.sort.key === key && !this.sort.down };
    this.page = 0;
    this.draw();
    const head = Array.from(this.root.querySelectorAll("th")).find((one) => one.dataset.cle === key);
    if (head) head.querySelector("button").focus();
  }

  csv() {
    const columns = this.select();
    const quoted = (text) => (/[";\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
    const cell = (column, unit) => {
      const value = column.get(unit);
      if (value === null || value === undefined) return "";
      if (column.number) return String(value).replace(".", ",");
      // A text that a spreadsheet would run as a formula is kept a text.
      return quoted(/^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value));
    };
    const lines = [columns.map((column) => quoted(column.title)).join(";")];
    for (const unit of this.rows) lines.push(columns.map((column) => cell(column, unit)).join(";"));
    return `\ufeff${lines.join("\r\n")}\r\n`;
  }

  download() {
    const blob = new Blob([this.csv()], { type: "text/csv;charset=utf-8" });
    const url = URL.createObjectURL(blob);
    const link = Zonage.el("a", { href: url, download: `${this.app.model.file}.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
};
