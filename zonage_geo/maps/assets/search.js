// Search by name or postal code: a combobox that the keyboard drives.
"use strict";

Zonage.Search = class {
  constructor(app, root) {
    this.app = app;
    this.input = root.querySelector("#zg-recherche");
    this.list = root.querySelector("#zg-resultats");
    this.status = root.querySelector("#zg-recherche-etat");
    this.found = [];
    this.at = -1;
    const { name } = app.model.units;
    this.folded = name.map(Zonage.fold);
    this.input.addEventListener("input", () => this.look());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  // Exact name first, then names that begin so, then words that do, then the rest; by people.
  match(text) {
    const { code, postal, population } = this.app.model.units;
    const wanted = Zonage.fold(text);
    if (!wanted) return [];
    const number = /^\d[\dab]?\d*$/.test(wanted.replace(/ /g, ""));
    const digits = wanted.replace(/ /g, "").toUpperCase();
    const ranked = [];
    this.folded.forEach((name, unit) => {
      let rank = 9;
      if (number) {
        if (postal[unit].split(" ").some((one) => one.startsWith(digits))) rank = 0;
        else if (code[unit].split(" ").some((one) => one.startsWith(digits))) rank = 1;
      } else if (name === wanted || name.replace(/^(l|la|le|les) /, "") === wanted) rank = 0;
      else if (name.startsWith(wanted)) rank = 1;
      else if (` ${name}`.includes(` ${wanted}`)) rank = 2;
      else if (name.includes(wanted)) rank = 3;
      if (rank < 9) ranked.push([rank, -(population[unit] || 0), unit]);
    });
    ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return ranked.map((one) => one[2]);
  }

  look() {
    const { el } = Zonage;
    const { name, postal, departement } = this.app.model.units;
    const all = this.match(this.input.value);
    this.found = all.slice(0, 8);
    this.at = -1;
    this.list.replaceChildren(
      ...this.found.map((unit, rank) => {
        const { code } = this.app.model.departements[departement[unit]];
        const where = [postal[unit].split(" ").slice(0, 2).join(", "), code].filter(Boolean);
        return el(
          "li",
          { role: "option", id: `zg-option-${rank}`, "aria-selected": "false", onmousedown: () => this.choose(rank) },
          name[unit],
          el("span", { class: "zg-ou" }, ` ${where[0] || where[1]}`),
        );
      }),
    );
    const open = this.found.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.input.removeAttribute("aria-activedescendant");
    let said = "";
    if (this.input.value.trim()) {
      said = open ? `${all.length} résultat${all.length > 1 ? "s" : ""}` : "Aucune commune de la carte ne porte ce nom ou ce code.";
    }
    this.status.textContent = said;
    this.status.classList.toggle("zg-vu", !open && said !== "");
  }

  key(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!this.found.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.at = (this.at + step + this.found.length) % this.found.length;
      Array.from(this.list.children).forEach((option, rank) => {
        option.setAttribute("aria-selected", String(rank === this.at));
      });
      this.input.setAttribute("aria-activedescendant", `zg-option-${this.at}`);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.found.length) this.choose(Math.max(this.at, 0));
    } else if (event.key === "Escape") this.close();
  }

  choose(rank) {
    const unit = this.found[rank];
    if (unit === undefined) return;
    this.input.value = this.app.model.units.name[unit];
    this.close();
    this.app.select(unit, { fly: true, focus: true });
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
};
