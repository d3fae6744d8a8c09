/* Comforts of the stepper. Without this file a button does the same.
   - a change in a field on which others depend redraws the step (action=refresh);
   - the search box of a long code table offers its items while one types.
   A page's key and revision are good for one sending: what happens while one is under way waits for its answer. */
(function () {
  "use strict";

  if (window.zhengtongForms) { return; } // two steps on one page bring this file twice
  window.zhengtongForms = true;

  var SINGLE_USE = ["idempotency_key", "draft_revision"];
  var underWay = null; // { form, changed, button } while a redrawing has been sent

  function stepForm(element) { return element.closest ? element.closest("form[data-step-form]") : null; }

  function redraw(form) {
    var data = new FormData(form);
    data.set("action", "refresh");
    underWay = { form: form, changed: false, button: "" };
    form.setAttribute("aria-busy", "true");
    // not form.action: buttons of that name hide it
    fetch(form.getAttribute("action") || window.location.href, { method: "POST", body: data, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.text(); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, "text/html").getElementById(form.id);
        if (!fresh) { throw new Error("no form"); }
        arrive(form, document.importNode(fresh, true));
      })
      .catch(function () { giveUp(form); });
  }

  function arrive(form, fresh) {
    var sent = underWay;
    underWay = null;
    form.removeAttribute("aria-busy");
    if (!sent.changed) { form = swap(form, fresh); } else { renew(form, fresh); }
    if (sent.button) {
      form.requestSubmit(form.querySelector('button[name="action"][value="' + sent.button + '"]'));
    } else if (sent.changed) {
      redraw(form);
    }
  }

  function swap(form, fresh) {
    var active = document.activeElement, id = form.contains(active) ? active.id : "";
    var caret = id && typeof active.selectionStart === "number" ? active.selectionStart : -1;
    form.replaceWith(fresh);
    hideButtons();
    var focus = id && document.getElementById(id);
    if (focus) {
      focus.focus();
      if (caret >= 0 && focus.setSelectionRange) { focus.setSelectionRange(caret, caret); }
    }
    return fresh;
  }

  function renew(form, fresh) {
    SINGLE_USE.forEach(function (name) {
      var from = fresh.querySelector('input[name="' + name + '"]'), to = form.querySelector('input[name="' + name + '"]');
      if (from && to) { to.value = from.value; } else if (from) { form.append(from); }
    });
  }

  function giveUp(form) {
    underWay = null;
    form.removeAttribute("aria-busy");
    form.querySelectorAll("p[data-refresh]").forEach(function (line) { line.hidden = false; });
  }

  function hideButtons() {
    document.querySelectorAll("form[data-step-form] p[data-refresh]").forEach(function (line) { line.hidden = true; });
  }

  document.addEventListener("change", function (event) {
    var form = stepForm(event.target);
    if (!form || !event.target.closest("[data-steers]")) { return; }
    if (underWay) { underWay.changed = true; } else { redraw(form); }
  });

  document.addEventListener("submit", function (event) {
    if (!underWay || event.target !== underWay.form) { return; }
    event.preventDefault();
    underWay.button = event.submitter ? event.submitter.value : "next";
  });

  var timer = 0;
  document.addEventListener("input", function (event) {
    var box = event.target;
    if (underWay && stepForm(box) === underWay.form) { underWay.changed = true; }
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

  hideButtons();
})();
