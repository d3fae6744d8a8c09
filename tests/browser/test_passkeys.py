"""A passkey in real Chromium with a virtual authenticator (WebAuthn through the DevTools protocol)."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from zhengtong.security.identity.demo_people import PASSWORD

from .conftest import Visitor

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
    official.look("security-with-passkey")
    page.get_by_role("link", name="登记通行密钥").click()
    page.get_by_role("button", name="登记").click()
    page.get_by_text("这台设备已经登记过通行密钥").wait_for()
    official.open("/accounts/logout/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url(official.site + "/")

    official.open("/accounts/login/").look("sign-in-with-passkey")
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
    official.look("second-step")
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
