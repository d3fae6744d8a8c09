/* The officer's desk by keyboard, and phrases by click. Every page works without this file. */
(function () {
  "use strict";

  // -- phrases ---------------------------------------------------------------------------------------------------
  function insert(field, text) {
    var at = field.selectionStart, before = field.value.slice(0, at), after = field.value.slice(field.selectionEnd);
    var gap = before && !/\s$/.test(before) && /^[\x20-\x7e]/.test(text) ? " " : "";
    field.value = before + gap + text + after;
    field.selectionStart = field.selectionEnd = (before + gap + text).length;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function unticked(button) {
    var boxes = button.form.querySelectorAll("[data-checklist] input:not(:checked)");
    var points = Array.from(boxes, function (box, n) { return (n + 1) + ". " + box.value; });
    return points.length ? button.dataset.unticked + "\n" + points.join("\n") : "";
  }

  document.querySelectorAll("[data-phrases]").forEach(function (group) { group.hidden = false; });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-phrase], [data-unticked]");
    var group = button && button.closest("[data-phrases]");
    if (!group) { return; }
    var text = "unticked" in button.dataset ? unticked(button) : button.textContent.trim();
    if (text) { insert(document.getElementById(group.dataset.phrases), text); }
  });

  // -- keys ------------------------------------------------------------------------------------------------------
  function move(step) {
    var links = Array.from(document.querySelectorAll("[data-queue] tbody a.number"));
    if (!links.length) { return; }
    var row = document.activeElement.closest("[data-queue] tbody tr");
    var here = links.findIndex(function (link) { return row && row.contains(link); });
    var next = links[Math.min(Math.max(here + step, 0), links.length - 1)];
    links.forEach(function (link) { link.closest("tr").classList.toggle("is-current", link === next); });
    next.focus();
  }

  // A key leads to its act and opens it; nothing is sent before the officer presses the button.
  function go(place) {
    if (place.tagName === "DETAILS") { place.open = true; }
    var first = place.querySelector("input:not([type=hidden]):not(:disabled), textarea, select, button");
    (first || place).focus();
    place.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (document.documentElement.dataset.keys === "off") { return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) { return; }
    if (event.key === "j" || event.key === "k") { event.preventDefault(); move(event.key === "j" ? 1 : -1); return; }
    var place = event.key.length === 1 && document.querySelector('[data-key="' + CSS.escape(event.key) + '"]');
    if (place) { event.preventDefault(); go(place); }
  });
})();
