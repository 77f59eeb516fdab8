// A document as it reads: nodes made of the blocks of ui/reading_view.py.

function reading(view) {
  return view.blocks.map(blockNode);
}

function blockNode(block) {
  if (block.kind === "heading") {
    const name = `h${Math.min(6, block.level + 2)}`;
    return make(name, { dir: "auto", "data-section": block.section }, ...runNodes(block.runs));
  }
  if (block.kind === "list") return make("ul", {}, ...block.items.map(itemNode));
  if (block.kind === "table") return tableNode(block);
  if (block.kind === "fields") return fieldsNode(block);
  const tag = block.kind === "code" ? "pre" : "p";
  return make(tag, { dir: "auto", class: block.kind === "aside" ? "tc-aside" : null }, ...runNodes(block.runs));
}

function runNodes(runs) {
  return runs.map((run) => {
    const node = make(run.answers ? "mark" : run.style || "span", {
      class: run.quote >= 0 ? "tc-in-quote" : null,
      "data-quote": run.quote >= 0 ? run.quote : null,
    });
    return write(node, run.text);
  });
}

function itemNode(runs) {
  const isNumbered = /^\s*(\d{1,3}|[a-z])[.)]\s/.test(runs.map((run) => run.text).join("").slice(0, 20));
  return make("li", { dir: "auto", class: isNumbered ? "tc-numbered" : null }, ...runNodes(runs));
}

function tableNode(block) {
  const names = block.names.map((name) => write(make("th", { scope: "col", dir: "auto" }), name));
  const head = block.names.some(Boolean) ? make("thead", {}, make("tr", {}, ...names)) : null;
  const rows = block.rows.map((row) =>
    make("tr", {}, ...row.map((runs) => make("td", { dir: "auto" }, ...runNodes(runs)))));
  return make("table", {}, head, make("tbody", {}, ...rows));
}

function fieldsNode(block) {
  const pairs = block.rows[0].map((runs, index) => make("div", {},
    write(make("dt", { dir: "auto" }), block.names[index]), make("dd", { dir: "auto" }, ...runNodes(runs))));
  return make("dl", {}, ...pairs);
}
