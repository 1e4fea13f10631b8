// Numbers as the terminal and the JSON's messages print them.
const THIN = "\u202f";
const MINUS = "\u2212";

function count(value) {
  const text = String(Math.abs(Math.round(value))).replace(/\B(?=(\d{3})+$)/g, THIN);
  return Math.round(value) < 0 ? MINUS + text : text;
}

function ms(value) {
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size >= 9999.5) return sign + (size < 99950 ? (size / 1000).toFixed(1) : count(size / 1000)) + " s";
  if (size >= 99.5) return sign + count(size) + " ms";
  return sign + size.toFixed(size >= 0.995 || size === 0 ? 1 : 2) + " ms";
}

function bytes(value) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let power = 0;
  for (; value >= 1024 && power < 4; power++) value /= 1024;
  return (power > 1 && value < 100 ? value.toFixed(1) : count(value)) + " " + units[power];
}

function percent(share) {
  return share > 0 && share < 0.005 ? "<" + THIN + "1" + THIN + "%" : Math.round(share * 100) + THIN + "%";
}

function plural(value, one, many = one + "s") {
  return count(value) + " " + (value === 1 ? one : many);
}

const queryCount = (value) => plural(value, "query", "queries");

function amount(unit, value) {
  return unit === "ms" ? ms(value) : unit === "queries" ? queryCount(value) : plural(value, unit.slice(0, -1));
}
