"""Using the pages as a browser without JavaScript does: read the form on the page, fill it in, send all of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client
from lxml import html


class Browser:
    """A client that only sends forms it has seen, with their hidden fields, and follows redirects."""

    def __init__(self) -> None:
        self.client = Client()
        self.page: Any = None
        self.response: HttpResponse | None = None
        self.path = ""

    def open(self, path: str) -> Browser:
        return self._arrive(self.client.get(path, follow=True), path)

    def _arrive(self, response: Any, path: str) -> Browser:
        self.response = response
        self.path = response.redirect_chain[-1][0] if getattr(response, "redirect_chain", None) else path
        content = b"".join(response.streaming_content) if response.streaming else response.content
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        self.page = html.document_fromstring(content.decode()) if is_page and content else None
        self.content = content
        return self

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return " ".join(self.page.text_content().split())

    def form(self, action: str = "", *, button: str = "") -> Any:
        """The form whose address ends with `action`, or that has the button `name=value`."""
        name, _, value = button.partition("=")
        for form in self.page.xpath('//main//form[@method="post"]'):
            if action and not (form.action or "").endswith(action):
                continue
            if button and not form.xpath(f'.//button[@name="{name}" and @value="{value}"]'):
                continue
            return form
        raise AssertionError(f"no form {action or button!r} on {self.path}: {[f.action for f in self.page.forms]}")

    def send(
        self, action: str = "", *, button: str = "", files: dict[str, Any] | None = None, **fields: Any
    ) -> Browser:
        """Fill in and send. A field that the form does not have fails the test."""
        form = self.form(action, button=button)
        values: dict[str, Any] = {}
        for name, value in form.form_values():
            values.setdefault(name, []).append(value)
        for name, value in fields.items():
            assert name in form.fields, f"the form has no field {name!r}: {sorted(set(form.fields.keys()))}"
            values[name] = value
        if button:
            name, _, value = button.partition("=")
            values[name] = value
        target = form.action or self.path
        return self._arrive(self.client.post(target, {**values, **(files or {})}, follow=True), target)

    def links(self, containing: str) -> list[str]:
        return [a.get("href") for a in self.page.iter("a") if containing in (a.get("href") or "")]
