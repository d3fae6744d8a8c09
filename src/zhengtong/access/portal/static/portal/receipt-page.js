/* The page that checks a receipt: takes it from a file, a drop or a paste and shows what receipt.js says. Sends nothing.
   All words stand in the page (in its language), hidden until they are true. */
(function () {
  "use strict";
  const page = document.querySelector("[data-receipt-check]");
  if (!page || !window.ZhengtongReceipt) { return; }
  const find = (selector) => page.querySelector(selector);
  const result = find("[data-result]"), chosen = find("[data-file]"), pasted = find("[data-paste]"), zone = find("[data-drop]");
  const published = new Set(Array.from(page.querySelectorAll("[data-published]"), (held) => held.textContent.trim()));
  const words = new Map(Array.from(page.querySelectorAll("[data-word]"), (word) => [word.dataset.word, word.textContent.trim()]));
  const STEPS = ["signature", "detail", "proof", "checkpoint", "key"];
  let latest = 0;  // a slow check must not write over a later one

  function show(selector, name) {
    page.querySelectorAll(selector + " [data-when]").forEach((part) => { part.hidden = !part.dataset.when.split(" ").includes(name); });
  }

  // -- what each step came to
  function states(verdict) {
    const failed = (name) => verdict.faults.includes(name), sealed = verdict.sealed || failed("proof") || failed("checkpoint");
    const unread = failed("checkpoint") && !failed("proof") && verdict.treeSize === null;
    return {
      signature: failed("signature") ? "failed" : failed("statement") ? "changed" : verdict.unchecked.includes("signature") ? "unchecked" : "proved",
      detail: failed("detail") ? "failed" : !Object.keys(verdict.disclosed).length ? "absent" : "proved",
      proof: failed("proof") ? "failed" : unread ? "open" : sealed ? "proved" : "absent",
      checkpoint: failed("checkpoint") ? "failed" : sealed ? "proved" : "absent",
      key: !published.size || !verdict.fingerprints.length ? "open" : verdict.fingerprints.every((one) => published.has(one)) ? "proved" : "failed",
    };
  }

  function outcome(verdict, found) {
    if (STEPS.some((step) => ["failed", "changed"].includes(found[step]))) { return "bad"; }
    if (found.signature === "unchecked") { return "partly"; }
    if (found.key !== "proved") { return "keyless"; }
    return verdict.sealed ? "good" : "promise";
  }

  // -- what was signed, in people's words
  function moment(text) {
    const at = new Date(text.replace(/(\.\d{3})\d*Z$/, "$1Z"));
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) || isNaN(at)) { return text; }
    const said = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "medium", timeZone: "Asia/Shanghai" }).format(at);
    return said + " " + words.get("beijing");
  }

  function row(list, label, value, code) {
    const line = document.createElement("div"), name = document.createElement("dt"), said = document.createElement("dd");
    name.textContent = label;
    said.textContent = value;
    if (code) {
      const held = document.createElement("code");
      held.className = "break muted small receipt-check__code";
      held.textContent = code;
      said.append(held);
    }
    line.append(name, said);
    list.append(line);
  }

  function spell(verdict) {
    const list = find("[data-fields]"), signed = Object.assign(Object.create(null), verdict.statement);
    list.replaceChildren();
    const known = ["action", "outcome", "at", "recorded_at", "case", "object", "actor", "on_behalf", "capacity", "uuid"];
    const rest = Object.keys(signed).filter((name) => !known.includes(name) && !["detail", "purpose", "subjects"].includes(name));
    known.concat(rest).filter((name) => signed[name]).forEach((name) => {
      const value = signed[name], label = words.get("field." + name) || name, word = words.get(name + "." + value);
      if (name === "at" || name === "recorded_at") { row(list, label, moment(value), value); }
      else if (word) { row(list, label, word, value); }
      else { row(list, label, "", value); }
    });
    const detail = Object.assign(Object.create(null), verdict.disclosed.detail);
    Object.keys(detail).forEach((name) => {
      const value = detail[name], said = typeof value === "string" ? value : JSON.stringify(value);
      row(list, words.get("detail." + name) || words.get("detail") + " " + name, said, "");
    });
    ["purpose", "subjects"].filter((name) => signed[name]).forEach((name) => {
      const value = verdict.disclosed[name];
      row(list, words.get("field." + name), value === undefined ? words.get("digest") : [].concat(value).join("\n"), "");
    });
  }

  // -- showing
  function present(name, details) {
    show("[data-headline]", name);
    find("[data-headline]").className = "verdict verdict--" + ({ good: "good", bad: "bad" }[name] || "ended");
    find("[data-steps]").hidden = find("[data-said]").hidden = !details;
    result.hidden = false;
    find("[data-title]").focus();
  }

  function tell(verdict) {
    const found = states(verdict), name = outcome(verdict, found);
    STEPS.forEach((step) => { find(`[data-step=${step}]`).dataset.state = found[step]; show(`[data-step=${step}]`, found[step]); });
    const first = STEPS.findIndex((step) => ["failed", "changed"].includes(found[step]));
    find("[data-failed-step]").textContent = first < 0 ? "" : find(`[data-step=${STEPS[first]}] h3`).textContent;
    page.querySelectorAll("[data-place]").forEach((part) => { part.textContent = verdict.treeSize === null ? "" : verdict[part.dataset.place]; });
    find("[data-fingerprints]").textContent = verdict.fingerprints.join("\n");
    const vouched = found.key === "failed" ? "failed" : found.signature;  // by a stranger's key is by nobody
    find("[data-said]").dataset.signed = String(vouched === "proved");
    show("[data-said]", vouched);
    spell(verdict);
    present(name, true);
  }

  async function check(source) {
    const turn = ++latest;
    result.setAttribute("aria-busy", "true");
    try {
      if (source.size > ZhengtongReceipt.LARGEST) { throw new ZhengtongReceipt.Unusable("large"); }
      const verdict = await ZhengtongReceipt.verify(typeof source === "string" ? source : await source.text());
      if (turn === latest) { tell(verdict); }
    } catch (fault) {
      if (turn !== latest) { return; }
      present(fault instanceof ZhengtongReceipt.Unusable ? fault.reason : fault instanceof ZhengtongReceipt.Unable ? "unable" : "unreadable", false);
    } finally {
      if (turn === latest) { result.removeAttribute("aria-busy"); }
    }
  }

  // -- where it comes from
  chosen.addEventListener("change", () => { if (chosen.files.length) { check(chosen.files[0]); } });
  find("[data-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();  // design.js would take a second check for a second click
    if (pasted.value.trim()) { check(pasted.value); } else if (chosen.files.length) { check(chosen.files[0]); } else { present("nothing", false); }
  });
  ["dragenter", "dragover"].forEach((kind) => document.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("is-over"); }));
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) { zone.classList.remove("is-over"); } });
  document.addEventListener("drop", (event) => {  // beside the zone too: the browser would leave the page for the file
    event.preventDefault();
    zone.classList.remove("is-over");
    if (event.dataTransfer.files.length) { check(event.dataTransfer.files[0]); }
  });

  find("[data-without-script]").hidden = true;
  find("[data-with-script]").hidden = false;
  ZhengtongReceipt.isAble().then((able) => { find("[data-unable]").hidden = able; });
})();
