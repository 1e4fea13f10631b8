// A unified diff; signs say what the colours say.
function diff(text) {
  const lines = text.replace(/\n$/, "").split("\n").filter((line) => !/^(--- |@@ |diff |index )/.test(line));
  return h("div", { class: "diff mono", role: "figure", "aria-label": "Proposed change", tabindex: 0 },
    h("div", null, lines.map((line) => {
      if (line.startsWith("+++ ")) return h("span", { class: "h" }, line.slice(4).replace(/^b\//, ""));
      const kind = { "+": "p", "-": "m" }[line[0]] || "";
      return h("span", { class: kind }, kind === "m" ? MINUS + line.slice(1) : line || " ");
    })));
}

function code(text, wrapped) {
  return h("pre", { class: "code" + (wrapped ? " wrapped" : ""), tabindex: 0 }, text);
}
