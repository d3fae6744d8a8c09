/* Comforts of the stepper. Without this file a button does the same.
   - a change in a field on which others depend redraws the step (action=refresh);
   - the search box of a long code table offers its items while one types. */
(function () {
  "use strict";

  function redraw(form, focusId) {
    var data = new FormData(form);
    data.set("action", "refresh");
    form.setAttribute("aria-busy", "true");
    fetch(form.action || window.location.href, { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.text(); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById(form.id);
        if (!fresh) { throw new Error("no form"); }
        form.replaceWith(document.importNode(fresh, true));
        ready();
        var focus = focusId && document.getElementById(focusId);
        if (focus) { focus.focus(); }
      })
      .catch(function () { form.removeAttribute("aria-busy"); showButtons(form); });
  }

  function showButtons(form) {
    form.querySelectorAll("[data-refresh]").forEach(function (button) { button.hidden = false; });
  }

  function ready() {
    document.querySelectorAll("form[data-step-form] p[data-refresh]").forEach(function (line) { line.hidden = true; });
  }

  document.addEventListener("change", function (event) {
    if (!event.target.closest("[data-steers]")) { return; }
    var form = event.target.closest("form[data-step-form]");
    if (form) { redraw(form, event.target.id); }
  });

  var timer = 0;
  document.addEventListener("input", function (event) {
    var box = event.target;
    if (!box.dataset || !box.dataset.options) { return; }
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { offer(box); }, 200);
  });

  function offer(box) {
    var words = box.value.trim();
    if (!words) { return; }
    fetch(box.dataset.options + "?q=" + encodeURIComponent(words), { credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : { options: [] }; })
      .then(function (found) {
        var list = document.getElementById(box.getAttribute("list"));
        list.replaceChildren.apply(list, found.options.map(function (one) {
          var option = document.createElement("option");
          option.value = one.code + " " + one.title;
          return option;
        }));
      })
      .catch(function () { /* typing still works; the server searches when the step is sent */ });
  }

  ready();
})();
