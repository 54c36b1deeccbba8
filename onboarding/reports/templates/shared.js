"use strict";
// What the work list and the look-up share: search in texts, files and copies of rows.
const number = (count) => count.toLocaleString("en");
const data = JSON.parse(document.getElementById("data").textContent);

// Letters that Unicode does not take apart into a plain letter and an accent.
const LETTERS = { ø: "o", ł: "l", đ: "d", ß: "ss", æ: "ae", œ: "oe", ı: "i", þ: "th", ð: "d" };
const ASCII = /^[\x00-\x7f]*$/;
const plain = (text) => ASCII.test(text) ? text.toLowerCase() :
  text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[øłđßæœıþð]/g, (letter) => LETTERS[letter]);
const wordsOf = (query) => plain(query).split(/\s+/).filter(Boolean);

const element = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

// A long address may break before its sign.
const breakable = (text) => text.split("@").flatMap((piece, at) => (at ? [element("wbr"), `@${piece}`] : [piece]));

// A spreadsheet must not take a cell for a formula, whatever an export holds: the rule of reconciliation.csv.
const [within, atTheStart] = data.live.map((expression) => new RegExp(expression, "g"));
const harmless = (cell) => cell.replace(within, "$1'$2").replace(atTheStart, "'$1");
const quoted = (cell) => (/[",;|\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const oneLine = (cell) => cell.replace(/[\t\r\n]+/g, " ");

const save = (name, rows) => {
  const text = rows.map((row) => row.map((cell) => quoted(harmless(cell))).join(",") + "\r\n").join("");
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};

// Copies text. A page from a disk may lack the newer way to copy.
const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = element("textarea", { "aria-hidden": "true", class: "unseen" });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
};
const asTable = (rows) => rows.map((row) => row.map((cell) => harmless(oneLine(cell))).join("\t")).join("\n");

// A button that shows for a moment that it has worked.
const onClick = (button, work) => {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await work()) === false ? "This browser does not copy" : "Done";
    setTimeout(() => { button.textContent = label; }, 1500);
  });
};

const swatchOf = (fate) => document.querySelector(`#fate-${fate} .swatch`)?.cloneNode(true) ?? "";

for (const command of document.querySelectorAll(".command")) {
  const text = command.textContent.trim();
  const button = element("button", { type: "button" }, "Copy");
  onClick(button, () => copy(text));
  command.append(button);
  // A command breaks between words, and not behind the hyphen of an option.
  const code = command.querySelector("code");
  code.replaceChildren(...text.split(" ").flatMap((word, at) => [at ? " " : "", element("span", {}, word)]));
}
