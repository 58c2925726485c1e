// Words and numbers as French writes them; every text goes in by textContent.
"use strict";

Zonage.FONT = '"Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, "DejaVu Sans", sans-serif';

const whole = new Intl.NumberFormat("fr-FR");
const oneDigit = new Intl.NumberFormat("fr-FR", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

Zonage.count = (n) => whole.format(n);
Zonage.percent = (n) => (n > 0 && n < 0.05 ? "moins de 0,1 %" : `${oneDigit.format(n)} %`);
Zonage.value = (n) => new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 2 }).format(n);
Zonage.day = (iso) => iso.split("-").reverse().join("/");
Zonage.capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// Without accents, capitals nor signs, as a search compares them.
Zonage.fold = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/œ/g, "oe")
    .replace(/[^a-z0-9]+/g, " ")
    .replace(/\b(st|ste)\b/g, (word) => (word === "st" ? "saint" : "sainte"))
    .trim();

// An element, its attributes, its children; texts are never read as HTML.
Zonage.el = function (name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};
