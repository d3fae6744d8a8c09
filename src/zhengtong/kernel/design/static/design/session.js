/* Warns five minutes before a session ends of which nothing is heard, and offers to stay (WCAG 2.2.1). */
(function () {
  "use strict";
  var WARN = 5 * 60 * 1000;
  var LONGEST_TIMER = 2147483647;
  var place = document.querySelector("[data-session-until]");
  if (!place) { return; }
  var box = place.querySelector(".session-end__box");
  var said = place.querySelector("[data-session-said]");
  var stay = place.querySelector("[data-session-stay]");
  var again = place.querySelector("[data-session-again]");
  var words = place.querySelector("[data-session-words]").dataset;
  var clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  var timer = null;

  function say(text, moment, isOver) {
    said.textContent = text.replace("{time}", moment ? clock.format(moment) : "");
    stay.hidden = isOver || text === words.last;
    again.hidden = !(isOver || text === words.last);
    box.hidden = false;
  }
  function at(moment, work) {
    window.clearTimeout(timer);
    timer = window.setTimeout(work, Math.min(Math.max(0, moment - Date.now()), LONGEST_TIMER));
  }
  function ask(address) {
    return window.fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" })
      .then(function (answer) { if (!answer.ok) { throw new Error(answer.status); } return answer.json(); });
  }
  // Another tab may have been used meanwhile: the server knows, and asking it is no use of the session.
  function look() {
    ask(place.dataset.ask).then(heard, function () { at(Date.now() + 60000, look); });
  }
  function heard(told) {
    if (!told.until) { say(words.over, null, true); return; }
    var until = new Date(told.until);
    if (until - Date.now() > WARN + 1000) { box.hidden = true; at(until - WARN, look); return; }
    say(told.is_longest ? words.last : words.soon, until, false);
    at(until.getTime() + 1000, look);
  }
  stay.addEventListener("click", function (event) {
    event.preventDefault();
    ask(place.dataset.stay).then(function (told) {
      heard(told);
      if (box.hidden) { say(words.stayed, new Date(told.until), false); stay.hidden = true; window.setTimeout(function () { box.hidden = true; }, 8000); }
    }, look);
  });
  at(new Date(place.dataset.sessionUntil) - WARN, look);
  // A machine that slept runs no timers.
  document.addEventListener("visibilitychange", function () {
    if (!document.hidden && new Date(place.dataset.sessionUntil) - Date.now() < WARN) { look(); }
  });
})();
