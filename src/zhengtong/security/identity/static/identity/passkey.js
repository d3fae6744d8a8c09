/* Passkeys: asks the browser for one and sends its answer with the form. What needs this file is hidden without it. */
(function () {
  "use strict";

  function bytes(text) {
    var plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (char) { return char.charCodeAt(0); });
  }

  function text(buffer) {
    var plain = "";
    new Uint8Array(buffer).forEach(function (byte) { plain += String.fromCharCode(byte); });
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function known(list) {
    return (list || []).map(function (one) { return Object.assign({}, one, { id: bytes(one.id) }); });
  }

  // The question as the browser wants it: bytes where the server sends base64url.
  function asked(question) {
    var key = Object.assign({}, question.publicKey, { challenge: bytes(question.publicKey.challenge) });
    if (key.user) { key.user = Object.assign({}, key.user, { id: bytes(key.user.id) }); }
    if (key.excludeCredentials) { key.excludeCredentials = known(key.excludeCredentials); }
    if (key.allowCredentials) { key.allowCredentials = known(key.allowCredentials); }
    return { publicKey: key };
  }

  // The answer as the server wants it.
  function answered(credential) {
    var response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (credential.response[name]) { response[name] = text(credential.response[name]); }
    });
    return JSON.stringify({
      rawId: text(credential.rawId),
      type: credential.type,
      response: response,
    });
  }

  function question(form) {
    if (form.dataset.question) { return Promise.resolve(JSON.parse(form.dataset.question)); }
    return fetch(form.dataset.ask, { headers: { Accept: "application/json" } }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    }).then(function (data) { return data.request_options; });
  }

  function run(form) {
    var said = form.querySelector("[data-passkey-said]"), button = form.querySelector("button");
    said.hidden = true;
    button.setAttribute("aria-busy", "true");
    question(form).then(function (put) {
      return form.dataset.passkey === "create" ? navigator.credentials.create(asked(put)) : navigator.credentials.get(asked(put));
    }).then(function (credential) {
      form.elements.credential.value = answered(credential);
      form.submit();
    }).catch(function (fault) {
      var why = { NotAllowedError: "cancelled", InvalidStateError: "known" }[fault.name] || "failed";
      said.lastElementChild.textContent = form.dataset[why] || form.dataset.failed;
      said.hidden = false;
      button.removeAttribute("aria-busy");
    });
  }

  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    if (!window.PublicKeyCredential) { return; }
    document.querySelectorAll("[data-passkey-part]").forEach(function (part) { part.hidden = part.dataset.passkeyPart !== "with"; });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      event.stopPropagation();  // design.js would take a second attempt for a second click
      if (form.reportValidity()) { run(form); }
    });
  });
})();
