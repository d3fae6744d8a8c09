"""Texts of `kernel.errors` and of the settings, which stand in no room: named here, so that they are translated."""

from django.utils.translation import gettext_lazy as _

TEXTS = (
    _("请求有误"),
    _("填写的内容有误"),
    _("没有找到"),
    _("内容已被更新"),
    _("请刷新页面，查看最新状态后再操作。"),
    _("文件过大"),
    _("服务暂时不可用"),
    _("请稍后再试。"),
    _("简体中文"),
    _("英文"),
)
