// Copying, downloading, opening an editor. Nothing leaves the browser.
const DEFAULT_EDITOR = "vscode://file/{path}:{line}";

function recall(name, otherwise) {
  try { return localStorage.getItem("queryscope." + name) || otherwise; } catch { return otherwise; }
}

function remember(name, value) {
  try { localStorage.setItem("queryscope." + name, value); } catch { say("This browser keeps no settings for files."); }
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { class: "away" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(what + " copied");
}

function copyButton(title, what, text) {
  const button = h("button", { type: "button" }, title);
  button.addEventListener("click", async () => {
    await copy(typeof text === "function" ? text() : text, what);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = title; }, 1200);
  });
  return button;
}

function downloadButton(title, name, text) {
  return h("button", { type: "button", onclick: () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/x-patch" }));
    h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
    say(name + " saved");
  } }, title);
}

// The address of a line in the reader's editor; empty where the template is no editor's scheme.
function editorAddress(path, line) {
  const template = recall("editor", DEFAULT_EDITOR);
  if (!/^[a-z][a-z0-9+.-]*:/i.test(template) || /^(javascript|data|vbscript|blob|file):/i.test(template)) return "";
  const root = recall("root:" + report.run.root, report.run.root);
  const isAbsolute = /^(\/|[a-z]:[\\/])/i.test(path);
  const full = (isAbsolute ? path : root.replace(/[\\/]+$/, "") + "/" + path).replace(/\\/g, "/").replace(/^\//, "");
  const safe = full.split("/").map((part) => encodeURIComponent(inert(part)).replace(/%3A/i, ":")).join("/");
  return template.replace(/(.?)\{path\}/, (whole, before) => before + (before === "/" ? "" : "/") + safe).replace("{line}", () => String(Number(line) || 1));
}

// shop/views.py:4, a link into the editor.
function source(place) {
  const text = place.path + ":" + place.line;
  const address = editorAddress(place.path, place.line);
  return address ? h("a", { class: "mono", href: address, title: "Open in the editor" }, text) : h("span", { class: "mono" }, text);
}
