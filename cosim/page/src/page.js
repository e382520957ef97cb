// Sorting of tables by a click on a head, values of marks under the pointer, saving a report. The page is complete
// without any of it.
"use strict";
(() => {
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? cell.textContent.trim() : Number(cell.dataset.v);
  };
  const compare = (one, other) => {
    // what is not there stays last, whichever way is sorted
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), "en", { numeric: true });
  };
  const sort = (table, column) => {
    const heads = [...table.tHead.rows[0].cells];
    const down = heads[column].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.removeAttribute("aria-sort"));
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [key(row, column), row]);
    const missing = ([of]) => of === "\u2013";
    const there = rows.filter((row) => !missing(row));
    there.sort(([one], [other]) => (down ? compare(other, one) : compare(one, other)));
    body.append(...there.concat(rows.filter(missing)).map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table.sorts")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, column));
    });
  }

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  tip.setAttribute("role", "tooltip");
  document.body.append(tip);
  // The browser would show the title once more, and later.
  for (const mark of document.querySelectorAll("svg .mark")) {
    const title = mark.querySelector("title");
    mark.dataset.tip = title.textContent;
    mark.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const show = (event) => {
    const mark = event.target.closest && event.target.closest("[data-tip]");
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = mark.dataset.tip;
    const box = mark.getBoundingClientRect();
    const x = event.clientX === undefined ? box.right : event.clientX;
    const y = event.clientY === undefined ? box.top : event.clientY;
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - tip.offsetWidth - 8))}px`;
    tip.style.top = `${y + 18 + tip.offsetHeight > innerHeight ? y - tip.offsetHeight - 10 : y + 18}px`;
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("focusin", (event) => {
    const inner = event.target.querySelector && event.target.querySelector("[data-tip]");
    if (inner && event.target.closest("svg")) show({ target: inner });
    else tip.hidden = true;
  });

  for (const data of document.querySelectorAll('script[type="application/json"]')) {
    const button = document.createElement("button");
    button.className = "save";
    button.textContent = "Save this report as JSON";
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      // as it is: a number that is parsed may lose digits
      link.href = URL.createObjectURL(new Blob([data.textContent, "\n"], { type: "application/json" }));
      link.download = data.dataset.name.split("/").pop();
      link.click();
      URL.revokeObjectURL(link.href);
    });
    document.getElementById(data.id.replace("-data", "")).append(button);
  }
})();
