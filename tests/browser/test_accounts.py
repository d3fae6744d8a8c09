"""Passkeys with a virtual authenticator (WebAuthn through the DevTools protocol); recovery by two officials."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import settings

from zhengtong.kernel.identifiers import synthetic_id_number
from zhengtong.security.identity.demo_people import PASSWORD
from zhengtong.security.identity.models import Person

from .conftest import PHONE, Visitor

AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def at_name(visitor: Any) -> Any:
    """A visitor who opens the node by name: browsers keep passkeys for names, not for addresses."""

    def enter(username: str = "") -> tuple[Visitor, Any]:
        somebody: Visitor = visitor(username)
        somebody.site = somebody.site.replace("127.0.0.1", "localhost")
        for cookie in somebody.page.context.cookies():
            somebody.page.context.add_cookies(
                [{"name": cookie["name"], "value": cookie["value"], "url": somebody.site}]
            )
        devtools = somebody.page.context.new_cdp_session(somebody.page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        return somebody, devtools

    return enter


def test_an_official_registers_a_passkey_signs_in_with_it_alone_and_removes_it(at_name: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    official, devtools = at_name("renshe")
    page = official.page
    official.open("/identity/security/")
    page.get_by_role("link", name="登记通行密钥").click()
    official.judge("passkey-add-zh-1440")
    page.get_by_label("名称").fill("窗口电脑")
    page.get_by_role("button", name="登记").click()
    page.wait_for_url("**/accounts/2fa/recovery-codes/")
    official.open("/identity/security/")
    assert page.get_by_role("cell", name="窗口电脑", exact=True).is_visible()
    official.judge("security-with-passkey-zh-1440")
    page.get_by_role("link", name="登记通行密钥").click()
    page.get_by_role("button", name="登记").click()
    page.get_by_text("这台设备已经登记过通行密钥").wait_for()
    official.open("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url(official.site + "/")

    official.open("/accounts/login/").judge("sign-in-with-passkey-zh-1440")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/workbench/")
    official.open("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url(official.site + "/")

    official.open("/accounts/login/")
    page.get_by_label("用户名").fill("renshe")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/accounts/2fa/authenticate/**")
    official.judge("second-step-zh-1440")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url("**/workbench/")

    official.open("/identity/security/")
    page.get_by_role("link", name="移除“窗口电脑”").click()
    official.judge("passkey-remove-zh-1440")
    page.get_by_role("button", name="移除通行密钥").click()
    page.wait_for_url("**/identity/security/")
    assert page.get_by_role("cell", name="窗口电脑", exact=True).count() == 0
    assert devtools.send("WebAuthn.disable") == {}


def test_who_has_no_passkey_here_is_told_and_may_go_on_with_the_password(at_name: Any) -> None:
    stranger, _devtools = at_name()
    page = stranger.page
    stranger.open("/accounts/login/")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.get_by_role("alert").get_by_text("这台设备上没有本站的通行密钥").wait_for()
    stranger.judge("sign-in-refused-zh-1440")
    page.get_by_label("用户名").fill("wang")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/hall/")


def test_signing_in_with_large_type_on_a_phone_and_by_keyboard_alone(visitor: Any) -> None:
    elder = visitor("")
    page, keyboard = elder.page, elder.page.keyboard
    elder.open("/accounts/login/")
    page.get_by_role("link", name="长者模式").click()
    page.wait_for_url("**/accounts/login/**")
    page.set_viewport_size(PHONE)
    size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('#f-login')).fontSize)")
    assert size >= 20, "large enough to read at arm's length"
    elder.judge("sign-in-elder-zh-390")
    page.evaluate("document.activeElement.blur()")
    for field, text in (("f-login", "wang"), ("f-password", "wrong-password")):
        _tab_to(page, field)
        keyboard.type(text)
    keyboard.press("Enter")
    page.locator(".error-summary").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary", "what is wrong is read out first"
    elder.judge("sign-in-elder-wrong-zh-390")
    _tab_to(page, "f-password")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url("**/hall/")
    assert page.evaluate("document.querySelectorAll('img[src*=captcha], [class*=captcha]').length") == 0


def _tab_to(page: Any, field: str) -> None:
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == field:
            return
    raise AssertionError(f"{field} is not reached by Tab")


def test_two_officials_recover_an_account_and_its_holder_chooses_a_password(visitor: Any) -> None:
    person = Person.objects.get(account__username="wang")
    window, lead, holder = visitor("window"), visitor("lead"), visitor("")
    page = window.open("/workbench/identity/recovery/").page
    page.get_by_label("证件上的姓名").fill(person.name)
    page.get_by_label("证件上的号码").fill(str(person.id_number))
    page.get_by_label("恢复理由").fill("手机遗失，已核对身份证原件")
    page.get_by_label("我已当面核对").check()
    page.get_by_role("button", name="提交申请").click()
    page.get_by_text("待批准").wait_for()
    lead.open("/workbench/identity/recovery/").page.get_by_role("button", name="批准", exact=True).click()
    lead.page.get_by_text("已批准，请申请的工作人员").wait_for()
    window.open("/workbench/identity/recovery/").judge("recovery-zh-1440")
    page.get_by_role("button", name="打印恢复单").click()
    address = page.locator("code.entrance__secret").inner_text()
    window.judge("recovery-slip-zh-1440")
    holder.page.goto(holder.site + address[address.index("/accounts/") :])
    holder.judge("recovery-password-zh-1440")
    holder.page.locator("#f-password1").fill("Another-1-Word")
    holder.page.get_by_label("再次输入新密码").fill("Another-1-Word")
    holder.page.get_by_role("main").get_by_role("button").click()
    holder.page.wait_for_url("**/accounts/login/")


def test_a_mother_acts_for_her_child_and_the_page_always_says_so(visitor: Any) -> None:
    mother = Person.objects.get(account__username="agent")
    window, home = visitor("window"), visitor("agent")
    page = window.open("/workbench/identity/care/").page
    page.get_by_label("监护人：父母").check()
    page.locator("#f-agent_name").fill(mother.name)
    page.locator("#f-agent_id_number").fill(str(mother.id_number))
    page.locator("#f-principal_name").fill("李小宝（演示）")
    page.locator("#f-principal_id_number").fill(synthetic_id_number(77, born=date(2016, 6, 1)))
    page.locator("#f-basis").select_option("household_booklet")
    page.get_by_label("我已当面核对").check()
    window.judge("care-zh-1440")
    page.get_by_role("button", name="登记关系").click()
    page.get_by_text("已登记代办关系").wait_for()
    home.open("/identity/capacity/")
    home.judge("capacity-guardian-zh-1440")
    home.page.get_by_role("button", name="使用此身份").last.click()
    home.page.wait_for_url("**/hall/")
    home.open("/hall/agencies/").judge("agencies-guardian-zh-1440")
