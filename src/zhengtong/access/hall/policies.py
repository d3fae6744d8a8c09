"""The hall is for applicants: everybody sees what is his party's own."""

from zhengtong.security.permissions.providers import Policy, applicant, register

register(Policy("hall.home.read", {"zh": "打开“我的”", "en": "Open one's own pages"}, applicant))
