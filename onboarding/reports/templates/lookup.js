// The look-up: what became of anybody, among the rows that the page carries.
const lookUp = document.getElementById("look-up");
if (lookUp && data.rows) {
  const STEP = 25;
  const byId = (id) => document.getElementById(id);
  const cell = (column, at) =>
    Array.isArray(column) ? column[at] : column.words[column.codes ? column.codes[at] : 0];
  const whereOf = (at, names) => {
    const sheet = cell(data.sheet, at);
    return [names, sheet && `sheet ${sheet}`, `row\u00a0${number(data.row[at])}`].filter(Boolean).join(", ");
  };
  const shortOf = (at) => (Array.isArray(data.source) ? data.short[at] : data.short[data.source.codes?.[at] ?? 0]);
  const whyOf = (at) => {
    const fate = data.fates[data.fate[at]];
    const other = cell(data.duplicate_of, at);
    return [cell(data.why, at) || fate.meaning, other && `The other row: ${other}.`].filter(Boolean).join(" ");
  };
  const texts = [];
  const textOf = (at) =>
    plain([data.name, data.email_as_given, data.employee_id].map((column) => cell(column, at)).join(" ") + ` ${data.email[at] ?? ""}`);
  // The texts to search are made in steps while the reader looks at the page, and at once for the first search.
  const prepare = (most) => {
    const end = Math.min(data.rows, texts.length + most);
    while (texts.length < end) texts.push(textOf(texts.length));
  };
  const prepareAhead = () => {
    prepare(1000);
    if (texts.length < data.rows) setTimeout(prepareAhead);
  };
  setTimeout(prepareAhead);
  const state = { words: [], fate: -1, shown: STEP };
  const body = byId("found").querySelector("tbody");

  const search = () => {
    const places = [];
    prepare(data.rows);
    for (let at = 0; at < data.rows; at += 1) {
      if (state.fate >= 0 && data.fate[at] !== state.fate) continue;
      if (state.words.every((word) => texts[at].includes(word))) places.push(at);
    }
    return places;
  };

  const labelled = (label, ...children) => element("td", { role: "cell", dir: "auto", "data-label": label }, ...children);
  const line = (at) => {
    const fate = data.fates[data.fate[at]];
    const id = cell(data.employee_id, at);
    const email = data.email[at];
    return element("tr", { role: "row" },
      element("th", { role: "rowheader", scope: "row", dir: "auto" }, cell(data.name, at) || "No name", id && element("small", {}, id)),
      labelled("Address", ...breakable(cell(data.email_as_given, at)), email ? element("small", {}, `read as ${email}`) : ""),
      labelled("Became", element("span", { class: "became" }, swatchOf(fate.key), fate.label)),
      labelled("Why", whyOf(at)),
      labelled("Where", whereOf(at, shortOf(at))));
  };

  const show = () => {
    const asked = state.words.length > 0 || state.fate >= 0;
    const places = asked ? search() : [];
    const shown = places.slice(0, state.shown);
    body.replaceChildren(...shown.map(line));
    byId("found").hidden = !shown.length;
    byId("save-found").hidden = !places.length;
    byId("more-found").hidden = places.length <= shown.length;
    byId("more-found").textContent = `Show ${number(Math.min(4 * STEP, places.length - shown.length))} more`;
    byId("found-status").textContent = !asked ? "" : places.length
      ? `${number(places.length)} of ${number(data.rows)} rows found${places.length > shown.length ? `, ${number(shown.length)} shown` : ""}`
      : `No row has this among ${number(data.rows)}. Try a part of the name, or the employee ID.`;
    return places;
  };

  const choose = (fate) => {
    state.fate = state.fate === fate ? -1 : fate;
    state.shown = STEP;
    for (const chip of byId("fates").children) chip.setAttribute("aria-pressed", Number(chip.dataset.fate) === state.fate);
    show();
  };

  for (const [at, fate] of data.fates.entries()) {
    const row = byId(`fate-${fate.key}`);
    if (!row) continue;
    const count = element("b", {}, row.querySelector("[data-label=Rows]").textContent);
    const chip = element("button", { type: "button", class: "chip", "aria-pressed": "false", "data-fate": at }, swatchOf(fate.key), fate.label, count);
    chip.addEventListener("click", () => choose(at));
    byId("fates").append(chip);
    const part = byId("fates-bar").querySelector(`.d-${fate.key}`);
    part?.addEventListener("click", () => choose(at));
  }
  byId("fates-bar").classList.add("is-live");

  byId("asked").addEventListener("input", ({ target }) => {
    state.words = wordsOf(target.value);
    state.shown = STEP;
    show();
  });
  byId("more-found").addEventListener("click", () => {
    state.shown += 4 * STEP;
    show();
  });
  onClick(byId("save-found"), () => {
    const heads = ["Source", "Sheet", "Row", "Employee ID", "Name", "Address as given", "Address", "What became of it", "Why"];
    save("rows-found.csv", [heads, ...search().map((at) => [
      cell(data.source, at), cell(data.sheet, at), String(data.row[at]), cell(data.employee_id, at), cell(data.name, at),
      cell(data.email_as_given, at), data.email[at] ?? cell(data.email_as_given, at), data.fates[data.fate[at]].label, whyOf(at),
    ])]);
  });
  byId("to-look-up").hidden = false;
  lookUp.hidden = false;
}
