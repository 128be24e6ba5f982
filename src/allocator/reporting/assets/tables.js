/* Makes the tables of a page sortable, searchable and paged.
   User text reaches the page through textContent only. */
const PageTables = (function () {
  "use strict";

  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const count = (n) => n.toLocaleString("en-US");

  function element(name, content, attributes) {
    const made = document.createElement(name);
    if (content !== undefined && content !== null) made.textContent = content;
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    return made;
  }

  function lastNumber(cell) {
    const found = cell.replace(/,/g, "").match(/-?\d+(\.\d+)?/g);
    return found ? Number(found[found.length - 1]) : null;
  }

  function compareCells(collator, a, b, numeric) {
    if (!numeric) return collator.compare(a, b);
    const x = lastNumber(a), y = lastNumber(b);
    if (x === null || y === null) return (x === null) - (y === null);
    return x - y;
  }

  function enhance(table, text, collator) {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows);
    const size = Number(table.dataset.page) || rows.length;
    let shown = rows, page = 0, status = null, back = null, forth = null;

    function show() {
      const first = page * size, last = Math.min(first + size, shown.length);
      shown.forEach((row, k) => row.classList.toggle("off", k < first || k >= last));
      if (!status) return;
      const values = { first: count(first + 1), last: count(last), count: count(shown.length) };
      status.textContent = shown.length ? fill(text.rows_shown, values) : text.rows_none;
      back.disabled = page === 0;
      forth.disabled = last >= shown.length;
    }

    function search(wanted) {
      const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const content = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => content.includes(word));
      }
      shown = rows.filter((row) => !row.hidden);
      page = 0;
      show();
    }

    function sort(column, head) {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const numeric = head.classList.contains("n");
      const keys = new Map(rows.map((row) => [row, row.cells[column].textContent]));
      const unknown = (row) => numeric && lastNumber(keys.get(row)) === null;
      rows.sort((a, b) => {
        const order = compareCells(collator, keys.get(a), keys.get(b), numeric);
        return down && !unknown(a) && !unknown(b) ? -order : order;
      });
      body.append(...rows);
      shown = rows.filter((row) => !row.hidden);
      page = 0;
      show();
    }

    function turn(step) { page += step; show(); }

    if (rows.length > 3) Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
      const button = element("button", head.textContent, { type: "button", title: text.sort_by });
      button.addEventListener("click", () => sort(column, head));
      head.replaceChildren(button);
    });
    if (table.dataset.page) {
      const controls = element("div", null, { class: "controls" });
      if (table.dataset.search) {
        const box = element("input", null, { type: "search", placeholder: table.dataset.search });
        box.addEventListener("input", () => search(box.value));
        const label = element("label", text.search);
        label.append(box);
        controls.append(label);
      }
      status = element("span", "", { class: "count push", role: "status" });
      back = element("button", text.previous, { type: "button" });
      forth = element("button", text.next, { type: "button" });
      back.addEventListener("click", () => turn(-1));
      forth.addEventListener("click", () => turn(1));
      controls.append(status, back, forth);
      table.parentElement.before(controls);
    }
    show();
  }

  function start(text, lang) {
    const collator = new Intl.Collator(lang, { numeric: true });
    document.querySelectorAll("main table").forEach((table) => enhance(table, text, collator));
  }

  return { element, fill, count, start };
})();
