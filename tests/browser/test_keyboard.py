"""Without a mouse: from the guide into the form with Tab, Enter and Space; keys are typed only into fields."""

from __future__ import annotations

from typing import Any

from .conftest import Visitor


def test_from_the_guide_into_the_form_by_keyboard(visitor: Any) -> None:
    enterprise = visitor("chen", "representative")
    page, keyboard = enterprise.page, enterprise.page.keyboard
    enterprise.open("/services/open-restaurant/")
    keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main", "first comes the way past the menus"
    keyboard.press("Enter")
    _tab_to(enterprise, "a[href='/hall/apply/open-restaurant/']")
    keyboard.press("Enter")
    page.wait_for_url("**/hall/apply/open-restaurant/")
    _tab_to(enterprise, "[name=has_business_licence]")
    keyboard.press("Space")
    _tab_to(enterprise, "[name=premises_ready]")
    keyboard.press("Space")
    _tab_to(enterprise, "[name=area_m2]")
    keyboard.type("320")
    _tab_to(enterprise, "[name=has_signboard]")
    keyboard.press("Space")
    _tab_to(enterprise, "main form button.btn--primary")
    keyboard.press("Enter")
    page.wait_for_url("**/step/enterprise/")
    _tab_to(enterprise, ".form__actions [value=next]")
    keyboard.press("Enter")
    page.wait_for_url("**/step/premises/")
    _tab_to(enterprise, ".form__actions [value=next]")
    keyboard.press("Enter")
    page.wait_for_url("**/step/business/")


def test_what_has_the_focus_is_seen(visitor: Any) -> None:
    enterprise = visitor("chen", "representative")
    enterprise.open("/hall/")
    for _ in range(25):
        enterprise.page.keyboard.press("Tab")
        seen = enterprise.page.evaluate("""() => {
            const e = document.activeElement, marks = x => {
                const style = getComputedStyle(x);
                return style.outlineStyle !== 'none' && style.outlineWidth !== '0px' || style.boxShadow !== 'none';
            };
            return e === document.body || e.getBoundingClientRect().height > 0 && (marks(e) || marks(e.parentElement));
        }""")
        assert seen, enterprise.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")


def _tab_to(visitor: Visitor, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is there."""
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} is not reached by {most} times Tab on {visitor.path}")


def test_single_keys_can_be_switched_off_and_stay_off(visitor: Any) -> None:
    """WCAG 2.1.4: who speaks to the machine, or types by accident, is not thrown about."""
    window = visitor("window")
    page, keyboard = window.page, window.page.keyboard
    focus = "document.activeElement.id"
    window.open("/workbench/find/")
    keyboard.press("/")
    assert page.evaluate(focus) == "bench-q"
    switch = page.get_by_role("switch", name="单键快捷键")
    assert switch.get_attribute("aria-checked") == "true"
    switch.focus()
    keyboard.press("Space")
    assert switch.get_attribute("aria-checked") == "false"
    page.evaluate("document.activeElement.blur()")
    keyboard.press("/")
    assert page.evaluate(focus) != "bench-q"
    window.open("/workbench/")
    assert page.get_by_role("switch").get_attribute("aria-checked") == "false"
    keyboard.press("/")
    assert page.evaluate(focus) != "bench-q"
    page.get_by_role("switch").click()
    page.evaluate("document.activeElement.blur()")
    keyboard.press("/")
    assert page.evaluate(focus) == "bench-q"
