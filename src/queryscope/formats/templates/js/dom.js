// Elements. Text only ever becomes text; what could pose as something else becomes a visible escape.
const ACTIVE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2060-\u2069\u200b\u200e\u200f\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function inert(text) {
  return String(text).replace(ACTIVE, (sign) => "\\u" + sign.charCodeAt(0).toString(16).padStart(4, "0"));
}

function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : inert(value));
  }
  put(element, children);
  return element;
}

function put(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : inert(child));
  }
}

const byId = (id) => document.getElementById(id);

function show(...children) {
  const main = byId("main");
  main.replaceChildren();
  put(main, children);
}

function say(text) {
  byId("said").textContent = "";
  setTimeout(() => { byId("said").textContent = text; }, 30);
}

function facts(pairs, wide) {
  return h("dl", { class: wide ? "facts wide" : "facts" },
    pairs.filter((pair) => pair && pair[1]).map(([term, ...value]) => [h("dt", null, term), h("dd", null, value)]));
}

function fill(share, className = "") {
  const bar = h("div", { class: "fill " + className });
  bar.style.width = Math.max(0, Math.min(1, share || 0)) * 100 + "%";
  return h("div", { class: "track", "aria-hidden": "true" }, bar);
}

// A number with its bar; the same scale for every row of a column.
function heat(value, most, text, hotFrom = 0.66) {
  const share = most > 0 ? value / most : 0;
  const warmth = !value ? "none" : share >= hotFrom ? "hot" : share >= hotFrom / 3 ? "warm" : "";
  return h("span", { class: "heat" }, fill(share, warmth), h("span", null, text));
}

// Bars of one comparison, before above after, on one scale.
function bars(list) {
  return list.length > 0 && h("div", { class: "bars" }, list.map(([unit, before, after]) => {
    const most = Math.max(before, after) || 1;
    const side = (name, value, className) => [
      h("span", { class: "soft" }, name), fill(value / most, className), h("span", { class: "v" }, amount(unit, value))];
    return [side("before", before, ""), side("after", after, "after"), h("span", { class: "gap" })];
  }));
}

function proof(evidence, isCounted) {
  const part = evidence.proof || evidence;
  const strength = { "re-run": "strong", timed: "strong", planned: "weak", usable: "weak" }[part.level] || "";
  const text = [part.numbers, part.meaning].filter(Boolean).join("; ");
  return h("p", { class: "proof " + strength },
    h("b", null, part.sign + " " + part.level), " – ", isCounted ? part.meaning : text, ".", part.note && " " + part.note);
}
