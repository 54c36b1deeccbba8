"use strict";
// The search: shows the rows that have all words somewhere, whatever their case and accents.
{
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const search = document.getElementById("search");
  const query = document.getElementById("query");
  if (query) {
    const status = document.getElementById("status");
    const groups = [...document.querySelectorAll("[data-group]")].map((group) => ({
      group,
      rows: [...group.querySelectorAll("tbody tr")].map((row) => ({ row, text: plain(row.textContent) })),
    }));
    const all = groups.reduce((sum, { rows }) => sum + rows.length, 0);
    const narrow = () => {
      const words = plain(query.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const { group, rows } of groups) {
        let here = 0;
        for (const { row, text } of rows) {
          row.hidden = !words.every((word) => text.includes(word));
          here += row.hidden ? 0 : 1;
        }
        group.hidden = words.length > 0 && here === 0;
        shown += here;
      }
      const number = (count) => count.toLocaleString("en");
      status.textContent = words.length
        ? `Showing ${number(shown)} of ${number(all)} rows`
        : `Showing all ${number(all)} rows`;
    };
    query.addEventListener("input", narrow);
    search.hidden = false;
    narrow();
  }
}
