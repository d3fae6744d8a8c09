"""What can be wrong with keys."""

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.errors import Conflict, Invalid, ZhengtongError


class KeyFault(ZhengtongError):
    """The node's keys cannot be used; nothing that needs them may go on."""

    status = 503
    code = "keys-unusable"
    title = _("节点密钥无法使用")


class NodeKeyMissing(KeyFault):
    code = "node-key-missing"
    title = _("没有找到节点主密钥")
    remedy = _("请把密钥文件放回 ZT_KEY_FILE 所指的位置，或设置环境变量 ZT_NODE_KEY；首次启动请用 zt up。")


class NodeKeyWrong(KeyFault):
    code = "node-key-wrong"
    title = _("节点主密钥与数据库中的密钥环不符")
    remedy = _("请使用与此数据库一同备份的节点主密钥。")


class KeyRingEmpty(KeyFault):
    code = "key-ring-empty"
    title = _("数据库中还没有密钥环")
    remedy = _("请先运行 zt up。")


class SuiteUnusable(KeyFault):
    code = "suite-unusable"
    title = _("所选的密码算法套件无法使用")
    remedy = _("请把 ZT_CRYPTO_SUITE 设为 default 或 national；national 需要 OpenSSL 3.0 以上的 libcrypto。")


class ProviderMissing(KeyFault):
    code = "key-provider-missing"
    title = _("没有所设的密钥提供者")
    remedy = _("请安装该提供者，或把 ZT_KEY_PROVIDER 设为 software。")


class KeyInUse(Conflict):
    code = "key-in-use"
    title = _("密钥仍在使用，不能销毁")


class ShareRefused(Invalid):
    code = "share-refused"
    title = _("恢复分片有误")
