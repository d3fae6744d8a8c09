"""Keys, certificates and seals are the administrator's, and the operator's at the machine."""

from zhengtong.security.audit.providers import ACTIONS
from zhengtong.security.permissions.providers import Policy, has_permission, register, system

for action, zh, en in (
    ("signing.key.manage", "管理密钥", "Manage keys"),
    ("signing.authority.manage", "管理证书颁发机构", "Manage the certificate authority"),
    ("signing.certificate.issue", "签发系统证书", "Issue certificates for systems"),
    ("signing.certificate.revoke", "吊销证书", "Revoke certificates"),
    ("signing.seal.make", "制作电子印章密钥", "Make keys of seals"),
):
    register(Policy(action, {"zh": zh, "en": en}, system | has_permission(action), roles=("administrator",)))

for action, zh, en in (
    ("signing.key.rotated", "轮换了密钥", "Key rotated"),
    ("signing.key.destroyed", "销毁了密钥", "Key destroyed"),
    ("signing.key.split", "拆分了节点主密钥", "Node key split into shares"),
    ("signing.key.recovered", "用分片恢复了节点主密钥", "Node key recovered from shares"),
    ("signing.key.rewrapped", "更换了节点主密钥", "Node key changed"),
    ("signing.authority.made", "设立了证书颁发机构", "Certificate authority made"),
    ("signing.certificate.issued", "签发了证书", "Certificate issued"),
    ("signing.certificate.revoked", "吊销了证书", "Certificate revoked"),
    ("signing.seal.made", "制作了电子印章密钥", "Key of a seal made"),
):
    ACTIONS.register(action, {"zh": zh, "en": en})
