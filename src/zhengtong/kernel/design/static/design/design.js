/* Small comforts. Every page works without this file. */
(function () {
  "use strict";

  // The summary of faults takes the focus, so that it is read out first.
  var summary = document.querySelector(".error-summary");
  if (summary) { summary.focus(); }

  // An open menu closes when one clicks elsewhere or presses Escape.
  function closeMenus(except) {
    document.querySelectorAll("details.dropdown[open], details.nav-toggle[open]").forEach(function (menu) {
      if (menu !== except && !(except && menu.contains(except))) { menu.removeAttribute("open"); }
    });
  }
  document.addEventListener("click", function (event) { closeMenus(event.target); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") {
      var open = document.querySelector("details.dropdown[open], details.nav-toggle[open]");
      if (open) { open.removeAttribute("open"); open.querySelector("summary").focus(); }
      return;
    }
    // A single key jumps to a field, unless somebody is typing or has switched such keys off.
    if (document.documentElement.dataset.keys === "off") { return; }
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var target = document.querySelector('[data-hotkey="' + CSS.escape(event.key) + '"]');
    if (target) { event.preventDefault(); target.focus(); if (target.select) { target.select(); } }
  });

  // Single keys can be switched off (WCAG 2.1.4); this browser remembers it. desk.js looks at data-keys as well.
  var keys = document.querySelector("[data-keys-switch]");
  function remembered(value) {
    try {
      if (value) { window.localStorage.setItem("zt-keys", value); }
      return window.localStorage.getItem("zt-keys") || "on";
    } catch (refused) { return value || "on"; }
  }
  function switchKeys(state) {
    document.documentElement.dataset.keys = state;
    keys.setAttribute("aria-checked", String(state === "on"));
  }
  if (keys) {
    keys.parentNode.hidden = false;
    switchKeys(remembered());
    keys.addEventListener("click", function () {
      switchKeys(remembered(document.documentElement.dataset.keys === "off" ? "on" : "off"));
    });
  }

  // On a phone the workbench's menu starts folded.
  if (window.matchMedia("(max-width: 900px)").matches) {
    document.querySelectorAll("details.bench__fold").forEach(function (fold) { fold.removeAttribute("open"); });
  }

  document.addEventListener("click", function (event) {
    var print = event.target.closest("[data-print]");
    if (print) { window.print(); }
  });

  // A second click on a sending button does nothing (the server would answer it once all the same).
  document.addEventListener("submit", function (event) {
    if (event.target.method !== "post" || event.target.hasAttribute("data-repeatable")) { return; }
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    var button = event.submitter;
    if (button) { button.setAttribute("aria-busy", "true"); }
    window.setTimeout(function () { delete event.target.dataset.sent; if (button) { button.removeAttribute("aria-busy"); } }, 8000);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
