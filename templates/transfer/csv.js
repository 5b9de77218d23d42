/** Tables as text that spreadsheets open. Pure: Node runs the tests. */

/**
 * Comma-separated, as RFC 4180 has it. Spreadsheets run text that looks like a formula; a quote
 * before it keeps the name of a file just a name.
 *
 * @param {(string | number)[][]} rows
 */
export function toCsv(rows) {
  return rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

/** @param {string | number} value */
function cellOf(value) {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
