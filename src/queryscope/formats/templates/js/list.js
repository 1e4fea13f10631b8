// A virtual list: whatever its length, only the rows in sight are in the document.
const SPARE = 4;
const MOST_IN_SIGHT = 40;

// options: { rows, height, draw(row, index), label, className, header, limit, tag }
function virtual({ rows, height, draw: drawRow, label, className = "", header, limit = "72vh", empty = "Nothing to show." }) {
  const asList = !header;
  const pad = h(asList ? "ul" : "div", asList ? { role: "list", class: "pad" } : { role: "rowgroup", class: "pad" });
  const box = h("div", { class: "list " + className, role: asList ? null : "table", "aria-label": label,
    "aria-rowcount": asList ? null : rows.length + 1, tabindex: rows.length > 12 && !asList ? 0 : null }, header, pad);
  box.reveal = () => {};
  box.repaint = () => {};
  if (!rows.length) { pad.append(h(asList ? "li" : "div", { class: "empty" }, empty)); pad.firstChild.style.position = "static"; return box; }
  pad.style.height = rows.length * height + "px";
  box.style.maxHeight = limit;
  let first = -1;
  let last = -1;

  function paint(force) {
    const top = Math.max(0, box.scrollTop - (header ? 34 : 0));
    const seen = Math.min(Math.ceil((box.clientHeight || innerHeight) / height), MOST_IN_SIGHT);
    const from = Math.max(0, Math.floor(top / height) - SPARE);
    const to = Math.min(rows.length, from + seen + 2 * SPARE);
    if (!force && from === first && to === last) return;
    const focused = pad.contains(document.activeElement) ? document.activeElement.closest("[data-at]") : null;
    [first, last] = [from, to];
    const shown = [];
    for (let index = from; index < to; index++) {
      const row = drawRow(rows[index], index);
      row.dataset.at = index;
      row.style.top = index * height + "px";
      row.style.height = height + "px";
      if (asList) { row.setAttribute("aria-setsize", rows.length); row.setAttribute("aria-posinset", index + 1); }
      else row.setAttribute("aria-rowindex", index + 2);
      shown.push(row);
    }
    pad.replaceChildren(...shown);
    if (focused) focusRow(Number(focused.dataset.at));
  }

  function focusRow(index) {
    const row = pad.querySelector(`[data-at="${index}"]`);
    const target = row && (row.matches("a") ? row : row.querySelector("a,button"));
    if (target) target.focus({ preventScroll: true });
  }

  box.reveal = (index, focus) => {
    const top = index * height;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight + (header ? 34 : 0);
    paint(true);
    if (focus) focusRow(index);
  };
  box.repaint = () => paint(true);
  box.addEventListener("scroll", () => paint(false), { passive: true });
  new ResizeObserver(() => paint(false)).observe(box);
  paint(true);
  return box;
}
