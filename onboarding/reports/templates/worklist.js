// The work list: chips, search, sorting, copies and files of the rows that need a person.
const list = document.getElementById("worklist");
if (list) {
  const FIRST = matchMedia("(max-width: 46rem)").matches ? 10 : 25;
  const CHIPS = FIRST === 10 ? 3 : 5;
  const byId = (id) => document.getElementById(id);
  const bodies = [...list.querySelectorAll("tbody")];
  const rows = bodies.flatMap((body) =>
    [...body.querySelectorAll("tr:not(.group)")].map((row) => ({
      row,
      body,
      text: plain(`${row.textContent} ${body.dataset.reason}`),
      reason: body.dataset.reason,
      export: row.dataset.export,
      domain: row.dataset.domain || "no domain",
      news: row.dataset.news ?? "",
    })));
  const sorted = element("tbody", { role: "rowgroup" });
  const facets = [["news", "News"], ["reason", "Reason"], ["export", "Export"], ["domain", "Domain"]].map(([key, label]) => {
    const counts = new Map();
    for (const row of rows) counts.set(row[key], (counts.get(row[key]) ?? 0) + 1);
    // New rows come first, and then what most rows have.
    const rank = ([value, count]) => (value === "New" ? Infinity : count);
    const chips = [...counts].sort((one, other) => rank(other) - rank(one)).map(([value]) => ({ value, count: element("b") }));
    return { key, label, chips, chosen: new Set() };
  });
  const state = { words: [], all: false, key: "", down: false };
  const collator = new Intl.Collator("en", { numeric: true });
  const cellOf = ({ row }, key) => row.querySelector(`[data-key=${key}]`)?.textContent ?? "";

  const fits = (row, but) =>
    state.words.every((word) => row.text.includes(word)) &&
    facets.every((facet) => facet === but || !facet.chosen.size || facet.chosen.has(row[facet.key]));
  const found = () => rows.filter((row) => fits(row));

  const count = () => {
    for (const facet of facets) {
      const counts = new Map();
      for (const row of rows) if (fits(row, facet)) counts.set(row[facet.key], (counts.get(row[facet.key]) ?? 0) + 1);
      for (const chip of facet.chips) chip.count.textContent = number(counts.get(chip.value) ?? 0);
    }
  };

  const show = () => {
    const fitting = new Set(found());
    let shown = 0;
    for (const each of sorted.isConnected ? order : rows) {
      each.row.hidden = !fitting.has(each);
      if (!each.row.hidden) shown += 1;
      each.row.classList.toggle("later", !each.row.hidden && !state.all && shown > FIRST);
    }
    for (const body of bodies) {
      const here = [...body.children].filter((row) => !row.classList.contains("group") && !row.hidden);
      body.hidden = !here.length;
      body.classList.toggle("later", here.length > 0 && here.every((row) => row.classList.contains("later")));
    }
    const rest = state.all ? 0 : Math.max(shown - FIRST, 0);
    const more = byId("more-work");
    more.hidden = !rest;
    more.textContent = `Show ${number(rest)} more`;
    byId("status").textContent = shown === rows.length
      ? `${number(shown - rest)} of ${number(rows.length)} rows shown`
      : `${number(shown)} of ${number(rows.length)} rows fit${rest ? `, ${number(FIRST)} shown` : ""}`;
    count();
  };

  let order = rows;
  const arrange = () => {
    if (!state.key) {
      for (const { row, body } of rows) body.append(row);
      sorted.remove();
      list.append(...bodies);
    } else {
      const keyed = rows.map((each) => [cellOf(each, state.key), each]);
      // Rows without a text come last, in both directions.
      keyed.sort(([one], [other]) =>
        !one - !other || (state.down ? -1 : 1) * collator.compare(one, other));
      order = keyed.map(([, each]) => each);
      sorted.append(...order.map(({ row }) => row));
      for (const body of bodies) body.remove();
      list.append(sorted);
    }
    for (const head of list.querySelectorAll("thead th")) {
      if (head.dataset.key === state.key) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    show();
  };

  for (const head of list.querySelectorAll("thead th")) {
    const button = element("button", { type: "button" }, head.textContent);
    button.addEventListener("click", () => {
      const { key } = head.dataset;
      // The third click brings back the groups.
      if (state.key !== key) Object.assign(state, { key, down: false });
      else if (!state.down) state.down = true;
      else Object.assign(state, { key: "", down: false });
      arrange();
    });
    head.dataset.label = button.textContent;
    head.replaceChildren(button);
  }

  for (const facet of facets.filter(({ chips }) => chips.length > 1)) {
    const line = element("div", { class: "facet", role: "group", "aria-label": facet.label }, element("span", {}, facet.label));
    const chips = element("div", { class: "chips" });
    line.append(chips);
    for (const [at, chip] of facet.chips.entries()) {
      const button = element("button", { type: "button", class: "chip", "aria-pressed": "false" }, chip.value, chip.count);
      button.hidden = at >= CHIPS;
      button.addEventListener("click", () => {
        if (!facet.chosen.delete(chip.value)) facet.chosen.add(chip.value);
        button.setAttribute("aria-pressed", facet.chosen.has(chip.value));
        show();
      });
      chips.append(button);
    }
    if (facet.chips.length > CHIPS) {
      const more = element("button", { type: "button", class: "chip more" }, `${number(facet.chips.length - CHIPS)} more`);
      more.addEventListener("click", () => {
        for (const button of line.querySelectorAll("[hidden]")) button.hidden = false;
        more.remove();
      });
      chips.append(more);
    }
    byId("facets").append(line);
  }

  byId("query").addEventListener("input", ({ target }) => {
    state.words = wordsOf(target.value);
    show();
  });
  byId("more-work").addEventListener("click", () => {
    state.all = true;
    show();
  });
  const keys = [...list.querySelectorAll("thead th")].map((head) => head.dataset.key);
  const table = () => [
    [...list.querySelectorAll("thead th")].map((head) => head.dataset.label),
    ...(sorted.isConnected ? order : rows).filter((row) => fits(row)).map((row) => keys.map((key) => cellOf(row, key))),
  ];
  onClick(byId("copy-work"), () => copy(asTable(table())));
  onClick(byId("save-work"), () => save("rows-that-need-a-person.csv", table()));
  byId("work-tools").hidden = false;
  show();
}
