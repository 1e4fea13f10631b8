// Tables over a virtual list: sorted by a column's head, filtered by words; both stand in the address.

// columns: [{ name, title, value(row), cell(row) }]; state: { options } of the route.
function table({ columns, rows, className, label, state, height = 34, search, initial, limit }) {
  const sort = state.options.get("sort") || initial;
  const isUp = state.options.get("up") === "1";
  const column = columns.find((one) => one.name === sort) || columns[0];
  const words = (state.options.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
  const kept = search ? rows.filter((row) => matches(search(row), words)) : rows.slice();
  if (column.value) kept.sort((one, other) => compare(column.value(one), column.value(other)) * (isUp ? 1 : -1));
  const heads = columns.map((one) => h("span", { role: "columnheader",
    "aria-sort": one === column && one.value ? (isUp ? "ascending" : "descending") : null },
  one.value ? h("button", { type: "button", onclick: () => {
    setOptions({ sort: one.name, up: one === column && !isUp ? "1" : "" }); draw();
    const again = [...document.querySelectorAll(".thead button")].find((button) => button.dataset.name === one.name);
    if (again) again.focus();
  }, "data-name": one.name }, one.title + (one === column ? (isUp ? " ↑" : " ↓") : "")) : one.title));
  return virtual({
    rows: kept, height, label, limit, className: "grid " + className.replace(/^c-/, "t-"),
    header: h("div", { role: "row", class: "row thead " + className }, heads),
    draw: (row) => h("div", { role: "row", class: "row " + className }, columns.map((one) => asCell(one.cell(row)))),
    empty: words.length ? "Nothing matches the filter." : "Nothing to show.",
  });
}

function asCell(content) {
  if (content instanceof Element && content.tagName === "A") content = h("span", null, content);
  const cell = content instanceof Element ? content : h("span", null, content);
  cell.setAttribute("role", "cell");
  return cell;
}

const compare = (one, other) => (typeof one === "string" ? one.localeCompare(other) : one - other);

function matches(text, words) {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

// The filter that "/" jumps to. What it does to the list is the caller's.
function filterBox(state, label, changed) {
  const input = h("input", { type: "search", id: "filter", placeholder: label + "  /", "aria-label": label, value: state.options.get("q") || "",
    autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => { setOptions({ q: input.value }); changed(route()); });
  return input;
}
